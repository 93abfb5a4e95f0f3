import type { App } from '../../model/apps/app.ts'
import type {
  ClusterSpec,
  Inventory,
  Origin,
  RepositorySpec,
  ResolveRemote,
  SourceReport,
} from '../../model/apps/inventory.ts'
import { CLUSTER_TRAITS } from '../../model/clusters/cluster-traits.ts'
import { CodedError } from '../../model/failure.ts'
import { appId } from '../../model/identity.ts'
import type { Settings } from '../../model/settings.ts'
import { remoteUrl } from '../../model/sources/remote-reference.ts'
import type { RepositoryId } from '../../model/sources/source.ts'
import type { ComputedApplicationSet } from '../argocd/applicationset/computed-set.ts'
import type { ClusterIdentities } from '../clusters/cluster-identities.ts'
import type { RegisteredCluster } from '../clusters/registered-cluster.ts'
import { type Registrations, type ResolvedClusters, resolveClusters } from '../clusters/resolve-clusters.ts'
import { type InventoryPart, releaseKey } from '../discovery.ts'
import { plainRemote } from '../repositories/plain-remote.ts'
import { staticInventory } from '../static/static-inventory.ts'

/** One discovery and its latest result. */
export interface DiscoveredPart {
  readonly origin: Origin
  readonly part: InventoryPart | undefined
  /** `part` was found before the config changed or the discovery was restarted. */
  readonly isOld: boolean
  /** The engine got its apps once: they are not postponed any more. */
  readonly wasReported: boolean
}

export interface ComposedInventory {
  readonly inventory: Inventory
  readonly applicationSets: readonly ComputedApplicationSet[]
  /** Clusters whose identity is needed, with the version of their access. */
  readonly toIdentify: ReadonlyMap<string, string>
  /** Discoveries whose apps wait until their destination clusters are identified. */
  readonly postponed: ReadonlySet<DiscoveredPart>
}

/**
 * Merges the config file with the results of all discoveries; the config file wins where both have the same. Apps of
 * a new discovery wait until their destination clusters are identified: an app's identity holds the cluster's name,
 * so a later rename would make it another app.
 */
export function composeInventory(
  settings: Settings,
  discovered: readonly DiscoveredPart[],
  identities: ClusterIdentities,
): ComposedInventory {
  const parts = discovered.map(({ part }) => part)
  const registrations = discovered.map(({ origin, part }) => ({
    declaredIn: origin.declaredIn,
    registered: part?.registered ?? [],
  }))
  const found = resolveClusters(settings.clusters, registrations, identities.of)
  const clusters = new Map<string, ClusterSpec>()
  for (const spec of [...found.clusters, ...parts.flatMap((part) => part?.clusters ?? [])])
    if (!clusters.has(spec.name)) clusters.set(spec.name, spec)
  const declared = staticInventory(settings, [...clusters.values()])
  const repositories = new Map<RepositoryId, RepositorySpec>()
  for (const spec of [...declared.repositories, ...parts.flatMap((part) => part?.repositories ?? [])])
    if (!repositories.has(spec.id)) repositories.set(spec.id, spec)
  const owned = new Set(parts.flatMap((part) => part?.ownedReleases ?? []))
  const isNotOwned = ({ controller, destination, namespace, name }: App): boolean =>
    controller !== 'helm' || !owned.has(releaseKey(destination, namespace, name))

  const toIdentify = askedClusters(settings.clusters, registrations, found)
  const isUnclear = toIdentify.keys().some((name) => identities.isAwaited(name))
  const postponed = new Set<DiscoveredPart>()
  const apps = discovered.flatMap((one, index) => {
    const completed = (one.part?.apps ?? []).map((app) => completeIdentity(app, index, found))
    const waits = !one.wasReported && isUnclear && completed.some(({ to }) => found.connected.has(to.cluster))
    if (waits) postponed.add(one)
    return waits ? [] : completed
  })
  const isUnsure = (one: DiscoveredPart): boolean => one.isOld || one.part?.complete !== true || postponed.has(one)
  const applicationSets = parts.flatMap((part) => part?.applicationSets ?? [])
  return {
    inventory: {
      clusters: declared.clusters,
      repositories: [...repositories.values()],
      apps: [...declared.apps, ...apps.filter(isNotOwned)],
      problems: [...(settings.found ?? []), ...declared.problems, ...parts.flatMap((part) => part?.problems ?? [])],
      incomplete: discovered.filter(isUnsure).map(({ origin }) => origin),
      sources: sourceReports(discovered, (one) => !isUnsure(one) && one.part?.failing !== true),
      applicationSets: applicationSets.map(({ report }) => report),
      resolveRemote: remoteResolver(settings, discovered),
    },
    applicationSets,
    toIdentify,
    postponed,
  }
}

