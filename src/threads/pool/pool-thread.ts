import { CodedError, type Failure } from '../../model/failure.ts'
import type { Caller } from '../rpc/rpc.ts'
import type { PoolMethods } from './pool-protocol.ts'
import { aborted, type QueuedJob } from './queued-job.ts'

export interface PoolThreadOptions {
  readonly id: number
  readonly caller: Caller<PoolMethods>
  /** After which an idle thread is ended. */
  readonly idleMs: number
  /** It is to be ended: it was idle, or what it does has to stop. */
  readonly onExpendable: () => void
  /** The job needs the sandbox, and has to wait until a thread has it. */
  readonly onSandboxLacking: (job: QueuedJob) => void
}

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
    const { timeoutSeconds, title, transfer } = job.terms
    const timeout = new CodedError('GDE_TIMEOUT', `${title} took longer than ${timeoutSeconds} s`)
    const timer = setTimeout(() => this.#kill(timeout), timeoutSeconds * 1000)
    job.onAbort = () => this.#kill(aborted())
    const hadSandbox = this.sandbox === 'loaded'
    try {
      const answer = await this.#options.caller.call('work', job.job, undefined, transfer)
      if (answer !== 'lacksSandbox') job.resolve(answer.output)
      else if (hadSandbox) job.reject(new CodedError('GDE_INTERNAL', 'the sandbox of a thread was not loaded'))
      else this.#options.onSandboxLacking(job)
    } catch (thrown) {
      job.reject(thrown)
    } finally {
      clearTimeout(timer)
      this.#current = undefined
      this.#rest()
    }
  }

  /** It is gone, or will be soon: its job fails with this, unless it was settled before. */
  end(failure: Failure): void {
    clearTimeout(this.#idleTimer)
    this.#hasEnded = true
    this.#options.caller.abandon(failure)
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
