import type { Verdict } from '../model/verdicts/verdict.ts'

/** What was known of an app before it became Unknown. Times are Unix seconds. */
export type LastVerdict =
  | { readonly status: 'Synced'; readonly at: number }
  | { readonly status: 'OutOfSync'; readonly since: number; readonly until?: number }

/** The last verdict of an app that is Unknown now; undefined where there never was one, or for an app that is judged. */
export function lastVerdict({
  outcome,
  outOfSyncSince,
  unknownSince,
  lastSynced,
}: Pick<Verdict, 'outcome' | 'outOfSyncSince' | 'unknownSince' | 'lastSynced'>): LastVerdict | undefined {
  if (outcome.status !== 'Unknown') return undefined
  // It is kept through Unknown, and Synced clears it.
  if (outOfSyncSince !== undefined)
    return { status: 'OutOfSync', since: outOfSyncSince, ...(unknownSince !== undefined && { until: unknownSince }) }
  return lastSynced === undefined ? undefined : { status: 'Synced', at: lastSynced }
}
