import { toFailure } from '../model/failure.ts'
import type { FleetUpdate, Measurement } from '../model/fleet.ts'
import type { Log } from '../model/log.ts'
import type { AppState } from './app-state.ts'
import type { Repositories } from './desired/repositories.ts'
import type { Evaluations } from './evaluations.ts'
import type { ClusterReports } from './live/cluster-reports.ts'
import type { Clusters } from './live/clusters.ts'
import type { SourceReports } from './source-reports.ts'
import type { TimedApps } from './timed-apps.ts'
import { disagrees } from './verdict/controller-disagreement.ts'
import { denySync } from './verdict/sync-windows.ts'
import type { VerdictReporter } from './verdict/verdict-reporter.ts'

export interface TickOptions {
  readonly timedApps: Pick<TimedApps, 'all'>
  readonly clusters: Clusters
  readonly clusterReports: ClusterReports
  readonly sourceReports: SourceReports
  readonly repositories: Repositories
  readonly evaluations: Evaluations
  readonly reporter: VerdictReporter
  readonly emit: (updates: readonly FleetUpdate[]) => void
  readonly log: Log
  /** Unix milliseconds. */
  readonly now: () => number
  readonly uptime: () => number
}

const TICK_MS = 1000

/** What only the passing of time brings: what became stale, is due again, or has lasted long enough to be reported. */
export function startTick(options: TickOptions): { stop(): void } {
  const takeQueueLength = createQueueLength(options.evaluations)
  const timer = setInterval(() => {
    try {
      tick(options, takeQueueLength)
    } catch (thrown) {
      options.log('error', 'the periodic check failed', { ...toFailure(thrown) })
    }
  }, TICK_MS)
  return { stop: () => clearInterval(timer) }
}

function tick(options: TickOptions, takeQueueLength: () => readonly Measurement[]): void {
  const { clusters, repositories, evaluations, reporter, uptime } = options
  const { queue } = evaluations
  options.sourceReports.tick()
  for (const cluster of clusters.all()) cluster.tick()
  repositories.tick()
  const time = options.now()
  for (const appState of options.timedApps.all()) {
    const { desired, id } = appState
    if (desired.retryAt !== undefined && desired.retryAt <= uptime()) {
      desired.scheduleRetry(undefined)
      queue.add(id, 'routine')
    }
    if (reporter.isOverdue(appState) || isNewlyDisagreed(appState, time) || isWindowTurned(appState, time))
      reporter.scheduleReport(appState)
  }
  options.clusterReports.tick(clusters.all())
  reporter.tellRenewed()
  const measurements = [...reporter.takeMeasurements(), ...takeQueueLength()]
  // At rest no thread is woken for what it knows.
  if (measurements.length > 0) options.emit([{ type: 'measurements', measurements }])
}

/** Tells how many apps wait, where that is another number than the last one. */
function createQueueLength({ queue }: Evaluations): () => readonly Measurement[] {
  let reported: number | undefined
  return () => {
    const value = queue.length
    if (value === reported) return []
    reported = value
    return [{ metric: 'gitops_evaluation_queue_length', labels: {}, action: 'set', value }]
  }
}

/** The grace has ended, and it was not reported. */
function isNewlyDisagreed({ reported }: AppState, now: number): boolean {
  const last = reported.last?.summary.reportedStatus
  return last?.disagrees === false && disagrees(reported.disagreement, now)
}

/** A sync window has opened or closed since it was reported. */
function isWindowTurned({ app, reported }: AppState, now: number): boolean {
  const last = reported.last?.syncWindowActive
  return app.syncWindows !== undefined && last !== undefined && last !== denySync(app.syncWindows, now)
}
