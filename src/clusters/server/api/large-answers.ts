import { createKeyedSemaphore } from '../../../concurrency/keyed-semaphore.ts'

const MEBIBYTE = 1024 * 1024

/** An answer that is larger, as it comes or as values, waits until it is the only one. A page of 500 objects takes 3 MB and 10 MB. */
export const USUAL_ANSWER = { bytes: 4 * MEBIBYTE, memory: 16 * MEBIBYTE } as const
/** The same for one line of a watch: one object. */
export const USUAL_LINE_BYTES = MEBIBYTE
/** What the values of one object may take: a thousand times what etcd stores of one that holds nothing but empty lists. */
export const OBJECT_MEMORY = 64 * MEBIBYTE

/** Milliseconds that one may come in, and be held, while others wait. */
const LONGEST_MS = 30_000

/** The place of the one large answer that the process reads. */
export interface LargeAnswer {
  /** Aborts when it has had its time. */
  readonly signal: AbortSignal
  /** Gives the place back; more than once is the same as once. */
  release(): void
}

/** Waits for that place. @throws the signal's reason */
export type EnterLargeAnswer = (cluster: string, signal: AbortSignal) => Promise<LargeAnswer>

/**
 * Servers may send 64 MB each, and as text, as values and as objects that is some hundreds: there is one such answer at a time in the
 * process, so that the servers of many tenants together take no more memory than one. Clusters take turns, and none keeps its place
 * by sending slowly.
 */
export function createLargeAnswers(): EnterLargeAnswer {
  const semaphore = createKeyedSemaphore(1, 1)
  const ofCluster = createKeyedSemaphore(1, Number.POSITIVE_INFINITY)
  return (cluster, signal) => {
    const entered = Promise.withResolvers<LargeAnswer>()
    const stay = (): Promise<void> => {
      const left = Promise.withResolvers<void>()
      const timer = setTimeout(left.resolve, LONGEST_MS)
      entered.resolve({
        signal: AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]),
        release() {
          clearTimeout(timer)
          left.resolve()
        },
      })
      return left.promise
    }
    // What one cluster asks for waits at its own door, so that at the common one each cluster stands once.
    ofCluster(cluster, signal, () => semaphore(cluster, signal, stay)).catch(entered.reject)
    return entered.promise
  }
}
