import { setImmediate } from 'node:timers/promises'

/** Long work stops this often for what else the thread has to do. */
const SLICE_MILLISECONDS = 20

/** Lets other work of the thread run when a slice of time is over. The function throws when the signal aborts. */
export function createBreather(signal: AbortSignal): () => Promise<void> {
  let sliceEnd = performance.now() + SLICE_MILLISECONDS
  return async () => {
    if (performance.now() < sliceEnd) return
    await setImmediate(undefined, { signal })
    sliceEnd = performance.now() + SLICE_MILLISECONDS
  }
}
