/** Keeps the thread's event loop free: whoever works long asks between two pieces. */
export interface EventLoopSlice {
  /** Undefined while the time slice lasts; then a promise that resolves after the event loop has run. */
  yieldIfBusy(): Promise<void> | undefined
}

/** All work of a thread shares one slice, so that ten loops together hold the event loop no longer than one. */
export function createEventLoopSlice(sliceMs = 10): EventLoopSlice {
  let sliceEnd = performance.now() + sliceMs
  let turn: Promise<void> | undefined
  return {
    yieldIfBusy() {
      if (performance.now() < sliceEnd) return undefined
      turn ??= new Promise((resolve) => {
        setImmediate(() => {
          turn = undefined
          sliceEnd = performance.now() + sliceMs
          resolve()
        })
      })
      return turn
    },
  }
}

/** The same for work that somebody may give up: it throws the reason of the signal. */
export function abortableYield(slice: EventLoopSlice, signal: AbortSignal): () => Promise<void> {
  return async () => {
    signal.throwIfAborted()
    await slice.yieldIfBusy()
    signal.throwIfAborted()
  }
}
