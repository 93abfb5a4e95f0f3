import type { Failure } from '../failure.ts'
import type { Dependency, SourceTree } from './rendering.ts'
import type { RepositoryId } from './source.ts'

/** A resolved commit, or the version of an archive. */
export interface Revision {
  /** As the controllers name it: the SHA of a commit, the version of a chart of a Helm repository, the digest of an OCI artifact. */
  readonly commit: string
  /** Committer time, Unix seconds; of an archive when it was made, where its server says so, else when it was first seen. */
  readonly commitTime: number
  /** Name of who wrote the commit; absent for an archive. */
  readonly author?: string
  /** First paragraph of its message in one line, 200 characters at most; absent for an archive. */
  readonly subject?: string
  readonly tree: SourceTree
  /** Of an archive. */
  readonly archive?: ArchiveRevision
}

export interface ArchiveRevision {
  /** The version or tag that was chosen; '' where a digest was asked for. */
  readonly version: string
  /** `sha256:…` of the archive, or of the manifest of an OCI artifact. */
  readonly digest: string
}

/** Reported whenever a poll or fetch ends. */
export interface RepositoryStatus {
  readonly repository: RepositoryId
  readonly url: string
  readonly up: boolean
  /** Unix seconds of the last poll that succeeded; absent if none did. */
  readonly lastContact?: number
  readonly failure?: Failure
  /** Changes whenever any ref moved: apps of this repository resolve their revisions anew. */
  readonly refsVersion: number
  /** Seconds that the fetch took, when one was made. */
  readonly fetchSeconds?: number
}

/**
 * Whether revisions of a repository may resolve to something else than before: refs moved, or it can be read again.
 * @param before what was known of it last; undefined is nothing yet
 */
export function hasMoved(
  before: Pick<RepositoryStatus, 'refsVersion' | 'up'> | undefined,
  now: Pick<RepositoryStatus, 'refsVersion' | 'up'>,
): boolean {
  return before?.refsVersion !== now.refsVersion || (now.up && !before.up)
}

/** One commit of a first-parent history. */
export interface FirstParentCommit {
  readonly commit: string
  /** Committer time, Unix seconds. */
  readonly time: number
}

/** Commits that are reachable from `to` and not from `from`. */
export interface CommitRange {
  readonly from: string
  readonly to: string
  /** Only those count that touch one of these; all where it is absent. */
  readonly reads?: readonly Dependency[]
}

/** What counts of a `CommitRange`. */
export interface CommitsBetween {
  readonly count: number
  /** The newest of them, by committer time. */
  readonly newest?: NamedCommit
}

/** A commit and what its message begins with. */
export interface NamedCommit {
  readonly commit: string
  readonly subject?: string
}

/** All repositories, as the engine uses them; the Git thread implements it. */
export interface GitService {
  /** @throws CodedError `GDE_GIT_*` */
  resolve(repository: RepositoryId, targetRevision: string, signal: AbortSignal): Promise<Revision>
  /** Whether every dependency is the same in these trees (indexed as in the request). */
  unchanged(trees: readonly SourceTree[], dependencies: readonly Dependency[], signal: AbortSignal): Promise<boolean>
  /** Which commits count; undefined beyond 1,000, and where the revisions are no commits (archives). */
  commitsBetween(repository: RepositoryId, range: CommitRange, signal: AbortSignal): Promise<CommitsBetween | undefined>
  /**
   * A commit and those before it along first parents, newest first, down to the first that is older than `time` (committer time, Unix
   * seconds) or the last that can be had: at most 1,000.
   */
  commitsSince(
    repository: RepositoryId,
    commit: string,
    time: number,
    signal: AbortSignal,
  ): Promise<readonly FirstParentCommit[]>
  /** Polls now instead of when it is due (webhook, full pass). */
  poll(repository: RepositoryId): void
  /**
   * Called after an object could not be read (`GDE_GIT_DAMAGED`): verifies all files. A damaged mirror is reset, and
   * `refsVersion` changes, so that revisions are fetched again. Calls while it is verifying have no effect.
   */
  verify?(repository: RepositoryId): void
}
