import { isDeepStrictEqual } from 'node:util'
import type { ClusterSpec } from '../../model/apps/inventory.ts'
import { toFailure } from '../../model/failure.ts'
import type { Log } from '../../model/log.ts'
import type { ClusterState } from './cluster-state.ts'

export interface ClustersOptions {
  readonly open: (spec: ClusterSpec) => ClusterState
  /** The cluster was opened: it is new, or its access or scope changed. */
  readonly onOpened: (cluster: ClusterState) => void
  /** The cluster was closed, so everything known of it is void; `gone` when it left the inventory. */
  readonly onClosed: (name: string, gone: boolean) => void
  readonly log: Log
}

/** The clusters of the inventory by name; one is opened again only when its access or scope changes. */
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

/** The parts of a spec that need a new connection. */
function reachOf({ access, scope }: ClusterSpec): unknown {
  return { access, scope }
}
