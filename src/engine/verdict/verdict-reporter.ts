import type { EventLoopSlice } from '../../concurrency/event-loop-slice.ts'
import { type Failure, toFailure } from '../../model/failure.ts'
import type { Measurement } from '../../model/fleet.ts'
import type { AppId } from '../../model/identity.ts'
import type { GitService } from '../../model/sources/git.ts'
import type { Outcome } from '../../model/verdicts/verdict.ts'
import type { AppState } from '../app-state.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import type { DurablePublisher } from '../state/durable-publisher.ts'
import type { SavedApp } from '../state/saved-state.ts'
import { continueHistory, isFlip } from '../state/status-history.ts'
import { type AnswerPorts, answerQuestions } from './answer-questions.ts'
import { countCommits } from './commit-lag.ts'
import { type ConcludedVerdict, evaluateVerdict, type Questions, unjudged } from './evaluate-verdict.ts'
import { createFirstPass } from './first-pass.ts'
import { createMeasurementBuffer } from './measurement-buffer.ts'
import { reportOf, savedReport, verdictOf } from './report.ts'
import { createReportPublisher } from './report-publisher.ts'
import { createReportQueue } from './report-queue.ts'
import type { Aggregate } from './sync-status.ts'
import { warningsOf } from './warnings.ts'

export interface VerdictReporterOptions extends AnswerPorts {
  readonly commitsBetween: GitService['commitsBetween']
  readonly publisher: DurablePublisher
  readonly slice: EventLoopSlice
  readonly now: () => number
  readonly cluster: (name: string) => ClusterState | undefined
  readonly appState: (id: AppId) => AppState | undefined
  readonly uptime: () => number
  /** Until then what was reported before the restart holds, by `uptime`. */
  readonly coveredUntil: number
}

/** Turns what is known of apps into verdicts, and reports those that are new. */
export interface VerdictReporter {
  /** Reports what is known already of an app that the inventory just brought. */
  reportKnown(appState: AppState): void
  /** Reports what was saved of an app that discovery may bring again. */
  reportSaved(saved: SavedApp): void
  /** What comes in one turn of the event loop is reported once. */
  scheduleReport(appState: AppState): void
  /** It waits for its first verdict, and what was reported before the restart holds no longer. */
  isOverdue(appState: AppState): boolean
  forget(appState: AppState): void
  /** Whether all apps are known: when none waits any more then, the first pass has ended. */
  inventoryKnown(complete: boolean): void
  /** Resolves when everything that is scheduled was reported. */
  quiet(): Promise<void>
  count(measurement: Measurement): void
  takeMeasurements(): readonly Measurement[]
}

