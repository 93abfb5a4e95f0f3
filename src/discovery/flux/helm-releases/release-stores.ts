import type { ClusterConnector } from '../../../model/clusters/cluster.ts'
import { CodedError } from '../../../model/failure.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import type { DiscoveryContext } from '../../discovery.ts'
import { fieldsOf, readObject, readText } from '../../fields/fields.ts'
import { type ReleaseInformer, startReleaseInformer } from '../../helm/release-informer.ts'
import type { StoredRelease } from '../../helm/stored-release.ts'
import type { LookupResult } from '../flux-context.ts'
import { notOpen } from '../not-open.ts'
import { remoteClusterNameOf } from '../remote-cluster.ts'
import { storedReleaseOf } from './helm-release-to-app.ts'

/** Helm's storage in the clusters and namespaces where HelmReleases keep their releases. */
export interface ReleaseStores {
  /** Replaces the HelmReleases whose storage is read. @param control cluster of those without a kubeconfig */
  track(control: string, helmReleases: readonly KubernetesObject[]): void
  lookup(cluster: string, namespace: string, name: string): LookupResult<StoredRelease>
  /** Every storage was listed and read, or failed. */
  readonly complete: boolean
  /** Clusters that are read. */
  readonly clusters: readonly string[]
}

interface StoreId {
  readonly cluster: string
  readonly namespace: string
}

interface Store extends StoreId {
  /** Aborted when the connector that it reads is replaced. */
  stop: AbortController
  connector: ClusterConnector | undefined
  /** Undefined while the cluster is not connected. */
  releases: ReleaseInformer | undefined
}

export function createReleaseStores(
  context: DiscoveryContext,
  onChange: () => void,
  signal: AbortSignal,
): ReleaseStores {
  const stores = new Map<string, Store>()

  /** (Re)opens the storage when the cluster's connector was replaced. */
  function open(store: Store): void {
    const connector = context.connector(store.cluster)
    if (connector === store.connector) return
    store.stop.abort()
    store.stop = new AbortController()
    store.connector = connector
    const until = AbortSignal.any([signal, store.stop.signal])
    store.releases =
      connector === undefined ? undefined : startReleaseInformer(connector, [store.namespace], onChange, until)
  }

  return {
    track(control, helmReleases) {
      const wanted = new Map(
        helmReleases.flatMap((resource) => storageLocationOf(control, resource)).map((one) => [keyOf(one), one]),
      )
      for (const [key, { stop }] of stores) {
        if (wanted.has(key)) continue
        stop.abort()
        stores.delete(key)
      }
      for (const [key, id] of wanted) {
        const closed = { stop: new AbortController(), connector: undefined, releases: undefined }
        const store = stores.get(key) ?? { ...id, ...closed }
        stores.set(key, store)
        open(store)
      }
    },
    lookup(cluster, namespace, name) {
      const store = stores.get(keyOf({ cluster, namespace }))
      if (store?.releases === undefined) return { failure: notOpen(cluster) }
      const release = store.releases.releases.get(`${namespace}/${name}`)
      if (release !== undefined) return 'failure' in release ? release : { found: release }
      const { failure } = store.releases
      return failure === undefined ? 'absent' : { failure }
    },
    get complete() {
      return stores
        .values()
        .every(({ releases }) => releases === undefined || releases.complete || releases.state === 'failed')
    },
    get clusters() {
      return [...new Set([...stores.values()].map(({ cluster }) => cluster))]
    },
  }
}

function keyOf({ cluster, namespace }: StoreId): string {
  return `${cluster}\n${namespace}`
}

/** The storage of a HelmRelease's release; empty for invalid resources. */
function storageLocationOf(control: string, resource: KubernetesObject): readonly StoreId[] {
  try {
    const spec = readObject(fieldsOf(resource, 'GDE_FLUX_INVALID'), 'spec')
    const namespace = readText(readObject(fieldsOf(resource, 'GDE_FLUX_INVALID'), 'metadata'), 'namespace')
    const { storageNamespace } = storedReleaseOf(spec, namespace, resource.metadata.name)
    return [{ cluster: remoteClusterNameOf(control, namespace, spec) ?? control, namespace: storageNamespace }]
  } catch (error) {
    // The mapping reports the invalid field.
    if (error instanceof CodedError) return []
    throw error
  }
}
