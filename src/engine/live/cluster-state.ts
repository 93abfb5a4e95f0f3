import type { EventLoopSlice } from '../../concurrency/event-loop-slice.ts'
import type { App } from '../../model/app.ts'
import type { Capabilities, ClusterConnector } from '../../model/cluster.ts'
import type { Failure } from '../../model/failure.ts'
import type { AppId } from '../../model/identity.ts'
import type { ClusterSpec } from '../../model/inventory.ts'
import { type GroupKind, groupKindText, type KubernetesObject, type ObjectKey } from '../../model/object.ts'
import { watchCapabilities } from './capabilities.ts'
import { outOfScope, scopeToObserve } from './cluster-scope.ts'
import { createInventoryIndex, type InventoryIndex } from './inventory-index.ts'
import { startKindInformer } from './kind-informer.ts'
import { type KindUsage, newKindUsage, staleness } from './kind-usage.ts'
import type { CachedState } from './live-objects.ts'
import { type ClusterSchemas, createClusterSchemas, type SchemaLibrary } from './schemas.ts'
import { createTrackingIndex } from './tracking-index.ts'

/** What is known of a live object: `unknown` while its kind cannot be read, `unreached` before the first contact. */
export type LiveState = CachedState | { readonly state: 'unknown' | 'unreached'; readonly reason: Failure }

export interface ClusterStateOptions {
  readonly spec: ClusterSpec
  readonly connector: ClusterConnector
  readonly library: SchemaLibrary
  readonly slice: EventLoopSlice
  readonly now: () => number
  readonly uptime: () => number
  readonly random: () => number
  readonly staleAfterMs: number
  /** An object changed that `owners` declare, or that carries their tracking metadata. */
  readonly onObject: (owners: readonly AppId[], key: ObjectKey, keyText: string, object?: KubernetesObject) => void
  /** A kind that these apps use became readable, unreadable or stale. */
  readonly onLiveState: (users: ReadonlySet<AppId>) => void
  /** Capabilities arrived or changed, or cannot be read. */
  readonly onCapabilities: () => void
}

/**
 * One cluster in the engine: its capabilities, which kinds are watched for which apps, and which apps own which object.
 */
export interface ClusterState {
  readonly spec: ClusterSpec
  /** Takes a spec that differs in labels only. */
  relabel(spec: ClusterSpec): void
  readonly connector: ClusterConnector
  /** Of the kinds for which `schemas.load` was called. */
  readonly schemas: ClusterSchemas
  readonly capabilities: Capabilities | undefined
  /** What controllers list as applied by the apps of this cluster. */
  readonly inventories: InventoryIndex
  /** Why there are no capabilities (yet). */
  readonly failure: Failure | undefined
  /** Adds the app's tracking ID to the index; has to happen before the app uses kinds. */
  register(app: App): void
  /** Forgets the app: what it declares, uses and tracks. */
  unregister(app: App): void
  /** Whether the object carries valid tracking metadata of the app. */
  isMarked(app: AppId, object: KubernetesObject): boolean
  /** Objects with valid tracking metadata of the app, declared or not. */
  markedObjects(app: AppId): ReadonlyMap<string, ObjectKey>
  /**
   * Sets the kinds that an app needs, before it declares objects of them. A kind that no app needs is watched a while
   * longer.
   */
  use(app: AppId, kinds: ReadonlyMap<string, GroupKind>): void
  declare(app: AppId, key: ObjectKey, keyText: string): void
  undeclare(app: AppId, key: ObjectKey, keyText: string): void
  appsDeclaring(key: ObjectKey, keyText: string): readonly AppId[]
  look(key: ObjectKey, keyText: string): LiveState
  /** Why a kind cannot be read now; undefined when it can be, or while it is being listed. */
  kindFailure(kind: GroupKind): Failure | undefined
  /** Whether the first list of one of the kinds has not ended. */
  isListing(kinds: Iterable<GroupKind>): boolean
  /** No kind is observed yet: the first renderings are waited for. */
  readonly isWaiting: boolean
  release(): void
  /** Polls the capabilities soon. */
  refreshCapabilities(): void
  /** To be called every second. */
  tick(): void
  close(): Promise<void>
}

