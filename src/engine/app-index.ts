import type { AppId } from '../model/identity.ts'
import type { RepositoryId } from '../model/sources/source.ts'
import type { AppState } from './app-state.ts'

/** Finds the apps that an event concerns, without iterating over all apps. */
export interface AppIndex {
  /** Indexes the current spec of the app: remove the app before a change, and add it again afterwards. */
  add(appState: AppState): void
  remove(appState: AppState): void
  /** Replaces the repositories that files of the app name, beside those of its sources. */
  borrows(app: AppId, repositories: readonly RepositoryId[]): void
  /** Apps with a source in the repository, and those whose files name it. */
  usersOf(repository: RepositoryId): Iterable<AppState>
  /** Apps with the cluster as destination. */
  appsOf(cluster: string): Iterable<AppState>
}

export function createAppIndex(): AppIndex {
  const byRepository = new Map<RepositoryId, Set<AppState>>()
  const byCluster = new Map<string, Set<AppState>>()
  const byId = new Map<AppId, AppState>()
  const borrowed = new Map<AppState, readonly RepositoryId[]>()
  const repositoriesOf = (appState: AppState) => [
    ...appState.app.sources.map(({ repository }) => repository),
    ...(borrowed.get(appState) ?? []),
  ]
  function add(appState: AppState): void {
    byId.set(appState.id, appState)
    for (const repository of repositoriesOf(appState)) put(byRepository, repository, appState)
    put(byCluster, appState.app.to.cluster, appState)
  }

  function remove(appState: AppState): void {
    for (const repository of repositoriesOf(appState)) take(byRepository, repository, appState)
    take(byCluster, appState.app.to.cluster, appState)
    borrowed.delete(appState)
    byId.delete(appState.id)
  }

  return {
    add,
    remove,
    borrows(app, repositories) {
      const appState = byId.get(app)
      if (appState === undefined || (repositories.length === 0 && !borrowed.has(appState))) return
      remove(appState)
      if (repositories.length > 0) borrowed.set(appState, repositories)
      add(appState)
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
