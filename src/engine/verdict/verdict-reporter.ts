import { isDeepStrictEqual } from 'node:util'
import type { EventLoopSlice } from '../../concurrency/event-loop-slice.ts'
import { type Failure, toFailure } from '../../model/failure.ts'
import type { AppReport, Measurement } from '../../model/fleet.ts'
import type { GitService } from '../../model/git.ts'
import type { AppId } from '../../model/identity.ts'
import type { Log } from '../../model/log.ts'
import type { Outcome, Verdict } from '../../model/verdict.ts'
import type { AppState } from '../app-state.ts'
import { fetchBaseline } from '../cause/baseline.ts'
import { explain, type Unexplained } from '../cause/explain-drift.ts'
import { inferBaseline } from '../cause/inferred-baseline.ts'
import type { RenderingCache } from '../desired/rendering-cache.ts'
import type { Repositories } from '../desired/repositories.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import type { DurablePublisher } from '../state/durable-publisher.ts'
import type { SavedApp } from '../state/saved-state.ts'
import { continueHistory, isFlip, publicHistory, resumeHistory } from '../state/status-history.ts'
import { measureLag, noteLag } from './commit-lag.ts'
import { conclude, warningsOf } from './conclusion.ts'
import { noteDisagreement } from './controller-disagreement.ts'
import { countManualChanges } from './manual-changes.ts'
import { reportOf, verdictOf } from './report.ts'
import { savedApp } from './saved-app.ts'
import { type Aggregate, outcomeOf } from './sync-status.ts'

export interface VerdictReporterOptions {
  readonly commitsBetween: GitService['commitsBetween']
  readonly commitsSince: GitService['commitsSince']
  readonly publisher: DurablePublisher
  readonly repositories: Repositories
  readonly renderings: RenderingCache
  readonly slice: EventLoopSlice
  readonly log: Log
  readonly now: () => number
  readonly signal: AbortSignal
  readonly cluster: (name: string) => ClusterState | undefined
  readonly appState: (id: AppId) => AppState | undefined
  readonly uptime: () => number
  /** Until then what was told before the restart holds, by `uptime`. */
  readonly coveredUntil: number
}

/** Turns what is known of apps into verdicts, and tells those that are new. */
export interface VerdictReporter {
  /** Tells what is known already of an app that the inventory just brought. */
  reportKnown(appState: AppState): void
  /** Tells what was saved of an app that discovery may bring again. */
  reportSaved(saved: SavedApp): void
  /** Tells soon: what comes in one turn of the event loop is told once. */
  scheduleReport(appState: AppState): void
  /** It waits for its first verdict, and what was told before the restart holds no longer. */
  isOverdue(appState: AppState): boolean
  forget(appState: AppState): void
  /** Whether all apps were introduced: when none waits any more then, the first pass has ended. */
  inventoryKnown(complete: boolean): void
  /** Resolves when everything that is to be told soon was told. */
  quiet(): Promise<void>
  count(measurement: Measurement): void
  takeMeasurements(): readonly Measurement[]
}

/** What is the same but for the time of its evaluation is told this often at most. */
const SAME_REPORT_MS = 60_000
/** So long a verdict may wait for Git's history, which may have to be fetched. */
const HISTORY_MS = 10_000

