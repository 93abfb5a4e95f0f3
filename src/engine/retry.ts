/** Waiting times between attempts: doubling, with jitter so that many do not come back at once. */
export interface Retry {
  /** Milliseconds until the next attempt. */
  next(): number
  reset(): void
}

export function createRetry(
  random: () => number,
  limits = { firstMilliseconds: 1000, maxMilliseconds: 60_000 },
): Retry {
  let wait = limits.firstMilliseconds
  return {
    next() {
      const jittered = wait * (0.75 + random() / 2)
      wait = Math.min(wait * 2, limits.maxMilliseconds)
      return jittered
    },
    reset() {
      wait = limits.firstMilliseconds
    },
  }
}

/** Resolves after the time, or at once when aborted; never rejects. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done)
  })
}
