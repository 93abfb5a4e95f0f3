import type { Outcome, SyncStatus } from '../../model/verdicts/verdict.ts'

/** Since-times and counters of an app's status, kept over evaluations and restarts. Times are Unix seconds. */
export interface StatusHistory {
  /** The last outcome that was reported. */
  readonly outcome: Outcome
  /** The status of the last evaluation: a change of status is counted against it. */
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
 * The history after a new outcome. A restart is no change of status: the Unknown before the first evaluation is counted
 * neither when it begins nor when it ends.
 * @param how `evaluated`: whether the outcome comes from a comparison; one that stale data caused does not. `since`: when the drift was first
 * seen, Unix seconds, where that was before its cause was known
 */
export function continueHistory(
  history: StatusHistory,
  outcome: Outcome,
  now: number,
  { evaluated, since }: { readonly evaluated: boolean; readonly since?: number | undefined },
): StatusHistory {
  const { status } = outcome
  const outOfSyncSince =
    status === 'Synced' ? undefined : (history.outOfSyncSince ?? (status === 'OutOfSync' ? (since ?? now) : undefined))
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
 * The history after a restart. Synced apps may have drifted meanwhile, so they are Unknown until they are evaluated.
 * OutOfSync and Unknown stay, or alerts would resolve only because the exporter was restarted.
 */
export function resumeHistory(history: StatusHistory, now: number): StatusHistory {
  const { evaluatedAt: _before, ...kept } = history
  return history.outcome.status === 'Synced' ? { ...kept, outcome: NOT_EVALUATED, unknownSince: now } : kept
}

/** The part of it that verdicts contain. */
export function publicHistory({
  evaluatedStatus: _status,
  ...visible
}: StatusHistory): Omit<StatusHistory, 'evaluatedStatus'> {
  return visible
}

/**
 * Whether the change must be on disk before it is reported. The first Synced need not be: after a crash the app is
 * Unknown until it is evaluated in any case.
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
