import type { EventLoopSlice } from '../../concurrency/event-loop-slice.ts'
import { type Failure, toFailure } from '../../model/failure.ts'
import type { Measurement } from '../../model/fleet.ts'
import type { AppId, AppIdentity } from '../../model/identity.ts'
import type { JournalPort } from '../../model/journal/journal.ts'
import type { Log } from '../../model/log.ts'
import type { GitService } from '../../model/sources/git.ts'
import type { Outcome } from '../../model/verdicts/verdict.ts'
import type { AppState } from '../app-state.ts'
import { isDrift } from '../compare/app-objects.ts'
import { readUnread } from '../compare/live-changes.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import type { DurablePublisher } from '../state/durable-publisher.ts'
import type { SavedApp } from '../state/saved-state.ts'
import { continueHistory, isFlip, publicHistory } from '../state/status-history.ts'
import { type AnswerPorts, answerQuestions } from './answer-questions.ts'
import { type CommitLag, countCommits } from './commit-lag.ts'
import { createDriftJournal } from './drift-journal.ts'
import { type ConcludedVerdict, evaluateVerdict, type Questions, unjudged } from './evaluate-verdict.ts'
import { createFirstPass } from './first-pass.ts'
import { countEvaluation, createMeasurementBuffer } from './measurement-buffer.ts'
import { reportOf, savedReport, verdictOf } from './report.ts'
import { createReportPublisher } from './report-publisher.ts'
import { createReportQueue } from './report-queue.ts'
import type { Aggregate } from './sync-status.ts'
import { warningsOf } from './warnings.ts'

export interface VerdictReporterOptions extends AnswerPorts {
  readonly commitsBetween: GitService['commitsBetween']
  readonly publisher: DurablePublisher
  readonly journal: JournalPort
  readonly slice: EventLoopSlice
  readonly now: () => number
  readonly cluster: (name: string) => ClusterState | undefined
  readonly appState: (id: AppId) => AppState | undefined
  readonly uptime: () => number
  /** Until then what was reported before the restart holds, by `uptime`. */
  readonly coveredUntil: number
  /** The app is looked at, whether there is news or not. */
  readonly onLook: (appState: AppState) => void
}

/** Turns what is known of apps into verdicts, and reports those that are new. */
export interface VerdictReporter {
  /** Reports what is known already of an app that the inventory just brought. */
  reportKnown(appState: AppState): void
  /** Reports what was saved of an app that discovery may bring again. */
  reportSaved(saved: SavedApp): void
  /** What comes in one turn of the event loop is reported once. */
  scheduleReport(appState: AppState): void
  /** The same of what is hardly new. @param rewritten the object that was written again, by the text of its key */
  scheduleLater(appState: AppState, rewritten: string | undefined): void
  /** It waits for its first verdict, and what was reported before the restart holds no longer. */
  isOverdue(appState: AppState): boolean
  /** Reports what is known of the app, where it waits to be reported and the object drifts: before the object changes once more. */
  reportBefore(appState: AppState, keyText: string): void
  /** Reports what waits as hardly new: before what it was compared with changes, so that each ending is told by what it ended. */
  reportGathered(appState: AppState): void
  /** Counts as evaluated an app that is in sync and surely as it was reported. */
  reportUnchanged(appState: AppState): void
  /** Tells of which apps the last reports hold; called once a second. */
  tellRenewed(): void
  /** @param drifts its end is in the journal before others learn that it is gone */
  forget(app: AppIdentity & { readonly id: AppId; readonly project: string }, drifts: boolean): void
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
  const firstPass = createFirstPass(() => endFirstPass(options, now() / 1000))
  const { ask, countLag } = createFollowUps(options, queue.add)
  const { count, take } = createMeasurementBuffer()
  const reports = createReportPublisher({ publisher, count, now })
  const journal = createDriftJournal(options.journal)

