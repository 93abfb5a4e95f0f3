import type { ClusterConnector } from '../model/cluster.ts'
import type { Confidential } from '../model/confidential.ts'
import type { Enclosed } from '../model/enclosed.ts'
import type { Declarer, Inventory } from '../model/inventory.ts'
import type { Settings } from '../model/settings.ts'

/** What one declarer adds to the inventory. */
export interface InventoryPart extends Pick<Inventory, 'clusters' | 'repositories' | 'apps' | 'problems'> {
  /** Everything was listed: what was known before and is missing here is gone. */
  readonly complete: boolean
  /** Clusters that are wanted open, though no app of this part goes there yet, because it reads them. */
  readonly reads?: readonly string[]
  /** Releases in Helm's storage that belong to apps of this part, as `releaseKey` names them: they are no apps of their own. */
  readonly ownedReleases?: readonly string[]
}

/** Where a release is stored. */
export function releaseKey(cluster: string, namespace: string, name: string): string {
  return `${cluster}\n${namespace}\n${name}`
}

/** What a discovery knows of the world. */
export interface DiscoveryContext {
  /** The cluster whose resources it reads. */
  readonly control: ClusterConnector
  /** Any cluster of the inventory; undefined while it is not (yet) in it. */
  readonly connector: (cluster: string) => ClusterConnector | undefined
  readonly settings: Settings
  /** Called whenever other clusters are in the inventory than before. */
  readonly onClusters: (listener: () => void) => void
  /** Makes plain data of a secret value, which only a rendering opens. */
  readonly enclose: (value: Confidential) => Enclosed
}

/**
 * Tells what there is, and again whenever that changed; ends with the signal. It keeps trying what fails and tells it as a problem: it
 * throws for bugs alone.
 */
export type Discover = (context: DiscoveryContext, signal: AbortSignal) => AsyncIterable<InventoryPart>

/** One entry of `discovery` in the config file. */
export interface DiscoverySource {
  readonly declarer: Declarer
  readonly discover: Discover
}
