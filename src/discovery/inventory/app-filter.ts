import type { App } from '../../model/apps/app.ts'
import type { Inventory } from '../../model/apps/inventory.ts'
import type { AppIdentity } from '../../model/identity.ts'

/** A filter on apps; all parts must match, an absent part matches everything. */
export interface AppFilter {
  readonly names?: readonly string[] | undefined
  readonly controller?: string | undefined
  readonly kind?: string | undefined
  readonly cluster?: string | undefined
  readonly namespace?: string | undefined
}

export function matchesFilter({ names, controller, kind, cluster, namespace }: AppFilter, app: AppIdentity): boolean {
  return (
    (names === undefined || names.includes(app.name)) &&
    (controller === undefined || app.controller === controller) &&
    (kind === undefined || app.kind === kind) &&
    (cluster === undefined || app.destination === cluster) &&
    (namespace === undefined || app.namespace === namespace)
  )
}

/**
 * The inventory with only the matching apps, their clusters and their repositories.
 * @param alsoNeeded clusters that stay besides
 */
export function filterInventory(inventory: Inventory, filter: AppFilter, alsoNeeded: ReadonlySet<string>): Inventory {
  const apps = inventory.apps.filter((app) => matchesFilter(filter, app))
  const clusters = new Set(apps.map(({ to }: App) => to.cluster))
  const repositories = new Set(apps.flatMap(({ sources }) => sources.map(({ repository }) => repository)))
  return {
    ...inventory,
    apps,
    clusters: inventory.clusters.filter(({ name }) => clusters.has(name) || alsoNeeded.has(name)),
    repositories: inventory.repositories.filter(({ id }) => repositories.has(id)),
  }
}