/** By the discovery that found the app; several entries may read one cluster. */
function remoteResolver(settings: Settings, discovered: readonly DiscoveredPart[]): ResolveRemote {
  return (owner, reference) => {
    if (owner.controller === 'static') return plainRemote(reference, NO_RULES, settings)
    const sources = discovered.filter(
      ({ origin }) => origin.controller === owner.controller && origin.declaredIn === owner.declaredIn,
    )
    const hasFound = ({ part }: DiscoveredPart): boolean =>
      part?.apps.some(({ namespace, name }) => namespace === owner.namespace && name === owner.name) === true
    const found = sources.length > 1 ? sources.find(hasFound) : sources[0]
    if (found?.part?.resolveRemote !== undefined) return found.part.resolveRemote(owner, reference)
    throw new CodedError('GDE_NOT_PERMITTED', `nothing says whether ${owner.name} may read ${remoteUrl(reference)}`)
  }
}

/** The config's own apps may name whatever anybody can read by https. */
const NO_RULES = { allowedRepositories: [], trustedUrls: [] }

/** The config file is read whenever there is an inventory. Several entries for one origin are one source. */
function sourceReports(
  discovered: readonly DiscoveredPart[],
  isUp: (one: DiscoveredPart) => boolean,
): readonly SourceReport[] {
  const reports = new Map<string, SourceReport>([['static/', { controller: 'static', declaredIn: '', up: true }]])
  for (const one of discovered) {
    const { controller, declaredIn } = one.origin
    const key = `${controller}/${declaredIn}`
    reports.set(key, { controller, declaredIn, up: isUp(one) && reports.get(key)?.up !== false })
  }
  return [...reports.values()]
}

/**
 * Where nothing was registered, nothing can be another cluster's twin. What turned out to be one by the server of the config's cluster is not
 * connected, and stays one only while that server is known.
 */
function askedClusters(
  configured: readonly ClusterSpec[],
  registrations: readonly Registrations[],
  { connected }: ResolvedClusters,
): ReadonlyMap<string, string> {
  const isConnectable = ({ access }: RegisteredCluster): boolean => access !== undefined && !('failure' in access)
  if (!registrations.some(({ registered }) => registered.some(isConnectable))) return connected
  const own = configured.filter(({ access }) => CLUSTER_TRAITS[access.type].isRunning)
  return new Map([...own.map(({ name, access }) => [name, JSON.stringify(access)] as const), ...connected])
}

/** Keeps the object of an app whose destination did not change, so that the engine sees no change. */
const completedApps = new WeakMap<App, App>()

/** The app with the inventory's name of its destination cluster, in its identity as well. */
function completeIdentity(app: App, part: number, clusters: ResolvedClusters): App {
  const { cluster, server } = app.to
  if (cluster === '') return app
  const name = clusters.nameOf(part, cluster, server)
  const failure = clusters.failureOf(part, cluster)
  if (name === cluster && failure === undefined) return app
  const before = completedApps.get(app)
  if (before?.destination === name && (failure === undefined || before.problem?.message === failure.message))
    return before
  const identity = { ...app, destination: name }
  const completed: App = {
    ...identity,
    id: appId(identity),
    to: { ...app.to, cluster: name },
    ...(failure !== undefined && app.problem === undefined && { problem: { ...failure, app: app.name } }),
  }
  completedApps.set(app, completed)
  return completed
}
