import type { EventLoopSlice } from '../../concurrency/event-loop-slice.ts'
import type { ClusterSpec } from '../../model/apps/inventory.ts'
import type { Capabilities, ClusterConnector } from '../../model/clusters/cluster.ts'
import type { Failure } from '../../model/failure.ts'
import type { AppId } from '../../model/identity.ts'
import { type GroupKind, groupKindText, type ObjectKey } from '../../model/object.ts'
import { type ContactAge, createContactAge } from '../contact-age.ts'
import type { SavedCluster } from '../state/live-format.ts'
import { outOfScope, scopeToObserve } from './cluster-scope.ts'
import { InitialWait } from './initial-wait.ts'
import { startKindInformer } from './kind-informer.ts'
import { appsOf, contactMs, type KindUsage, newKindUsage, ownersOf, staleness } from './kind-usage.ts'
import type { StreamedObject } from './live-object.ts'
import type { CachedState } from './live-objects.ts'
import type { MarkedObjects } from './marked-objects.ts'
import { type Confidentiality, type SavedKinds, saveKinds } from './saved-kinds.ts'
import type { UnreadBuffers } from './unread-buffers.ts'

/** What is known of a live object: `unknown` while its kind cannot be read, `unreached` before the first contact. */
export type LiveState = CachedState | { readonly state: 'unknown' | 'unreached'; readonly reason: Failure }

export interface ClusterKindsOptions {
  readonly connector: ClusterConnector
  readonly marks: MarkedObjects
  readonly slice: EventLoopSlice
  /** Unix milliseconds. */
  readonly now: () => number
  /** Milliseconds. */
  readonly uptime: () => number
  readonly random: () => number
  readonly staleAfterMs: number
  readonly spec: () => ClusterSpec
  readonly capabilities: () => Capabilities | undefined
  /** A kind was listed that the capabilities do not name: they are old. */
  readonly onUnknownKind: () => void
  readonly unread: UnreadBuffers
  readonly onObject: NoteObject
  /** An object of these apps changed, and waits to be read: to be looked at when they are reported with what is hardly new. */
  readonly onWaiting: (owners: readonly AppId[]) => void
  /** No first list is under way any more. */
  readonly onRead: () => void
  /** A kind that these apps use became readable, unreadable or stale. */
  readonly onLiveState: (apps: ReadonlySet<AppId>, kind: GroupKind) => void
  /** What the process before held, if anything. */
  readonly saved: () => SavedKinds | undefined
  /** A kind that the process before held is listed nevertheless. */
  readonly onRefused: (kind: GroupKind, why: string) => void
}

/**
 * An object changed that `owners` declare, or that carries their tracking metadata.
 * @returns whether it drifts for all of them as it did before
 */
export type NoteObject = (
  owners: readonly AppId[],
  key: ObjectKey,
  keyText: string,
  streamed?: StreamedObject,
) => boolean

/** How long a kind is watched after its last user left: a changed app needs it again at once. */
const IDLE_MS = 60_000
const KIND_RETRY = { firstMs: 1000, longestMs: 15_000 }

