import type { App } from '../../model/app.ts'
import type { AppIdentity } from '../../model/identity.ts'
import type { Inventory } from '../../model/inventory.ts'

/** What narrows the apps of an inventory; an absent part narrows nothing. */
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
 * The inventory with the matching apps alone, and the clusters and repositories that they need.
 * @param kept clusters that are needed besides
 */
export function filterInventory(inventory: Inventory, filter: AppFilter, kept: ReadonlySet<string>): Inventory {
  const apps = inventory.apps.filter((app) => matchesFilter(filter, app))
  const clusters = new Set(apps.map(({ to }: App) => to.cluster))
  const repositories = new Set(apps.flatMap(({ sources }) => sources.map(({ repository }) => repository)))
  return {
    ...inventory,
    apps,
    clusters: inventory.clusters.filter(({ name }) => clusters.has(name) || kept.has(name)),
    repositories: inventory.repositories.filter(({ id }) => repositories.has(id)),
  }
}
