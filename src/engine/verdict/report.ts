import type { App } from '../../model/app.ts'
import type { ObjectVerdict } from '../../model/difference.ts'
import type { Failure } from '../../model/failure.ts'
import type { AppReport, AppSummary } from '../../model/fleet.ts'
import type { Verdict } from '../../model/verdict.ts'
import { type AppUnit, sourceRevisions } from '../app-state.ts'
import { limitObjects } from '../compare/verdict-limits.ts'
import { toldOf } from '../state/status-history.ts'
import { disagrees } from './controller-disagreement.ts'
import { noDifferences, noObjects, type Tally } from './sync-status.ts'

function summaryOf(app: App, disagrees: boolean): AppSummary {
  const { id, controller, kind, declaredIn, namespace, name, destination, project, labels, autoSync } = app
  const { word, syncIntervalSeconds, dependsOn } = app
  return {
    id,
    controller,
    kind,
    declaredIn,
    namespace,
    name,
    destination,
    project,
    labels,
    sources: app.sources.map(({ url, path, targetRevision }) => ({ url, path, targetRevision })),
    server: app.to.server,
    destinationNamespace: app.to.namespace,
    autoSync,
    ...(word !== undefined && { controllerWord: { ...word, disagrees } }),
    ...(syncIntervalSeconds !== undefined && { syncIntervalSeconds }),
    ...(dependsOn !== undefined && { dependsOn }),
  }
}

/**
 * What is told of an app. Before its first evaluation since start that is what was saved; then what its objects say.
 * @param tallied absent where the objects say nothing, because the app as a whole cannot be judged
 */
export function verdictOf(unit: AppUnit, tallied: Tally | undefined, findings: readonly Failure[]): Verdict {
  const { life, restored } = unit
  return {
    app: unit.id,
    ...toldOf(life),
    revisions: unit.desired === undefined ? (restored?.revisions ?? []) : sourceRevisions(unit.app, unit.desired),
    objects: tallied === undefined ? [] : limitObjects(toldObjects(unit)),
    objectCounts: tallied?.objects ?? restored?.objectCounts ?? noObjects(),
    differenceCounts: tallied?.differences ?? restored?.differenceCounts ?? noDifferences(),
    findings,
  }
}

function toldObjects(unit: AppUnit): readonly ObjectVerdict[] {
  return [...unit.records.values()].flatMap(({ verdict }) => (verdict === undefined ? [] : [verdict]))
}

/** @param now Unix milliseconds */
export function reportOf(unit: AppUnit, verdict: Verdict, now: number): AppReport {
  const desiredCommitTime = Math.max(...verdict.revisions.map(({ commitTime }) => commitTime))
  const { appliedTime, behind } = unit.lag ?? {}
  return {
    summary: summaryOf(unit.app, disagrees(unit, now)),
    verdict,
    manualChanges: unit.manualChanges.counts,
    ...(Number.isFinite(desiredCommitTime) && { desiredCommitTime }),
    ...(appliedTime !== undefined && { appliedCommitTime: appliedTime }),
    ...(behind !== undefined && { commitsBehind: behind }),
  }
}