  /** One app: a verdict is reported; questions are answered, and asked again; what waits is left as it was reported. */
  function report(appState: AppState): void {
    const cluster = options.cluster(appState.app.to.cluster)
    const evaluation = evaluateVerdict({
      ...{ appState, cluster },
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
      journal.noteEarly({ appState, cluster, at: now() / 1000 })
      if (cluster !== undefined) ask(appState, cluster, evaluation.questions)
      return
    }
    publishVerdict(appState, cluster, evaluation.verdict)
  }

  /** A bug that one app triggers makes only that app Unknown. */
  function reportSafely(appState: AppState): void {
    options.onLook(appState)
    try {
      readUnread(appState, options.cluster(appState.app.to.cluster))
      queue.remove(appState)
      report(appState)
    } catch (thrown) {
      const reason = toFailure(thrown, { app: appState.app.name })
      logBug(log, appState, reason)
      publishVerdict(appState, undefined, unjudged(appState, { status: 'Unknown', reason }, now()))
    }
  }

  function publishVerdict(appState: AppState, cluster: ClusterState | undefined, verdict: ConcludedVerdict): void {
    const { outcome, aggregate } = verdict
    const { reported } = appState
    const before = reported.history
    const isJudged = aggregate !== undefined
    const at = now() / 1000
    const isEvaluated = isJudged || !isStale(outcome)
    const history = continueHistory(before, outcome, at, { evaluated: isEvaluated, since: reported.drift?.since })
    reported.apply({ ...verdict, history, isJudged })
    if (isJudged) appState.objects.forgetSaved()
    const nameOf = (id: AppId): string => options.appState(id)?.app.name ?? id
    const warnings = warningsOf(appState, cluster, furtherReasons(outcome, aggregate), nameOf)
    const reportedVerdict = verdictOf(appState, aggregate, warnings)
    countEvaluation(count, outcome.status)
    if (outcome.status === 'Synced') reports.countArrivals(appState)
    logBug(log, appState, bugIn(outcome, aggregate))
    const recorded = journal.note({
      ...{ appState, cluster, before, isJudged, at },
      verdict: reportedVerdict,
      isFlip: isFlip(before, history),
    })
    reports.sendNews(appState, reportOf(appState, reportedVerdict, now()), { recorded, isEvaluated })
    firstPass.judged(appState.id)
    if (verdict.lag?.counted === false) countLag(appState, verdict.lag)
  }

  return {
    reportKnown(appState) {
      options.onLook(appState)
      const { last, evaluated, history } = appState.reported
      if (!evaluated) firstPass.expect(appState.id)
      // It may have been evaluated since, and found as it was reported.
      const known = last && { ...last.verdict, ...publicHistory(history) }
      reports.send(appState, reportOf(appState, known ?? verdictOf(appState, undefined, []), now()), undefined)
    },
    reportSaved: (saved) => publisher.publish(savedReport(saved, now() / 1000), saved, undefined),
    ...{ scheduleReport: queue.add, scheduleLater: queue.addLater },
    isOverdue: ({ reported }) => !reported.evaluated && options.uptime() >= options.coveredUntil,
    reportBefore(appState, keyText) {
      const record = appState.objects.records.get(keyText)
      if (record === undefined || !isDrift(record) || !queue.takeFor(appState, keyText)) return
      journal.whileSuperseded(keyText, () => reportSafely(appState))
    },
    reportGathered(appState) {
      if (queue.takeGathered(appState)) reportSafely(appState)
    },
    ...{ reportUnchanged: reports.renew, tellRenewed: reports.tellRenewed },
    forget(app, drifts) {
      const recorded = journal.noteGone(app, now() / 1000)
      publisher.remove(app.id, drifts ? recorded : undefined)
      firstPass.judged(app.id)
    },
    ...{ inventoryKnown: firstPass.inventoryKnown, quiet: queue.quiet, count, takeMeasurements: take },
  }
}

/** What is asked for to give a verdict, or to add a number to it; the app is reported again when the answer is there. */
function createFollowUps(options: VerdictReporterOptions, report: (appState: AppState) => void) {
  const asking = new WeakSet<AppState>()
  return {
    ask(appState: AppState, cluster: ClusterState, questions: Questions): void {
      if (asking.has(appState)) return
      asking.add(appState)
      const { length } = questions.baselines
      options.log('debug', 'the verdict waits for earlier commits', { app: appState.id, baselines: length })
      void answerQuestions(appState, cluster, questions, options).then(() => {
        asking.delete(appState)
        report(appState)
      })
    },
    countLag(appState: AppState, asked: CommitLag): void {
      void countCommits(appState.app, appState.desired.current, asked, options).then((lag) => {
        if (appState.reported.lag !== asked) return
        appState.reported.setLag(lag)
        report(appState)
      })
    },
  }
}

function endFirstPass({ journal, publisher }: VerdictReporterOptions, endedAt: number): void {
  journal.observing(endedAt)
  publisher.emitAfter({ type: 'pass', first: true, endedAt })
}

function isStale(outcome: Outcome): boolean {
  return outcome.status === 'Unknown' && outcome.reason.code === 'GDE_STALE'
}

/** What was reported before the restart still tells of drift until the app is evaluated. */
function mayCover({ reported: { evaluated, history } }: AppState): boolean {
  return !evaluated && history.outcome.status === 'OutOfSync'
}

function gitStaleness({ app, desired }: AppState, repositories: AnswerPorts['repositories']): Failure | undefined {
  const read = desired.isOutdated ? undefined : desired.current?.repositories
  for (const repository of read ?? app.sources.map((source) => source.repository)) {
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

function logBug(log: Log, { id }: AppState, bug: Failure | undefined): void {
  if (bug !== undefined) log('error', 'an evaluation failed', { ...bug, app: id })
}

function bugIn(outcome: Outcome, aggregate: Aggregate | undefined): Failure | undefined {
  const reasons = outcome.status === 'Unknown' ? [outcome.reason] : (aggregate?.unknown ?? [])
  return reasons.find(({ code }) => code === 'GDE_INTERNAL')
}
