import type { ClusterConnector } from '../../model/cluster.ts'
import { toFailure } from '../../model/failure.ts'
import type { Problem, RepositorySpec } from '../../model/inventory.ts'
import type { RepositoryId } from '../../model/source.ts'
import type { DiscoverySource, InventoryPart } from '../discovery.ts'
import type { DiscoveredPart } from './compose-inventory.ts'

/** A discovery of the config with its latest result, its subscriptions and the repositories it tracks. */
export interface RunningDiscovery extends DiscoveredPart {
  readonly source: DiscoverySource
  /** `argocd/control/0`, in logs and problems. */
  readonly text: string
  /** Aborted when the connector that it reads is replaced. */
  stop: AbortController
  connector: ClusterConnector | undefined
  part: InventoryPart | undefined
  /** `part` is what was found before the config changed. */
  isOld: boolean
  wasReported: boolean
  /** Repositories to be polled besides those of its latest result. */
  trackedRepositories: readonly RepositorySpec[]
  listeners: (() => void)[]
  movedListeners: ((repository: RepositoryId) => void)[]
}

/** The result of the discovery before the change stays until there is a new one. */
export function newRunning(
  source: DiscoverySource,
  text: string,
  known: RunningDiscovery | undefined,
): RunningDiscovery {
  return {
    source,
    origin: source.origin,
    text,
    stop: new AbortController(),
    connector: undefined,
    part: known?.part,
    isOld: true,
    wasReported: known?.wasReported ?? false,
    trackedRepositories: [],
    listeners: [],
    movedListeners: [],
  }
}

/** Drops listeners and tracked repositories of the previous run. */
export function resetSubscriptions(one: RunningDiscovery): void {
  one.listeners = []
  one.movedListeners = []
  one.trackedRepositories = []
}

/** The latest result, marked incomplete, with the failure as its problem. */
export function failedPart({ part, text }: RunningDiscovery, thrown: unknown): InventoryPart {
  const problem: Problem = { subject: text, failure: toFailure(thrown) }
  const { pending: _pending, ...known } = part ?? { clusters: [], repositories: [], apps: [] }
  return { ...known, problems: [problem], complete: false }
}
