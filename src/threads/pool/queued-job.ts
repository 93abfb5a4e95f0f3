import { CodedError } from '../../model/failure.ts'
import type { JobName, JobOutput, JobTerms, PoolJob } from './pool-jobs.ts'

/** A job whose caller waits for it. */
export class QueuedJob {
  readonly job: PoolJob
  readonly terms: JobTerms
  readonly output: Promise<JobOutput<JobName>>
  /** How to give it up where it is now: take it out of a queue, or kill its thread. */
  onAbort: () => void = () => undefined
  readonly #settle = Promise.withResolvers<JobOutput<JobName>>()
  readonly #signal: AbortSignal
  readonly #abort = (): void => this.onAbort()

  constructor(job: PoolJob, terms: JobTerms, signal: AbortSignal) {
    this.job = job
    this.terms = terms
    this.output = this.#settle.promise
    this.#signal = signal
    signal.addEventListener('abort', this.#abort, { once: true })
  }

  resolve(output: JobOutput<JobName>): void {
    this.#signal.removeEventListener('abort', this.#abort)
    this.#settle.resolve(output)
  }

  reject(error: unknown): void {
    this.#signal.removeEventListener('abort', this.#abort)
    this.#settle.reject(error)
  }
}

/** The jobs that wait for a thread. One that turned out to need the sandbox waits apart for a thread that has loaded it. */
export class JobQueue {
  readonly #fresh: QueuedJob[] = []
  /** They are older than the others, so they get the next thread that has the sandbox. */
  readonly #needingSandbox: QueuedJob[] = []

  get fresh(): number {
    return this.#fresh.length
  }

  get needingSandbox(): number {
    return this.#needingSandbox.length
  }

  add(job: QueuedJob, line: 'fresh' | 'needingSandbox'): void {
    const jobs = line === 'fresh' ? this.#fresh : this.#needingSandbox
    jobs.push(job)
    job.onAbort = () => {
      jobs.splice(jobs.indexOf(job), 1)
      job.reject(aborted())
    }
  }

  next(hasSandbox: boolean): QueuedJob | undefined {
    return hasSandbox ? (this.#needingSandbox.shift() ?? this.#fresh.shift()) : this.#fresh.shift()
  }

  rejectNeedingSandbox(error: unknown): void {
    for (const job of this.#needingSandbox.splice(0)) job.reject(error)
  }

  rejectAll(error: unknown): void {
    this.rejectNeedingSandbox(error)
    for (const job of this.#fresh.splice(0)) job.reject(error)
  }
}

export function aborted(): CodedError {
  return new CodedError('GDE_ABORTED', 'stopped before it was done')
}
