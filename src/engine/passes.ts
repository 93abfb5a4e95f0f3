import { type ScheduledTask, schedule } from 'node-cron'
import type { AppId } from '../model/identity.ts'
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
  readonly apps: () => Iterable<AppId>
  /** Cron; absent where passes are only asked for. */
  readonly schedule: string | undefined
  /** Unix milliseconds. */
  readonly now: () => number
}

export interface Passes {
  /** Evaluates every object of every app anew, from Git and cluster as they are now. Resolves when all is reported. */
  pass(): Promise<void>
  stop(): Promise<void>
}

/** What is not noticed as it happens is found by the next pass. */
export function startPasses(options: PassesOptions): Passes {
  const { repositories, clusters, evaluations, reporter } = options

  async function pass(): Promise<void> {
    repositories.pollAll()
    for (const cluster of clusters.all()) cluster.refreshCapabilities()
    for (const id of options.apps()) {
      evaluations.refreshAll(id)
      evaluations.queue.add(id, 'routine')
    }
    await evaluations.queue.idle()
    await reporter.quiet()
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
