import type { Failure } from '../../model/failure.ts'
import type { AppState } from '../app-state.ts'
import type { ObjectRecord } from '../compare/app-objects.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import { type Aggregate, aggregate } from './sync-status.ts'

/** What can be reported of an app now. `waiting`: the last report stays. */
export type Conclusion =
  | { readonly type: 'waiting' }
  /** The app as a whole cannot be judged. */
  | { readonly type: 'unknown'; readonly reason: Failure }
  | { readonly type: 'judged'; readonly aggregate: Aggregate }

export interface ConclusionInput {
  readonly appState: AppState
  readonly cluster: ClusterState | undefined
  /** Why the data of one of its repositories is too old to be trusted. */
  readonly gitStaleness: Failure | undefined
  /**
   * The status from before the restart still counts, since it is not older than `staleAfter`: a server that has not
   * answered yet does not replace it.
   */
  readonly isCovered: boolean
}

const WAITING: Conclusion = { type: 'waiting' }

/**
 * Decides whether an app can be judged. Failures come first, then stale data, then what is still awaited, then the
 * objects.
 */
export function conclude({ appState, cluster, gitStaleness, isCovered }: ConclusionInput): Conclusion {
  const { current, failure, failureIsPassing, isOutdated, kinds } = appState.desired
  // A failed attempt does not invalidate earlier results.
  const mayWait = isCovered || (current !== undefined && !isOutdated)
  if (failure !== undefined && !(failureIsPassing && mayWait)) return { type: 'unknown', reason: failure }
  if (gitStaleness !== undefined && !isCovered) return { type: 'unknown', reason: gitStaleness }
  if (current === undefined || cluster === undefined) {
    const reason = failure ?? cluster?.failure
    return reason === undefined || isCovered ? WAITING : { type: 'unknown', reason }
  }
  // The app's spec changed: results for the old spec do not apply.
  if (isOutdated) return WAITING
  // Extra objects are only known at the end of a list, and so are the causes of what was seen in it.
  if (cluster.isListing(kinds.keys())) return WAITING
  const reasonOf = (record: ObjectRecord): Failure | undefined => {
    if (isCovered) return undefined
    const liveState = cluster.look(record.key, record.keyText)
    return liveState.state === 'unreached' ? liveState.reason : undefined
  }
  const aggregated = aggregate(appState.objects.records.values(), reasonOf)
  if (aggregated.pending > 0) return WAITING
  return { type: 'judged', aggregate: aggregated }
}
