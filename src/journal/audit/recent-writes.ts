import type { AuditBatch, AuditWrite } from '../../model/journal/audit.ts'

/** Writes of the last hour, at most `MOST` of them, by cluster and object. */
export interface RecentWrites {
  add(batch: AuditBatch): void
  /** Of an object, and of deletions of its whole collection. */
  of(cluster: string, object: string): readonly AuditWrite[]
  /** Whether the cluster has told anything at all. */
  isAudited(cluster: string): boolean
}

const MOST = 50_000
const MOST_OF_OBJECT = 50
const KEPT_SECONDS = 3600

/** Memory is that of 50,000 writes without bodies, whatever clusters send. */
export function createRecentWrites(): RecentWrites {
  const byObject = new Map<string, AuditWrite[]>()
  const clusters = new Set<string>()
  let count = 0

  /** Objects are in the order of their last write. */
  function forget(now: number): void {
    for (const [key, writes] of byObject) {
      const last = writes.at(-1)
      if (count <= MOST && last !== undefined && last.answered >= now - KEPT_SECONDS) break
      byObject.delete(key)
      count -= writes.length
    }
  }

  return {
    add({ cluster, writes }) {
      clusters.add(cluster)
      for (const write of writes) {
        const key = keyOf(cluster, write.object)
        const known = byObject.get(key) ?? []
        byObject.delete(key)
        known.push(write)
        if (known.length > MOST_OF_OBJECT) known.shift()
        else count += 1
        byObject.set(key, known)
      }
      forget(writes.at(-1)?.answered ?? 0)
    },
    of(cluster, object) {
      const collection = object.slice(0, object.lastIndexOf('/') + 1)
      const ofCollection = object === collection ? [] : (byObject.get(keyOf(cluster, collection)) ?? [])
      return [...(byObject.get(keyOf(cluster, object)) ?? []), ...ofCollection]
    },
    isAudited: (cluster) => clusters.has(cluster),
  }
}

function keyOf(cluster: string, object: string): string {
  return `${cluster} ${object}`
}
