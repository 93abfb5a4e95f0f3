import { isDeepStrictEqual } from 'node:util'
import { toFailure } from '../../model/failure.ts'
import type { ClusterSpec } from '../../model/inventory.ts'
import type { Log } from '../../model/log.ts'
import type { ClusterState } from './cluster-state.ts'

export interface ClustersOptions {
  readonly open: (spec: ClusterSpec) => ClusterState
  /** The cluster is there from now on: it is new, or is reached in another way than before. */
  readonly onOpened: (cluster: ClusterState) => void
  /** What was known of the cluster holds no longer; `gone` when it is in the inventory no more. */
  readonly onClosed: (name: string, gone: boolean) => void
  readonly log: Log
}

/** The clusters of the inventory by their names, each opened once for as long as it is reached in the same way. */
export interface Clusters {
  get(name: string): ClusterState | undefined
  all(): Iterable<ClusterState>
  reconcile(specs: readonly ClusterSpec[]): void
  close(): Promise<void>
}

export function createClusters({ open, onOpened, onClosed, log }: ClustersOptions): Clusters {
  const clusters = new Map<string, ClusterState>()

  function closeOutdated(specs: readonly ClusterSpec[]): void {
    const wanted = new Map(specs.map((spec) => [spec.name, spec]))
    for (const [name, cluster] of clusters) {
      const spec = wanted.get(name)
      if (spec !== undefined && isDeepStrictEqual(reachOf(spec), reachOf(cluster.spec))) {
        cluster.relabel(spec)
        continue
      }
      clusters.delete(name)
      onClosed(name, spec === undefined)
      cluster.close().catch((thrown: unknown) => log('warn', 'a cluster did not close', { ...toFailure(thrown) }))
    }
  }

  return {
    get: (name) => clusters.get(name),
    all: () => clusters.values(),
    reconcile(specs) {
      closeOutdated(specs)
      for (const spec of specs) {
        if (clusters.has(spec.name)) continue
        const cluster = open(spec)
        clusters.set(spec.name, cluster)
        onOpened(cluster)
      }
    },
    async close() {
      await Promise.all([...clusters.values()].map((cluster) => cluster.close()))
    },
  }
}

/** What decides about what is read of a cluster. */
function reachOf({ access, scope }: ClusterSpec): unknown {
  return { access, scope }
}
