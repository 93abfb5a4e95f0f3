import type { ClusterAccess, ClusterSpec } from '../../model/apps/inventory.ts'
import { CLUSTER_TRAITS } from '../../model/clusters/cluster-traits.ts'
import type { Failure } from '../../model/failure.ts'
import type { ClusterFacts } from './cluster-identities.ts'
import type { RegisteredCluster } from './registered-cluster.ts'

/** The clusters that one discovery found registered. */
export interface Registrations {
  /** The cluster whose resources they come from. */
  readonly declaredIn: string
  readonly registered: readonly RegisteredCluster[]
}

export interface ResolvedClusters {
  readonly clusters: readonly ClusterSpec[]
  /** Names of the registered clusters to connect, duplicates included, with the version of their access. */
  readonly connected: ReadonlyMap<string, string>
  /** The inventory's name of a cluster that part number `part` calls `name`. */
  nameOf(part: number, name: string, server: string): string
  /** Why a registered cluster cannot be connected. */
  failureOf(part: number, name: string): Failure | undefined
}

interface ResolvedRegistration {
  readonly name: string
  readonly failure?: Failure
}

/**
 * Merges registrations of the same cluster: by identity, by server URL, and by a name of the config file where that
 * entry is a snapshot or the only usable access. The config file's name wins, then the first registration's.
 * @param facts identity and server of a cluster, once known
 */
export function resolveClusters(
  configured: readonly ClusterSpec[],
  parts: readonly Registrations[],
  facts: (cluster: string) => ClusterFacts | undefined,
): ResolvedClusters {
  const clusters = new Map(configured.map((spec) => [spec.name, spec]))
  const configuredByName = new Map(clusters)
  const byServer = new Map<string, string>()
  const byIdentity = new Map<string, string>()
  const connected = new Map<string, string>()
  const found = parts.map(() => new Map<string, ResolvedRegistration>())

  function indexCluster(name: string, server: string): void {
    const known = facts(name)
    for (const url of [server, known?.server ?? '']) {
      const key = serverKey(url)
      if (key !== '' && !byServer.has(key)) byServer.set(key, name)
    }
    if (known !== undefined && !byIdentity.has(known.identity)) byIdentity.set(known.identity, name)
  }

  function resolve(
    { name, server, labels, access, scope }: RegisteredCluster,
    declaredIn: string,
  ): ResolvedRegistration {
    const named = configuredByName.get(name)
    const same = byServer.get(serverKey(server))
    if (access === undefined || same !== undefined) return merge(same ?? name, labels)
    const isElsewhere = named !== undefined && CLUSTER_TRAITS[named.access.type].isRunning
    if (named !== undefined && ('failure' in access || !isElsewhere)) return merge(name, labels)
    if ('failure' in access) return { name, failure: access.failure }
    const free = unusedName(name, declaredIn)
    connected.set(free, versionOf(access))
    const identity = facts(free)?.identity
    const other = identity === undefined ? undefined : byIdentity.get(identity)
    if (other !== undefined) return merge(other, labels)
    clusters.set(free, { name: free, labels, access, ...(scope !== undefined && { scope }) })
    indexCluster(free, server)
    return { name: free }
  }

  function merge(name: string, labels: ClusterSpec['labels']): ResolvedRegistration {
    const spec = clusters.get(name)
    if (spec !== undefined) clusters.set(name, { ...spec, labels: { ...labels, ...spec.labels } })
    return { name }
  }

  function unusedName(name: string, declaredIn: string): string {
    const candidates = [name, `${declaredIn}/${name}`]
    return (
      candidates.find((one) => !clusters.has(one) && !connected.has(one)) ?? `${declaredIn}/${name}/${connected.size}`
    )
  }

  for (const { name } of configured) indexCluster(name, '')
  for (const [index, { declaredIn, registered }] of parts.entries())
    for (const cluster of registered) found[index]?.set(cluster.name, resolve(cluster, declaredIn))
  return {
    clusters: [...clusters.values()],
    connected,
    nameOf(part, name, server) {
      const registered = found[part]?.get(name)
      if (registered !== undefined) return registered.name
      return clusters.has(name) ? name : (byServer.get(serverKey(server)) ?? name)
    },
    failureOf: (part, name) => found[part]?.get(name)?.failure,
  }
}

function versionOf(access: ClusterAccess): string {
  return access.type === 'kubeconfigText' ? access.version : access.type
}

/** Origin and path of a server's URL, comparable as text; '' when it is not an http(s) URL. */
function serverKey(server: string): string {
  if (!/^https?:/i.test(server) || !URL.canParse(server)) return ''
  const { origin, pathname } = new URL(server)
  return `${origin}${pathname.replace(/\/+$/, '')}`
}
