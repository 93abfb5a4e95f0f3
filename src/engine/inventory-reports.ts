import { isDeepStrictEqual } from 'node:util'
import type { ApplicationSetReport, Inventory } from '../model/apps/inventory.ts'
import type { FleetUpdate } from '../model/fleet.ts'
import type { RepositoryId } from '../model/sources/source.ts'

/**
 * Sends on what the inventory says beside apps, where it is other than before.
 * @returns to be called with each inventory and the repositories that it has no more
 */
export function createInventoryReports(
  emit: (updates: readonly FleetUpdate[]) => void,
): (inventory: Inventory, removed: readonly RepositoryId[]) => void {
  let problems: Inventory['problems'] | undefined
  let applicationSets: readonly ApplicationSetReport[] = []
  return (inventory, removed) => {
    const updates: FleetUpdate[] = removed.map((repository) => ({ type: 'repositoryGone', repository }))
    if (!isDeepStrictEqual(problems, inventory.problems)) {
      problems = inventory.problems
      updates.push({ type: 'problems', problems })
    }
    if (!isDeepStrictEqual(applicationSets, inventory.applicationSets ?? [])) {
      applicationSets = inventory.applicationSets ?? []
      updates.push({ type: 'applicationSets', reports: applicationSets })
    }
    if (updates.length > 0) emit(updates)
  }
}
