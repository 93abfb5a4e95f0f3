import { createKeyedSemaphore } from './keyed-semaphore.ts'

/** Runs work when fewer than so many pieces run; the rest waits in order. */
export type Semaphore = <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T>

export function createSemaphore(limit: number): Semaphore {
  const withKey = createKeyedSemaphore(limit, limit)
  return (signal, work) => withKey('', signal, work)
}
