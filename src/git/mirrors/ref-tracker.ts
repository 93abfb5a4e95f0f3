import { abortable } from '../../concurrency/abortable.ts'
import { type Failure, toFailure } from '../../model/failure.ts'
import type { RefList } from '../transport/remote.ts'

export interface RefTrackerOptions {
  /** One look at the refs. */
  readonly read: (signal: AbortSignal) => Promise<RefList>
  /** Milliseconds until the next look. @param failures how many looks in a row failed */
  readonly delay: (failures: number, tookMs: number) => number
  /** Unix milliseconds. */
  readonly now: () => number
  /** Called after each look, and whenever what it tells changed. */
  readonly notify: () => void
}

/** Looks at the refs of one repository again and again, and keeps the last list that came. */
export class RefTracker {
  readonly #options: RefTrackerOptions
  readonly #closing = new AbortController()
  #list: RefList | undefined
  #lastContact: number | undefined
  #failure: Failure | undefined
  #failures = 0
  #version: number
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #due = 0
  #looked = false
  #redo = false
  #thrown: unknown

  constructor(options: RefTrackerOptions) {
    this.#options = options
    // Higher than any that an earlier thread told, so that whoever listens sees a move.
    this.#version = options.now()
  }

  /** What an earlier process saw last: it stands in when the first look fails. `lastContact` is in Unix seconds. */
  restore(list: RefList, lastContact: number): void {
    this.#list ??= list
    this.#lastContact ??= lastContact
  }

  /** The last list; at first, what the first look gives. @throws what the look threw when there never was a list */
  async current(signal: AbortSignal): Promise<RefList> {
    if (!this.#looked || this.#list === undefined) await this.#firstList(signal)
    if (this.#list !== undefined) return this.#list
    throw this.#thrown
  }

  /** What a look gives that begins now: one that is under way may have seen what is wanted too early. @throws what it threw */
  async refresh(signal: AbortSignal): Promise<RefList> {
    if (this.#running !== undefined) await abortable(this.#running, signal)
    await abortable(this.#look(), signal)
    if (this.#failure === undefined && this.#list !== undefined) return this.#list
    throw this.#thrown
  }

  /** Looks now instead of when it is due. */
  poll(): void {
    if (!this.#closing.signal.aborted) void this.#look()
  }

  /** The objects of what was listed could not be had: the repository counts as down, and is tried anew after the next look. */
  failed(error: unknown): void {
    this.#failure = toFailure(error)
    this.#redo = true
    this.#options.notify()
  }

  /** What was derived from the refs must be derived anew, though they are the same. */
  invalidate(): void {
    this.#redo = true
  }

  get status() {
    return {
      up: this.#failure === undefined && this.#lastContact !== undefined,
      refsVersion: this.#version,
      ...(this.#lastContact === undefined ? {} : { lastContact: this.#lastContact }),
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#closing.abort()
    await this.#running
  }

  /** A failure holds until the next look is due, so that a hundred apps do not ask a hundred times. */
  async #firstList(signal: AbortSignal): Promise<void> {
    if (this.#failure !== undefined && this.#options.now() < this.#due) return
    await abortable(this.#look(), signal)
  }

  #look(): Promise<void> {
    this.#running ??= this.#lookOnce().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #lookOnce(): Promise<void> {
    clearTimeout(this.#timer)
    const { signal } = this.#closing
    const start = performance.now()
    try {
      const list = await this.#options.read(signal)
      if (this.#redo || this.#list === undefined || !sameRefs(this.#list, list)) this.#version++
      this.#redo = false
      this.#list = list
      this.#lastContact = Math.floor(this.#options.now() / 1000)
      this.#failure = undefined
      this.#failures = 0
    } catch (error) {
      this.#thrown = error
      this.#failure = toFailure(error)
      this.#failures++
    }
    this.#looked = true
    if (signal.aborted) return
    const delay = this.#options.delay(this.#failures, performance.now() - start)
    this.#due = this.#options.now() + delay
    this.#timer = setTimeout(() => this.poll(), delay)
    this.#options.notify()
  }
}

function sameRefs(a: RefList, b: RefList): boolean {
  if (a.headTarget !== b.headTarget || a.refs.size !== b.refs.size) return false
  for (const [name, ref] of a.refs) {
    const other = b.refs.get(name)
    if (other?.id !== ref.id || other.peeled !== ref.peeled) return false
  }
  return true
}