/** The kinds of one cluster that apps use: which are observed for whom, and which objects are declared by whom. */
export class ClusterKinds {
  readonly #options: ClusterKindsOptions
  readonly #kinds = new Map<string, KindUsage>()
  readonly #lists = new Map<AppId, readonly AppId[]>()
  readonly #wait = new InitialWait(() => {
    for (const entry of this.#kinds.values()) if (entry.watch === undefined) this.#start(entry)
    this.#noteRead()
  })

  readonly #contactAge: ContactAge
  #sharedChanges = 0
  /** At the last look time alone could change nothing but the age of the last contact, and nothing has happened since. */
  #isCalm = false

  constructor(options: ClusterKindsOptions) {
    this.#options = options
    this.#contactAge = createContactAge(options.uptime)
  }

  /** How often it changed which objects several apps declare, and which apps those are. */
  get sharedChanges(): number {
    return this.#sharedChanges
  }

  /** No kind is observed yet: the first renderings are waited for. */
  get isWaiting(): boolean {
    return this.#wait.isWaiting
  }

  release(): void {
    this.#wait.release()
  }

  /** Retries failed observations at once. */
  retryNow(): void {
    for (const { watch } of this.#kinds.values()) watch?.retryNow()
  }

  use(app: AppId, wanted: ReadonlyMap<string, GroupKind>): void {
    const { marks, uptime } = this.#options
    for (const [text, entry] of this.#kinds) if (!wanted.has(text)) this.#leave(entry, app)
    for (const [text, kind] of wanted) {
      const entry = this.#kinds.get(text) ?? newKindUsage(kind, uptime)
      this.#kinds.set(text, entry)
      const isNew = !entry.users.has(app)
      entry.users.add(app)
      entry.idleSince = undefined
      if (entry.watch === undefined) {
        if (!this.isWaiting) this.#start(entry)
      } else if (isNew && marks.wasRegisteredAfter(entry.listedAt, app)) {
        // Its objects may have been dropped before its tracking ID was registered: list again.
        entry.listedAt = marks.nextSequence()
        entry.watch.relist()
      }
    }
    if (wanted.size > 0) this.#wait.extend()
  }

  /** The app uses no kind any more. @param marked objects that nobody needs unless an app declares them */
  leaveAll(app: AppId, marked: ReadonlyMap<string, ObjectKey>): void {
    for (const entry of this.#kinds.values()) this.#leave(entry, app)
    this.#lists.delete(app)
    for (const [keyText, key] of marked) {
      const entry = this.#entry(key)
      if (entry?.declared.has(keyText) === false) entry.watch?.unwant(keyText)
    }
  }

  declare(app: AppId, key: ObjectKey, keyText: string): void {
    const entry = this.#entry(key)
    const apps = entry?.declared.get(keyText)?.apps
    if (entry === undefined || apps?.includes(app) === true) return
    if (apps !== undefined) this.#sharedChanges += 1
    entry.declared.set(keyText, { key, apps: apps === undefined ? this.#alone(app) : [...apps, app] })
    if (outOfScope(this.#options.spec(), key) === undefined) entry.watch?.want(key, keyText)
  }

  /** Most objects are declared by one app: its objects share the list. */
  #alone(app: AppId): readonly AppId[] {
    const apps = this.#lists.get(app) ?? [app]
    this.#lists.set(app, apps)
    return apps
  }

  undeclare(app: AppId, key: ObjectKey, keyText: string): void {
    const entry = this.#entry(key)
    const declared = entry?.declared.get(keyText)
    if (entry === undefined || declared?.apps.includes(app) !== true) return
    const apps = declared.apps.filter((id) => id !== app)
    if (apps.length > 0) {
      this.#sharedChanges += 1
      entry.declared.set(keyText, { key, apps })
    } else if (entry.declared.delete(keyText)) entry.watch?.unwant(keyText)
  }

  appsDeclaring(key: ObjectKey, keyText: string): readonly AppId[] {
    return this.#entry(key)?.declared.get(keyText)?.apps ?? []
  }

  look(key: ObjectKey, keyText: string): LiveState {
    const entry = this.#entry(key)
    const reason = outOfScope(this.#options.spec(), key)
    if (reason !== undefined) return { state: 'unknown', reason }
    if (entry?.watch === undefined) return { state: 'pending' }
    const { phase } = entry.watch
    if (phase.phase === 'failed') return { state: 'unknown', reason: phase.failure }
    if (phase.phase === 'listing') return { state: 'pending' }
    if (phase.phase === 'lost' && !phase.everSynced) return { state: 'unreached', reason: phase.failure }
    const stale = entry.stale ? this.#staleness(entry) : undefined
    return stale === undefined ? entry.watch.look(keyText) : { state: 'unknown', reason: stale }
  }

  /** Reads the event of the object that waits unread, if there is one: `onObject` is called for it as for any change. */
  readUnread({ key, keyText }: { readonly key: ObjectKey; readonly keyText: string }): void {
    if (!this.#options.unread.isEmpty) this.#entry(key)?.watch?.readUnread(keyText)
  }

  /** Why a kind cannot be read now; undefined when it can be, or while it is being listed. */
  failure(kind: GroupKind): Failure | undefined {
    const entry = this.#entry(kind)
    const phase = entry?.watch?.phase
    if (entry === undefined || phase === undefined) return undefined
    if (phase.phase === 'failed') return phase.failure
    if (phase.phase === 'lost' && !phase.everSynced) return phase.failure
    return entry.stale ? this.#staleness(entry) : undefined
  }

  /** Whether the first list of one of the kinds has not ended. @param kinds as `groupKindText` */
  isListing(kinds: Iterable<string>): boolean {
    for (const kind of kinds) {
      const entry = this.#kinds.get(kind)
      if (entry === undefined) continue
      if (entry.watch === undefined ? this.isWaiting : entry.watch.phase.phase === 'listing') return true
    }
    return false
  }

  tick(): void {
    const { now, onLiveState, connector, staleAfterMs } = this.#options
    const contact = connector.status()
    if (this.#contactAge(contactMs(contact)) <= staleAfterMs && this.#isCalm) return
    this.#isCalm = true
    for (const [text, entry] of this.#kinds) {
      const isStale = this.#staleness(entry, contact) !== undefined
      if (isStale !== entry.stale) {
        entry.stale = isStale
        onLiveState(appsOf(entry), entry.kind)
      }
      if (entry.idleSince !== undefined && now() - entry.idleSince > IDLE_MS) {
        entry.watch?.stop()
        this.#kinds.delete(text)
      } else if (isStale || entry.idleSince !== undefined || entry.watch?.phase.phase === 'lost') this.#isCalm = false
    }
  }

  /** What it holds, for the next process. */
  save(confidentiality: (keyText: string) => Confidentiality): SavedCluster | undefined {
    return saveKinds(this.#options.spec().name, this.#kinds.values(), this.#options.marks, confidentiality)
  }

  stop(): void {
    this.#wait.stop()
    for (const { watch } of this.#kinds.values()) watch?.stop()
  }

  #noteRead(): void {
    if (this.isWaiting) return
    for (const { watch } of this.#kinds.values()) if (watch?.phase.phase === 'listing') return
    this.#options.onRead()
  }

  #entry(kind: GroupKind): KindUsage | undefined {
    return this.#kinds.get(groupKindText(kind))
  }

  #start(entry: KindUsage): void {
    const { connector, slice, now, random, marks, spec, capabilities, onUnknownKind, onLiveState } = this.#options
    const { saved, onRefused, unread } = this.#options
    const observe = scopeToObserve(spec(), capabilities()?.kind(entry.kind)?.namespaced ?? true)
    if (observe === undefined) return
    entry.listedAt = marks.nextSequence()
    const noteRead = (): void => this.#noteRead()
    entry.watch = startKindInformer({
      connector,
      kind: entry.kind,
      observe,
      ...{ slice, now, unread },
      backoff: KIND_RETRY,
      random,
      isMarked: (object) => marks.owners(object).length > 0,
      onChange: (key, keyText, streamed) => this.#objectChanged(entry, key, keyText, streamed),
      onWaiting: (_, keyText) => this.#options.onWaiting(ownersOf(entry, keyText)),
      onPhase: ({ phase }) => {
        this.#isCalm = false
        if (phase === 'synced' && capabilities()?.kind(entry.kind) === undefined) onUnknownKind()
        onLiveState(appsOf(entry), entry.kind)
        if (phase !== 'listing') noteRead()
      },
      resume: {
        held: () => saved()?.take(entry, observe.namespaces, marks),
        onRefused: (why) => onRefused(entry.kind, why),
      },
    })
    for (const [keyText, { key }] of entry.declared)
      if (outOfScope(spec(), key) === undefined) entry.watch.want(key, keyText)
  }

  #objectChanged(entry: KindUsage, key: ObjectKey, keyText: string, streamed?: StreamedObject): boolean {
    const { marks, onObject } = this.#options
    const before = entry.tracked.get(keyText) ?? []
    const owners = streamed === undefined || marks.isEmpty ? [] : marks.owners(streamed.head)
    marks.changeOwners(key, keyText, before, owners)
    if (owners.length === 0) entry.tracked.delete(keyText)
    else entry.tracked.set(keyText, owners)
    const concerned = ownersOf(entry, keyText)
    return onObject(before.length === 0 ? concerned : [...new Set([...concerned, ...before])], key, keyText, streamed)
  }

  #leave(entry: KindUsage, app: AppId): void {
    if (!entry.users.delete(app)) return
    for (const [keyText, { key }] of entry.declared) this.undeclare(app, key, keyText)
    if (entry.users.size > 0) return
    entry.idleSince = this.#options.now()
    this.#isCalm = false
  }

  #staleness(entry: KindUsage, contact = this.#options.connector.status()): Failure | undefined {
    const { spec, staleAfterMs } = this.#options
    return staleness(entry, { cluster: spec().name, contact, contactAge: this.#contactAge, afterMs: staleAfterMs })
  }
}
