import type { RepositoryId } from '../model/source.ts'
import type { AppUnit } from './app-state.ts'

/** Which apps an event concerns, without a look at all the others. */
export interface UnitIndex {
  /** By what its app says now: whoever changes the app removes it before and adds it after. */
  add(unit: AppUnit): void
  remove(unit: AppUnit): void
  /** Apps with a source in the repository. */
  usersOf(repository: RepositoryId): Iterable<AppUnit>
  /** Apps with the cluster as destination. */
  appsOf(cluster: string): Iterable<AppUnit>
}

export function createUnitIndex(): UnitIndex {
  const byRepository = new Map<RepositoryId, Set<AppUnit>>()
  const byCluster = new Map<string, Set<AppUnit>>()
  return {
    add(unit) {
      for (const { repository } of unit.app.sources) put(byRepository, repository, unit)
      put(byCluster, unit.app.to.cluster, unit)
    },
    remove(unit) {
      for (const { repository } of unit.app.sources) take(byRepository, repository, unit)
      take(byCluster, unit.app.to.cluster, unit)
    },
    usersOf: (repository) => byRepository.get(repository) ?? [],
    appsOf: (cluster) => byCluster.get(cluster) ?? [],
  }
}

function put<Key>(index: Map<Key, Set<AppUnit>>, key: Key, unit: AppUnit): void {
  const units = index.get(key)
  if (units === undefined) index.set(key, new Set([unit]))
  else units.add(unit)
}

function take<Key>(index: Map<Key, Set<AppUnit>>, key: Key, unit: AppUnit): void {
  const units = index.get(key)
  if (units?.delete(unit) === true && units.size === 0) index.delete(key)
}
