import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { ClusterConnector } from '../../model/cluster.ts'
import { toFailure } from '../../model/failure.ts'
import { type GitService, hasMoved, type RepositoryStatus } from '../../model/git.ts'
import type { Inventory, Origin, RepositorySpec } from '../../model/inventory.ts'
import type { Log } from '../../model/log.ts'
import type { Settings } from '../../model/settings.ts'
import type { RepositoryId } from '../../model/source.ts'
import type { ComputedApplicationSet } from '../argocd/applicationset/computed-set.ts'
import { createClusterIdentities } from '../clusters/cluster-identities.ts'
import type { DiscoveryContext, DiscoverySource } from '../discovery.ts'
import { type AppFilter, filterInventory } from './app-filter.ts'
import { type WholeInventory, wholeInventory } from './compose-inventory.ts'
import { createActivity } from './controller-activity.ts'
import { discoverySources } from './discovery-sources.ts'
import { failedPart, forgetWishes, newRunning, type RunningDiscovery } from './running-discovery.ts'

/** Settings, and the filter on apps. */
export interface DiscoveryPlan {
  readonly settings: Settings
  /** Apps that match are evaluated, and no others; absent is all. */
  readonly only?: AppFilter
}

export interface DiscoveriesOptions {
  /** Takes the inventory; the connectors of its clusters are there afterwards, and its repositories are watched. */
  readonly reconcile: (inventory: Inventory) => void
  readonly connector: (cluster: string) => ClusterConnector | undefined
  readonly git: Pick<GitService, 'resolve' | 'unchanged'> & {
    onStatus(listener: (status: RepositoryStatus) => void): () => void
  }
  readonly generate: DiscoveryContext['generate']
  readonly encrypt: DiscoveryContext['encrypt']
  /** The controllers that the declarer stands for were at work then, Unix seconds: later than what was told before. */
  readonly reportActivity: (origin: Origin, at: number) => void
  /** Unix milliseconds. */
  readonly now: () => number
  readonly log: Log
}

/** Everything that there is, wanted or not. */
export interface Discovered extends Inventory {
  readonly computedSets: readonly ComputedApplicationSet[]
}

/** Brings together what the config file says and what is discovered, and keeps the engine up to date with it. */
export interface Discoveries {
  follow(plan: DiscoveryPlan): void
  /** Everything that there is, whatever the plan wants of it, once every discovery has told all that it can tell. */
  settled(signal: AbortSignal): Promise<Discovered>
  close(): void
}

