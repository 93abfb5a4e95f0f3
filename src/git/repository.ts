import type { CommitInLine, RepositoryStatus, Revision } from '../model/git.ts'

/** What is worth a line in the log. */
export interface GitEvent {
  readonly type: 'repaired'
  readonly repository: string
  readonly message: string
}

export type StatusListener = (status: RepositoryStatus) => void

/** One repository, wherever it is: the conformance suite runs on every kind. */
export interface Repository {
  /** @throws CodedError `GDE_GIT_*`, `GDE_TIMEOUT`, `GDE_TOO_LARGE`, `GDE_NOT_PERMITTED` */
  resolve(targetRevision: string, signal: AbortSignal): Promise<Revision>
  /** Commits reachable from `to` and not from `from`; undefined beyond 1,000. */
  commitsBetween(from: string, to: string, signal: AbortSignal): Promise<number | undefined>
  /** A commit and its first parents down to the first that is older than `time`, Unix seconds: at most 1,000. */
  commitsSince(commit: string, time: number, signal: AbortSignal): Promise<readonly CommitInLine[]>
  /** Looks at the refs now instead of when it is due. */
  poll(): void
  /** Somebody could not read an object that must be there: looks through what is on disk, and begins anew if it is damaged. */
  verify(): void
  close(): Promise<void>
}
