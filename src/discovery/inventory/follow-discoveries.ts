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
import { type ComposedInventory, composeInventory } from './compose-inventory.ts'
import { createActivityReporter } from './controller-activity.ts'
import { discoverySources } from './discovery-sources.ts'
import { failedPart, newRunning, type RunningDiscovery, resetSubscriptions } from './running-discovery.ts'

/** Settings, and the filter on apps. */
export interface DiscoveryRequest {
  readonly settings: Settings
  /** Only matching apps are evaluated; absent means all. */
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
  /** The controller of the origin was active at this time, Unix seconds; later than the last report. */
  readonly reportActivity: (origin: Origin, at: number) => void
  /** Unix milliseconds. */
  readonly now: () => number
  readonly log: Log
}

/** The whole inventory, before the filter on apps. */
export interface Discovered extends Inventory {
  readonly computedSets: readonly ComputedApplicationSet[]
}

/** Brings together what the config file says and what is discovered, and keeps the engine up to date with it. */
export interface Discoveries {
  follow(request: DiscoveryRequest): void
  /** The whole inventory, without the filter, once every discovery has reported a result that is not pending. */
  settled(signal: AbortSignal): Promise<Discovered>
  close(): void
}

export function createDiscoveries(options: DiscoveriesOptions): Discoveries {
  const running = new Map<string, RunningDiscovery>()
  const waiting = new Set<() => void>()
  const closed = new AbortController()
  const identities = createClusterIdentities(options.connector, compose, closed.signal)
  const reportLater = createActivityReporter(options.reportActivity, options.now)
  let request: DiscoveryRequest | undefined
  let lastClusters: readonly string[] = []
  let hasPostponed = false

  const stopListening = onMoved(options.git, (repository) => {
    for (const { movedListeners } of running.values()) for (const listener of movedListeners) listener(repository)
  })

  /** The index keeps two entries for one cluster, with different namespaces, apart. */
  function sourcesByName(sources: readonly DiscoverySource[]): ReadonlyMap<string, DiscoverySource> {
    return new Map(
      sources.map((source, index) => [`${source.origin.controller}/${source.origin.declaredIn}/${index}`, source]),
    )
  }

  /** (Re)starts a discovery whose control cluster got its first or another connector. */
  function start(one: RunningDiscovery, settings: Settings): void {
    const control = options.connector(one.source.origin.declaredIn)
    if (control === one.connector) return
    one.stop.abort()
    one.stop = new AbortController()
    one.connector = control
    resetSubscriptions(one)
    if (control !== undefined) void run(one, control, settings, one.stop.signal)
  }

  /**
   * Discoveries throw only for bugs. One that threw is restarted: the resource that triggered the bug may be gone by
   * then.
   */
  async function run(
    one: RunningDiscovery,
    control: ClusterConnector,
    settings: Settings,
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      const attempt = new AbortController()
      resetSubscriptions(one)
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
      await sleep(RESTART_DELAY_MS, undefined, { signal }).catch(() => undefined)
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
        // Composing this part fails: without it, changes of other discoveries still get through.
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
      onActivity: (at) => reportLater(one.origin, at),
      generate: options.generate,
      git: {
        resolve: options.git.resolve,
        unchanged: options.git.unchanged,
        track(repositories) {
          const isKnown = isDeepStrictEqual(one.trackedRepositories.map(idOf), repositories.map(idOf))
          one.trackedRepositories = repositories
          if (!isKnown) compose()
        },
        onMoved: (listener) => one.movedListeners.push(listener),
      },
    }
  }

  function composeFrom(settings: Settings): ComposedInventory {
    return composeInventory(settings, [...running.values()], identities)
  }

  function compose(): void {
    if (request === undefined || closed.signal.aborted) return
    const { settings, only } = request
    const { inventory, toIdentify, postponed } = composeFrom(settings)
    options.reconcile(withTrackedRepositories(only === undefined ? inventory : chooseApps(inventory, only, toIdentify)))
    identities.track(toIdentify)
    hasPostponed = postponed.size > 0
    for (const one of running.values()) if (one.part !== undefined && !postponed.has(one)) one.wasReported = true
    const clusters = inventory.clusters.map(({ name }) => name)
    const isNew = !isDeepStrictEqual(clusters, lastClusters)
    lastClusters = clusters
    for (const one of running.values()) {
      start(one, settings)
      if (isNew) for (const listener of one.listeners) listener()
    }
    if (isSettled()) for (const resolve of waiting) resolve()
  }

  function chooseApps(inventory: Inventory, only: AppFilter, toIdentify: ReadonlyMap<string, string>): Inventory {
    const read = [...running.values()].flatMap(({ source, part }) => [source.origin.declaredIn, ...(part?.reads ?? [])])
    return filterInventory(inventory, only, new Set([...read, ...toIdentify.keys()]))
  }

  function withTrackedRepositories(inventory: Inventory): Inventory {
    const repositories = new Map(inventory.repositories.map((spec) => [spec.id, spec]))
    for (const { trackedRepositories } of running.values())
      for (const spec of trackedRepositories) if (!repositories.has(spec.id)) repositories.set(spec.id, spec)
    return { ...inventory, repositories: [...repositories.values()] }
  }

  function isSettled(): boolean {
    const hasReported = ({ part, isOld }: RunningDiscovery): boolean =>
      part !== undefined && !isOld && part.pending !== true
    return request !== undefined && !hasPostponed && running.values().every(hasReported)
  }

  return {
    follow(next) {
      const before = request?.settings
      request = next
      const sources = sourcesByName(discoverySources(next.settings))
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
      if (request === undefined) return EMPTY
      const { inventory, applicationSets } = composeFrom(request.settings)
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

const RESTART_DELAY_MS = 15_000

const EMPTY: Discovered = { clusters: [], repositories: [], apps: [], problems: [], computedSets: [] }

function idOf({ id }: RepositorySpec): RepositoryId {
  return id
}

/** Calls the listener when refs of a repository moved, or it can be read again. */
function onMoved(git: DiscoveriesOptions['git'], listener: (repository: RepositoryId) => void): () => void {
  const last = new Map<RepositoryId, Pick<RepositoryStatus, 'refsVersion' | 'up'>>()
  return git.onStatus((status) => {
    const { repository, refsVersion, up } = status
    const moved = hasMoved(last.get(repository), status)
    last.set(repository, { refsVersion, up })
    if (moved) listener(repository)
  })
}