export function createDiscoveries(options: DiscoveriesOptions): Discoveries {
  const running = new Map<string, RunningDiscovery>()
  const waiting = new Set<() => void>()
  const closed = new AbortController()
  const identities = createClusterIdentities(options.connector, compose, closed.signal)
  const activity = createActivity(options.reportActivity, options.now)
  let plan: DiscoveryPlan | undefined
  let lastClusters: readonly string[] = []
  let isHeld = false

  const stopListening = onMoved(options.git, (repository) => {
    for (const { movedListeners } of running.values()) for (const listener of movedListeners) listener(repository)
  })

  /** One cluster may be listed twice, with other namespaces. */
  function named(sources: readonly DiscoverySource[]): ReadonlyMap<string, DiscoverySource> {
    return new Map(
      sources.map((source, index) => [`${source.origin.controller}/${source.origin.declaredIn}/${index}`, source]),
    )
  }

  /** Starts what has a connector and does not run, and what lost the one it read. */
  function start(one: RunningDiscovery, settings: Settings): void {
    const control = options.connector(one.source.origin.declaredIn)
    if (control === one.connector) return
    one.stop.abort()
    one.stop = new AbortController()
    one.connector = control
    forgetWishes(one)
    if (control !== undefined) void run(one, control, settings, one.stop.signal)
  }

  /** Discoveries throw for bugs alone; one that did begins anew, for what brought the bug out may be gone then. */
  async function run(
    one: RunningDiscovery,
    control: ClusterConnector,
    settings: Settings,
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      const attempt = new AbortController()
      forgetWishes(one)
      try {
        await followParts(one, control, settings, AbortSignal.any([signal, attempt.signal]))
        return
      } catch (thrown) {
        attempt.abort()
        if (signal.aborted) return
        options.log('error', 'a discovery failed', { ...toFailure(thrown), discovery: one.text })
        one.part = failedPart(one, thrown)
        one.isOld = false
      }
      compose()
      await sleep(BEGIN_ANEW_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async function followParts(
    one: RunningDiscovery,
    control: ClusterConnector,
    settings: Settings,
    signal: AbortSignal,
  ): Promise<void> {
    for await (const part of one.source.discover(contextOf(one, control, settings), signal)) {
      if (signal.aborted) return
      const { part: before } = one
      one.part = part
      one.isOld = false
      try {
        compose()
      } catch (thrown) {
        // What brought the bug out shall not do so again for the sake of others.
        one.part = before
        throw thrown
      }
    }
  }

  function contextOf(one: RunningDiscovery, control: ClusterConnector, settings: Settings): DiscoveryContext {
    return {
      control,
      connector: options.connector,
      settings,
      encrypt: options.encrypt,
      onClusters: (listener) => one.listeners.push(listener),
      onActivity: (at) => activity(one.origin, at),
      generate: options.generate,
      git: {
        resolve: options.git.resolve,
        unchanged: options.git.unchanged,
        want(repositories) {
          const isKnown = isDeepStrictEqual(one.wanted.map(idOf), repositories.map(idOf))
          one.wanted = repositories
          if (!isKnown) compose()
        },
        onMoved: (listener) => one.movedListeners.push(listener),
      },
    }
  }

  function whole(settings: Settings): WholeInventory {
    return wholeInventory(settings, [...running.values()], identities)
  }

  function compose(): void {
    if (plan === undefined || closed.signal.aborted) return
    const { settings, only } = plan
    const { inventory, asked, held } = whole(settings)
    options.reconcile(withWanted(only === undefined ? inventory : chosen(inventory, only, asked)))
    identities.want(asked)
    isHeld = held.size > 0
    for (const one of running.values()) if (one.part !== undefined && !held.has(one)) one.wasReported = true
    const clusters = inventory.clusters.map(({ name }) => name)
    const isNew = !isDeepStrictEqual(clusters, lastClusters)
    lastClusters = clusters
    for (const one of running.values()) {
      start(one, settings)
      if (isNew) for (const listener of one.listeners) listener()
    }
    if (isSettled()) for (const resolve of waiting) resolve()
  }

  function chosen(inventory: Inventory, only: AppFilter, asked: ReadonlyMap<string, string>): Inventory {
    const read = [...running.values()].flatMap(({ source, part }) => [source.origin.declaredIn, ...(part?.reads ?? [])])
    return filterInventory(inventory, only, new Set([...read, ...asked.keys()]))
  }

  function withWanted(inventory: Inventory): Inventory {
    const repositories = new Map(inventory.repositories.map((spec) => [spec.id, spec]))
    for (const { wanted } of running.values())
      for (const spec of wanted) if (!repositories.has(spec.id)) repositories.set(spec.id, spec)
    return { ...inventory, repositories: [...repositories.values()] }
  }

  function isSettled(): boolean {
    const hasReported = ({ part, isOld }: RunningDiscovery): boolean =>
      part !== undefined && !isOld && part.pending !== true
    return plan !== undefined && !isHeld && running.values().every(hasReported)
  }

  return {
    follow(next) {
      const before = plan?.settings
      plan = next
      const sources = named(discoverySources(next.settings))
      for (const [text, one] of running) {
        if (sources.has(text)) continue
        one.stop.abort()
        running.delete(text)
      }
      const isSame = before !== undefined && isDeepStrictEqual(before, next.settings)
      for (const [text, source] of sources) {
        const known = running.get(text)
        if (known !== undefined && isSame) continue
        known?.stop.abort()
        running.set(text, newRunning(source, text, known))
      }
      compose()
    },
    async settled(signal) {
      if (!isSettled()) {
        const { promise, resolve } = Promise.withResolvers<void>()
        waiting.add(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
        await promise
        waiting.delete(resolve)
      }
      if (plan === undefined) return NOTHING
      const { inventory, applicationSets } = whole(plan.settings)
      return { ...inventory, computedSets: applicationSets }
    },
    close() {
      stopListening()
      closed.abort()
      for (const { stop } of running.values()) stop.abort()
      running.clear()
    },
  }
}

const BEGIN_ANEW_MS = 15_000

const NOTHING: Discovered = { clusters: [], repositories: [], apps: [], problems: [], computedSets: [] }

function idOf({ id }: RepositorySpec): RepositoryId {
  return id
}

/** Calls whenever refs of a repository moved, or it can be read again. */
function onMoved(git: DiscoveriesOptions['git'], listener: (repository: RepositoryId) => void): () => void {
  const last = new Map<RepositoryId, Pick<RepositoryStatus, 'refsVersion' | 'up'>>()
  return git.onStatus((status) => {
    const { repository, refsVersion, up } = status
    const moved = hasMoved(last.get(repository), status)
    last.set(repository, { refsVersion, up })
    if (moved) listener(repository)
  })
}
