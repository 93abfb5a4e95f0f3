import type {
  CommitRange,
  CommitsBetween,
  FirstParentCommit,
  RepositoryStatus,
  Revision,
} from '../model/sources/git.ts'

/** An event to be logged. */
export interface GitEvent {
  readonly type: 'repaired'
  readonly repository: string
  readonly message: string
}

export type StatusListener = (status: RepositoryStatus) => void

/** One repository, local or on a server; the conformance suite runs against both implementations. */
export interface Repository {
  /** @throws CodedError `GDE_GIT_*`, `GDE_TIMEOUT`, `GDE_TOO_LARGE`, `GDE_NOT_PERMITTED` */
  resolve(targetRevision: string, signal: AbortSignal): Promise<Revision>
  /** Which of these commits count; undefined beyond 1,000. */
  commitsBetween(range: CommitRange, signal: AbortSignal): Promise<CommitsBetween | undefined>
  /** A commit and its first parents down to the first that is older than `time`, Unix seconds: at most 1,000. */
  commitsSince(commit: string, time: number, signal: AbortSignal): Promise<readonly FirstParentCommit[]>
  /** Polls the refs now instead of when it is due. */
  poll(): void
  /**
   * Called after an object that must be there could not be read: verifies all files, and resets the mirror if any is
   * damaged.
   */
  verify(): void
  close(): Promise<void>
}
