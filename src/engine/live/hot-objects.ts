import type { PresentEvent, ReadLater, UnreadEvent } from '../../model/clusters/cluster.ts'
import type { ObjectKey } from '../../model/object.ts'
import type { UnreadBuffers } from './unread-buffers.ts'

export interface HotObjectsOptions {
  readonly unread: UnreadBuffers
  /** Unix milliseconds. */
  readonly now: () => number
  /** The object waits to be read, which it did not before. */
  readonly onWaiting: (key: ObjectKey, keyText: string) => void
  /** What was read. */
  readonly take: (event: PresentEvent) => void
}

interface HotObject {
  /** How often it changed, one time soon after the other, and hardly anything was new. */
  changes: number
  /** When it changed last. */
  at: number
  /** Of what was told last. */
  metadata: string | undefined
  /** What was told last, if nobody has looked at it. */
  waiting: { readonly buffer: Buffer; readonly read: ReadLater } | undefined
}

const HOT_CHANGES = 3
/** One that changes less often is read as often when it waits. */
const HOT_MS = 1000

/**
 * Objects of a kind that drift, and change again and again without anything new to be found. Of these an event may wait until what is gathered
 * is reported, or the next one takes its place, where it can have changed nothing but values: by the digest of the metadata the same hands
 * own the same fields, and wrote them in the same second. So what is passed over is what a gathered report would have passed over.
 */
export class HotObjects {
  readonly #options: HotObjectsOptions
  /** By the text of their keys. */
  readonly #hot = new Map<string, HotObject>()
  #stopped = false

  constructor(options: HotObjectsOptions) {
    this.#options = options
  }

  get isEmpty(): boolean {
    return this.#hot.size === 0
  }

  isHot(keyText: string): boolean {
    const hot = this.#hot.get(keyText)
    return hot !== undefined && hot.changes >= HOT_CHANGES && this.#isRecent(hot)
  }

  /** It changed. @param goesOn it drifts as it did before */
  note(keyText: string, goesOn: boolean): void {
    const hot = this.#hot.get(keyText)
    const at = this.#options.now()
    if (!goesOn) this.drop(keyText)
    else if (hot === undefined) this.#hot.set(keyText, { changes: 1, at, metadata: undefined, waiting: undefined })
    else {
      hot.changes = this.#isRecent(hot) ? hot.changes + 1 : 1
      hot.at = at
    }
  }

  /** @returns whether it waits now, in place of what waited before; else it is to be read, after what waits */
  wait(keyText: string, event: UnreadEvent): boolean {
    const hot = this.#hot.get(keyText)
    if (hot === undefined || this.#stopped) return false
    const isSame = hot.metadata === event.metadata
    hot.metadata = event.metadata
    if (!isSame || !this.isHot(keyText)) return false
    const { unread, now, onWaiting } = this.#options
    const before = hot.waiting?.buffer
    const isLarge = before === undefined || before.length < event.bytes
    const buffer = isLarge ? unread.lend(event.bytes) : before
    if (buffer === undefined) return false
    if (isLarge && before !== undefined) unread.giveBack(before)
    hot.waiting = { buffer, read: event.keep(buffer) }
    hot.at = now()
    if (before === undefined) onWaiting(event.key, keyText)
    return true
  }

  /** Reads what waits of the object. */
  read(keyText: string): void {
    const hot = this.#options.unread.isEmpty ? undefined : this.#hot.get(keyText)
    const waiting = hot?.waiting
    if (hot === undefined || waiting === undefined) return
    hot.waiting = undefined
    // Who looks at it while it is taken finds nothing that waits, and its bytes are not lent anew before it is read.
    waiting.read(this.#options.take)
    this.#options.unread.giveBack(waiting.buffer)
  }

  /** Reads what waits of any. */
  readAll(): void {
    if (!this.#options.unread.isEmpty) for (const keyText of [...this.#hot.keys()]) this.read(keyText)
  }

  /** Nobody looks at the object any more, or something is new of it. */
  drop(keyText: string): void {
    const hot = this.#hot.get(keyText)
    if (hot?.waiting !== undefined) this.#options.unread.giveBack(hot.waiting.buffer)
    this.#hot.delete(keyText)
  }

  stop(): void {
    this.#stopped = true
    for (const keyText of [...this.#hot.keys()]) this.drop(keyText)
  }

  #isRecent({ at }: HotObject): boolean {
    return this.#options.now() - at <= HOT_MS
  }
}
