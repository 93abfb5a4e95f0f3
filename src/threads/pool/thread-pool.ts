import { CodedError } from '../../model/failure.ts'
import type { LimitSettings } from '../../model/settings.ts'
import type { Caller } from '../rpc/rpc.ts'
import { type JobName, type JobOutput, type JobTerms, jobTerms, type PoolJob } from './pool-jobs.ts'
import type { PoolMethods } from './pool-protocol.ts'

/** Starts threads, loads their sandbox and stops them; the main thread does it. */
export interface PoolThreads {
  start(): Promise<{ readonly id: number; readonly caller: Caller<PoolMethods> }>
  loadSandbox(id: number): Promise<void>
  stop(id: number): Promise<void>
}

export interface ThreadPoolOptions {
  readonly threads: PoolThreads
  readonly limits: LimitSettings
  /** The maximum of threads; there are none while there is nothing to do. */
  readonly size: number
  /** After which an idle thread is ended, to give its memory back. */
  readonly idleMs?: number
  /**
   * When every thread has been busy for this long, one more is started: a looping template must not block all other jobs.
   */
  readonly spareAfterMs?: number
}

export interface ThreadPool {
  /** @throws CodedError what the job threw; `GDE_TIMEOUT`, and `GDE_RENDER_CRASHED` when its thread died; `GDE_ABORTED` */
  run<Wanted extends PoolJob>(job: Wanted, signal: AbortSignal): Promise<JobOutput<Wanted['name']>>
  /** A thread has ended, by itself or by force. */
  ended(id: number, reason: string): void
}

const IDLE_MS = 60_000
const SPARE_AFTER_MS = 1000

interface Job {
  /** Removes the job from its queue while it waits; kills its thread when it runs. */
  abort: () => void
  readonly job: PoolJob
  readonly terms: JobTerms
  resolve(output: JobOutput<JobName>): void
  reject(error: unknown): void
}

interface Thread {
  readonly id: number
  readonly caller: Caller<PoolMethods>
  current: Job | undefined
  busySince: number
  sandbox: 'none' | 'loading' | 'loaded'
  idleTimer?: NodeJS.Timeout
}

function aborted(): CodedError {
  return new CodedError('GDE_ABORTED', 'stopped before it was done')
}

/**
 * Gives jobs to threads that are started on demand, stopped when idle, and killed when a job takes too long. A job that
 * needs the sandbox waits apart until a thread has loaded it: compiling it takes longer than most jobs that do without.
 */
