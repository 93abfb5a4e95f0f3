import { isDeepStrictEqual } from 'node:util'
import type { App } from '../model/app.ts'
import type { ClusterConnector } from '../model/cluster.ts'
import { toFailure } from '../model/failure.ts'
import type { ClusterSpec, Declarer, Inventory, Problem, RepositorySpec } from '../model/inventory.ts'
import type { Log } from '../model/log.ts'
import type { Settings } from '../model/settings.ts'
import type { RepositoryId } from '../model/source.ts'
import { type AppFilter, filterInventory } from './app-filter.ts'
import { type DiscoveryContext, type DiscoverySource, type InventoryPart, releaseKey } from './discovery.ts'
import { discoverySources } from './discovery-sources.ts'
import { staticInventory } from './static/static-inventory.ts'

/** What is to be found, and which of it is wanted. */
export interface Plan {
  readonly settings: Settings
  /** Apps that match are evaluated, and no others; absent is all. */
  readonly only?: AppFilter
}

export interface DiscoveriesOptions {
  /** Takes the inventory; the connectors of its clusters are there afterwards. */
  readonly reconcile: (inventory: Inventory) => void
  readonly connector: (cluster: string) => ClusterConnector | undefined
  readonly enclose: DiscoveryContext['enclose']
  readonly log: Log
}

/** Brings together what the config file says and what is discovered, and keeps the engine up to date with it. */
export interface Discoveries {
  follow(plan: Plan): void
  /** Everything that there is, whatever the plan wants of it, once every discovery has told something. */
  settled(signal: AbortSignal): Promise<Inventory>
  close(): void
}

interface Running {
  readonly source: DiscoverySource
  readonly text: string
  /** Ends with the connector that it reads. */
  stop: AbortController
  connector: ClusterConnector | undefined
  part: InventoryPart | undefined
  /** What was found before something was changed: it stays until there is something new. */
  isOld: boolean
  listeners: (() => void)[]
}

export function createDiscoveries(options: DiscoveriesOptions): Discoveries {
  const running = new Map<string, Running>()
  const waiting = new Set<() => void>()
  let plan: Plan | undefined
  let lastClusters: readonly string[] = []

  /** One cluster may be listed twice, with other namespaces. */
  function named(sources: readonly DiscoverySource[]): ReadonlyMap<string, DiscoverySource> {
    return new Map(
      sources.map((source, index) => [`${source.declarer.controller}/${source.declarer.declaredIn}/${index}`, source]),
    )
  }

  /** Starts what has a connector and does not run, and what lost the one it read. */
  function start(one: Running, settings: Settings): void {
    const control = options.connector(one.source.declarer.declaredIn)
    if (control === one.connector) return
    one.stop.abort()
    one.stop = new AbortController()
    one.connector = control
    one.listeners = []
    if (control !== undefined) void run(one, control, settings, one.stop.signal)
  }

  async function run(one: Running, control: ClusterConnector, settings: Settings, signal: AbortSignal): Promise<void> {
    const context: DiscoveryContext = {
      control,
      connector: options.connector,
      settings,
      enclose: options.enclose,
      onClusters: (listener) => one.listeners.push(listener),
    }
    try {
      for await (const part of one.source.discover(context, signal)) {
        if (signal.aborted) return
        one.part = part
        one.isOld = false
        compose()
      }
    } catch (thrown) {
      if (signal.aborted) return
      options.log('error', 'a discovery failed', { ...toFailure(thrown), discovery: one.text })
      one.part = failedPart(one, thrown)
      one.isOld = false
      compose()
    }
  }

  function compose(): void {
    if (plan === undefined) return
    const { settings, only } = plan
    const inventory = wholeInventory(settings, [...running.values()])
    const kept = new Set(
      [...running.values()].flatMap(({ source, part }) => [source.declarer.declaredIn, ...(part?.reads ?? [])]),
    )
    options.reconcile(only === undefined ? inventory : filterInventory(inventory, only, kept))
    const clusters = inventory.clusters.map(({ name }) => name)
    const isNew = !isDeepStrictEqual(clusters, lastClusters)
    lastClusters = clusters
    for (const one of running.values()) {
      start(one, settings)
      if (isNew) for (const listener of one.listeners) listener()
    }
    if (isSettled()) for (const resolve of waiting) resolve()
  }

  function isSettled(): boolean {
    return plan !== undefined && running.values().every(({ part, isOld }) => part !== undefined && !isOld)
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
        running.set(text, {
          source,
          text,
          stop: new AbortController(),
          connector: undefined,
          part: known?.part,
          isOld: true,
          listeners: [],
        })
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
      return plan === undefined ? NOTHING : wholeInventory(plan.settings, [...running.values()])
    },
    close() {
      for (const { stop } of running.values()) stop.abort()
      running.clear()
    },
  }
}

const NOTHING: Inventory = { clusters: [], repositories: [], apps: [], problems: [] }

function failedPart({ part, text }: Running, thrown: unknown): InventoryPart {
  const problem: Problem = { subject: text, failure: toFailure(thrown) }
  const known = part ?? { clusters: [], repositories: [], apps: [] }
  return { ...known, problems: [problem], complete: false }
}

/** The config file's word wins where a discovery finds the same. */
function wholeInventory(settings: Settings, running: readonly Running[]): Inventory {
  const parts = running.flatMap(({ part }) => (part === undefined ? [] : [part]))
  const clusters = new Map<string, ClusterSpec>()
  for (const spec of [...settings.clusters, ...parts.flatMap((part) => part.clusters)])
    if (!clusters.has(spec.name)) clusters.set(spec.name, spec)
  const declared = staticInventory(settings, [...clusters.values()])
  const repositories = new Map<RepositoryId, RepositorySpec>()
  for (const spec of [...declared.repositories, ...parts.flatMap((part) => part.repositories)])
    if (!repositories.has(spec.id)) repositories.set(spec.id, spec)
  const owned = new Set(parts.flatMap((part) => part.ownedReleases ?? []))
  const isNotOwned = ({ controller, destination, namespace, name }: App): boolean =>
    controller !== 'helm' || !owned.has(releaseKey(destination, namespace, name))
  const incomplete: readonly Declarer[] = running
    .filter(({ part, isOld }) => isOld || part?.complete !== true)
    .map(({ source }) => source.declarer)
  return {
    clusters: declared.clusters,
    repositories: [...repositories.values()],
    apps: [...declared.apps, ...parts.flatMap((part) => part.apps).filter(isNotOwned)],
    problems: [...declared.problems, ...parts.flatMap((part) => part.problems)],
    incomplete,
  }
}
