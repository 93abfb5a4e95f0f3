import { backoffMs } from '../../concurrency/backoff.ts'

/** The first failure may be retried at once; from the second on, the delay doubles. */
const RETRY = { firstMs: 2_000, longestMs: 30 * 60_000 }
const MOST_COMMITS = 1000

/**
 * Remembers which commits could not be fetched, so that a repository that is too large, or a pack that cannot be used, is not
 * downloaded again with every poll.
 */
export class FetchBackoff {
  readonly #failures = new Map<
    string,
    { readonly error: unknown; readonly count: number; readonly at: number; readonly pause: number }
  >()
  readonly #now: () => number
  readonly #random: () => number

  /** @param now Unix milliseconds */
  constructor(now: () => number, random: () => number) {
    this.#now = now
    this.#random = random
  }

  /** @throws the error of the last fetch of this commit, until the delay is over */
  check(commit: string): void {
    const failure = this.#failures.get(commit)
    if (failure === undefined) return
    const passed = this.#now() - failure.at
    // A clock that was set back lets it be tried at once: otherwise the pause would last until it is as late again.
    if (passed >= 0 && passed < failure.pause) throw failure.error
  }

  failed(commit: string, error: unknown): void {
    const count = (this.#failures.get(commit)?.count ?? 0) + 1
    const pause = count === 1 ? 0 : backoffMs(count - 1, RETRY, this.#random)
    this.#failures.delete(commit)
    this.#failures.set(commit, { error, count, at: this.#now(), pause })
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= MOST_COMMITS) break
      this.#failures.delete(oldest)
    }
  }

  succeeded(commit: string): void {
    this.#failures.delete(commit)
  }
}
