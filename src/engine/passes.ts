import { toFailure } from '../model/failure.ts'
import type { AppId } from '../model/identity.ts'
import type { Log } from '../model/log.ts'
import { parseCronSchedule } from '../text/cron-schedule.ts'
import type { Repositories } from './desired/repositories.ts'
import type { Evaluations } from './evaluations.ts'
import type { Clusters } from './live/clusters.ts'
import { followSchedule, passIntervalMeasurement } from './pass-schedule.ts'
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
  readonly log: Log
  /** Unix milliseconds. */
  readonly now: () => number
}

export interface Passes {
  /** Evaluates every object of every app anew, from Git and cluster as they are now. Resolves when all is reported. */
  pass(): Promise<void>
  stop(): void
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

  let stop = (): void => undefined
  const schedule = options.schedule === undefined ? undefined : parseCronSchedule(options.schedule)
  if (schedule !== undefined) {
    reporter.count(passIntervalMeasurement(schedule, options.now()))
    stop = followSchedule(schedule, options.now, () =>
      pass().catch((thrown: unknown) => options.log('error', 'a full pass failed', { ...toFailure(thrown) })),
    )
  }
  return { pass, stop }
}
