import { abortable } from './abortable.ts'

/** Runs work when fewer than so many run for the same key, and in all. */
export type KeyedSemaphore = <T>(key: string, signal: AbortSignal, work: () => Promise<T>) => Promise<T>

/** A limit for each key and one in all, so that a host that hangs uses up its own slots only. */
export function createKeyedSemaphore(perKey: number, total: number): KeyedSemaphore {
  const running = new Map<string, number>()
  let all = 0
  let waiting: { readonly key: string; readonly start: () => void }[] = []

  const free = (key: string) => all < total && (running.get(key) ?? 0) < perKey
  const take = (key: string) => {
    all++
    running.set(key, (running.get(key) ?? 0) + 1)
  }
  const release = (key: string) => {
    all--
    const left = (running.get(key) ?? 1) - 1
    if (left === 0) running.delete(key)
    else running.set(key, left)
    const next = waiting.find((waiter) => free(waiter.key))
    if (next === undefined) return
    waiting = waiting.filter((waiter) => waiter !== next)
    take(next.key)
    next.start()
  }

  return async (key, signal, work) => {
    signal.throwIfAborted()
    if (free(key)) take(key)
    else {
      const turn = Promise.withResolvers<void>()
      const waiter = { key, start: turn.resolve }
      waiting.push(waiter)
      try {
        await abortable(turn.promise, signal)
      } catch (error) {
        // Its turn may have come in the same moment.
        if (waiting.includes(waiter)) waiting = waiting.filter((other) => other !== waiter)
        else release(key)
        throw error
      }
    }
    try {
      return await work()
    } finally {
      release(key)
    }
  }
}
