import type { Failure } from '../../model/failure.ts'
import type { AppState } from '../app-state.ts'
import type { ObjectRecord } from '../compare/app-objects.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import { type Aggregate, aggregate } from './sync-status.ts'

/** What can be told of an app now. `waiting`: nothing new, what was told before holds. */
export type Conclusion =
  | { readonly type: 'waiting' }
  /** The app as a whole cannot be judged. */
  | { readonly type: 'unknown'; readonly reason: Failure }
  | { readonly type: 'judged'; readonly aggregate: Aggregate }

export interface ConclusionInput {
  readonly appState: AppState
  readonly cluster: ClusterState | undefined
  /** Why what was read from one of its repositories is too old to be believed. */
  readonly gitStaleness: Failure | undefined
  /**
   * The app was told something other than that it waits, and that is not older than `staleAfter`: what has not answered yet since
   * then does not outweigh it.
   */
  readonly isCovered: boolean
}

const WAITING: Conclusion = { type: 'waiting' }

/** What is known of an app right now, in the order of precedence: what failed, what is too old, what is waited for, the judged objects. */
export function conclude({ appState, cluster, gitStaleness, isCovered }: ConclusionInput): Conclusion {
  const { current, failure, failureIsPassing, isOutdated, kinds } = appState.desired
  // A failed attempt alone makes nothing wrong that was known before it.
  const mayWait = isCovered || (current !== undefined && !isOutdated)
  if (failure !== undefined && !(failureIsPassing && mayWait)) return { type: 'unknown', reason: failure }
  if (gitStaleness !== undefined && !isCovered) return { type: 'unknown', reason: gitStaleness }
  if (current === undefined || cluster === undefined) {
    const reason = failure ?? cluster?.failure
    return reason === undefined || isCovered ? WAITING : { type: 'unknown', reason }
  }
  // The app's spec changed: results for the old spec do not apply.
  if (isOutdated) return WAITING
  // What carries the app's mark and is not declared is only known at the end of a list, and so is the cause of what was seen in it.
  if (cluster.isListing(kinds.values())) return WAITING
  const reasonOf = (record: ObjectRecord): Failure | undefined => {
    if (isCovered) return undefined
    const liveState = cluster.look(record.key, record.keyText)
    return liveState.state === 'unreached' ? liveState.reason : undefined
  }
  const aggregated = aggregate(appState.objects.records.values(), reasonOf)
  if (aggregated.pending > 0) return WAITING
  return { type: 'judged', aggregate: aggregated }
}