export function createVerdictReporter(options: VerdictReporterOptions): VerdictReporter {
  const { publisher, repositories, now } = options
  const scheduled = new Set<AppState>()
  const waiting = new Set<AppId>()
  const resolving = new WeakSet<AppState>()
  let reporting = false
  let knowsInventory = false
  let firstPassReported = false
  let measurements: Measurement[] = []

  function isCovered(appState: AppState): boolean {
    return (
      !appState.evaluated && appState.history.outcome.status === 'OutOfSync' && options.uptime() < options.coveredUntil
    )
  }

  function gitStaleness(appState: AppState): Failure | undefined {
    for (const { repository } of appState.app.sources) {
      const failure = repositories.staleness(repository)
      if (failure !== undefined) return failure
    }
    return undefined
  }

  /** A bug that one app brings out is that app's trouble alone. */
  function reportSafely(appState: AppState): void {
    try {
      report(appState)
    } catch (thrown) {
      const reason = toFailure(thrown, { app: appState.app.name })
      options.log('error', 'an evaluation failed', { ...reason, app: appState.id })
      publishOutcome(appState, undefined, { status: 'Unknown', reason }, undefined)
    }
  }

  function report(appState: AppState): void {
    const cluster = options.cluster(appState.app.to.cluster)
    const conclusion = conclude({
      appState,
      cluster,
      gitStaleness: gitStaleness(appState),
      isCovered: isCovered(appState),
    })
    if (conclusion.type === 'unknown')
      publishOutcome(appState, cluster, { status: 'Unknown', reason: conclusion.reason }, undefined)
    else if (conclusion.type === 'judged') judged(appState, cluster, conclusion.aggregate)
  }

  function judged(appState: AppState, cluster: ClusterState | undefined, aggregate: Aggregate): void {
    const unexplained = cluster === undefined ? undefined : openQuestions(appState, cluster)
    if (cluster !== undefined && unexplained !== undefined) {
      if (resolving.has(appState)) return
      resolving.add(appState)
      void resolveBaselines(appState, cluster, unexplained).then(() => {
        resolving.delete(appState)
        scheduleReport(appState)
      })
      return
    }
    appState.manualChanges = countManualChanges(appState.manualChanges, appState)
    const outcome = outcomeOf(aggregate, appState.records.values())
    const mustMeasure = noteLag(appState, outcome)
    publishOutcome(appState, cluster, outcome, aggregate)
    if (mustMeasure) void measureLag(appState, options).then(() => scheduleReport(appState))
  }

  function openQuestions(appState: AppState, cluster: ClusterState): Unexplained | undefined {
    const unexplained = explain(appState, cluster)
    return unexplained.baselines.length > 0 || unexplained.needsInference ? unexplained : undefined
  }

  async function resolveBaselines(appState: AppState, cluster: ClusterState, unexplained: Unexplained): Promise<void> {
    const { capabilities } = cluster
    if (capabilities === undefined) return
    await Promise.all(unexplained.baselines.map((baseline) => fetchBaseline(appState, baseline, capabilities, options)))
    const of = appState.desired?.baseline
    if (unexplained.needsInference && of !== undefined) {
      // Without history, or where it takes long, the cause is what the objects alone tell: that there is drift cannot wait for it.
      const signal = AbortSignal.any([options.signal, AbortSignal.timeout(HISTORY_MS)])
      const baseline = await inferBaseline(appState, cluster, { ...options, signal }).catch((thrown: unknown) => {
        options.log('info', 'the history of an app cannot be had', { ...toFailure(thrown), app: appState.id })
        return undefined
      })
      appState.inferred = { of, baseline }
    }
  }

  function publishOutcome(
    appState: AppState,
    cluster: ClusterState | undefined,
    outcome: Outcome,
    aggregate: Aggregate | undefined,
  ): void {
    const before = appState.history
    const isNewlyEvaluated = aggregate !== undefined || !isStale(outcome)
    appState.history = continueHistory(before, outcome, now() / 1000, isNewlyEvaluated)
    appState.evaluated = true
    if (aggregate !== undefined) {
      appState.restored = undefined
      appState.earlierBaselines = []
    }
    const nameOf = (id: AppId): string => options.appState(id)?.app.name ?? id
    const verdict = verdictOf(appState, aggregate, warningsOf(appState, cluster, nameOf))
    noteDisagreement(appState, outcome, now())
    const report = reportOf(appState, verdict, now())
    count({
      metric: 'gitops_evaluations_total',
      labels: { sync_status: outcome.status },
      action: 'increment',
      value: 1,
    })
    if (outcome.status === 'Synced') countArrivals(appState)
    logBugs(appState, outcome, aggregate)
    publish(appState, report, isFlip(before, appState.history))
    if (waiting.delete(appState.id)) reportFirstPass()
  }

  function publish(appState: AppState, report: AppReport, flip: boolean): void {
    const isSame =
      appState.lastReport !== undefined && isDeepStrictEqual(withoutTimes(appState.lastReport), withoutTimes(report))
    const isRecent = now() - appState.lastReportAt < SAME_REPORT_MS
    if (isSame && !flip && isRecent) return
    if (!isSame && appState.changedAt !== undefined) {
      const value = (now() - appState.changedAt) / 1000
      count({ metric: 'gitops_detection_latency_seconds', labels: {}, action: 'observe', value })
    }
    appState.changedAt = undefined
    appState.lastReport = report
    appState.lastReportAt = now()
    publisher.publish(report, savedApp(appState, report), flip)
  }

  /** In sync, so every commit that was seen since is live now. */
  function countArrivals({ app, seenCommits }: AppState): void {
    const labels = { controller: app.controller, project: app.project, dest_cluster: app.to.cluster }
    for (const seenAt of seenCommits.splice(0)) {
      const value = (now() - seenAt) / 1000
      count({ metric: 'gitops_sync_lag_seconds', labels, action: 'observe', value })
    }
  }

  function logBugs(appState: AppState, outcome: Outcome, aggregate: Aggregate | undefined): void {
    const reason = outcome.status === 'Unknown' ? outcome.reason : aggregate?.unknown?.reason
    if (reason?.code === 'GDE_INTERNAL') options.log('error', 'an evaluation failed', { ...reason, app: appState.id })
  }

  function scheduleReport(appState: AppState): void {
    scheduled.add(appState)
    if (reporting) return
    reporting = true
    setImmediate(() => void reportScheduled())
  }

  async function reportScheduled(): Promise<void> {
    for (const appState of scheduled) {
      scheduled.delete(appState)
      if (!appState.removed && !options.signal.aborted) reportSafely(appState)
      await options.slice.yieldIfBusy()
    }
    reporting = false
  }

  function reportFirstPass(): void {
    if (firstPassReported || !knowsInventory || waiting.size > 0) return
    firstPassReported = true
    publisher.emitAfter({ type: 'pass', first: true, endedAt: now() / 1000 })
  }

  function count(measurement: Measurement): void {
    measurements.push(measurement)
  }

  return {
    reportKnown(appState) {
      if (!appState.evaluated) waiting.add(appState.id)
      const report = reportOf(appState, appState.lastReport?.verdict ?? verdictOf(appState, undefined, []), now())
      appState.lastReport = report
      appState.lastReportAt = now()
      publisher.publish(report, savedApp(appState, report), false)
    },
    reportSaved(saved) {
      const { summary, revisions, objectCounts, differenceCounts } = saved
      const history = resumeHistory(saved.history, now() / 1000)
      const verdict: Verdict = {
        app: summary.id,
        ...publicHistory(history),
        revisions,
        objects: [],
        objectCounts,
        differenceCounts,
        warnings: [],
      }
      const counts = saved.manualChanges?.counts
      publisher.publish({ summary, verdict, ...(counts !== undefined && { manualChanges: counts }) }, saved, false)
    },
    scheduleReport,
    isOverdue: (appState) => !appState.evaluated && options.uptime() >= options.coveredUntil,
    forget(appState) {
      scheduled.delete(appState)
      publisher.remove(appState.id)
      if (waiting.delete(appState.id)) reportFirstPass()
    },
    inventoryKnown(complete) {
      knowsInventory = complete
      reportFirstPass()
    },
    async quiet() {
      while (reporting) await new Promise((resolve) => setImmediate(resolve))
    },
    count,
    takeMeasurements() {
      const taken = measurements
      measurements = []
      return taken
    },
  }
}

function isStale(outcome: Outcome): boolean {
  return outcome.status === 'Unknown' && outcome.reason.code === 'GDE_STALE'
}

function withoutTimes({ verdict, ...report }: AppReport): unknown {
  const { evaluatedAt: _evaluated, lastSynced: _synced, ...lastReport } = verdict satisfies Verdict
  return { ...report, lastReport }
}
