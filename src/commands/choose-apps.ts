import type { App } from '../model/app.ts'
import type { Inventory } from '../model/inventory.ts'
import { didYouMean } from '../model/nearest-name.ts'
import { UsageError } from './command.ts'

/** What narrows the apps of an inventory; an absent part narrows nothing. */
export interface AppChoice {
  readonly names?: readonly string[] | undefined
  readonly controller?: string | undefined
  readonly kind?: string | undefined
  readonly cluster?: string | undefined
  readonly namespace?: string | undefined
}

/**
 * The inventory with the chosen apps alone, and the clusters and repositories that they need.
 * @throws UsageError when a name, or the choice as a whole, matches no app
 */
export function chooseApps(inventory: Inventory, choice: AppChoice): Inventory {
  const { names, controller, kind, cluster, namespace } = choice
  const known = inventory.apps.map(({ name }) => name)
  const missing = names?.find((name) => !known.includes(name))
  if (missing !== undefined)
    throw new UsageError(`there is no app ${JSON.stringify(missing)}${didYouMean(missing, known)}`)
  const matches = (app: App): boolean =>
    (names === undefined || names.includes(app.name)) &&
    (controller === undefined || app.controller === controller) &&
    (kind === undefined || app.kind === kind) &&
    (cluster === undefined || app.destination === cluster) &&
    (namespace === undefined || app.namespace === namespace)
  const apps = inventory.apps.filter(matches)
  if (apps.length === 0 && inventory.apps.length > 0) throw new UsageError('no app matches all of what was asked for')
  const clusters = new Set(apps.map(({ to }) => to.cluster))
  const repositories = new Set(apps.flatMap(({ sources }) => sources.map(({ repository }) => repository)))
  return {
    ...inventory,
    apps,
    clusters: inventory.clusters.filter(({ name }) => clusters.has(name)),
    repositories: inventory.repositories.filter(({ id }) => repositories.has(id)),
  }
}
