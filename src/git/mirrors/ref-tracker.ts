import { abortable } from '../../concurrency/abortable.ts'
import { type Failure, toFailure } from '../../model/failure.ts'
import type { RefList } from '../transport/remote.ts'

export interface RefTrackerOptions {
  /** Lists the refs once. */
  readonly read: (signal: AbortSignal) => Promise<RefList>
  /** Milliseconds until the next poll. @param failures consecutive failed polls */
  readonly delay: (failures: number, tookMs: number) => number
  /** Unix milliseconds. */
  readonly now: () => number
  /** Called after each poll, and whenever the status changed. */
  readonly notify: () => void
}

/** Polls the refs of one repository and keeps the last list. */
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
  /** By the uptime: a clock that is set changes no pause. */
  #due = 0
  #looked = false
  #redo = false
  #again = false
  #thrown: unknown

  constructor(options: RefTrackerOptions) {
    this.#options = options
    // Higher than any version of an earlier git thread, so that listeners see a change after a restart.
    this.#version = options.now()
  }

  /** Sets the last list of an earlier process, used when the first poll fails. `lastContact` is in Unix seconds. */
  restore(list: RefList, lastContact: number): void {
    this.#list ??= list
    this.#lastContact ??= lastContact
  }

  /** The last list; waits for the first poll. @throws the error of the poll when there never was a list */
  async current(signal: AbortSignal): Promise<RefList> {
    if (!this.#looked || this.#list === undefined) await this.#firstList(signal)
    if (this.#list !== undefined) return this.#list
    throw this.#thrown
  }

  /**
   * The list of a poll that starts now: a running one may have begun before the change. @throws the error of the poll
   */
  async refresh(signal: AbortSignal): Promise<RefList> {
    if (this.#running !== undefined) await abortable(this.#running, signal)
    await abortable(this.#look(), signal)
    if (this.#failure === undefined && this.#list !== undefined) return this.#list
    throw this.#thrown
  }

  /** Polls now instead of when it is due. A running poll may have begun before what is asked about: then one more follows, however many ask. */
  poll(): void {
    if (this.#closing.signal.aborted) return
    if (this.#running === undefined) void this.#look()
    else this.#again = true
  }

  /** Objects could not be fetched: the repository counts as down, and fetches are retried after the next poll. */
  failed(error: unknown): void {
    this.#failure = toFailure(error)
    this.#redo = true
    this.#options.notify()
  }

  /** The next poll gets a new version even if no ref moved, so that revisions are resolved again. */
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

  /** A failed poll is not repeated before it is due, so that a hundred apps do not cause a hundred polls. */
  async #firstList(signal: AbortSignal): Promise<void> {
    if (this.#failure !== undefined && performance.now() < this.#due) return
    await abortable(this.#look(), signal)
  }

  #look(): Promise<void> {
    this.#running ??= this.#lookOnce().finally(() => {
      this.#running = undefined
      const again = this.#again
      this.#again = false
      if (again) this.poll()
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
    this.#due = performance.now() + delay
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
