import { onAbort } from '../../concurrency/on-abort.ts'
import { CodedError } from '../../model/failure.ts'
import type { JobName, JobOutput, JobTerms, PoolJob } from './pool-jobs.ts'

/** A job whose caller waits for it. */
export class QueuedJob {
  readonly job: PoolJob
  readonly terms: JobTerms
  /** It has spent its slice, and begins again behind the others of its tenant. */
  isLong = false
  /** What it parses takes more memory than a job usually may: it is done when no other such job is. */
  isLarge: boolean
  readonly output: Promise<JobOutput<JobName>>
  /** How to give it up where it is now: take it out of a queue, or kill its thread. */
  onAbort: () => void = () => undefined
  readonly #settle = Promise.withResolvers<JobOutput<JobName>>()
  readonly #stopWaiting: () => void

  constructor(job: PoolJob, terms: JobTerms, signal: AbortSignal) {
    this.job = job
    this.terms = terms
    this.isLarge = terms.isLarge
    this.output = this.#settle.promise
    this.#stopWaiting = onAbort(signal, () => this.onAbort())
  }

  resolve(output: JobOutput<JobName>): void {
    this.#stopWaiting()
    this.#settle.resolve(output)
  }

  reject(error: unknown): void {
    this.#stopWaiting()
    this.#settle.reject(error)
  }
}

export function aborted(): CodedError {
  return new CodedError('GDE_ABORTED', 'stopped before it was done')
}
