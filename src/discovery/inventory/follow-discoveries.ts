import { isDeepStrictEqual } from 'node:util'
import type { Inventory, Origin } from '../../model/apps/inventory.ts'
import type { ClusterConnector } from '../../model/clusters/cluster.ts'
import type { Log } from '../../model/log.ts'
import type { Settings } from '../../model/settings.ts'
import type { Shard } from '../../model/shard.ts'
import { type GitService, hasMoved, type RepositoryStatus } from '../../model/sources/git.ts'
import type { RepositoryId } from '../../model/sources/source.ts'
import type { ComputedApplicationSet } from '../argocd/applicationset/computed-set.ts'
import { createClusterIdentities } from '../clusters/cluster-identities.ts'
import type { DiscoveryContext, DiscoverySource } from '../discovery.ts'
import { type AppFilter, filterInventory } from './app-filter.ts'
import { composeInventory } from './compose-inventory.ts'
import { createActivityReporter } from './controller-activity.ts'
import { discoverySources } from './discovery-sources.ts'
import { RunningDiscovery, type RunningDiscoveryOptions } from './running-discovery.ts'
import { shardInventory } from './shard-inventory.ts'

/** Settings, and which of the apps are evaluated. */
export interface DiscoveryRequest {
  readonly settings: Settings
  /** Only matching apps are evaluated; absent means all. */
  readonly only?: AppFilter
  /** Only its clusters' apps are evaluated; absent means all. */
  readonly shard?: Shard
}

export interface DiscoveriesOptions {
  /** Takes the inventory; the connectors of its clusters are there afterwards, and its repositories are watched. */
  readonly reconcile: (inventory: Inventory) => void
  readonly connector: (cluster: string) => ClusterConnector | undefined
  readonly git: Pick<GitService, 'resolve' | 'unchanged'> & {
    onStatus(listener: (status: RepositoryStatus) => void): () => void
  }
  readonly generate: DiscoveryContext['generate']
  readonly matchExpressions: DiscoveryContext['matchExpressions']
  readonly encrypt: DiscoveryContext['encrypt']
  readonly followKeys: DiscoveryContext['followKeys']
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
  const { connector, encrypt, followKeys, generate, matchExpressions, git, log } = options
  const running = new Map<string, RunningDiscovery>()
  const waiting = new Set<() => void>()
  const closed = new AbortController()
  const identities = createClusterIdentities(connector, compose, closed.signal)
  const reportActivity = createActivityReporter(options.reportActivity, options.now)
  const each: RunningDiscoveryOptions = {
    connector,
    encrypt,
    followKeys,
    generate,
    matchExpressions,
    git,
    reportActivity,
    onChange: compose,
    log,
  }
  let request: DiscoveryRequest | undefined
  let lastClusters: readonly string[] = []
  let hasPostponed = false

  const stopListening = onMoved(git, (repository) => {
    for (const one of running.values()) one.repositoryMoved(repository)
  })

  /** The one way to the engine. */
  function compose(): void {
    if (request === undefined || closed.signal.aborted) return
    const { settings, only, shard } = request
    const { inventory, toIdentify, postponed } = composeInventory(settings, [...running.values()], identities)
    const read = [...running.values()].flatMap(({ reads }) => reads)
    // Whose cluster it is, is asked once: a shard keeps no connection to what is another's.
    const unidentified = toIdentify.keys().filter((name) => identities.of(name) === undefined)
    const dealt =
      shard === undefined ? inventory : shardInventory(inventory, shard, new Set([...read, ...unidentified]))
    const chosen = only === undefined ? dealt : filterInventory(dealt, only, new Set([...read, ...toIdentify.keys()]))
    options.reconcile(withTrackedRepositories(chosen, running.values()))
    identities.track(toIdentify)
    hasPostponed = postponed.size > 0
    for (const one of running.values()) if (one.part !== undefined && !postponed.has(one)) one.wasReported = true
    const clusters = inventory.clusters.map(({ name }) => name)
    const isNew = !isDeepStrictEqual(clusters, lastClusters)
    lastClusters = clusters
    for (const one of running.values()) {
      one.connect(settings)
      if (isNew) one.clustersChanged()
    }
    if (isSettled()) for (const resolve of waiting) resolve()
  }

  function isSettled(): boolean {
    return request !== undefined && !hasPostponed && running.values().every((one) => one.isSettled)
  }

  return {
    follow(next) {
      const isSame = request !== undefined && isDeepStrictEqual(request.settings, next.settings)
      request = next
      const sources = sourcesByName(discoverySources(next.settings))
      for (const [text, one] of running) {
        if (sources.has(text)) continue
        one.stop()
        running.delete(text)
      }
      for (const [text, source] of sources) {
        const known = running.get(text)
        if (known !== undefined && isSame) continue
        known?.stop()
        running.set(text, new RunningDiscovery(source, text, each, known))
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
      const { inventory, applicationSets } = composeInventory(request.settings, [...running.values()], identities)
      return { ...inventory, computedSets: applicationSets }
    },
    close() {
      stopListening()
      closed.abort()
      for (const one of running.values()) one.stop()
      running.clear()
    },
  }
}

/** The index keeps two entries for one cluster, with different namespaces, apart. */
function sourcesByName(sources: readonly DiscoverySource[]): ReadonlyMap<string, DiscoverySource> {
  return new Map(
    sources.map((source, index) => [`${source.origin.controller}/${source.origin.declaredIn}/${index}`, source]),
  )
}

function withTrackedRepositories(inventory: Inventory, running: Iterable<RunningDiscovery>): Inventory {
  const repositories = new Map(inventory.repositories.map((spec) => [spec.id, spec]))
  for (const { trackedRepositories } of running)
    for (const spec of trackedRepositories) if (!repositories.has(spec.id)) repositories.set(spec.id, spec)
  return { ...inventory, repositories: [...repositories.values()] }
}

const EMPTY: Discovered = { clusters: [], repositories: [], apps: [], problems: [], computedSets: [] }

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
