import type { Origin } from '../../model/apps/inventory.ts'

/** A controller reconciles hundreds of apps every few minutes: activity is reported at this resolution. */
const ACTIVITY_SECONDS = 5

/**
 * Reports the latest time at which a controller was active. Times in the future are ignored: anybody who may write a
 * status could otherwise hide with them that the controller is stuck.
 * @param report with Unix seconds @param now Unix milliseconds
 */
export function createActivityReporter(
  report: (origin: Origin, at: number) => void,
  now: () => number,
): (origin: Origin, at: number) => void {
  const latest = new Map<string, number>()
  return (origin, at) => {
    const key = `${origin.controller}/${origin.declaredIn}`
    const isLater = at - (latest.get(key) ?? 0) >= ACTIVITY_SECONDS
    if (!isLater || at > now() / 1000 + ACTIVITY_SECONDS) return
    latest.set(key, at)
    report(origin, at)
  }
}
