import { createKeyedSemaphore } from './keyed-semaphore.ts'

/** Runs work when fewer than so many pieces run; the rest waits in order. */
export type Semaphore = <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T>

export function createSemaphore(limit: number): Semaphore {
  const withKey = createKeyedSemaphore(limit, limit)
  return (signal, work) => withKey('', signal, work)
}

/**
 * Takes a place for what is no single piece of work.
 * @returns leaves the place; more than once is the same as once
 */
export function takePlace(semaphore: Semaphore, signal: AbortSignal): Promise<() => void> {
  const entered = Promise.withResolvers<() => void>()
  const left = Promise.withResolvers<void>()
  semaphore(signal, () => {
    entered.resolve(left.resolve)
    return left.promise
  }).catch(entered.reject)
  return entered.promise
}
