import type { ClusterSpec } from '../../model/apps/inventory.ts'
import type { ObserveOptions } from '../../model/clusters/cluster.ts'
import type { Failure } from '../../model/failure.ts'
import { type GroupKind, groupKindText, type ObjectKey } from '../../model/object.ts'

/**
 * How a kind is observed in a cluster that may be restricted to some namespaces; undefined where it is not observed.
 */
export function scopeToObserve({ scope }: ClusterSpec, namespaced: boolean): ObserveOptions | undefined {
  if (scope === undefined) return {}
  if (namespaced) return { namespaces: scope.namespaces }
  return scope.clusterResources ? {} : undefined
}

/** Why an object is outside what is read of the cluster; undefined where it is inside. */
export function outOfScope({ name, scope }: ClusterSpec, key: ObjectKey): Failure | undefined {
  if (scope === undefined) return undefined
  if (key.namespace === '') return scope.clusterResources ? undefined : unreadKind(name, key)
  if (scope.namespaces.includes(key.namespace)) return undefined
  return {
    code: 'GDE_NOT_PERMITTED',
    cluster: name,
    message: `the namespace ${key.namespace} is not among those that the cluster is registered for`,
  }
}

function unreadKind(cluster: string, kind: GroupKind): Failure {
  const message = `the cluster is registered for some namespaces alone, and ${groupKindText(kind)} is in none`
  return { code: 'GDE_NOT_PERMITTED', cluster, message }
}
