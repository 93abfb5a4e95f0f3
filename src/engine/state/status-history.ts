import type { Outcome, SyncStatus } from '../../model/verdict.ts'

/** What of an app's verdicts outlives each of them, and the process. Times are Unix seconds. */
export interface StatusHistory {
  /** What was told last. */
  readonly outcome: Outcome
  /** The last status that an evaluation gave: what a change is counted against. */
  readonly evaluatedStatus?: SyncStatus
  /** When it became OutOfSync: kept through Unknown, cleared by Synced. */
  readonly outOfSyncSince?: number
  readonly unknownSince?: number
  readonly lastSynced?: number
  readonly evaluatedAt?: number
  readonly statusChanges: number
}

export function newStatusHistory(now: number): StatusHistory {
  return { outcome: NOT_EVALUATED, unknownSince: now, statusChanges: 0 }
}

const NOT_EVALUATED = {
  status: 'Unknown',
  reason: { code: 'GDE_NOT_EVALUATED', message: 'not evaluated since the exporter started' },
} as const satisfies Outcome

/**
 * The life after a new outcome. A restart is no change of status: what waits for its first evaluation is Unknown, but counts
 * neither when it begins nor when it ends.
 * @param evaluated whether the outcome comes from comparing what is known now; an input that grew old gives none
 */
export function continueHistory(
  history: StatusHistory,
  outcome: Outcome,
  now: number,
  evaluated: boolean,
): StatusHistory {
  const { status } = outcome
  const outOfSyncSince =
    status === 'Synced' ? undefined : (history.outOfSyncSince ?? (status === 'OutOfSync' ? now : undefined))
  const unknownSince = status === 'Unknown' ? (history.unknownSince ?? now) : undefined
  const lastSynced = status === 'Synced' && evaluated ? now : history.lastSynced
  const changed = history.evaluatedStatus !== undefined && history.evaluatedStatus !== status
  const evaluatedAt = evaluated ? now : history.evaluatedAt
  return {
    outcome,
    evaluatedStatus: status,
    statusChanges: history.statusChanges + (changed ? 1 : 0),
    ...(outOfSyncSince !== undefined && { outOfSyncSince }),
    ...(unknownSince !== undefined && { unknownSince }),
    ...(lastSynced !== undefined && { lastSynced }),
    ...(evaluatedAt !== undefined && { evaluatedAt }),
  }
}

/**
 * A life read back at start. What was Synced may have drifted meanwhile, so it is Unknown until it is evaluated; OutOfSync
 * and Unknown stay as they were told, or their alerts would resolve because the exporter was restarted.
 */
export function resumeHistory(history: StatusHistory, now: number): StatusHistory {
  const { evaluatedAt: _before, ...kept } = history
  return history.outcome.status === 'Synced' ? { ...kept, outcome: NOT_EVALUATED, unknownSince: now } : kept
}

/** What a verdict tells of it. */
export function publicHistory({
  evaluatedStatus: _status,
  ...told
}: StatusHistory): Omit<StatusHistory, 'evaluatedStatus'> {
  return told
}

/**
 * Whether the two differ in what must be on disk before it is told. That an app is in sync when it is first looked at is nothing that a
 * crash could lose: it is Unknown after a restart in any case.
 */
export function isFlip(before: StatusHistory, after: StatusHistory): boolean {
  const { outcome } = before
  const isFirstLook = outcome.status === 'Unknown' && outcome.reason.code === 'GDE_NOT_EVALUATED'
  if (isFirstLook && after.outcome.status === 'Synced')
    return before.outOfSyncSince !== undefined || before.statusChanges !== after.statusChanges
  return (
    outcome.status !== after.outcome.status ||
    before.outOfSyncSince !== after.outOfSyncSince ||
    before.statusChanges !== after.statusChanges
  )
}
