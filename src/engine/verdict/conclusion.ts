import type { Failure } from '../../model/failure.ts'
import type { AppId } from '../../model/identity.ts'
import { groupKindText } from '../../model/object.ts'
import type { AppState, ObjectRecord } from '../app-state.ts'
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
  const { failure, desired } = appState
  // A failed attempt alone makes nothing wrong that was known before it.
  const mayWait = isCovered || (desired !== undefined && !appState.isOutdated)
  if (failure !== undefined && !(appState.failureIsPassing && mayWait)) return { type: 'unknown', reason: failure }
  if (gitStaleness !== undefined && !isCovered) return { type: 'unknown', reason: gitStaleness }
  if (desired === undefined || cluster === undefined) {
    const reason = failure ?? cluster?.failure
    return reason === undefined || isCovered ? WAITING : { type: 'unknown', reason }
  }
  // What it was says nothing of what it is to be now.
  if (appState.isOutdated) return WAITING
  // What carries the app's mark and is not declared is only known at the end of a list, and so is the cause of what was seen in it.
  if (cluster.isListing(appState.kinds.values())) return WAITING
  const reasonOf = (record: ObjectRecord): Failure | undefined => {
    if (isCovered) return undefined
    const liveState = cluster.look(record.key, record.keyText)
    return liveState.state === 'unreached' ? liveState.reason : undefined
  }
  const aggregated = aggregate(appState.records.values(), reasonOf)
  if (aggregated.pending > 0) return WAITING
  return { type: 'judged', aggregate: aggregated }
}

/** What is worth telling and changes no status. */
export function warningsOf(
  appState: AppState,
  cluster: ClusterState | undefined,
  nameOf: (id: AppId) => string,
): Failure[] {
  const warnings: Failure[] = [...(appState.desired?.resolved.warnings ?? [])]
  if (cluster === undefined) return warnings
  const declaredKinds = new Set<string>()
  let unowned = 0
  let pruned = 0
  for (const { key, keyText, declared, ownershipUnknown, verdict } of appState.records.values()) {
    if (declared === undefined) continue
    declaredKinds.add(groupKindText(key))
    if (ownershipUnknown) unowned += 1
    if (verdict?.invalidFields !== undefined) pruned += 1
    for (const other of cluster.appsDeclaring(key, keyText)) {
      if (other === appState.id) continue
      const object = `${groupKindText(key)} ${key.namespace === '' ? '' : `${key.namespace}/`}${key.name}`
      warnings.push({ code: 'GDE_RENDER_DUPLICATE', message: `${object} is declared by ${nameOf(other)} too` })
    }
  }
  if (unowned > 0) warnings.push(unjudged(unowned))
  if (pruned > 0) warnings.push(invalid(pruned))
  for (const [text, kind] of appState.kinds) {
    const reason = declaredKinds.has(text) ? undefined : cluster.kindFailure(kind)
    if (reason === undefined || reason.code === 'GDE_CLUSTER_KIND' || reason.code === 'GDE_SNAPSHOT_KIND') continue
    warnings.push({ ...reason, message: `objects that Git no longer has cannot be looked for: ${reason.message}` })
  }
  return warnings.slice(0, MAX_WARNINGS)
}

function unjudged(count: number): Failure {
  return {
    code: 'GDE_OWNERSHIP_UNKNOWN',
    message: `${count === 1 ? 'a live object' : `${count} live objects`} came without managedFields: what was added by hand or removed from Git is not judged`,
  }
}

function invalid(count: number): Failure {
  const objects = count === 1 ? 'an object declares' : `${count} objects declare`
  return { code: 'GDE_COMPARE_FIELDS', message: `${objects} fields that the server does not know, and drops` }
}

const MAX_WARNINGS = 50