export function createVerdictReporter(options: VerdictReporterOptions): VerdictReporter {
  const { publisher, repositories, now, log } = options
  const queue = createReportQueue({ report: reportSafely, slice: options.slice, signal: options.signal })
  const firstPass = createFirstPass(() => publisher.emitAfter({ type: 'pass', first: true, endedAt: now() / 1000 }))
  const asking = new WeakSet<AppState>()
  const { count, take } = createMeasurementBuffer()
  const reports = createReportPublisher({ publisher, count, now })

  /** One app: a verdict is reported; questions are answered, and asked again; what waits is left as it was reported. */
  function report(appState: AppState): void {
    const cluster = options.cluster(appState.app.to.cluster)
    const evaluation = evaluateVerdict({
      appState,
      cluster,
      gitStaleness: gitStaleness(appState, repositories),
      isCovered: mayCover(appState) && options.uptime() < options.coveredUntil,
      now: now(),
    })
    if (evaluation.type === 'waiting') {
      log('debug', 'the verdict waits', { app: appState.id })
      return
    }
    appState.objects.setCauses(evaluation.causes)
    if (evaluation.type === 'questions') {
      if (cluster !== undefined) ask(appState, cluster, evaluation.questions)
      return
    }
    const { verdict } = evaluation
    publishVerdict(appState, cluster, verdict)
    if (verdict.lag?.counted === false)
      void countCommits(appState.app, verdict.lag, options).then((lag) => {
        if (appState.reported.lag !== verdict.lag) return
        appState.reported.setLag(lag)
        queue.add(appState)
      })
  }

  function ask(appState: AppState, cluster: ClusterState, questions: Questions): void {
    if (asking.has(appState)) return
    asking.add(appState)
    log('debug', 'the verdict waits for earlier commits', { app: appState.id, baselines: questions.baselines.length })
    void answerQuestions(appState, cluster, questions, options).then(() => {
      asking.delete(appState)
      queue.add(appState)
    })
  }

  /** A bug that one app triggers makes only that app Unknown. */
  function reportSafely(appState: AppState): void {
    try {
      report(appState)
    } catch (thrown) {
      const reason = toFailure(thrown, { app: appState.app.name })
      log('error', 'an evaluation failed', { ...reason, app: appState.id })
      publishVerdict(appState, undefined, unjudged(appState, { status: 'Unknown', reason }, now()))
    }
  }

  function publishVerdict(appState: AppState, cluster: ClusterState | undefined, verdict: ConcludedVerdict): void {
    const { outcome, aggregate } = verdict
    const { reported } = appState
    const before = reported.history
    const isJudged = aggregate !== undefined
    const history = continueHistory(before, outcome, now() / 1000, isJudged || !isStale(outcome))
    reported.apply({ ...verdict, history, isJudged })
    if (isJudged) appState.objects.forgetSaved()
    const nameOf = (id: AppId): string => options.appState(id)?.app.name ?? id
    const warnings = warningsOf(appState, cluster, furtherReasons(outcome, aggregate), nameOf)
    const reportedVerdict = verdictOf(appState, aggregate, warnings)
    const status = outcome.status
    count({ metric: 'gitops_evaluations_total', labels: { sync_status: status }, action: 'increment', value: 1 })
    if (status === 'Synced') reports.countArrivals(appState)
    const bug = bugIn(outcome, aggregate)
    if (bug !== undefined) log('error', 'an evaluation failed', { ...bug, app: appState.id })
    reports.sendNews(appState, reportOf(appState, reportedVerdict, now()), isFlip(before, history))
    firstPass.judged(appState.id)
  }

  return {
    reportKnown(appState) {
      const { last, evaluated } = appState.reported
      if (!evaluated) firstPass.expect(appState.id)
      reports.send(appState, reportOf(appState, last?.verdict ?? verdictOf(appState, undefined, []), now()), false)
    },
    reportSaved(saved) {
      publisher.publish(savedReport(saved, now() / 1000), saved, false)
    },
    scheduleReport: queue.add,
    isOverdue: ({ reported }) => !reported.evaluated && options.uptime() >= options.coveredUntil,
    forget(appState) {
      queue.remove(appState)
      publisher.remove(appState.id)
      firstPass.judged(appState.id)
    },
    inventoryKnown: firstPass.inventoryKnown,
    quiet: queue.quiet,
    count,
    takeMeasurements: take,
  }
}

function isStale(outcome: Outcome): boolean {
  return outcome.status === 'Unknown' && outcome.reason.code === 'GDE_STALE'
}

/** What was reported before the restart still tells of drift until the app is evaluated. */
function mayCover({ reported: { evaluated, history } }: AppState): boolean {
  return !evaluated && history.outcome.status === 'OutOfSync'
}

function gitStaleness({ app }: AppState, repositories: AnswerPorts['repositories']): Failure | undefined {
  for (const { repository } of app.sources) {
    const failure = repositories.staleness(repository)
    if (failure !== undefined) return failure
  }
  return undefined
}

/** Why objects are unknown, as far as the verdict does not say it. */
function furtherReasons(outcome: Outcome, aggregate: Aggregate | undefined): readonly Failure[] {
  const reason = outcome.status === 'Unknown' ? outcome.reason : undefined
  return aggregate?.unknown.filter((one) => one !== reason) ?? []
}

function bugIn(outcome: Outcome, aggregate: Aggregate | undefined): Failure | undefined {
  const reasons = outcome.status === 'Unknown' ? [outcome.reason] : (aggregate?.unknown ?? [])
  return reasons.find(({ code }) => code === 'GDE_INTERNAL')
}
