import { setTimeout as sleep } from 'node:timers/promises'

/** Turns calls into one wake-up each time that somebody waits: what comes within `quietMs` wakes once. */
export interface DebouncedSignal {
  notify(): void
  /** Resolves after the next change since the last time, or with the signal. */
  next(): Promise<void>
}

export function createDebouncedSignal(quietMs: number, signal: AbortSignal): DebouncedSignal {
  let changed = false
  let wake: (() => void) | undefined
  signal.addEventListener('abort', () => wake?.(), { once: true })
  return {
    notify() {
      changed = true
      wake?.()
    },
    async next() {
      if (!changed && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        await promise
        wake = undefined
      }
      await sleep(quietMs, undefined, { signal }).catch(() => undefined)
      changed = false
    },
  }
}
