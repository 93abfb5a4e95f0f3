import { pause } from '../../concurrency/pause.ts'
import { CodedError, type Failure, fromFailure, toFailure } from '../../model/failure.ts'
import type { Caller } from '../rpc/rpc.ts'
import type { JobQueue } from './job-queue.ts'
import type { PoolMethods } from './pool-protocol.ts'
import { aborted, type QueuedJob } from './queued-job.ts'

/** Seconds. */
export interface PoolTimes {
  /** What a job may compute at once while others wait. */
  readonly slice: number
  /** A thread that computes nothing is at a standstill: this, and so many times the limit of its job, it is given. */
  readonly standstill: number
  readonly standstillFactor: number
}

export const POOL_TIMES: PoolTimes = { slice: 5, standstill: 60, standstillFactor: 20 }

export interface PoolThreadOptions {
  readonly times: PoolTimes
  readonly id: number
  readonly caller: Caller<PoolMethods>
  /** After which an idle thread is ended. */
  readonly idleMs: number
  /** It is to be ended: it was idle, or what it does has to stop. */
  readonly onExpendable: () => void
  /** Where a job goes that has to wait, and whose time is counted. */
  readonly queue: JobQueue
  /** What the thread has computed since its start; undefined while it starts, and when it is gone. */
  readonly cpuSeconds: () => Promise<number | undefined>
}

/** How often it is looked whether others wait, once the slice is spent. */
const LOOK_SECONDS = 1
/** What ends before is not looked at. */
const SHORT_MS = 100

/** Without a reason each signal would make an error, with its stack, that nobody reads. */
const ENDED = 'the job has ended'

/** A thread of the pool, and the one job that it does. */
export class PoolThread {
  readonly id: number
  sandbox: 'none' | 'loading' | 'loaded' = 'none'
  readonly #options: PoolThreadOptions
  #current: QueuedJob | undefined
  #busySince = 0
  #idleTimer: NodeJS.Timeout | undefined
  #hasEnded = false

  constructor(options: PoolThreadOptions) {
    this.id = options.id
    this.#options = options
    this.#rest()
  }

  get isBusy(): boolean {
    return this.#current !== undefined
  }

  /** Its job has spent a slice before. */
  get isLong(): boolean {
    return this.#current?.isLong === true
  }

  /** Its job parses much, so that no other such job is done beside it. */
  get isLarge(): boolean {
    return this.#current?.isLarge === true
  }

  /** What its job is called in messages. */
  get title(): string {
    return this.#current?.terms.title ?? 'the job'
  }

  /** Whether it has been busy with one job for so long. */
  isStuck(ms: number): boolean {
    return this.isBusy && this.#busySince <= performance.now() - ms
  }

  /** Settles the job, or gives it back. It never throws. */
  async work(job: QueuedJob): Promise<void> {
    clearTimeout(this.#idleTimer)
    this.#current = job
    this.#busySince = performance.now()
    const ended = new AbortController()
    this.#limit(job, ended.signal).catch((error: unknown) => {
      // What cannot be limited is not left to run.
      if (this.#current === job) this.#kill(fromFailure(toFailure(error)))
    })
    job.onAbort = () => this.#kill(aborted())
    const hasGrown = job.isLarge
    const hadSandbox = this.sandbox === 'loaded'
    // A job that failed has told nothing of what it took.
    let cpuSeconds: number | undefined
    try {
      const task = { job: job.job, isLarge: job.isLarge }
      const answer = await this.#options.caller.call('work', task, undefined, job.terms.transfer)
      if (answer === 'isLarge') this.#becomeLarge(job)
      else if (answer !== 'lacksSandbox') {
        cpuSeconds = answer.cpuSeconds
        this.#options.queue.learn(cpuSeconds)
        job.resolve(answer.output)
      } else if (hadSandbox) job.reject(new CodedError('GDE_INTERNAL', 'the sandbox of a thread was not loaded'))
      else this.#options.queue.add(job, 'needingSandbox')
    } catch (thrown) {
      if (this.#current === job) job.reject(thrown)
    } finally {
      ended.abort(ENDED)
      if (this.#current === job)
        this.#options.queue.charge(job, cpuSeconds ?? (performance.now() - this.#busySince) / 1000)
      this.#current = undefined
      // A thread keeps the memory that it once took.
      if (hasGrown) this.#options.onExpendable()
      else this.#rest()
    }
  }

  #becomeLarge(job: QueuedJob): void {
    const { title, transfer } = job.terms
    if (transfer.length > 0) job.reject(new CodedError('GDE_TOO_LARGE', `${title} takes too much memory`))
    else {
      job.isLarge = true
      this.#options.queue.add(job, 'fresh')
    }
  }

  /** It is gone, or will be soon: its job fails with this, unless it was settled before. */
  end(failure: Failure): void {
    clearTimeout(this.#idleTimer)
    this.#hasEnded = true
    this.#options.caller.abandon(failure)
  }

  /**
   * A busy machine makes a job slow, and not large: its limit is on what it computes. Most jobs end before anybody has to look.
   */
  async #limit(job: QueuedJob, ended: AbortSignal): Promise<void> {
    const { timeoutSeconds, title, transfer } = job.terms
    const { cpuSeconds, queue, times } = this.#options
    const mayBeSliced = !job.isLong && transfer.length === 0
    const standsAt = this.#busySince + (timeoutSeconds * times.standstillFactor + times.standstill) * 1000
    await pause(SHORT_MS, ended)
    if (ended.aborted) return
    let before = await cpuSeconds()
    for (let used = 0; ; ) {
      const isSpent = mayBeSliced && used >= times.slice
      const next = isSpent ? used + LOOK_SECONDS : mayBeSliced ? times.slice : timeoutSeconds
      const wait = Math.min(next, timeoutSeconds) - used
      await pause(Math.max(wait * 1000, SHORT_MS), ended)
      if (ended.aborted) return
      const now = await cpuSeconds()
      if (ended.aborted) return
      before ??= now
      if (now !== undefined && before !== undefined) used = now - before
      if (used >= timeoutSeconds)
        return this.#kill(new CodedError('GDE_TIMEOUT', `${title} took longer than ${timeoutSeconds} s`))
      if (performance.now() > standsAt)
        return this.#kill(new CodedError('GDE_TIMEOUT', `${title} came to a standstill`))
      if (mayBeSliced && used >= times.slice && queue.othersWait(job)) {
        this.#current = undefined
        job.isLong = true
        queue.charge(job, used)
        queue.add(job, 'fresh')
        this.#options.onExpendable()
        return
      }
    }
  }

  #kill(error: CodedError): void {
    this.#current?.reject(error)
    this.#options.onExpendable()
  }

  #rest(): void {
    if (this.#hasEnded) return
    this.#idleTimer = setTimeout(this.#options.onExpendable, this.#options.idleMs).unref()
  }
}
