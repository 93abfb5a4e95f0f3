import type { ObjectStore } from './object-store.ts'
import type { RefList } from './remote.ts'

/** Where a resolver gets commits from: a mirror fetches them, a local repository has them or not. */
export interface ObjectSource {
  readonly gitDirectory: string
  readonly objects: ObjectStore
  list(signal: AbortSignal): Promise<RefList>
  /** A list that is newer than the one before; with this ref in it, where the server has it. */
  newerList(name: string, signal: AbortSignal): Promise<RefList>
  /**
   * Makes sure that a commit is here with its files, if it can be had.
   * @param key name of the ref that leads to it, or `commit:` and its ID
   * @throws CodedError `GDE_GIT_REVISION` when the server does not give it
   */
  obtain(key: string, commit: string, signal: AbortSignal): Promise<void>
  /** Brings so many commits of history from a commit; `all` is everything that any ref leads to. */
  deepen(commits: readonly string[], depth: number | 'all', signal: AbortSignal): Promise<void>
}
