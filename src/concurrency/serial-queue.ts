/** Runs pieces of work one after the other, in the order in which they came. */
export interface SerialQueue {
  readonly busy: boolean
  run<T>(work: () => Promise<T>): Promise<T>
  /** Resolves when nothing runs or waits; what comes later is refused with the reason. */
  close(reason: unknown): Promise<void>
}

export function createSerialQueue(): SerialQueue {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let closed: { readonly reason: unknown } | undefined

  const next = async <T>(before: Promise<unknown>, work: () => Promise<T>): Promise<T> => {
    waiting++
    try {
      // The error of the work before was given to its own caller.
      await before.catch(() => undefined)
      if (closed !== undefined) throw closed.reason
      return await work()
    } finally {
      waiting--
    }
  }

  return {
    get busy() {
      return waiting > 0
    },
    run: (work) => {
      const run = next(last, work)
      last = run
      return run
    },
    close: async (reason) => {
      closed = { reason }
      await last.catch(() => undefined)
    },
  }
}
