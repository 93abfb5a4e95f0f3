import { CodedError } from '../../../model/failure.ts'
import type { ServerLimits } from '../../options.ts'
import type { ServerClient } from '../client.ts'
import { EndlessListError } from './streamed-lists.ts'
import { subjectOf, type Target } from './target.ts'
import { type PassesOver, type WatchEvents, watchEvents } from './watch.ts'

/** What had happened before the watch began is told. */
export interface CaughtUp {
  readonly type: 'CaughtUp'
}

const CAUGHT_UP: Iterable<CaughtUp> = [{ type: 'CaughtUp' }]

/**
 * A server sends what it has kept since the version in one go, right after it accepts the watch, and nothing marks the end of it (bookmarks
 * come after a minute). So it is caught up once nothing came for twice as long as accepting took, within these bounds. The time is
 * waited for in parts, each a turn of the event loop, which reads what has arrived: a thread that was busy has not heard silence.
 */
const QUIET_MS = { least: 200, most: 2000 } as const
const QUIET_PARTS = 5
/** Where so much happens all the time, a list is the shorter way. */
const LONGEST_MS = 5000

/**
 * As `watchEvents`, for a version that an earlier process was at: with `CaughtUp` once what happened since then was told.
 * @throws EndlessListError when that takes too long
 * @throws RefusedError 410 when it is too old to watch from
 */
export async function* resumedEvents(
  client: ServerClient,
  target: Target,
  resourceVersion: string,
  limits: ServerLimits,
  passesOver: PassesOver,
  signal: AbortSignal,
): AsyncGenerator<WatchEvents | Iterable<CaughtUp>> {
  const subject = subjectOf(target.served, target.namespace)
  const begun = performance.now()
  const ended = new AbortController()
  const events = watchEvents(
    client,
    target,
    resourceVersion,
    limits,
    passesOver,
    AbortSignal.any([signal, ended.signal]),
  )
  const ask = (): Promise<IteratorResult<WatchEvents>> => {
    const next = events.next()
    // Whoever reads may leave before it comes; who waits for it gets the error all the same.
    next.catch(() => undefined)
    return next
  }
  try {
    const opened = await ask()
    if (opened.done === true) throw endedEarly(subject)
    yield opened.value
    const accepting = performance.now() - begun
    const part = Math.min(QUIET_MS.most, Math.max(QUIET_MS.least, 2 * accepting)) / QUIET_PARTS
    let next = ask()
    for (let quiet = 0; quiet < QUIET_PARTS; ) {
      const came = await within(next, part)
      if (performance.now() - begun > LONGEST_MS + accepting)
        throw new EndlessListError('GDE_CLUSTER_PROTOCOL', `${subject}: what happened since comes to no end`)
      if (came === undefined) {
        quiet += 1
        continue
      }
      quiet = 0
      if (came.done === true) throw endedEarly(subject)
      yield came.value
      next = ask()
    }
    yield CAUGHT_UP
    for (;;) {
      const came = await next
      if (came.done === true) return
      yield came.value
      next = ask()
    }
  } finally {
    ended.abort()
    await events.return(undefined)
  }
}

function endedEarly(subject: string): CodedError {
  return new CodedError('GDE_CLUSTER_UNREACHABLE', `${subject}: the server ended a watch at once`)
}

/** Undefined where it does not come in that time; what has arrived by then counts. */
async function within<Value>(coming: Promise<Value>, milliseconds: number): Promise<Value | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  // Timers go before the sockets in a turn of the event loop, what is set immediate after them.
  const timer = setTimeout(() => setImmediate(resolve, undefined), milliseconds)
  return Promise.race([coming, promise]).finally(() => clearTimeout(timer))
}
