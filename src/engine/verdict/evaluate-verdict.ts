import type { Failure } from '../../model/failure.ts'
import type { Cause } from '../../model/verdicts/cause.ts'
import type { ManualChanges } from '../../model/verdicts/persistent-values.ts'
import type { Outcome } from '../../model/verdicts/verdict.ts'
import type { AppState } from '../app-state.ts'
import { explainDrift } from '../cause/explain-drift.ts'
import type { ObjectRecord } from '../compare/app-objects.ts'
import type { Baseline } from '../desired/desired-state.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import { type CommitLag, nextCommitLag } from './commit-lag.ts'
import { conclude } from './conclusion.ts'
import { type Disagreement, nextDisagreement } from './controller-disagreement.ts'
import { countManualChanges } from './manual-changes.ts'
import { type Aggregate, outcomeOf } from './sync-status.ts'

export interface VerdictInput {
  readonly appState: AppState
  readonly cluster: ClusterState | undefined
  /** Why what was read from one of its repositories is too old to be believed. */
  readonly gitStaleness: Failure | undefined
  /** What was reported before the restart still holds. */
  readonly isCovered: boolean
  /** Unix milliseconds. */
  readonly now: number
}

/** What has to be had before there can be a verdict. */
export interface Questions {
  /** Renderings of earlier commits. */
  readonly baselines: readonly Baseline[]
  /** What was applied last has to be inferred from the history of Git. */
  readonly needsInference: boolean
}

/** A verdict, and what of it is counted from one to the next. */
export interface ConcludedVerdict {
  readonly outcome: Outcome
  /** Absent where the app as a whole cannot be judged. */
  readonly aggregate: Aggregate | undefined
  readonly disagreement: Disagreement
  readonly manualChanges: ManualChanges
  /** With commits that have to be counted after the verdict was reported: nobody waits for a number. */
  readonly lag: CommitLag | undefined
}

export type Evaluation =
  /** Nothing new: what was reported before holds. */
  | { readonly type: 'waiting' }
  | { readonly type: 'questions'; readonly questions: Questions; readonly causes: ReadonlyMap<string, Cause> }
  | { readonly type: 'verdict'; readonly verdict: ConcludedVerdict; readonly causes: ReadonlyMap<string, Cause> }

const NO_CAUSES: ReadonlyMap<string, Cause> = new Map()

/**
 * The verdict on an app by what is known of it, of its cluster and of the time; or what has to be asked first. It changes nothing: the
 * reporter answers the questions, which is why one event may lead to three rounds (a baseline, a verdict, its number of commits).
 */
export function evaluateVerdict(input: VerdictInput): Evaluation {
  const { appState, cluster } = input
  const conclusion = conclude(input)
  switch (conclusion.type) {
    case 'waiting':
      return conclusion
    case 'unknown':
      return {
        type: 'verdict',
        verdict: unjudged(appState, { status: 'Unknown', reason: conclusion.reason }, input.now),
        causes: NO_CAUSES,
      }
    case 'judged': {
      const explained = cluster === undefined ? undefined : explainDrift(appState, cluster)
      const causes = explained?.causes ?? NO_CAUSES
      if (explained !== undefined && (explained.baselines.length > 0 || explained.needsInference))
        return { type: 'questions', questions: explained, causes }
      return { type: 'verdict', verdict: judged(input, conclusion.aggregate, causes), causes }
    }
    default:
      return conclusion satisfies never
  }
}

function judged(
  { appState, now }: VerdictInput,
  aggregate: Aggregate,
  causes: ReadonlyMap<string, Cause>,
): ConcludedVerdict {
  const { app, desired, objects, reported } = appState
  const { records } = objects
  const causeOf = (record: ObjectRecord): Cause | undefined => causes.get(record.keyText) ?? record.cause
  const outcome = outcomeOf(aggregate, records.values(), causeOf)
  return {
    outcome,
    aggregate,
    disagreement: nextDisagreement(reported.disagreement, app.reportedStatus?.status, outcome, now),
    manualChanges: countManualChanges(reported.values.manualChanges, records, causeOf, app.policy),
    lag: nextCommitLag(reported.lag, { app, desired: desired.current, records, causeOf, outcome }),
  }
}

/** The verdict on an app that cannot be judged as a whole: what was counted stays. */
export function unjudged({ app, reported }: AppState, outcome: Outcome, now: number): ConcludedVerdict {
  const {
    lag,
    values: { manualChanges },
  } = reported
  const disagreement = nextDisagreement(reported.disagreement, app.reportedStatus?.status, outcome, now)
  return { outcome, aggregate: undefined, disagreement, manualChanges, lag }
}