export function createThreadPool(options: ThreadPoolOptions): ThreadPool {
  const { threads: maker, limits, size, idleMs = IDLE_MS, spareAfterMs = SPARE_AFTER_MS } = options
  const threads = new Map<number, Thread>()
  const queue: Job[] = []
  /** They are older than the jobs of the queue, so they get the next thread that has the sandbox. */
  const setAside: Job[] = []
  let starting = 0
  let spareTimer: NodeJS.Timeout | undefined

  function pump(): void {
    for (const thread of threads.values()) {
      if (thread.current !== undefined) continue
      const job = nextJob(thread)
      if (job !== undefined) void occupy(thread, job)
    }
    const lacking = loadSandboxFor(setAside.length)
    if (queue.length + lacking > starting && threads.size + starting < limit()) void startThread()
    if (spareTimer === undefined && queue.length + setAside.length > 0)
      spareTimer = setTimeout(lookForSpare, spareAfterMs).unref()
  }

  function nextJob({ sandbox }: Thread): Job | undefined {
    return sandbox === 'loaded' ? (setAside.shift() ?? queue.shift()) : queue.shift()
  }

  function lookForSpare(): void {
    spareTimer = undefined
    pump()
  }

  function isStuck({ current, busySince }: Thread): boolean {
    return current !== undefined && busySince <= performance.now() - spareAfterMs
  }

  function limit(): number {
    return threads.size > 0 && [...threads.values()].every(isStuck) ? size + 1 : size
  }

  /** Loads the sandbox into one thread per waiting job. @returns for how many jobs a thread is lacking */
  function loadSandboxFor(jobs: number): number {
    let lacking = jobs
    for (const thread of threads.values()) {
      if (lacking === 0) break
      if (thread.sandbox === 'loaded' || isStuck(thread)) continue
      lacking -= 1
      if (thread.sandbox === 'none') void loadSandbox(thread)
    }
    return lacking
  }

  async function loadSandbox(thread: Thread): Promise<void> {
    thread.sandbox = 'loading'
    try {
      await maker.loadSandbox(thread.id)
      thread.sandbox = 'loaded'
    } catch (thrown) {
      thread.sandbox = 'none'
      // When the thread is gone, another thread can do the jobs.
      if (threads.has(thread.id)) for (const job of setAside.splice(0)) job.reject(thrown)
    }
    pump()
  }

  async function startThread(): Promise<void> {
    starting += 1
    try {
      const { id, caller } = await maker.start()
      const thread: Thread = { id, caller, current: undefined, busySince: 0, sandbox: 'none' }
      threads.set(id, thread)
      rest(thread)
    } catch (thrown) {
      for (const job of [...setAside.splice(0), ...queue.splice(0)]) job.reject(thrown)
    } finally {
      starting -= 1
    }
    pump()
  }

  async function occupy(thread: Thread, job: Job): Promise<void> {
    clearTimeout(thread.idleTimer)
    thread.current = job
    thread.busySince = performance.now()
    const { timeoutSeconds, title, transfer } = job.terms
    const timeout = new CodedError('GDE_TIMEOUT', `${title} took longer than ${timeoutSeconds} s`)
    const timer = setTimeout(() => kill(thread, timeout), timeoutSeconds * 1000)
    job.abort = () => kill(thread, aborted())
    const hadSandbox = thread.sandbox === 'loaded'
    try {
      const answer = await thread.caller.call('work', job.job, undefined, transfer)
      if (answer !== 'lacksSandbox') job.resolve(answer.output)
      else if (hadSandbox) job.reject(new CodedError('GDE_INTERNAL', 'the sandbox of a thread was not loaded'))
      else wait(job, setAside)
    } catch (thrown) {
      job.reject(thrown)
    } finally {
      clearTimeout(timer)
    }
    thread.current = undefined
    if (!threads.has(thread.id)) return
    rest(thread)
    pump()
  }

  function wait(job: Job, line: Job[]): void {
    line.push(job)
    job.abort = () => {
      line.splice(line.indexOf(job), 1)
      job.reject(aborted())
    }
  }

  function rest(thread: Thread): void {
    thread.idleTimer = setTimeout(() => retire(thread), idleMs)
    thread.idleTimer.unref()
  }

  function kill(thread: Thread, error: CodedError): void {
    thread.current?.reject(error)
    retire(thread)
    pump()
  }

  function retire(thread: Thread): void {
    clearTimeout(thread.idleTimer)
    if (!threads.delete(thread.id)) return
    thread.caller.abandon({ code: 'GDE_ABORTED', message: 'its thread was ended' })
    void maker.stop(thread.id)
  }

  return {
    run<Wanted extends PoolJob>(job: Wanted, signal: AbortSignal) {
      if (signal.aborted) return Promise.reject(aborted())
      return new Promise<JobOutput<Wanted['name']>>((resolve, reject) => {
        const abort = (): void => entry.abort()
        const settled = (): void => signal.removeEventListener('abort', abort)
        const entry: Job = {
          job,
          terms: jobTerms(job, limits),
          abort: () => undefined,
          resolve(output) {
            settled()
            // The thread has done the job of this name by the same table.
            resolve(output as JobOutput<Wanted['name']>)
          },
          reject(error) {
            settled()
            reject(error)
          },
        }
        signal.addEventListener('abort', abort, { once: true })
        wait(entry, queue)
        pump()
      })
    },
    ended(id, reason) {
      const thread = threads.get(id)
      if (thread === undefined) return
      threads.delete(id)
      clearTimeout(thread.idleTimer)
      const title = thread.current?.terms.title ?? 'the job'
      thread.caller.abandon({ code: 'GDE_RENDER_CRASHED', message: `the thread of ${title} ended: ${reason}` })
      pump()
    },
  }
}
