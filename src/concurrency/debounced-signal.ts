import { pause } from './pause.ts'

/** Debounces notifications for one waiter: all that come within `quietMs` of the first one resolve `next` once. */
export interface DebouncedSignal {
  notify(): void
  /** Resolves when something was notified since the last call, or when the signal aborts. */
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
      await pause(quietMs, signal)
      changed = false
    },
  }
}
