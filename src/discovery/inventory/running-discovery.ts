import type { ClusterConnector } from '../../model/cluster.ts'
import { toFailure } from '../../model/failure.ts'
import type { Problem, RepositorySpec } from '../../model/inventory.ts'
import type { RepositoryId } from '../../model/source.ts'
import type { DiscoverySource, InventoryPart } from '../discovery.ts'
import type { DiscoveredPart } from './compose-inventory.ts'

/** A discovery of the config with what it told last, and what it wants to hear of. */
export interface RunningDiscovery extends DiscoveredPart {
  readonly source: DiscoverySource
  /** `argocd/control/0`, in logs and problems. */
  readonly text: string
  /** Ends with the connector that it reads. */
  stop: AbortController
  connector: ClusterConnector | undefined
  part: InventoryPart | undefined
  /** `part` is what was found before the config changed. */
  isOld: boolean
  wasReported: boolean
  /** What it wants watched beside what it told. */
  wanted: readonly RepositorySpec[]
  listeners: (() => void)[]
  movedListeners: ((repository: RepositoryId) => void)[]
}

/** What was found before something was changed stays until there is something new. */
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
    wanted: [],
    listeners: [],
    movedListeners: [],
  }
}

/** Before it begins anew: what it wished for last time belongs to what has ended. */
export function forgetWishes(one: RunningDiscovery): void {
  one.listeners = []
  one.movedListeners = []
  one.wanted = []
}

/** What it told before, as incomplete as it may be now, with the reason. */
export function failedPart({ part, text }: RunningDiscovery, thrown: unknown): InventoryPart {
  const problem: Problem = { subject: text, failure: toFailure(thrown) }
  const { pending: _pending, ...known } = part ?? { clusters: [], repositories: [], apps: [] }
  return { ...known, problems: [problem], complete: false }
}