/** How long a kind is watched after its last user left: a changed app needs it again at once. */
const IDLE_MS = 60_000
/**
 * How long the first observations wait at most for the renderings of other apps: an object that is streamed before an
 * app declares it is dropped, and has to be fetched again.
 */
const WAIT_MS = 1000
/** How long they wait after the last rendering: some take much longer, since the sandbox has to be compiled first. */
const QUIET_MS = 200
const KIND_RETRY = { firstMs: 1000, longestMs: 15_000 }

export function createClusterState(options: ClusterStateOptions): ClusterState {
  const { connector, slice, now, random, staleAfterMs } = options
  const kinds = new Map<string, KindUsage>()
  const schemas = createClusterSchemas(connector, options.library)
  const marks = createTrackingIndex()
  const inventories = createInventoryIndex()
  let spec = options.spec
  const registered = new Map<AppId, { readonly at: number; readonly marked: Map<string, ObjectKey> }>()
  let clock = 0
  let held = true
  let holdUntil: number | undefined
  let holdTimer: NodeJS.Timeout | undefined
  const what = watchCapabilities({
    connector,
    random,
    onNews() {
      schemas.forget()
      for (const entry of kinds.values()) entry.watch?.retryNow()
      options.onCapabilities()
    },
  })

  function start(entry: KindUsage): void {
    const observe = scopeToObserve(spec, what.capabilities?.kind(entry.kind)?.namespaced ?? true)
    if (observe === undefined) return
    entry.listedAt = ++clock
    entry.watch = startKindInformer({
      connector,
      kind: entry.kind,
      observe,
      slice,
      now,
      backoff: KIND_RETRY,
      random,
      isMarked: (object) => marks.owners(object).length > 0,
      onChange: (key, keyText, object) => objectChanged(entry, key, keyText, object),
      onPhase({ phase }) {
        // The watch found the kind after the last discovery: refresh discovery.
        if (phase === 'synced' && what.capabilities?.kind(entry.kind) === undefined) what.refresh()
        options.onLiveState(entry.users)
      },
    })
    for (const [keyText, { key }] of entry.declared)
      if (outOfScope(spec, key) === undefined) entry.watch.want(key, keyText)
  }

  function objectChanged(entry: KindUsage, key: ObjectKey, keyText: string, object?: KubernetesObject): void {
    const concerned = new Set([...(entry.declared.get(keyText)?.apps ?? []), ...(entry.tracked.get(keyText) ?? [])])
    const marked = object === undefined ? [] : marks.owners(object)
    for (const id of entry.tracked.get(keyText) ?? []) registered.get(id)?.marked.delete(keyText)
    for (const id of marked) registered.get(id)?.marked.set(keyText, key)
    if (marked.length === 0) entry.tracked.delete(keyText)
    else entry.tracked.set(keyText, marked)
    for (const id of marked) concerned.add(id)
    options.onObject([...concerned], key, keyText, object)
  }

  function extendWait(): void {
    holdUntil ??= performance.now() + WAIT_MS
    clearTimeout(holdTimer)
    holdTimer = setTimeout(release, Math.min(QUIET_MS, Math.max(0, holdUntil - performance.now())))
  }

  function release(): void {
    clearTimeout(holdTimer)
    if (!held) return
    held = false
    for (const entry of kinds.values()) if (entry.watch === undefined) start(entry)
  }

  const stalenessOf = (entry: KindUsage): Failure | undefined =>
    staleness(entry, { cluster: spec.name, contact: connector.status(), afterMs: staleAfterMs })

  function leave(entry: KindUsage, app: AppId): void {
    if (!entry.users.delete(app)) return
    for (const [keyText, { key }] of entry.declared) undeclare(app, key, keyText)
    if (entry.users.size === 0) entry.idleSince = now()
  }

  function undeclare(app: AppId, key: ObjectKey, keyText: string): void {
    const entry = kinds.get(groupKindText(key))
    const declared = entry?.declared.get(keyText)
    if (entry === undefined || declared?.apps.includes(app) !== true) return
    const apps = declared.apps.filter((id) => id !== app)
    if (apps.length > 0) entry.declared.set(keyText, { key, apps })
    else if (entry.declared.delete(keyText)) entry.watch?.unwant(keyText)
  }

  function kindFailure(kind: GroupKind): Failure | undefined {
    const entry = kinds.get(groupKindText(kind))
    const phase = entry?.watch?.phase
    if (entry === undefined || phase === undefined) return undefined
    if (phase.phase === 'failed') return phase.failure
    if (phase.phase === 'lost' && !phase.everSynced) return phase.failure
    return entry.stale ? stalenessOf(entry) : undefined
  }

  return {
    get spec() {
      return spec
    },
    relabel(latest) {
      spec = latest
    },
    connector,
    schemas,
    inventories,
    get capabilities() {
      return what.capabilities
    },
    get failure() {
      return what.failure
    },
    get isWaiting() {
      return held
    },
    register(app) {
      marks.add(app)
      inventories.set(app)
      registered.set(app.id, { at: ++clock, marked: new Map() })
    },
    unregister(app) {
      marks.remove(app)
      inventories.remove(app.id)
      const marked = registered.get(app.id)?.marked ?? []
      registered.delete(app.id)
      for (const entry of kinds.values()) leave(entry, app.id)
      for (const [keyText, key] of marked) {
        const entry = kinds.get(groupKindText(key))
        if (entry?.declared.has(keyText) === false) entry.watch?.unwant(keyText)
      }
    },
    isMarked: (app, object) => marks.owners(object).includes(app),
    markedObjects: (app) => registered.get(app)?.marked ?? new Map(),
    use(app, needed) {
      const registeredAt = registered.get(app)?.at ?? 0
      for (const [text, entry] of kinds) if (!needed.has(text)) leave(entry, app)
      for (const [text, kind] of needed) {
        const entry = kinds.get(text) ?? newKindUsage(kind, options.uptime)
        kinds.set(text, entry)
        const isNew = !entry.users.has(app)
        entry.users.add(app)
        entry.idleSince = undefined
        if (entry.watch === undefined) {
          if (!held) start(entry)
        } else if (isNew && registeredAt > entry.listedAt && marks.knows(app)) {
          // Its objects may have been dropped before its tracking ID was registered: list again.
          entry.listedAt = ++clock
          entry.watch.relist()
        }
      }
      if (held && needed.size > 0) extendWait()
    },
    declare(app, key, keyText) {
      const entry = kinds.get(groupKindText(key))
      const apps = entry?.declared.get(keyText)?.apps ?? []
      if (entry === undefined || apps.includes(app)) return
      entry.declared.set(keyText, { key, apps: [...apps, app] })
      if (outOfScope(spec, key) === undefined) entry.watch?.want(key, keyText)
    },
    undeclare,
    appsDeclaring: (key, keyText) => kinds.get(groupKindText(key))?.declared.get(keyText)?.apps ?? [],
    look(key, keyText) {
      const entry = kinds.get(groupKindText(key))
      const reason = outOfScope(spec, key)
      if (reason !== undefined) return { state: 'unknown', reason }
      if (entry?.watch === undefined) return { state: 'pending' }
      const phase = entry.watch.phase
      if (phase.phase === 'failed') return { state: 'unknown', reason: phase.failure }
      if (phase.phase === 'listing') return { state: 'pending' }
      if (phase.phase === 'lost' && !phase.everSynced) return { state: 'unreached', reason: phase.failure }
      const stale = entry.stale ? stalenessOf(entry) : undefined
      return stale === undefined ? entry.watch.look(keyText) : { state: 'unknown', reason: stale }
    },
    kindFailure,
    isListing(asked) {
      for (const kind of asked) {
        const entry = kinds.get(groupKindText(kind))
        if (entry !== undefined && (entry.watch === undefined ? held : entry.watch.phase.phase === 'listing'))
          return true
      }
      return false
    },
    release,
    refreshCapabilities: what.refresh,
    tick() {
      for (const [text, entry] of kinds) {
        const stale = stalenessOf(entry) !== undefined
        if (stale !== entry.stale) {
          entry.stale = stale
          options.onLiveState(entry.users)
        }
        if (entry.idleSince !== undefined && now() - entry.idleSince > IDLE_MS) {
          entry.watch?.stop()
          kinds.delete(text)
        }
      }
    },
    async close() {
      clearTimeout(holdTimer)
      what.stop()
      for (const entry of kinds.values()) entry.watch?.stop()
      await connector.close()
    },
  }
}
