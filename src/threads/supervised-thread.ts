import { type ResourceLimits, Worker } from 'node:worker_threads'
import { createBackoff } from '../concurrency/backoff.ts'
import { toFailure } from '../model/failure.ts'
import type { Log } from '../model/log.ts'
import { type Caller, createCaller, type Methods } from './rpc/rpc.ts'

export interface SupervisedThreadOptions<M extends Methods> {
  readonly name: string
  readonly entry: URL
  readonly workerData: unknown
  readonly resourceLimits: ResourceLimits
  readonly log: Log
  readonly heartbeat?: Heartbeat
  /** The thread was started, for the first time or again. */
  readonly onStart: (worker: Worker, caller: Caller<M>) => void
  /** It ended; another one is started unless it was closed. */
  readonly onEnd?: () => void
}

export interface SupervisedThread<M extends Methods> {
  /** Of the current thread; pending calls fail as `GDE_ABORTED` when it dies. */
  readonly caller: Caller<M>
  /** Closes the thread; terminates it when that takes too long. */
  close(): Promise<void>
}

export interface Heartbeat {
  readonly pingMs: number
  /** A thread that does not answer for this long is terminated. */
  readonly silenceMs: number
}

type Supervised = { ping(argument: undefined): void; close(argument: undefined): void }

/** Threads yield every 10 ms, so a long silence means that one hangs. */
const HEARTBEAT: Heartbeat = { pingMs: 5000, silenceMs: 30_000 }
const CLOSE_MS = 3000
/** A thread that ran this long is started again at once; otherwise after a pause that doubles. */
const HEALTHY_MS = 60_000
const RESTART = { firstMs: 100, longestMs: 30_000 }

/** Keeps a thread running: when it dies or stops answering, another one is started. */
export function superviseThread<M extends Methods & Supervised>(
  options: SupervisedThreadOptions<M>,
): SupervisedThread<M> {
  const { name, log } = options
  let closed = false
  const backoff = createBackoff(RESTART)
  let restartTimer: NodeJS.Timeout | undefined
  let current = start()

  function start(): { readonly worker: Worker; readonly caller: Caller<M>; readonly stop: () => void } {
    const startedAt = performance.now()
    const { entry, workerData, resourceLimits } = options
    const worker = new Worker(entry, { name, workerData, resourceLimits })
    const caller = createCaller<M>(worker)
    const heartbeat = watchHeartbeat(caller, options.heartbeat ?? HEARTBEAT, () => {
      log('error', `the ${name} thread is silent and is ended`)
      void worker.terminate()
    })
    worker.on('error', (error) => log('error', `the ${name} thread failed`, { ...toFailure(error) }))
    worker.on('exit', (code) => {
      clearInterval(heartbeat)
      caller.abandon({ code: 'GDE_ABORTED', message: `the ${name} thread ended` })
      if (closed) return
      options.onEnd?.()
      if (performance.now() - startedAt > HEALTHY_MS) backoff.reset()
      const pauseMilliseconds = Math.round(backoff.next())
      log('error', `the ${name} thread ended and is started again`, { exitCode: code, pauseMilliseconds })
      restartTimer = setTimeout(() => {
        current = start()
      }, pauseMilliseconds)
    })
    options.onStart(worker, caller)
    return { worker, caller, stop: () => clearInterval(heartbeat) }
  }

  return {
    get caller() {
      return current.caller
    },
    async close() {
      closed = true
      clearTimeout(restartTimer)
      current.stop()
      const tooLong = AbortSignal.timeout(CLOSE_MS)
      await current.caller.call('close', undefined, tooLong).catch((thrown: unknown) => {
        log('warn', `the ${name} thread did not close by itself`, { ...toFailure(thrown) })
      })
      await current.worker.terminate()
    },
  }
}

function watchHeartbeat<M extends Methods & Supervised>(
  caller: Caller<M>,
  { pingMs, silenceMs }: Heartbeat,
  onSilence: () => void,
): NodeJS.Timeout {
  let lastAnswer = performance.now()
  let lastCheck = lastAnswer
  const timer = setInterval(() => {
    const now = performance.now()
    // When this thread itself was suspended with the machine, missing answers mean nothing.
    if (now - lastCheck > 2 * pingMs) lastAnswer = now
    lastCheck = now
    if (now - lastAnswer > silenceMs) {
      clearInterval(timer)
      onSilence()
      return
    }
    caller.call('ping', undefined).then(
      () => {
        lastAnswer = performance.now()
      },
      () => undefined,
    )
  }, pingMs)
  return timer
}
