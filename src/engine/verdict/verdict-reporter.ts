import { isDeepStrictEqual } from 'node:util'
import type { EventLoopSlice } from '../../concurrency/event-loop-slice.ts'
import { type Failure, toFailure } from '../../model/failure.ts'
import type { AppReport, Sample } from '../../model/fleet.ts'
import type { GitService } from '../../model/git.ts'
import type { AppId } from '../../model/identity.ts'
import type { Log } from '../../model/log.ts'
import type { Outcome, Verdict } from '../../model/verdict.ts'
import type { AppUnit } from '../app-state.ts'
import { fetchBase } from '../cause/baseline.ts'
import { explain, type Unexplained } from '../cause/explain-drift.ts'
import { supposeBase } from '../cause/inferred-baseline.ts'
import type { RenderingCache } from '../desired/rendering-cache.ts'
import type { Repositories } from '../desired/repositories.ts'
import type { ClusterUnit } from '../live/cluster-state.ts'
import type { Publisher } from '../state/durable-publisher.ts'
import type { SavedApp } from '../state/saved-state.ts'
import { continueLife, isFlip, resumeLife, toldOf } from '../state/status-history.ts'
import { measureLag, noteLag } from './commit-lag.ts'
import { findingsOf, settle } from './conclusion.ts'
import { noteDisagreement } from './controller-disagreement.ts'
import { countManualChanges } from './manual-changes.ts'
import { reportOf, verdictOf } from './report.ts'
import { savedApp } from './saved-app.ts'
import { outcomeOf, type Tally } from './sync-status.ts'

export interface TellerOptions {
  readonly commitsBetween: GitService['commitsBetween']
  readonly commitsSince: GitService['commitsSince']
  readonly publisher: Publisher
  readonly repositories: Repositories
  readonly renderings: RenderingCache
  readonly slice: EventLoopSlice
  readonly log: Log
  readonly now: () => number
  readonly signal: AbortSignal
  readonly cluster: (name: string) => ClusterUnit | undefined
  readonly unit: (id: AppId) => AppUnit | undefined
  readonly uptime: () => number
  /** Until then what was told before the restart holds, by `uptime`. */
  readonly coveredUntil: number
}

/** Turns what is known of apps into verdicts, and tells those that are new. */
export interface Teller {
  /** Tells what is known already of an app that the inventory just brought. */
  introduce(unit: AppUnit): void
  /** Tells what was saved of an app that discovery may bring again. */
  remember(saved: SavedApp): void
  /** Tells soon: what comes in one turn of the event loop is told once. */
  tellSoon(unit: AppUnit): void
  /** It waits for its first verdict, and what was told before the restart holds no longer. */
  isOverdue(unit: AppUnit): boolean
  forget(unit: AppUnit): void
  /** Whether all apps were introduced: when none waits any more then, the first pass has ended. */
  inventoryKnown(complete: boolean): void
  /** Resolves when everything that is to be told soon was told. */
  quiet(): Promise<void>
  count(sample: Sample): void
  takeSamples(): readonly Sample[]
}

/** What is the same but for the time of its evaluation is told this often at most. */
const SAME_MILLISECONDS = 60_000
/** So long a verdict may wait for Git's history, which may have to be fetched. */
const HISTORY_MILLISECONDS = 10_000

