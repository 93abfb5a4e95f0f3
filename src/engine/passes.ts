import { type ScheduledTask, schedule } from 'node-cron'
import type { EventLoopSlice } from '../concurrency/event-loop-slice.ts'
import type { AppState } from './app-state.ts'
import type { Repositories } from './desired/repositories.ts'
import type { Evaluations } from './evaluations.ts'
import type { Clusters } from './live/clusters.ts'
import { passIntervalMeasurement } from './pass-interval.ts'
import type { DurablePublisher } from './state/durable-publisher.ts'
import type { VerdictReporter } from './verdict/verdict-reporter.ts'

export interface PassesOptions {
  readonly repositories: Repositories
  readonly clusters: Clusters
  readonly evaluations: Evaluations
  readonly reporter: VerdictReporter
  readonly publisher: DurablePublisher
  readonly apps: () => Iterable<AppState>
  readonly slice: EventLoopSlice
  /** Cron; absent where passes are only asked for. */
  readonly schedule: string | undefined
  /** Unix milliseconds. */
  readonly now: () => number
}

export interface Passes {
  /**
   * Evaluates every object of every app anew, from Git and cluster as they are now. Of one in sync, of which nothing that would be read has
   * changed, that counts as done. Resolves when all is reported.
   */
  pass(): Promise<void>
  stop(): Promise<void>
}

/** What is not noticed as it happens is found by the next pass. */
export function startPasses(options: PassesOptions): Passes {
  const { repositories, clusters, evaluations, reporter } = options

  async function pass(): Promise<void> {
    repositories.pollAll()
    for (const cluster of clusters.all()) cluster.refreshCapabilities()
    for (const appState of options.apps()) {
      if (evaluations.isUnchanged(appState)) reporter.reportUnchanged(appState)
      else {
        evaluations.refreshAll(appState.id)
        evaluations.queue.add(appState.id, 'routine')
      }
      await options.slice.yieldIfBusy()
    }
    await evaluations.queue.idle()
    await reporter.quiet()
    reporter.tellRenewed()
    options.publisher.emitAfter({ type: 'pass', first: false, endedAt: options.now() / 1000 })
  }

  let task: ScheduledTask | undefined
  if (options.schedule !== undefined) task = schedule(options.schedule, pass, { timezone: 'Etc/UTC', noOverlap: true })
  if (task !== undefined) reporter.count(passIntervalMeasurement(task))
  return {
    pass,
    async stop() {
      await task?.destroy()
    },
  }
}
