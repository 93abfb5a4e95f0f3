import type { App } from '../../model/apps/app.ts'
import type { Failure } from '../../model/failure.ts'
import { type GroupKind, groupKindText } from '../../model/object.ts'
import type { Revision } from '../../model/sources/git.ts'
import type { RepositoryId } from '../../model/sources/source.ts'
import type { SourceRevision } from '../../model/verdicts/verdict.ts'
import type { PackedRendering } from './packed-rendering.ts'
import type { ResolvedObjects } from './placement.ts'

/** Desired state as it once was: what an object was last seen equal to, to tell Git's moves from the cluster's. */
export interface Baseline {
  /** One per source that renders something. */
  readonly commits: readonly string[]
  /** Held while objects refer to it; of commits from before a restart, once it was asked for. */
  rendering?: PackedRendering
  /** Their desired state cannot be had any more, or not now. */
  unavailable?: true
}

/** What is known of the sources' commits and of what they say. */
export interface DesiredState {
  readonly revisions: readonly Revision[]
  readonly rendering: PackedRendering
  readonly resolved: ResolvedObjects
  /** All that it was read from: repositories of the sources, and those that their files name. */
  readonly repositories: readonly RepositoryId[]
  readonly baseline: Baseline
}

/** The desired state of one app, with what keeps it from being known. Written here alone. */
export interface AppDesired {
  readonly current: DesiredState | undefined
  /** The app's spec changed since; results for the old spec do not apply. */
  readonly isOutdated: boolean
  /** What keeps the desired state from being known. */
  readonly failure: Failure | undefined
  /** The failure may be gone at the next attempt, so what was known before is believed until it is stale. */
  readonly failureIsPassing: boolean
  /** Failures in a row. */
  readonly attempts: number
  /** When a failure is tried again, by the engine's uptime. */
  readonly retryAt: number | undefined
  /** Declared now or earlier, by text. */
  readonly kinds: ReadonlyMap<string, GroupKind>
  /** @returns the baseline of now: the one before where no commit moved */
  adopt(found: Omit<DesiredState, 'baseline'>): Baseline
  setKinds(kinds: ReadonlyMap<string, GroupKind>): void
  fail(failure: Failure, isPassing: boolean): void
  /** The cluster has not told yet what it can do: no failure, and no success either. */
  wait(): void
  succeed(): void
  /** The sources, or where they go, are others now. */
  outdate(): void
  scheduleRetry(at: number | undefined): void
  /** The app moved: nothing that was known applies. */
  reset(): void
}

/** Others have the readonly face of it: one object an app, whose methods are shared. */
class WrittenDesired implements AppDesired {
  current: DesiredState | undefined = undefined
  isOutdated = false
  failure: Failure | undefined = undefined
  failureIsPassing = false
  attempts = 0
  retryAt: number | undefined = undefined
  kinds: ReadonlyMap<string, GroupKind>

  constructor(kinds: readonly GroupKind[]) {
    this.kinds = new Map(kinds.map((kind) => [groupKindText(kind), kind]))
  }

  adopt(found: Omit<DesiredState, 'baseline'>): Baseline {
    const baseline = baselineOf(found, this.current?.baseline)
    this.current = { ...found, baseline }
    this.isOutdated = false
    return baseline
  }

  setKinds(kinds: ReadonlyMap<string, GroupKind>): void {
    this.kinds = kinds
  }

  fail(failure: Failure, isPassing: boolean): void {
    this.failure = failure
    this.failureIsPassing = isPassing
    this.attempts += 1
  }

  wait(): void {
    this.failure = undefined
  }

  succeed(): void {
    this.failure = undefined
    this.attempts = 0
  }

  outdate(): void {
    this.isOutdated = true
  }

  scheduleRetry(at: number | undefined): void {
    this.retryAt = at
  }

  reset(): void {
    this.current = undefined
    this.failure = undefined
    this.attempts = 0
  }
}

/** @param kinds those that were declared before a restart */
export function createAppDesired(kinds: readonly GroupKind[]): AppDesired {
  return new WrittenDesired(kinds)
}

function baselineOf({ revisions, rendering }: Omit<DesiredState, 'baseline'>, before: Baseline | undefined): Baseline {
  const commits = revisions.map(({ commit }) => commit)
  const same = before !== undefined && before.commits.length === commits.length
  if (same && before.commits.every((commit, index) => commit === commits[index])) return before
  return { commits, rendering }
}

export function sourceRevisions(app: App, desired: DesiredState): readonly SourceRevision[] {
  return app.sources.flatMap((source, index) => {
    const revision = desired.revisions[index]
    if (revision === undefined) return []
    const { url: repository, path, targetRevision } = source
    const { commit, commitTime, author, subject } = revision
    return [
      {
        ...{ repository, path, targetRevision, commit, commitTime },
        ...(author !== undefined && { author }),
        ...(subject !== undefined && subject !== '' && { subject }),
      },
    ]
  })
}
