/** Keeps the thread's event loop free: whoever works long asks for breath between two pieces. */
export interface Pace {
  /** Returns at once while the slice lasts; then after the event loop had its turn. */
  breathe(): Promise<void> | undefined
}

/** All work of a thread shares one pace, so that ten loops together hold the event loop no longer than one. */
export function createPace(sliceMilliseconds = 10): Pace {
  let sliceEnd = performance.now() + sliceMilliseconds
  let turn: Promise<void> | undefined
  return {
    breathe() {
      if (performance.now() < sliceEnd) return undefined
      turn ??= new Promise((resolve) => {
        setImmediate(() => {
          turn = undefined
          sliceEnd = performance.now() + sliceMilliseconds
          resolve()
        })
      })
      return turn
    },
  }
}
