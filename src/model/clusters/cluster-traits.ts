import type { ClusterAccess } from '../apps/inventory.ts'
import type { Failure } from '../failure.ts'

/** What a cluster is like by the way it is reached: who needs to know asks for this, not for the way. */
export interface ClusterTraits {
  /**
   * It is at work, so a controller may have registered it, too, by its server and under another name. What is none has its name in the config
   * file alone.
   */
  readonly isRunning: boolean
  /** Every object of a namespaced kind says its namespace, as a server sees to it. */
  readonly givesNamespaces: boolean
}

/** Of whatever is reached through an API server. */
export const SERVER_TRAITS: ClusterTraits = { isRunning: true, givesNamespaces: true }

/** A new way to reach a cluster says here what it gives. */
export const CLUSTER_TRAITS: Readonly<Record<ClusterAccess['type'], ClusterTraits>> = {
  kubeconfig: SERVER_TRAITS,
  kubeconfigText: SERVER_TRAITS,
  inCluster: SERVER_TRAITS,
  // Somebody may have written it by hand.
  snapshot: { isRunning: false, givesNamespaces: false },
}

/** The cluster has no objects of the kind, since it does not have the kind. */
export function isUnservedKind({ code }: Failure): boolean {
  return code === 'GDE_CLUSTER_KIND' || code === 'GDE_SNAPSHOT_KIND'
}
