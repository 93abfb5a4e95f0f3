import type { ClusterAccess, ClusterScope } from '../../model/apps/inventory.ts'
import type { Failure } from '../../model/failure.ts'

/**
 * A cluster that administrators of a controller registered. It may be in the inventory already, from the config file
 * or from another registration: both are merged then.
 */
export interface RegisteredCluster {
  /** What the controller calls it; unique in its part of the inventory. */
  readonly name: string
  /** URL of the API server as it is registered, without a slash at the end. */
  readonly server: string
  readonly labels: Readonly<Record<string, string>>
  /** How it is reached, or why that is not known; absent for the cluster of that name in the config file. */
  readonly access?: ClusterAccess | { readonly failure: Failure }
  readonly scope?: ClusterScope
}
