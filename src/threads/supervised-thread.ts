import { type ResourceLimits, Worker } from 'node:worker_threads'
import { createBackoff } from '../concurrency/backoff.ts'
import { pause } from '../concurrency/pause.ts'
import { toFailure } from '../model/failure.ts'
import type { Log } from '../model/log.ts'
import { threadCpuSeconds } from './pool/thread-cpu.ts'
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
  /** A thread that answered before, computes and does not answer for this long is terminated. */
  readonly silenceMs: number
  /** The same for one that has not answered yet, or is not given the time: on however slow a machine. */
  readonly startMs: number
  /** One that was terminated and has not ended after this long is left behind: native code cannot be interrupted. */
  readonly endMs: number
}

type Supervised = { ping(argument: undefined): number; close(argument: undefined): void }

/**
 * Threads yield every 10 ms, so a long silence means that one hangs. Silence, end and the longest pause before a start together are less
 * than ten seconds.
 */
export const HEARTBEAT: Heartbeat = { pingMs: 900, silenceMs: 6000, startMs: 60_000, endMs: 1000 }
/** Enough for an engine to leave what it knows; with the end of it, for two threads one after another, within the grace of a pod. */
const CLOSE_MS = 10_000
const TERMINATE_MS = 3000
/** For which this thread itself may be busy. */
const GRACE_MS = 1000
const NEVER = new AbortController().signal
/** A thread that ran this long is started again at once; otherwise after a pause that doubles. */
const HEALTHY_MS = 60_000
export const RESTART = { firstMs: 100, longestMs: 2000 }

/** Keeps a thread running: when it dies or stops answering, another one is started, even if the old one does not end. */
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
    const times = options.heartbeat ?? HEARTBEAT
    let hasEnded = false
    let lastChance: NodeJS.Timeout | undefined
    const heartbeat = watchHeartbeat(worker, caller, times, () => {
      log('error', `the ${name} thread is silent and is ended`)
      void worker.terminate()
      lastChance = setTimeout(() => {
        log('error', `the ${name} thread does not end and is left behind`)
        ended('none')
      }, times.endMs)
    })
    worker.on('error', (error) => log('error', `the ${name} thread failed`, { ...toFailure(error) }))
    worker.on('exit', (code) => ended(code))

    function ended(exitCode: number | 'none'): void {
      if (hasEnded) return
      hasEnded = true
      clearInterval(heartbeat)
      clearTimeout(lastChance)
      worker.removeAllListeners('message')
      caller.abandon({ code: 'GDE_ABORTED', message: `the ${name} thread ended` })
      if (closed) return
      options.onEnd?.()
      if (performance.now() - startedAt > HEALTHY_MS) backoff.reset()
      const pauseMilliseconds = Math.round(backoff.next())
      log('error', `the ${name} thread ended and is started again`, { exitCode, pauseMilliseconds })
      restartTimer = setTimeout(() => {
        current = start()
      }, pauseMilliseconds)
    }
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
      await Promise.race([current.worker.terminate(), pause(TERMINATE_MS, NEVER)])
    },
  }
}

function watchHeartbeat<M extends Methods & Supervised>(
  worker: Worker,
  caller: Caller<M>,
  { pingMs, silenceMs, startMs }: Heartbeat,
  onSilence: () => void,
): NodeJS.Timeout {
  let lastAnswer = performance.now()
  let lastCheck = lastAnswer
  let hasAnswered = false
  let isLooking = false
  /** CPU seconds of the thread when it last answered. */
  let computed = 0
  const ping = (): void => {
    caller.call('ping', undefined).then(
      (seconds) => {
        hasAnswered = true
        lastAnswer = performance.now()
        computed = seconds
      },
      () => undefined,
    )
  }
  /** A thread that the machine does not let compute has not fallen silent; one that cannot even say that is in native code. */
  const isStarved = async (silentMs: number): Promise<boolean> => {
    const now = await Promise.race([threadCpuSeconds(worker), pause(GRACE_MS / 2, NEVER)])
    return now !== undefined && (now - computed) * 1000 < silentMs / 4
  }
  const look = async (silentMs: number): Promise<void> => {
    isLooking = true
    const mayWait = silentMs < startMs && (await isStarved(silentMs))
    isLooking = false
    if (mayWait || lastAnswer > performance.now() - silentMs) return
    clearInterval(timer)
    onSilence()
  }
  const timer = setInterval(() => {
    const now = performance.now()
    // When this thread itself was suspended with the machine, missing answers mean nothing.
    if (now - lastCheck > 2 * pingMs + GRACE_MS) lastAnswer = now
    lastCheck = now
    const silentMs = now - lastAnswer
    // Who has answered since the last look is asked at the next one: each question wakes two threads.
    if (hasAnswered && silentMs < 1.5 * pingMs) return
    if (silentMs <= (hasAnswered ? silenceMs : startMs)) ping()
    else if (!isLooking) void look(silentMs)
  }, pingMs)
  ping()
  return timer
}
