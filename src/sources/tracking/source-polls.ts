import { abortable } from '../../concurrency/abortable.ts'
import { backoffMs } from '../../concurrency/backoff.ts'
import { CodedError, type Failure, toFailure } from '../../model/failure.ts'
import type { RepositoryStatus } from '../../model/sources/git.ts'
import type { ArchiveServer, FoundArchive } from '../archive-server.ts'
import type { KnownTarget } from './source-state.ts'
import { TargetList } from './target-list.ts'

/** As the mirrors of Git have it. */
const FIRST_BACKOFF_MS = 2_000
const LONGEST_BACKOFF_MS = 120_000
/** Fraction of the interval by which polls are spread. */
const JITTER = 0.2
/** What is not there may have been published since the last poll: it is looked for again, but not more often. */
const LOOK_AGAIN_MS = 10_000

type Status = Omit<RepositoryStatus, 'repository' | 'url'>

export interface SourcePollsOptions {
  /** Resolves once what an earlier process knew is restored. */
  readonly opened: () => Promise<unknown>
  /** @returns undefined when there was nothing to ask */
  readonly look: (
    ...parameters: Parameters<ArchiveServer['look']>
  ) => Promise<Awaited<ReturnType<ArchiveServer['look']>> | undefined>
  readonly save: (targets: readonly KnownTarget[], lastContact: number) => Promise<void>
  readonly pauseMs: () => number
  readonly intervalMs: number
  /** Unix milliseconds. */
  readonly now: () => number
  readonly random: () => number
  readonly notify: (status: Status) => void
}

/** Polls one server for all targets at once, and keeps what they stand for. */
export class SourcePolls {
  readonly #options: SourcePollsOptions
  readonly #targets: TargetList
  readonly #closing = new AbortController()
  /** Targets that nobody looked for yet: those that come while a look is running share the next one. */
  #wanted = new Set<string>()
  /** Targets of the look that is running. */
  #lookingAt: ReadonlySet<string> = new Set()
  #running: { readonly fresh: boolean; readonly done: Promise<void> } | undefined
  #next: { fresh: boolean; readonly done: Promise<void> } | undefined
  #timer: NodeJS.Timeout | undefined
  #version: number
  #lastContact: number | undefined
  #lastLook = 0
  #due = 0
  #failure: Failure | undefined
  #thrown: unknown
  #failures = 0
  #redo = false

  constructor(options: SourcePollsOptions) {
    this.#options = options
    this.#targets = new TargetList(() => Math.floor(options.now() / 1000))
    // Higher than any version of an earlier thread, so that listeners see a change after a restart.
    this.#version = options.now()
  }

  /** @param lastContact Unix seconds; 0 is none */
  restore(targets: readonly KnownTarget[], lastContact: number): void {
    if (lastContact === 0) return
    this.#lastContact = lastContact
    this.#targets.restore(targets)
  }

  /** What a target stands for, by the last poll. @throws why nothing does, or why the server cannot be asked */
  async find(target: string, signal: AbortSignal): Promise<FoundArchive> {
    // The first poll shows whether what an earlier process knew still holds; when it fails, that is the best there is.
    if (this.#lastLook === 0 && this.#running !== undefined) await abortable(this.#running.done, signal)
    let resolution = this.#targets.use(target)
    const now = this.#options.now()
    if (resolution === undefined || ('failure' in resolution && now >= this.#lastLook + LOOK_AGAIN_MS)) {
      // A server that failed is not asked again before it is due, so that a hundred apps do not cause a hundred requests.
      if (this.#failure !== undefined && now < this.#due) throw this.#thrown
      await abortable(this.#lookFor(target, resolution !== undefined), signal)
      resolution = this.#targets.use(target)
    }
    if (resolution === undefined) throw this.#thrown ?? new CodedError('GDE_NOT_EVALUATED', 'it was not asked for yet')
    if ('failure' in resolution) throw resolution.failure
    return resolution.found
  }

  /** Polls now instead of when it is due. */
  poll(): void {
    if (!this.#closing.signal.aborted) void this.#look(true)
  }

  /** The next poll gets a new version, so that revisions are resolved again. */
  invalidate(): void {
    this.#redo = true
    this.poll()
  }

  fetched(fetchSeconds: number): void {
    this.#options.notify({ ...this.#status, fetchSeconds })
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#closing.abort(new CodedError('GDE_ABORTED', 'the source is not used any more'))
    await this.#running?.done
  }

  get #status(): Status {
    return {
      up: this.#failure === undefined && this.#lastContact !== undefined,
      refsVersion: this.#version,
      ...(this.#lastContact === undefined ? {} : { lastContact: this.#lastContact }),
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    }
  }

  #lookFor(target: string, fresh: boolean): Promise<void> {
    if (this.#running !== undefined && this.#lookingAt.has(target)) return this.#running.done
    this.#wanted.add(target)
    return this.#look(fresh)
  }

  /** One look at a time. Who comes while one is running waits for the next, which all of them share. */
  #look(fresh: boolean): Promise<void> {
    const running = this.#running
    if (running === undefined) {
      const done = this.#lookOnce(fresh).then((isNews) => {
        // Before anybody hears of it: who hears may ask again at once.
        this.#running = undefined
        this.#lookingAt = new Set()
        if (isNews) this.#options.notify(this.#status)
      })
      this.#running = { fresh, done }
      return done
    }
    // A poll that is running is as good as one that would start now.
    if (fresh && running.fresh && this.#wanted.size === 0) return running.done
    if (this.#next === undefined) {
      const next = { fresh, done: running.done.then(() => this.#lookNext()) }
      this.#next = next
    }
    this.#next.fresh ||= fresh
    return this.#next.done
  }

  #lookNext(): Promise<void> {
    const { fresh = false } = this.#next ?? {}
    this.#next = undefined
    return this.#closing.signal.aborted ? Promise.resolve() : this.#look(fresh)
  }

  /** @returns whether there is something to report. It never rejects. */
  async #lookOnce(fresh: boolean): Promise<boolean> {
    const { opened, look, save, now } = this.#options
    const isPoll = fresh || this.#lastLook === 0
    if (isPoll) clearTimeout(this.#timer)
    try {
      await opened()
      this.#lookingAt = new Set([...(isPoll ? this.#targets.inUse : []), ...this.#wanted])
      this.#wanted = new Set()
      const resolutions = await look([...this.#lookingAt], isPoll, this.#closing.signal)
      if (resolutions === undefined) {
        this.#lastLook = now()
        this.#schedule()
        return false
      }
      const moved = this.#targets.update(resolutions)
      if (this.#redo || moved) this.#version += 1
      this.#redo = false
      this.#lastContact = Math.floor(now() / 1000)
      this.#failure = undefined
      this.#failures = 0
      await save(this.#targets.known, this.#lastContact)
    } catch (error) {
      this.#thrown = error
      this.#failure = toFailure(error)
      this.#failures += 1
    }
    this.#lastLook = now()
    if (this.#closing.signal.aborted) return false
    if (isPoll || this.#failures > 0) this.#schedule()
    return true
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    const delay = Math.max(this.#delay(), this.#options.pauseMs())
    this.#due = this.#options.now() + delay
    this.#timer = setTimeout(() => this.poll(), delay)
  }

  #delay(): number {
    const { intervalMs, random } = this.#options
    if (this.#failures === 0) return intervalMs * (1 + JITTER * (2 * random() - 1))
    const limits = { firstMs: FIRST_BACKOFF_MS, longestMs: Math.max(LONGEST_BACKOFF_MS, intervalMs) }
    return backoffMs(this.#failures, limits, random)
  }
}
