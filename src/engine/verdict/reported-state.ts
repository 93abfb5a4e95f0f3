import type { AppReport } from '../../model/fleet.ts'
import { type ManualChanges, type PersistentValues, startValues } from '../../model/verdicts/persistent-values.ts'
import type { JournaledDrift } from '../state/journaled-drift.ts'
import type { SavedApp } from '../state/saved-state.ts'
import { newStatusHistory, resumeHistory, type StatusHistory } from '../state/status-history.ts'
import type { CommitLag } from './commit-lag.ts'
import { AGREED, type Disagreement } from './controller-disagreement.ts'

/** What a restart found; until the first evaluation its counts and revisions are what is reported. */
export type RestoredVerdict = Pick<SavedApp, 'revisions' | 'objectCounts' | 'differenceCounts'>

/** What the journal of the last process says of an app. */
export interface ResumedApp {
  readonly history: StatusHistory
  readonly drift: JournaledDrift | undefined
}

/** What a new verdict changes of what is kept. */
export interface ReportedChange {
  readonly history: StatusHistory
  readonly disagreement: Disagreement
  readonly manualChanges: ManualChanges
  readonly lag: CommitLag | undefined
  /** The objects were judged: what a restart found is replaced. */
  readonly isJudged: boolean
}

/** What was reported of one app, and what is counted from report to report. Written here alone. */
export interface AppReported {
  readonly history: StatusHistory
  readonly restored: RestoredVerdict | undefined
  /** What survives restarts, beside the history. */
  readonly values: PersistentValues
  /** Since when the controller's own word and the verdict differ. */
  readonly disagreement: Disagreement
  readonly lag: CommitLag | undefined
  /** What the journal was told of the drift that lasts; undefined while there is none. */
  readonly drift: JournaledDrift | undefined
  /** An evaluation was reported since start. */
  readonly evaluated: boolean
  /** When the earliest change arrived that no verdict has reported yet, Unix milliseconds. */
  readonly changedAt: number | undefined
  /** The same is not reported again. */
  readonly last: AppReport | undefined
  /** @param at Unix milliseconds */
  noteChange(at: number): void
  /** The same of what an evaluation has to look at first: until then no verdict can report it. @param at Unix milliseconds */
  noteMove(at: number): void
  /** The next verdict reports what moved. */
  moveEvaluated(): void
  /** A commit was seen that changes something here and is not live yet. @param at Unix milliseconds */
  noteCommit(at: number): void
  /** When the commits were first seen that are live now. */
  takeCommits(): readonly number[]
  remember(values: Partial<PersistentValues>): void
  apply(change: ReportedChange): void
  /** It was evaluated and found as before, of which the history has nothing but the time. */
  renew(history: StatusHistory): void
  setLag(lag: CommitLag): void
  setDrift(drift: JournaledDrift | undefined): void
  /** No change waits to be reported any more. */
  changeReported(): void
  published(report: AppReport): void
}

/** A fleet of commits that never become live shall not be kept for ever. */
const MAX_SEEN_COMMITS = 100

/** Others have the readonly face of it: one object an app, whose methods are shared. */
class WrittenReported implements AppReported {
  history: StatusHistory
  restored: RestoredVerdict | undefined
  values: PersistentValues
  disagreement: Disagreement = AGREED
  lag: CommitLag | undefined = undefined
  drift: JournaledDrift | undefined
  evaluated = false
  changedAt: number | undefined = undefined
  last: AppReport | undefined = undefined
  #movedAt: number | undefined = undefined
  #seenCommits: number[] = []

  constructor(saved: SavedApp | undefined, journaled: ResumedApp | undefined, now: number) {
    const history = journaled?.history ?? saved?.history
    this.history = history === undefined ? newStatusHistory(now) : resumeHistory(history, now)
    this.drift = journaled?.drift
    this.restored = saved
    this.values = startValues(saved?.values)
  }

  noteChange(at: number): void {
    this.changedAt ??= at
  }

  noteMove(at: number): void {
    this.#movedAt ??= at
  }

  moveEvaluated(): void {
    if (this.#movedAt === undefined) return
    this.changedAt = Math.min(this.changedAt ?? this.#movedAt, this.#movedAt)
    this.#movedAt = undefined
  }

  noteCommit(at: number): void {
    this.#seenCommits.push(at)
    if (this.#seenCommits.length > MAX_SEEN_COMMITS) this.#seenCommits.shift()
  }

  takeCommits(): readonly number[] {
    const taken = this.#seenCommits
    this.#seenCommits = []
    return taken
  }

  remember(values: Partial<PersistentValues>): void {
    this.values = { ...this.values, ...values }
  }

  apply({ history, disagreement, manualChanges, lag, isJudged }: ReportedChange): void {
    this.history = history
    this.disagreement = disagreement
    if (manualChanges !== this.values.manualChanges) this.remember({ manualChanges })
    this.lag = lag
    this.evaluated = true
    if (isJudged) this.restored = undefined
  }

  renew(history: StatusHistory): void {
    this.history = history
  }

  setLag(lag: CommitLag): void {
    this.lag = lag
  }

  setDrift(drift: JournaledDrift | undefined): void {
    this.drift = drift
  }

  changeReported(): void {
    this.changedAt = undefined
  }

  published(report: AppReport): void {
    this.last = report
  }
}

/** @param now Unix seconds */
export function createAppReported(
  saved: SavedApp | undefined,
  journaled: ResumedApp | undefined,
  now: number,
): AppReported {
  return new WrittenReported(saved, journaled, now)
}
