import { selectorMatches } from '../../kubernetes/selector.ts'
import type { App } from '../../model/apps/app.ts'
import type { ClusterSpec, Inventory } from '../../model/apps/inventory.ts'
import type { LabelSelector } from '../../model/selector.ts'
import { matchesName } from '../../text/star-pattern.ts'

/** A filter on apps; all parts must match, an absent part matches everything. */
export interface AppFilter {
  readonly names?: readonly string[] | undefined
  readonly controller?: string | undefined
  readonly kind?: string | undefined
  readonly cluster?: string | undefined
  readonly namespace?: string | undefined
  /** Patterns of destinations, of which one must fit; `*` stands for anything. */
  readonly clusters?: readonly string[] | undefined
  /** Patterns of projects likewise. */
  readonly projects?: readonly string[] | undefined
  /** On the labels of the app and of its cluster together; those of the app win. */
  readonly selector?: LabelSelector | undefined
}

/** @param clusters those of the inventory, for their labels */
export function matchesFilter(filter: AppFilter, app: App, clusters: readonly ClusterSpec[]): boolean {
  const { names, controller, kind, cluster, namespace } = filter
  return (
    (names === undefined || names.includes(app.name)) &&
    (controller === undefined || app.controller === controller) &&
    (kind === undefined || app.kind === kind) &&
    (cluster === undefined || app.destination === cluster) &&
    (namespace === undefined || app.namespace === namespace) &&
    (filter.clusters === undefined || matchesName(filter.clusters, app.destination)) &&
    (filter.projects === undefined || matchesName(filter.projects, app.project)) &&
    isSelected(filter.selector, app, clusters)
  )
}

function isSelected(selector: LabelSelector | undefined, app: App, clusters: readonly ClusterSpec[]): boolean {
  if (selector === undefined) return true
  const labels = clusters.find(({ name }) => name === app.to.cluster)?.labels
  return selectorMatches(selector, { ...labels, ...app.labels })
}

/**
 * The inventory with only the matching apps, their clusters and their repositories.
 * @param alsoNeeded clusters that stay besides
 */
export function filterInventory(inventory: Inventory, filter: AppFilter, alsoNeeded: ReadonlySet<string>): Inventory {
  const apps = inventory.apps.filter((app) => matchesFilter(filter, app, inventory.clusters))
  const clusters = new Set(apps.map(({ to }: App) => to.cluster))
  const repositories = new Set(apps.flatMap(({ sources }) => sources.map(({ repository }) => repository)))
  return {
    ...inventory,
    apps,
    clusters: inventory.clusters.filter(({ name }) => clusters.has(name) || alsoNeeded.has(name)),
    repositories: inventory.repositories.filter(({ id }) => repositories.has(id)),
  }
}
