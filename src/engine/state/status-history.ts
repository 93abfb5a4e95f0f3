import type { Outcome, SyncStatus } from '../../model/verdict.ts'

/** What of an app's verdicts outlives each of them, and the process. Times are Unix seconds. */
export interface VerdictLife {
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

export function newLife(now: number): VerdictLife {
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
export function continueLife(life: VerdictLife, outcome: Outcome, now: number, evaluated: boolean): VerdictLife {
  const { status } = outcome
  const outOfSyncSince =
    status === 'Synced' ? undefined : (life.outOfSyncSince ?? (status === 'OutOfSync' ? now : undefined))
  const unknownSince = status === 'Unknown' ? (life.unknownSince ?? now) : undefined
  const lastSynced = status === 'Synced' && evaluated ? now : life.lastSynced
  const changed = life.evaluatedStatus !== undefined && life.evaluatedStatus !== status
  const evaluatedAt = evaluated ? now : life.evaluatedAt
  return {
    outcome,
    evaluatedStatus: status,
    statusChanges: life.statusChanges + (changed ? 1 : 0),
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
export function resumeLife(life: VerdictLife, now: number): VerdictLife {
  const { evaluatedAt: _before, ...kept } = life
  return life.outcome.status === 'Synced' ? { ...kept, outcome: NOT_EVALUATED, unknownSince: now } : kept
}

/** What a verdict tells of it. */
export function publicHistory({
  evaluatedStatus: _status,
  ...told
}: VerdictLife): Omit<VerdictLife, 'evaluatedStatus'> {
  return told
}

/**
 * Whether the two differ in what must be on disk before it is told. That an app is in sync when it is first looked at is nothing that a
 * crash could lose: it is Unknown after a restart in any case.
 */
export function isFlip(before: VerdictLife, after: VerdictLife): boolean {
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
