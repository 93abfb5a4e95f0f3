import { abortable } from '../../concurrency/abortable.ts'
import type { KeyedSemaphore } from '../../concurrency/keyed-semaphore.ts'
import { CodedError } from '../../model/failure.ts'
import { timeoutFailure } from '../git-failure.ts'
import { FetchBackoff } from './fetch-backoff.ts'
import { type MirrorFiles, storageFailure } from './mirror-files.ts'

export interface FetcherOptions {
  readonly host: string
  readonly files: Pick<MirrorFiles, 'write'>
  readonly fetches: KeyedSemaphore
  /** Longest time of one fetch. */
  readonly fetchMs: number
  /** Unix milliseconds. */
  readonly now: () => number
  /** From 0 to 1. */
  readonly random: () => number
  readonly onFetched: (seconds: number) => void
  /** The connection or the server failed, as opposed to a single revision that is not there. */
  readonly onUnreachable: (failure: unknown) => void
}

/** The fetches of one mirror: one at a time, few per host, and none again and again that cannot succeed. */
export class Fetcher {
  readonly #options: FetcherOptions
  readonly #backoff: FetchBackoff
  readonly #closing = new AbortController()

  constructor(options: FetcherOptions) {
    this.#options = options
    this.#backoff = new FetchBackoff(options.now, options.random)
  }

  /**
   * The fetch is not aborted with its requester, since others may wait for it.
   * @param subject key for the back-off
   * @throws what the work throws, and until its delay is over what it threw the last time
   */
  async fetch(subject: string, work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    this.#backoff.check(subject)
    const fetched = this.#options.files.write(() => this.#run(subject, work))
    return abortable(fetched, signal)
  }

  close(reason: unknown): void {
    this.#closing.abort(reason)
  }

  async #run(subject: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { host, fetches, fetchMs, onFetched, onUnreachable } = this.#options
    const { signal } = this.#closing
    try {
      await fetches(host, signal, async () => {
        const start = performance.now()
        await work(AbortSignal.any([signal, AbortSignal.timeout(fetchMs)]))
        this.#backoff.succeeded(subject)
        onFetched((performance.now() - start) / 1000)
      })
    } catch (error) {
      const failure = storageFailure(timeoutFailure(error, `fetching from ${host}`))
      this.#backoff.failed(subject, failure)
      if (isTransportFailure(failure)) onUnreachable(failure)
      throw failure
    }
  }
}

function isTransportFailure(error: unknown): boolean {
  return (
    error instanceof CodedError && error.failure.code !== 'GDE_GIT_REVISION' && error.failure.code !== 'GDE_ABORTED'
  )
}
