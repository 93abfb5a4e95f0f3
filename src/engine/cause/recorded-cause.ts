import type { KubernetesObject } from '../../model/object.ts'
import type { Cause } from '../../model/verdicts/cause.ts'
import type { ObjectRecord } from '../compare/app-objects.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import { unpackLive } from '../live/live-object.ts'

/** The cause of a changed object as its managedFields show it; undefined where it came without them. */
export function recordedCause(
  { state, verdict, key, keyText }: ObjectRecord,
  cluster: ClusterState,
): Cause | undefined {
  if (state !== 'changed' || verdict === undefined) return undefined
  const liveState = cluster.look(key, keyText)
  return liveState.state === 'present' && hasOwnRecord(unpackLive(liveState.live)) ? verdict.cause : undefined
}

export function hasOwnRecord({ metadata: { managedFields } }: KubernetesObject): boolean {
  return Array.isArray(managedFields) && managedFields.length > 0
}
