import { objectKey } from '../../kubernetes/object.ts'
import type { ClusterEvent, Interest, ObjectFingerprint, UnreadEvent } from '../../model/clusters/cluster.ts'
import { type KubernetesObject, type ObjectKey, objectKeyText } from '../../model/object.ts'
import { HotObjects } from './hot-objects.ts'
import { recallContent } from './live-content.ts'
import {
  type LiveEntry,
  type PackedLive,
  packLive,
  RestoredObject,
  type StreamedObject,
  unpackLive,
} from './live-object.ts'
import type { UnreadBuffers } from './unread-buffers.ts'

/** What the observation of its kind says about a live object. */
export type CachedState =
  | { readonly state: 'present'; readonly live: PackedLive }
  | { readonly state: 'absent' }
  | { readonly state: 'pending' }

/** An object is there, or gone. */
export type ObjectEvent = Extract<ClusterEvent, { readonly type: 'Upsert' | 'Recalled' | 'Unread' | 'Delete' }>

export interface LiveObjectsOptions {
  /** Whether the object carries tracking metadata of an app, so that it is kept though no app declares it. */
  readonly isMarked: (object: KubernetesObject) => boolean
  /**
   * A kept object changed, appeared or vanished. `streamed` is undefined once it is gone.
   * @returns whether it drifts as it did before: then its next changes may wait to be read
   */
  readonly onChange: (key: ObjectKey, keyText: string, streamed: StreamedObject | undefined) => boolean
  /** A kept object changed, and waits to be read until somebody looks at it. */
  readonly onWaiting: (key: ObjectKey, keyText: string) => void
  readonly unread: UnreadBuffers
  /** Unix milliseconds. */
  readonly now: () => number
}

/**
 * The objects of one kind that apps declare or track; all others are dropped at once. The latest event of an object may wait to be read
 * (hot-objects.ts): whoever looks at the object, and all but a newer one that may wait in its place, reads it first.
 */
export class LiveObjects implements Interest {
  readonly #options: LiveObjectsOptions
  readonly #entries = new Map<string, LiveEntry>()
  readonly #hot: HotObjects
  /** The number of the list that is under way, or was last. */
  #list = 0

  constructor(options: LiveObjectsOptions) {
    this.#options = options
    this.#hot = new HotObjects({ ...options, take: (event) => void this.take(event) })
  }

  beginList(): void {
    this.#hot.readAll()
    this.#list += 1
  }

