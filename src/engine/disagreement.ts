import type { Outcome } from '../model/verdict.ts'
import type { AppUnit } from './app-unit.ts'

/** A controller that is about to act, or whose status is a moment old, does not disagree. */
const GRACE_MILLISECONDS = 300_000

/**
 * Keeps since when the controller's own word and the verdict differ. One that does not know disagrees with nobody.
 * @param now Unix milliseconds, as below
 */
export function noteDisagreement(unit: AppUnit, outcome: Outcome, now: number): void {
  const said = unit.app.word?.status ?? 'Unknown'
  const differs = said !== 'Unknown' && outcome.status !== 'Unknown' && said !== outcome.status
  unit.disagreedSince = differs ? (unit.disagreedSince ?? now) : undefined
}

export function disagrees({ disagreedSince }: AppUnit, now: number): boolean {
  return disagreedSince !== undefined && now - disagreedSince >= GRACE_MILLISECONDS
}

/** The grace has ended, and nobody was told. */
export function isNewlyDisagreed(unit: AppUnit, now: number): boolean {
  return unit.told?.summary.controllerWord?.disagrees === false && disagrees(unit, now)
}
