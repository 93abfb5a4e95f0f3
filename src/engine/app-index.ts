import type { RepositoryId } from '../model/sources/source.ts'
import type { AppState } from './app-state.ts'

/** Finds the apps that an event concerns, without iterating over all apps. */
export interface AppIndex {
  /** Indexes the current spec of the app: remove the app before a change, and add it again afterwards. */
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