  /**
   * Objects that the list did not contain are gone, unless they were declared after it began.
   * @returns the keys of those, of which it is not known yet whether they exist
   */
  endList(): readonly string[] {
    const unknown: string[] = []
    this.#hot.readAll()
    for (const [keyText, entry] of this.#entries) {
      if (entry.live !== undefined && entry.list === this.#list) continue
      if (entry.pending && entry.wantedDuring === this.#list) unknown.push(keyText)
      else this.remove(keyText)
    }
    return unknown
  }

  concerns(head: KubernetesObject): boolean {
    return this.#entries.has(objectKeyText(objectKey(head))) || this.#options.isMarked(head)
  }

  mayWait(head: KubernetesObject): boolean {
    return !this.#hot.isEmpty && this.#hot.isHot(objectKeyText(objectKey(head)))
  }

  *held(): Generator<ObjectKey> {
    for (const { key, live } of this.#entries.values()) if (live !== undefined) yield key
  }

  recall(head: KubernetesObject, fingerprint: ObjectFingerprint): (() => void) | undefined {
    const content = recallContent(fingerprint)
    if (content === undefined) return undefined
    return () => {
      const live = { content, own: fingerprint.own }
      if (this.#isKept(head)) this.#keep(objectKey(head), live, new RestoredObject(live, head))
    }
  }

  /** @returns what it tells of */
  take(event: ObjectEvent): ObjectKey {
    if (event.type === 'Unread') {
      this.#takeUnread(event)
      return event.key
    }
    const key = event.type === 'Upsert' ? objectKey(event.object) : event.key
    if (!this.#options.unread.isEmpty) this.readUnread(objectKeyText(key))
    if (event.type === 'Upsert') this.upsert(event.object, event.fingerprint)
    else if (event.type === 'Recalled') event.take()
    else this.remove(objectKeyText(key))
    return key
  }

  #takeUnread(event: UnreadEvent): void {
    const keyText = objectKeyText(event.key)
    const entry = this.#entries.get(keyText)
    if (entry?.live !== undefined && this.#hot.wait(keyText, event)) entry.list = this.#list
    else {
      this.readUnread(keyText)
      event.read((read) => void this.take(read))
    }
  }

  /** Reads the event of the object that waits unread, if there is one. */
  readUnread(keyText: string): void {
    this.#hot.read(keyText)
  }

  /** What waits is let go of: nobody looks any more. */
  stop(): void {
    this.#hot.stop()
  }

  upsert(object: KubernetesObject, fingerprint?: ObjectFingerprint): void {
    if (!this.#isKept(object)) return
    const live = packLive(object, fingerprint)
    this.#keep(objectKey(object), live, { object, head: object, content: live.content })
  }

  /** One that nobody asks for any more is let go of. */
  #isKept(head: KubernetesObject): boolean {
    const keyText = objectKeyText(objectKey(head))
    if (this.#entries.get(keyText)?.wanted === true || this.#options.isMarked(head)) return true
    this.remove(keyText)
    return false
  }

  /** As `upsert`, for one that an earlier process kept. */
  restore(key: ObjectKey, live: PackedLive): void {
    const restored = new RestoredObject(live)
    if (this.#entries.get(objectKeyText(key))?.wanted === true || this.#options.isMarked(restored.object))
      this.#keep(key, live, restored)
  }

  #keep(key: ObjectKey, live: PackedLive, streamed: StreamedObject): void {
    const keyText = objectKeyText(key)
    const known = this.#entries.get(keyText)
    const list = this.#list
    if (known === undefined) {
      const entry: LiveEntry = { key, wanted: false, live: undefined, pending: false, list, wantedDuring: list }
      this.#entries.set(keyText, entry)
      setLive(entry, live)
    } else {
      known.list = list
      if (known.live !== undefined && isSame(known.live, live)) return
      setLive(known, live)
      known.pending = false
    }
    this.#hot.note(keyText, this.#options.onChange(key, keyText, streamed))
  }

  /** Those that are there. */
  *present(): Generator<{ readonly key: ObjectKey; readonly keyText: string; readonly live: PackedLive }> {
    this.#hot.readAll()
    for (const [keyText, { key, live }] of this.#entries) if (live !== undefined) yield { key, keyText, live }
  }

  /** There is no such object. */
  remove(keyText: string): void {
    const known = this.#entries.get(keyText)
    if (known === undefined) return
    this.#hot.drop(keyText)
    const isNews = known.pending || known.live !== undefined
    known.pending = false
    setLive(known, undefined)
    if (!known.wanted) this.#entries.delete(keyText)
    if (isNews) this.#options.onChange(known.key, keyText, undefined)
  }

  /** @returns whether it is new, so that it is not known whether the object exists */
  want(key: ObjectKey, keyText: string): boolean {
    const known = this.#entries.get(keyText)
    if (known !== undefined) {
      known.wanted = true
      return false
    }
    const list = this.#list
    this.#entries.set(keyText, { key, wanted: true, live: undefined, pending: true, list, wantedDuring: list })
    return true
  }

  unwant(keyText: string): void {
    const known = this.#entries.get(keyText)
    if (known === undefined) return
    known.wanted = false
    // What waits has the same metadata, so the same marks.
    if (known.live !== undefined && this.#options.isMarked(unpackLive(known.live))) return
    this.#hot.drop(keyText)
    setLive(known, undefined)
    this.#entries.delete(keyText)
  }

  look(keyText: string): CachedState {
    this.readUnread(keyText)
    const known = this.#entries.get(keyText)
    if (known?.pending) return { state: 'pending' }
    return known?.live === undefined ? { state: 'absent' } : { state: 'present', live: known.live }
  }

  /** The entry while it is not known whether its object exists. */
  pending(keyText: string): Pick<LiveEntry, 'key' | 'pending'> | undefined {
    const known = this.#entries.get(keyText)
    return known?.pending === true ? known : undefined
  }
}

function setLive(entry: LiveEntry, live: PackedLive | undefined): void {
  live?.content.hold()
  entry.live?.content.release()
  entry.live = live
}

function isSame(one: PackedLive, other: PackedLive): boolean {
  return one.own === other.own && one.content.equals(other.content)
}
