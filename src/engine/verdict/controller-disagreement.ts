import type { Outcome } from '../../model/verdict.ts'
import type { AppState } from '../app-state.ts'

/** A controller that is about to act, or whose status is a moment old, does not disagree. */
const GRACE_MS = 300_000

/**
 * Keeps since when the controller's own word and the verdict differ. One that does not know disagrees with nobody; but Flux knows nothing
 * each time it looks, for as long as that takes: what is over before the grace ends neither settles nor begins anything.
 * @param now Unix milliseconds, as below
 */
export function noteDisagreement(appState: AppState, outcome: Outcome, now: number): void {
  const said = appState.app.reportedStatus?.status ?? 'Unknown'
  if (said === 'Unknown' || outcome.status === 'Unknown') {
    appState.undecidedSince ??= now
    return
  }
  const wasForgotten = isUndecided(appState, now)
  appState.undecidedSince = undefined
  if (said === outcome.status) appState.disagreedSince = undefined
  else if (wasForgotten) appState.disagreedSince = now
  else appState.disagreedSince ??= now
}

/** Whether word and verdict have differed for the grace period, while both were known. @param now Unix milliseconds */
export function disagrees(appState: AppState, now: number): boolean {
  const { disagreedSince } = appState
  return disagreedSince !== undefined && now - disagreedSince >= GRACE_MS && !isUndecided(appState, now)
}

/** For so long that what was before does not count. */
function isUndecided({ undecidedSince }: AppState, now: number): boolean {
  return undecidedSince !== undefined && now - undecidedSince >= GRACE_MS
}

/** The grace has ended, and nobody was told. */
export function isNewlyDisagreed(appState: AppState, now: number): boolean {
  return appState.lastReport?.summary.reportedStatus?.disagrees === false && disagrees(appState, now)
}
