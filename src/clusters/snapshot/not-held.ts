import type { Failure } from '../../model/failure.ts'
import { type GroupKind, groupKindText } from '../../model/object.ts'

/** That none of the kind is in the snapshot may mean that there is none, or that it was not dumped. */
export function notHeld(kind: GroupKind): Failure {
  return {
    code: 'GDE_SNAPSHOT_KIND',
    message: `the snapshot holds no ${groupKindText(kind)}, and snapshot.kinds does not list it`,
  }
}

/** The snapshot says all that was served, and this was not. */
export function notServed(kind: GroupKind): Failure {
  return { code: 'GDE_CLUSTER_KIND', message: `${groupKindText(kind)} is not served by the cluster` }
}
