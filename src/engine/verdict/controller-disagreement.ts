import type { Outcome, SyncStatus } from '../../model/verdicts/verdict.ts'

/** Since when the controller's status and the verdict differ. Unix milliseconds, as everything here. */
export interface Disagreement {
  readonly disagreedSince?: number
  /** Since when one of the two does not know. */
  readonly undecidedSince?: number
}

export const AGREED: Disagreement = {}

/** A controller that is about to act, or whose status is a moment old, does not disagree. */
const GRACE_MS = 300_000

/**
 * The disagreement after a verdict. A side that does not know disagrees with nobody; but Flux knows nothing each time it looks, for as long
 * as that takes: what is over before the grace ends neither settles nor begins anything.
 * @param said the status that the controller reports; undefined where there is none
 */
export function nextDisagreement(
  before: Disagreement,
  said: SyncStatus | undefined,
  outcome: Outcome,
  now: number,
): Disagreement {
  if (said === undefined || said === 'Unknown' || outcome.status === 'Unknown')
    return { ...before, undecidedSince: before.undecidedSince ?? now }
  if (said === outcome.status) return AGREED
  const isNew = before.disagreedSince === undefined || isUndecided(before, now)
  return { disagreedSince: isNew ? now : (before.disagreedSince ?? now) }
}

/** Whether the two have differed for the grace period, while both were known. */
export function disagrees(disagreement: Disagreement, now: number): boolean {
  const { disagreedSince } = disagreement
  return disagreedSince !== undefined && now - disagreedSince >= GRACE_MS && !isUndecided(disagreement, now)
}

/** Whether Unknown has lasted so long that an earlier disagreement is void. */
function isUndecided({ undecidedSince }: Disagreement, now: number): boolean {
  return undecidedSince !== undefined && now - undecidedSince >= GRACE_MS
}
