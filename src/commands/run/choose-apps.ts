import { type AppFilter, matchesFilter } from '../../discovery/inventory/app-filter.ts'
import type { App } from '../../model/apps/app.ts'
import type { Inventory } from '../../model/apps/inventory.ts'
import { didYouMean } from '../../text/nearest-name.ts'
import { UsageError } from '../cli/usage-error.ts'

/**
 * The apps that are asked for.
 * @throws UsageError when a name, or the choice as a whole, matches no app
 */
export function chooseApps(
  { apps, clusters }: Pick<Inventory, 'apps' | 'clusters'>,
  filter: AppFilter,
): readonly App[] {
  const known = apps.map(({ name }) => name)
  const missing = filter.names?.find((name) => !known.includes(name))
  if (missing !== undefined)
    throw new UsageError(`there is no app ${JSON.stringify(missing)}${didYouMean(missing, known)}`)
  const chosen = apps.filter((app) => matchesFilter(filter, app, clusters))
  if (chosen.length === 0 && apps.length > 0) throw new UsageError('no app matches all of what was asked for')
  return chosen
}
