import type { App } from '../../model/apps/app.ts'
import type { Failure } from '../../model/failure.ts'
import type { AppReport, AppSummary } from '../../model/fleet.ts'
import type { ObjectVerdict } from '../../model/verdicts/difference.ts'
import { reportValues, startValues } from '../../model/verdicts/persistent-values.ts'
import type { Verdict } from '../../model/verdicts/verdict.ts'
import type { AppState } from '../app-state.ts'
import { limitObjects } from '../compare/verdict-limits.ts'
import { sourceRevisions } from '../desired/desired-state.ts'
import type { SavedApp } from '../state/saved-state.ts'
import { publicHistory, resumeHistory } from '../state/status-history.ts'
import { disagrees } from './controller-disagreement.ts'
import { type Aggregate, noDifferences, noObjects } from './sync-status.ts'
import { denySync } from './sync-windows.ts'

function summaryOf(app: App, disagrees: boolean): AppSummary {
  const { id, controller, kind, declaredIn, namespace, name, destination, project, labels, autoSync } = app
  const { reportedStatus, syncIntervalSeconds, dependsOn, applicationSet } = app
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
    ...(reportedStatus !== undefined && { reportedStatus: { ...reportedStatus, disagrees } }),
    ...(syncIntervalSeconds !== undefined && { syncIntervalSeconds }),
    ...(dependsOn !== undefined && { dependsOn }),
    ...(applicationSet !== undefined && { applicationSet }),
  }
}

/**
 * The verdict of an app: from the saved state before its first evaluation since start, then from its objects.
 * @param aggregated absent where the app as a whole cannot be judged
 */
export function verdictOf(
  appState: AppState,
  aggregated: Aggregate | undefined,
  warnings: readonly Failure[],
): Verdict {
  const { history, restored } = appState.reported
  const { current } = appState.desired
  return {
    app: appState.id,
    ...publicHistory(history),
    revisions: current === undefined ? (restored?.revisions ?? []) : sourceRevisions(appState.app, current),
    objects: aggregated === undefined ? [] : limitObjects(reportedObjects(appState)),
    objectCounts: aggregated?.objects ?? restored?.objectCounts ?? noObjects(),
    differenceCounts: aggregated?.differences ?? restored?.differenceCounts ?? noDifferences(),
    warnings,
  }
}

function reportedObjects(appState: AppState): readonly ObjectVerdict[] {
  const reported: ObjectVerdict[] = []
  for (const { verdict } of appState.objects.records.values()) if (verdict !== undefined) reported.push(verdict)
  return reported
}

/** @param now Unix milliseconds */
export function reportOf(appState: AppState, verdict: Verdict, now: number): AppReport {
  const desiredCommitTime = Math.max(...verdict.revisions.map(({ commitTime }) => commitTime))
  const { lag, values, disagreement } = appState.reported
  const { syncWindows } = appState.app
  const { appliedTime, behind, waiting, from } = lag ?? {}
  return {
    summary: summaryOf(appState.app, disagrees(disagreement, now)),
    verdict,
    ...reportValues(values),
    ...(Number.isFinite(desiredCommitTime) && { desiredCommitTime }),
    ...(appliedTime !== undefined && { appliedCommitTime: appliedTime }),
    ...(behind !== undefined && { commitsBehind: behind }),
    ...(waiting !== undefined && { waitingCommit: waiting }),
    ...(from !== undefined && { appliedCommit: from }),
    ...(syncWindows !== undefined && { syncWindowActive: denySync(syncWindows, now) }),
  }
}

/** What is reported of an app that was saved, and that discovery may bring again. @param now Unix seconds */
export function savedReport(saved: SavedApp, now: number): AppReport {
  const { summary, revisions, objectCounts, differenceCounts } = saved
  const verdict: Verdict = {
    app: summary.id,
    ...publicHistory(resumeHistory(saved.history, now)),
    revisions,
    objects: [],
    objectCounts,
    differenceCounts,
    warnings: [],
  }
  return { summary, verdict, ...reportValues(startValues(saved.values)) }
}
