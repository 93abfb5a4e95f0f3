import type { App } from '../../model/app.ts'
import { CLUSTER_TRAITS } from '../../model/cluster-traits.ts'
import { appId } from '../../model/identity.ts'
import type { ClusterSpec, Inventory, Origin, RepositorySpec, SourceReport } from '../../model/inventory.ts'
import type { Settings } from '../../model/settings.ts'
import type { RepositoryId } from '../../model/source.ts'
import type { ComputedApplicationSet } from '../argocd/applicationset/computed-set.ts'
import type { ClusterIdentities } from '../clusters/cluster-identities.ts'
import { type ResolvedClusters, resolveClusters } from '../clusters/resolve-clusters.ts'
import { type InventoryPart, releaseKey } from '../discovery.ts'
import { staticInventory } from '../static/static-inventory.ts'

/** One discovery with what it told last. */
export interface DiscoveredPart {
  readonly origin: Origin
  readonly part: InventoryPart | undefined
  /** What it told is from before something was changed. */
  readonly isOld: boolean
  /** Its apps were told to the engine once: they are not held back any more. */
  readonly wasReported: boolean
}

export interface WholeInventory {
  readonly inventory: Inventory
  readonly applicationSets: readonly ComputedApplicationSet[]
  /** Clusters to be asked who they are, with the version of their access. */
  readonly asked: ReadonlyMap<string, string>
  /** Declarers whose apps wait for the answer of a cluster that they go to. */
  readonly held: ReadonlySet<DiscoveredPart>
}

/**
 * What the config file says and all discoveries found. The config file's word wins where a discovery finds the same. Apps of a discovery that is
 * new wait until it is known which real clusters they go to, since an app that is called otherwise a moment later is another one.
 */
export function wholeInventory(
  settings: Settings,
  discovered: readonly DiscoveredPart[],
  identities: ClusterIdentities,
): WholeInventory {
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

  const asked = askedClusters(settings.clusters, found)
  const isUnclear = asked.keys().some((name) => identities.isAwaited(name))
  const held = new Set<DiscoveredPart>()
  const apps = discovered.flatMap((one, index) => {
    const placed = (one.part?.apps ?? []).map((app) => completeIdentity(app, index, found))
    const waits = !one.wasReported && isUnclear && placed.some(({ to }) => found.connected.has(to.cluster))
    if (waits) held.add(one)
    return waits ? [] : placed
  })
  const isUnsure = (one: DiscoveredPart): boolean => one.isOld || one.part?.complete !== true || held.has(one)
  const applicationSets = parts.flatMap((part) => part?.applicationSets ?? [])
  return {
    inventory: {
      clusters: declared.clusters,
      repositories: [...repositories.values()],
      apps: [...declared.apps, ...apps.filter(isNotOwned)],
      problems: [...declared.problems, ...parts.flatMap((part) => part?.problems ?? [])],
      incomplete: discovered.filter(isUnsure).map(({ origin }) => origin),
      sources: sourceReports(discovered, (one) => !isUnsure(one) && one.part?.failing !== true),
      applicationSets: applicationSets.map(({ report }) => report),
    },
    applicationSets,
    asked,
    held,
  }
}

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

/** Where nothing was registered, nothing can be another cluster's twin. */
function askedClusters(
  configured: readonly ClusterSpec[],
  { connected }: ResolvedClusters,
): ReadonlyMap<string, string> {
  if (connected.size === 0) return connected
  const own = configured.filter(({ access }) => CLUSTER_TRAITS[access.type].isRunning)
  return new Map([...own.map(({ name, access }) => [name, JSON.stringify(access)] as const), ...connected])
}

/** So that an app that was placed where it was before is the same object. */
const completedApps = new WeakMap<App, App>()

/** The app where the cluster that it names is in the inventory. */
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
  const placed: App = {
    ...identity,
    id: appId(identity),
    to: { ...app.to, cluster: name },
    ...(failure !== undefined && app.problem === undefined && { problem: { ...failure, app: app.name } }),
  }
  completedApps.set(app, placed)
  return placed
}
