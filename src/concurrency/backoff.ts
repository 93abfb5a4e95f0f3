/** Milliseconds. */
export interface BackoffLimits {
  readonly firstMs: number
  readonly longestMs: number
}

/** The pauses between tries, longer after each failure. */
export interface Backoff {
  /** Milliseconds until the next try. */
  next(): number
  /** After a success. */
  reset(): void
}

/**
 * How long to wait after so many failures in a row: doubling up to a limit, half of it at random ("equal jitter"), so that a thousand
 * who failed in one instant do not come back in one.
 * @param failures 1 for the first
 * @param random from 0 to 1
 */
export function backoffMs(failures: number, { firstMs, longestMs }: BackoffLimits, random: () => number): number {
  const bound = Math.min(firstMs * 2 ** Math.min(failures - 1, 40), longestMs)
  return bound / 2 + (random() * bound) / 2
}

export function createBackoff(limits: BackoffLimits, random: () => number = Math.random): Backoff {
  let failures = 0
  return {
    next() {
      failures += 1
      return backoffMs(failures, limits, random)
    },
    reset() {
      failures = 0
    },
  }
}
