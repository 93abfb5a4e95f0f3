import type { Inventory, Origin, RepositorySpec, ResolveRemote } from '../model/apps/inventory.ts'
import type { ClusterConnector } from '../model/clusters/cluster.ts'
import type { Confidential } from '../model/confidential.ts'
import type { Encrypted } from '../model/encrypted.ts'
import type { KeyFiles } from '../model/key-files.ts'
import type { Settings } from '../model/settings.ts'
import type { GitService } from '../model/sources/git.ts'
import type { RepositoryId } from '../model/sources/source.ts'
import type { ComputedApplicationSet } from './argocd/applicationset/computed-set.ts'
import type { ApplicationSetStep } from './argocd/applicationset/generation.ts'
import type { ApplicationSetRequest } from './argocd/applicationset/inputs.ts'
import type { MatchExpressions } from './argocd/expression-answers.ts'
import type { RegisteredCluster } from './clusters/registered-cluster.ts'

/** What one discovery adds to the inventory. */
export interface InventoryPart extends Pick<Inventory, 'clusters' | 'repositories' | 'apps' | 'problems'> {
  /** Everything was listed: apps of an earlier part that are missing here are gone. */
  readonly complete: boolean
  /** Clusters that the discovery reads: they stay connected even if no app goes there. */
  readonly reads?: readonly string[]
  /** Releases in Helm's storage that belong to apps of this part, as `releaseKey` names them: they are no apps of their own. */
  readonly ownedReleases?: readonly string[]
  /** Clusters that may be others of the inventory under another name; the apps of this part use the names given here. */
  readonly registered?: readonly RegisteredCluster[]
  readonly applicationSets?: readonly ComputedApplicationSet[]
  /** Where files of its apps name what lies elsewhere. */
  readonly resolveRemote?: ResolveRemote
  /** There is no contact now to what declares apps: what was listed stays, and what changes is not seen. */
  readonly failing?: true
  /** There is more to come that was not computed yet. */
  readonly pending?: true
}

/** Where a release is stored. */
export function releaseKey(cluster: string, namespace: string, name: string): string {
  return `${cluster}\n${namespace}\n${name}`
}

/** Git as a discovery uses it. */
export interface DiscoveryGit extends Pick<GitService, 'resolve' | 'unchanged'> {
  /** Polls these besides the repositories of the latest part; replaces the previous list. */
  track(repositories: readonly RepositorySpec[]): void
  /** Called whenever revisions of a repository may resolve to something else, or to something at all. */
  onMoved(listener: (repository: RepositoryId) => void): void
}

/** What a discovery may read and call. */
export interface DiscoveryContext {
  /** The cluster whose resources it reads. */
  readonly control: ClusterConnector
  /** The connector of a cluster of the inventory; undefined while it is not (yet) in it. */
  readonly connector: (cluster: string) => ClusterConnector | undefined
  readonly settings: Settings
  /** Called whenever other clusters are in the inventory than before. */
  readonly onClusters: (listener: () => void) => void
  /** Makes plain data of a secret value, which only a rendering opens. */
  readonly encrypt: (value: Confidential) => Encrypted
  /**
   * Reads files of keys, and again when they change, until the signal. `onChange` is called after each time that something is known that
   * was not.
   */
  readonly followKeys: (files: readonly string[], onChange: () => void, signal: AbortSignal) => KeyFiles
  readonly git: DiscoveryGit
  /** The controller says that it was at work then, Unix seconds. */
  readonly onActivity: (at: number) => void
  /** One step of computing an ApplicationSet, in a thread that may be killed. */
  readonly generate: (request: ApplicationSetRequest, signal: AbortSignal) => Promise<ApplicationSetStep>
  /** Matches regular expressions of tenants, in such a thread. */
  readonly matchExpressions: MatchExpressions
}

/**
 * Yields its whole part of the inventory, and again after each change; ends with the signal. Failures are retried and
 * reported as problems: it throws only for bugs.
 */
export type Discover = (context: DiscoveryContext, signal: AbortSignal) => AsyncIterable<InventoryPart>

/** One entry of `discovery` in the config file. */
export interface DiscoverySource {
  readonly origin: Origin
  readonly discover: Discover
}
