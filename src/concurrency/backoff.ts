import { setTimeout as sleep } from 'node:timers/promises'

/** Exponential pauses with full jitter in their upper half, so that a thousand watches do not come back in one instant. */
export interface Backoff {
  next(): number
  reset(): void
}

export function createBackoff(first: number, longest: number): Backoff {
  let bound = first
  return {
    next: () => {
      const pause = bound / 2 + (Math.random() * bound) / 2
      bound = Math.min(bound * 2, longest)
      return pause
    },
    reset: () => {
      bound = first
    },
  }
}

/** @throws AbortError */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal })
}
