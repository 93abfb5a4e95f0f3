import type { Failure } from '../../model/failure.ts'
import type { LimitSettings } from '../../model/settings.ts'
import type { Caller } from '../rpc/rpc.ts'
import { JobQueue } from './job-queue.ts'
import { type JobOutput, jobTerms, type PoolJob } from './pool-jobs.ts'
import type { PoolMethods } from './pool-protocol.ts'
import { POOL_TIMES, PoolThread, type PoolTimes } from './pool-thread.ts'
import { aborted, QueuedJob } from './queued-job.ts'

/** Starts threads, loads their sandbox and stops them; the main thread does it. */
export interface PoolThreads {
  start(): Promise<{ readonly id: number; readonly caller: Caller<PoolMethods> }>
  loadSandbox(id: number): Promise<void>
  stop(id: number): Promise<void>
  /** What the thread has computed since its start; undefined while it starts, and when it is gone. */
  cpuSeconds(id: number): Promise<number | undefined>
}

export interface ThreadPoolOptions {
  readonly threads: PoolThreads
  readonly limits: LimitSettings
  /** The maximum of threads; there are none while there is nothing to do. */
  readonly size: number
  /** The maximum while much waits: what else needs a core then waits for renderings anyway. By default the same. */
  readonly crowdedSize?: number
  /** Whether there is memory for one more thread than usual; asked only where that decides. */
  readonly hasRoom?: () => boolean
  /** After which an idle thread is ended, to give its memory back. */
  readonly idleMs?: number
  /** The same of one that there is only since much waited. */
  readonly crowdedIdleMs?: number
  /**
   * When every thread has been busy for this long, one more is started: a looping template must not block all other jobs.
   */
  readonly spareAfterMs?: number
  readonly times?: PoolTimes
}

export interface ThreadPool {
  /**
   * Nobody waits for more than a slice of each other tenant's time.
   * @throws CodedError what the job threw; `GDE_TIMEOUT`, and `GDE_RENDER_CRASHED` when its thread died; `GDE_ABORTED`
   */
  run<Wanted extends PoolJob>(job: Wanted, signal: AbortSignal): Promise<JobOutput<Wanted['name']>>
  /** A thread has ended, by itself or by force. */
  ended(id: number, reason: string): void
}

const IDLE_MS = 60_000
const CROWDED_IDLE_MS = 2000
/** So much work for those that are there is worth another thread, which takes a tenth of a second and a hundred megabytes. */
const CROWDED_SECONDS = 3
const SPARE_AFTER_MS = 1000

/** What is long is never done by the thread that is one more. */
function longJobs(threads: Iterable<PoolThread>): number {
  let long = 0
  for (const thread of threads) if (thread.isLong) long += 1
  return long
}

function areStuck(threads: ReadonlyMap<number, PoolThread>, ms: number): boolean {
  return threads.size > 0 && threads.values().every((thread) => thread.isStuck(ms))
}

/**
 * Gives jobs to threads that are started on demand, stopped when idle, and killed when a job takes too long. A job that
 * needs the sandbox waits apart until a thread has loaded it: compiling it takes longer than most jobs that do without.
 */
export function createThreadPool(options: ThreadPoolOptions): ThreadPool {
  const { threads: maker, limits, size, crowdedSize = size, hasRoom = () => true, times = POOL_TIMES } = options
  const { idleMs = IDLE_MS, crowdedIdleMs = CROWDED_IDLE_MS, spareAfterMs = SPARE_AFTER_MS } = options
  const threads = new Map<number, PoolThread>()
  const queue = new JobQueue()
  let starting = 0
  let spareTimer: NodeJS.Timeout | undefined

  function pump(): void {
    for (const thread of threads.values()) {
      if (thread.isBusy) continue
      const mayBeLarge = threads.values().every(({ isLarge }) => !isLarge)
      const job = queue.next(thread.sandbox === 'loaded', longJobs(threads.values()) < size, mayBeLarge)
      if (job !== undefined) void thread.work(job).then(pump)
    }
    const lacking = loadSandboxFor(queue.needingSandbox)
    if (queue.fresh + lacking > starting && mayStart()) void startThread()
    if (spareTimer === undefined && queue.fresh + queue.needingSandbox > 0)
      spareTimer = setTimeout(() => {
        spareTimer = undefined
        pump()
      }, spareAfterMs).unref()
  }

  function mayStart(): boolean {
    const others = threads.size + starting - (areStuck(threads, spareAfterMs) ? 1 : 0)
    if (others < size || others >= crowdedSize) return others < size
    return threads.size >= size && queue.expectedSeconds > CROWDED_SECONDS * threads.size && hasRoom()
  }

  /** Loads the sandbox into one thread per waiting job. @returns for how many jobs a thread is lacking */
  function loadSandboxFor(jobs: number): number {
    let lacking = jobs
    for (const thread of threads.values()) {
      if (lacking === 0) break
      if (thread.sandbox === 'loaded' || thread.isStuck(spareAfterMs)) continue
      lacking -= 1
      if (thread.sandbox === 'none') void loadSandbox(thread)
    }
    return lacking
  }

  async function loadSandbox(thread: PoolThread): Promise<void> {
    thread.sandbox = 'loading'
    try {
      await maker.loadSandbox(thread.id)
      thread.sandbox = 'loaded'
    } catch (thrown) {
      thread.sandbox = 'none'
      // When the thread is gone, another thread can do the jobs.
      if (threads.has(thread.id)) queue.rejectNeedingSandbox(thrown)
    }
    pump()
  }

  async function startThread(): Promise<void> {
    starting += 1
    try {
      const { id, caller } = await maker.start()
      const onExpendable = (): void => stop(id)
      const cpuSeconds = (): Promise<number | undefined> => maker.cpuSeconds(id)
      const mayIdleMs = threads.size < size ? idleMs : crowdedIdleMs
      threads.set(id, new PoolThread({ id, caller, idleMs: mayIdleMs, times, queue, cpuSeconds, onExpendable }))
    } catch (thrown) {
      queue.rejectAll(thrown)
    } finally {
      starting -= 1
    }
    pump()
  }

  function stop(id: number): void {
    if (!remove(id, { code: 'GDE_ABORTED', message: 'its thread was ended' })) return
    void maker.stop(id)
    pump()
  }

  /** @returns whether it was there */
  function remove(id: number, failure: Failure): boolean {
    threads.get(id)?.end(failure)
    return threads.delete(id)
  }

  return {
    run<Wanted extends PoolJob>(job: Wanted, signal: AbortSignal) {
      if (signal.aborted) return Promise.reject(aborted())
      const queued = new QueuedJob(job, jobTerms(job, limits), signal)
      queue.add(queued, 'fresh')
      pump()
      // The thread does the job of this name by the same table.
      return queued.output as Promise<JobOutput<Wanted['name']>>
    },
    ended(id, reason) {
      const title = threads.get(id)?.title
      if (title === undefined) return
      remove(id, { code: 'GDE_RENDER_CRASHED', message: `the thread of ${title} ended: ${reason}` })
      pump()
    },
  }
}
