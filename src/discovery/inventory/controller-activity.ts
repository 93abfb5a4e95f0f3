import type { Origin } from '../../model/inventory.ts'

/** Hundreds of apps are looked at every few minutes: not each of them is news. */
const ACTIVITY_SECONDS = 5

/**
 * Tells the latest moment alone at which a controller was at work. What lies ahead says nothing: whoever may write a status could hide with it
 * that the controller is stuck.
 * @param report with Unix seconds @param now Unix milliseconds
 */
export function createActivity(
  report: (origin: Origin, at: number) => void,
  now: () => number,
): (origin: Origin, at: number) => void {
  const latest = new Map<string, number>()
  return (origin, at) => {
    const key = `${origin.controller}/${origin.declaredIn}`
    const isNews = at - (latest.get(key) ?? 0) >= ACTIVITY_SECONDS
    if (!isNews || at > now() / 1000 + ACTIVITY_SECONDS) return
    latest.set(key, at)
    report(origin, at)
  }
}
