import { type BackoffLimits, createBackoff } from './backoff.ts'
import { pause } from './pause.ts'

export interface ReflectorOptions<Event extends { readonly type: string }> {
  /** Lists and then watches, for as long as the signal lets it. */
  readonly observe: (signal: AbortSignal) => AsyncIterable<Event>
  /** A list begins: what is not told again is gone once it has ended. */
  readonly onBegin?: () => void
  readonly onEvent: (event: Event) => Promise<void> | undefined
  /**
   * The observation ended without being asked to: with what it threw, or `undefined` where it just ended.
   * @returns milliseconds to pause, where that failure has one of its own
   */
  readonly onEnd: (thrown: unknown) => number | undefined
  readonly backoff: BackoffLimits
  readonly random?: () => number
}

export interface Reflector {
  /** Begins a new list at once, whether one is under way or a pause is. */
  restart(): void
  /** Ends the pause, if there is one. */
  retryNow(): void
}

/**
 * Keeps an observation going: begins it again after each end, with a pause that grows while it fails. It never throws; the one place
 * where lists and watches are retried outside of a connector.
 */
export function startReflector<Event extends { readonly type: string }>(
  options: ReflectorOptions<Event>,
  signal: AbortSignal,
): Reflector {
  const backoff = createBackoff(options.backoff, options.random)
  let current = new AbortController()
  let rest = new AbortController()

  /** @returns how long to pause; undefined after an abort */
  async function observeOnce(until: AbortSignal): Promise<number | undefined> {
    let thrown: unknown
    try {
      for await (const event of options.observe(until)) {
        if (until.aborted) return undefined
        if (event.type === 'Synced') backoff.reset()
        await options.onEvent(event)
      }
    } catch (error) {
      thrown = error
    }
    return until.aborted ? undefined : (options.onEnd(thrown) ?? backoff.next())
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      current = new AbortController()
      options.onBegin?.()
      const wait = await observeOnce(AbortSignal.any([signal, current.signal]))
      if (wait === undefined) continue
      rest = new AbortController()
      await pause(wait, AbortSignal.any([signal, rest.signal]))
    }
  }

  void run()
  return {
    restart() {
      current.abort()
      rest.abort()
    },
    retryNow: () => rest.abort(),
  }
}
