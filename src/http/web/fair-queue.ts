export interface FairQueue {
  /** Runs work in its turn; undefined where too much of it waits already. */
  run<T>(client: string, work: () => Promise<T>): Promise<T> | undefined
}

/**
 * One piece of work at a time, and each client in turn: whoever asks for much waits behind itself, and others for one piece of it at most.
 */
export function createFairQueue(limits: { readonly perClient: number; readonly clients: number }): FairQueue {
  /** In the order of their turns. */
  const waiting = new Map<string, (() => Promise<void>)[]>()
  let running = false

  async function runAll(): Promise<void> {
    running = true
    for (let next = waiting.entries().next().value; next !== undefined; next = waiting.entries().next().value) {
      const [client, pieces] = next
      const piece = pieces.shift()
      waiting.delete(client)
      if (pieces.length > 0) waiting.set(client, pieces)
      await piece?.()
    }
    running = false
  }

  return {
    run<T>(client: string, work: () => Promise<T>): Promise<T> | undefined {
      const pieces = waiting.get(client) ?? []
      if (pieces.length >= limits.perClient || (pieces.length === 0 && waiting.size >= limits.clients)) return undefined
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      pieces.push(() => work().then(resolve, reject))
      waiting.set(client, pieces)
      if (!running) void runAll()
      return promise
    },
  }
}