export function createTeller(options: TellerOptions): Teller {
  const { publisher, repositories, now } = options
  const soon = new Set<AppUnit>()
  const waiting = new Set<AppId>()
  const inquiring = new WeakSet<AppUnit>()
  let telling = false
  let knowsInventory = false
  let firstPassTold = false
  let samples: Sample[] = []

  function isCovered(unit: AppUnit): boolean {
    return !unit.evaluated && unit.life.outcome.status === 'OutOfSync' && options.uptime() < options.coveredUntil
  }

  function gitStaleness(unit: AppUnit): Failure | undefined {
    for (const { repository } of unit.app.sources) {
      const failure = repositories.staleness(repository)
      if (failure !== undefined) return failure
    }
    return undefined
  }

  /** A bug that one app brings out is that app's trouble alone. */
  function tellSafely(unit: AppUnit): void {
    try {
      tell(unit)
    } catch (thrown) {
      const reason = toFailure(thrown, { app: unit.app.name })
      options.log('error', 'an evaluation failed', { ...reason, app: unit.id })
      announce(unit, undefined, { status: 'Unknown', reason }, undefined)
    }
  }

  function tell(unit: AppUnit): void {
    const cluster = options.cluster(unit.app.to.cluster)
    const settlement = settle({ unit, cluster, gitStaleness: gitStaleness(unit), isCovered: isCovered(unit) })
    if (settlement.type === 'unknown')
      announce(unit, cluster, { status: 'Unknown', reason: settlement.reason }, undefined)
    else if (settlement.type === 'judged') judged(unit, cluster, settlement.tally)
  }

  function judged(unit: AppUnit, cluster: ClusterUnit | undefined, tally: Tally): void {
    const unexplained = cluster === undefined ? undefined : openQuestions(unit, cluster)
    if (cluster !== undefined && unexplained !== undefined) {
      if (inquiring.has(unit)) return
      inquiring.add(unit)
      void inquire(unit, cluster, unexplained).then(() => {
        inquiring.delete(unit)
        tellSoon(unit)
      })
      return
    }
    unit.manualChanges = countManualChanges(unit.manualChanges, unit)
    const outcome = outcomeOf(tally, unit.records.values())
    const mustMeasure = noteLag(unit, outcome)
    announce(unit, cluster, outcome, tally)
    if (mustMeasure) void measureLag(unit, options).then(() => tellSoon(unit))
  }

  function openQuestions(unit: AppUnit, cluster: ClusterUnit): Unexplained | undefined {
    const unexplained = explain(unit, cluster)
    return unexplained.bases.length > 0 || unexplained.needsSupposition ? unexplained : undefined
  }

  async function inquire(unit: AppUnit, cluster: ClusterUnit, unexplained: Unexplained): Promise<void> {
    const { capabilities } = cluster
    if (capabilities === undefined) return
    await Promise.all(unexplained.bases.map((base) => fetchBase(unit, base, capabilities, options)))
    const of = unit.desired?.base
    if (unexplained.needsSupposition && of !== undefined) {
      // Without history, or where it takes long, the cause is what the objects alone tell: that there is drift cannot wait for it.
      const signal = AbortSignal.any([options.signal, AbortSignal.timeout(HISTORY_MILLISECONDS)])
      const base = await supposeBase(unit, cluster, { ...options, signal }).catch((thrown: unknown) => {
        options.log('info', 'the history of an app cannot be had', { ...toFailure(thrown), app: unit.id })
        return undefined
      })
      unit.supposed = { of, base }
    }
  }

  function announce(unit: AppUnit, cluster: ClusterUnit | undefined, outcome: Outcome, tally: Tally | undefined): void {
    const before = unit.life
    const isNewlyEvaluated = tally !== undefined || !isStale(outcome)
    unit.life = continueLife(before, outcome, now() / 1000, isNewlyEvaluated)
    unit.evaluated = true
    if (tally !== undefined) {
      unit.restored = undefined
      unit.earlierBases = []
    }
    const nameOf = (id: AppId): string => options.unit(id)?.app.name ?? id
    const verdict = verdictOf(unit, tally, findingsOf(unit, cluster, nameOf))
    noteDisagreement(unit, outcome, now())
    const report = reportOf(unit, verdict, now())
    count({
      metric: 'gitops_evaluations_total',
      labels: { sync_status: outcome.status },
      action: 'increment',
      value: 1,
    })
    if (outcome.status === 'Synced') countArrivals(unit)
    logBugs(unit, outcome, tally)
    publish(unit, report, isFlip(before, unit.life))
    if (waiting.delete(unit.id)) tellFirstPass()
  }

  function publish(unit: AppUnit, report: AppReport, flip: boolean): void {
    const isSame = unit.told !== undefined && isDeepStrictEqual(withoutTimes(unit.told), withoutTimes(report))
    const isRecent = now() - unit.toldAt < SAME_MILLISECONDS
    if (isSame && !flip && isRecent) return
    if (!isSame && unit.changedAt !== undefined) {
      const value = (now() - unit.changedAt) / 1000
      count({ metric: 'gitops_detection_latency_seconds', labels: {}, action: 'observe', value })
    }
    unit.changedAt = undefined
    unit.told = report
    unit.toldAt = now()
    publisher.publish(report, savedApp(unit, report), flip)
  }

  /** In sync, so every commit that was seen since is live now. */
  function countArrivals({ app, seenCommits }: AppUnit): void {
    const labels = { controller: app.controller, project: app.project, dest_cluster: app.to.cluster }
    for (const seenAt of seenCommits.splice(0)) {
      const value = (now() - seenAt) / 1000
      count({ metric: 'gitops_sync_lag_seconds', labels, action: 'observe', value })
    }
  }

  function logBugs(unit: AppUnit, outcome: Outcome, tally: Tally | undefined): void {
    const reason = outcome.status === 'Unknown' ? outcome.reason : tally?.unknown?.reason
    if (reason?.code === 'GDE_INTERNAL') options.log('error', 'an evaluation failed', { ...reason, app: unit.id })
  }

  function tellSoon(unit: AppUnit): void {
    soon.add(unit)
    if (telling) return
    telling = true
    setImmediate(() => void tellAll())
  }

  async function tellAll(): Promise<void> {
    for (const unit of soon) {
      soon.delete(unit)
      if (!unit.removed && !options.signal.aborted) tellSafely(unit)
      await options.slice.yieldIfBusy()
    }
    telling = false
  }

  function tellFirstPass(): void {
    if (firstPassTold || !knowsInventory || waiting.size > 0) return
    firstPassTold = true
    publisher.tellAfter({ type: 'pass', first: true, endedAt: now() / 1000 })
  }

  function count(sample: Sample): void {
    samples.push(sample)
  }

  return {
    introduce(unit) {
      if (!unit.evaluated) waiting.add(unit.id)
      const report = reportOf(unit, unit.told?.verdict ?? verdictOf(unit, undefined, []), now())
      unit.told = report
      unit.toldAt = now()
      publisher.publish(report, savedApp(unit, report), false)
    },
    remember(saved) {
      const { summary, revisions, objectCounts, differenceCounts } = saved
      const life = resumeLife(saved.life, now() / 1000)
      const verdict: Verdict = {
        app: summary.id,
        ...toldOf(life),
        revisions,
        objects: [],
        objectCounts,
        differenceCounts,
        findings: [],
      }
      const counts = saved.manualChanges?.counts
      publisher.publish({ summary, verdict, ...(counts !== undefined && { manualChanges: counts }) }, saved, false)
    },
    tellSoon,
    isOverdue: (unit) => !unit.evaluated && options.uptime() >= options.coveredUntil,
    forget(unit) {
      soon.delete(unit)
      publisher.remove(unit.id)
      if (waiting.delete(unit.id)) tellFirstPass()
    },
    inventoryKnown(complete) {
      knowsInventory = complete
      tellFirstPass()
    },
    async quiet() {
      while (telling) await new Promise((resolve) => setImmediate(resolve))
    },
    count,
    takeSamples() {
      const taken = samples
      samples = []
      return taken
    },
  }
}

function isStale(outcome: Outcome): boolean {
  return outcome.status === 'Unknown' && outcome.reason.code === 'GDE_STALE'
}

function withoutTimes({ verdict, ...report }: AppReport): unknown {
  const { evaluatedAt: _evaluated, lastSynced: _synced, ...told } = verdict satisfies Verdict
  return { ...report, told }
}
