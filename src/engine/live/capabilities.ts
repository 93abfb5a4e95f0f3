import { isDeepStrictEqual } from 'node:util'
import { createBackoff } from '../../concurrency/backoff.ts'
import { pause } from '../../concurrency/pause.ts'
import type { Capabilities, ClusterConnector } from '../../model/clusters/cluster.ts'
import { type Failure, toFailure } from '../../model/failure.ts'

export interface CapabilityWatchOptions {
  readonly connector: Pick<ClusterConnector, 'name' | 'capabilities'>
  readonly random: () => number
  /** Calls `ask` when it is this cluster's turn to be asked for the first time. */
  readonly begin: (ask: () => void) => void
  /** It has answered, or failed to, and others may be asked. */
  readonly onBegun: () => void
  /** They arrived or changed, or they cannot be read for another reason than before. */
  readonly onNews: () => void
}

export interface CapabilityWatch {
  /** The last ones that were read; they stay while the cluster does not answer. */
  readonly capabilities: Capabilities | undefined
  /** Why they cannot be read now. */
  readonly failure: Failure | undefined
  /** Polls again soon. */
  refresh(): void
  stop(): void
}

/**
 * How soon it is seen that a schema changed, or that there is a new kind that no app waits for, a quarter more or less, so that fleets are not polled
 * at one time. A kind that an app waits for is tried again sooner, and then asked about.
 */
const INTERVAL_MS = 60_000
const RETRY = { firstMs: 1000, longestMs: 15_000 }

/** Polls the capabilities of a cluster. */
export function watchCapabilities(options: CapabilityWatchOptions): CapabilityWatch {
  const { connector, random, onNews } = options
  const stopped = new AbortController()
  const retry = createBackoff(RETRY, random)
  let capabilities: Capabilities | undefined
  let failure: Failure | undefined
  let wake = new AbortController()

  async function ask(): Promise<number> {
    try {
      const latest = await connector.capabilities(stopped.signal)
      const isNews = latest.version !== capabilities?.version
      capabilities = latest
      failure = undefined
      retry.reset()
      if (isNews) onNews()
      return INTERVAL_MS * (0.75 + random() / 2)
    } catch (thrown) {
      const latest = toFailure(thrown, { cluster: connector.name })
      const isNews = !isDeepStrictEqual(latest, failure)
      failure = latest
      if (isNews && !stopped.signal.aborted) onNews()
      return retry.next()
    }
  }

  async function follow(): Promise<void> {
    while (!stopped.signal.aborted) {
      // A refresh that is requested during a poll leads to another poll.
      wake = new AbortController()
      const { signal } = wake
      const wait = await ask()
      // Its name may be another's by now.
      if (stopped.signal.aborted) return
      options.onBegun()
      await pause(wait, AbortSignal.any([signal, stopped.signal]))
    }
  }

  options.begin(() => void follow())
  return {
    get capabilities() {
      return capabilities
    },
    get failure() {
      return failure
    },
    refresh: () => wake.abort(),
    stop() {
      stopped.abort()
      options.onBegun()
    },
  }
}
