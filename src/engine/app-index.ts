import type { RepositoryId } from '../model/source.ts'
import type { AppState } from './app-state.ts'

/** Which apps an event concerns, without a look at all the others. */
export interface AppIndex {
  /** By what its app says now: whoever changes the app removes it before and adds it after. */
  add(appState: AppState): void
  remove(appState: AppState): void
  /** Apps with a source in the repository. */
  usersOf(repository: RepositoryId): Iterable<AppState>
  /** Apps with the cluster as destination. */
  appsOf(cluster: string): Iterable<AppState>
}

export function createAppIndex(): AppIndex {
  const byRepository = new Map<RepositoryId, Set<AppState>>()
  const byCluster = new Map<string, Set<AppState>>()
  return {
    add(appState) {
      for (const { repository } of appState.app.sources) put(byRepository, repository, appState)
      put(byCluster, appState.app.to.cluster, appState)
    },
    remove(appState) {
      for (const { repository } of appState.app.sources) take(byRepository, repository, appState)
      take(byCluster, appState.app.to.cluster, appState)
    },
    usersOf: (repository) => byRepository.get(repository) ?? [],
    appsOf: (cluster) => byCluster.get(cluster) ?? [],
  }
}

function put<Key>(index: Map<Key, Set<AppState>>, key: Key, appState: AppState): void {
  const appStates = index.get(key)
  if (appStates === undefined) index.set(key, new Set([appState]))
  else appStates.add(appState)
}

function take<Key>(index: Map<Key, Set<AppState>>, key: Key, appState: AppState): void {
  const appStates = index.get(key)
  if (appStates?.delete(appState) === true && appStates.size === 0) index.delete(key)
}
