import type { ApplicationSetReport, Problem, SourceReport } from './apps/inventory.ts'
import type { ClusterStatus } from './clusters/cluster.ts'
import type { AppId, AppIdentity } from './identity.ts'
import type { NamedCommit, RepositoryStatus } from './sources/git.ts'
import type { ReportedValues } from './verdicts/persistent-values.ts'
import type { ReportedStatus } from './verdicts/reported-status.ts'
import type { Verdict } from './verdicts/verdict.ts'

/** What metrics, pages and commands need of an app: plain data, small, safe to send between threads. */
export interface AppSummary extends AppIdentity {
  readonly id: AppId
  readonly project: string
  /** The ApplicationSet that made it. */
  readonly applicationSet?: string
  readonly labels: Readonly<Record<string, string>>
  readonly sources: readonly { readonly url: string; readonly path: string; readonly targetRevision: string }[]
  readonly server: string
  readonly destinationNamespace: string
  readonly autoSync: boolean
  /** The status by the controller, where there is one. */
  readonly reportedStatus?: ReportedStatus
  /** The controller's own sync interval, seconds. */
  readonly syncIntervalSeconds?: number
  /** Names of the apps that the controller applies first. */
  readonly dependsOn?: readonly string[]
}

export interface AppReport extends ReportedValues {
  readonly summary: AppSummary
  readonly verdict: Verdict
  /**
   * Committer times of the newest desired and applied commits, Unix seconds, and the number of commits between them.
   */
  readonly desiredCommitTime?: number
  readonly appliedCommitTime?: number
  readonly commitsBehind?: number
  /** The newest of these commits: of those that touch what the app reads. */
  readonly waitingCommit?: NamedCommit
  /** Whether sync windows keep the controller from syncing by itself; absent where none is for the app. */
  readonly syncWindowActive?: boolean
  /** Commit of the first source that was applied. */
  readonly appliedCommit?: string
}

/** Whether the app was not evaluated since start: what is reported of it is what was known before, or nothing. */
export function awaitsVerdict({ verdict: { evaluatedAt, outcome } }: AppReport): boolean {
  if (evaluatedAt !== undefined) return false
  // Stale data is no evaluation, and yet all that can be said.
  return outcome.status !== 'Unknown' || outcome.reason.code !== 'GDE_STALE'
}

/** The report of an app that was found so once more, at that time, Unix seconds. One that waits for its first verdict waits on. */
export function evaluatedAgain(report: AppReport, at: number): AppReport {
  const { verdict } = report
  if (verdict.evaluatedAt === undefined || verdict.evaluatedAt >= at) return report
  const isSynced = verdict.outcome.status === 'Synced'
  return { ...report, verdict: { ...verdict, evaluatedAt: at, ...(isSynced && { lastSynced: at }) } }
}

export interface ClusterReport {
  readonly labels: Readonly<Record<string, string>>
  readonly status: ClusterStatus
}

/** One measurement of the exporter about itself; only the main thread has a prom-client registry. */
export interface Measurement {
  /** A name of the catalogue. */
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  readonly action: 'increment' | 'observe' | 'set'
  readonly value: number
}

/** An update of the engine. The receiver acknowledges each batch before the next is sent. */
export type FleetUpdate =
  | { readonly type: 'app'; readonly report: AppReport }
  /** Apps were evaluated, at that time or later, Unix seconds, and found as they were reported. */
  | { readonly type: 'evaluated'; readonly apps: readonly AppId[]; readonly at: number }
  | { readonly type: 'appGone'; readonly app: AppId }
  | { readonly type: 'cluster'; readonly report: ClusterReport }
  | { readonly type: 'clusterGone'; readonly name: string }
  | { readonly type: 'repository'; readonly status: RepositoryStatus }
  | { readonly type: 'repositoryGone'; readonly repository: string }
  | { readonly type: 'problems'; readonly problems: readonly Problem[] }
  /** All of them. */
  | { readonly type: 'applicationSets'; readonly reports: readonly ApplicationSetReport[] }
  /** All of them, as they are at that time, Unix seconds; told after the apps that they stand for. */
  | { readonly type: 'sources'; readonly reports: readonly SourceReport[]; readonly at: number }
  | { readonly type: 'measurements'; readonly measurements: readonly Measurement[] }
  /** A full pass ended: every app was evaluated at least once since start when `first`. */
  | { readonly type: 'pass'; readonly first: boolean; readonly endedAt: number }

/** How many apps a cluster is the destination of, and how many of them await a verdict. */
export interface DestinationApps {
  readonly apps: number
  readonly waiting: number
}

/** Keeps the counts as reports come and go, so that whoever asks does not go through all apps. */
export function recountDestinations(
  counts: Map<string, DestinationApps>,
  before: AppReport | undefined,
  after: AppReport | undefined,
): void {
  const add = (report: AppReport, step: 1 | -1): void => {
    const { destination } = report.summary
    const known = counts.get(destination) ?? { apps: 0, waiting: 0 }
    const apps = known.apps + step
    if (apps === 0) counts.delete(destination)
    else counts.set(destination, { apps, waiting: known.waiting + (awaitsVerdict(report) ? step : 0) })
  }
  if (before !== undefined) add(before, -1)
  if (after !== undefined) add(after, 1)
}

/** The fleet store as metrics, pages and commands read it. */
export interface Fleet {
  readonly apps: ReadonlyMap<AppId, AppReport>
  /** By the name of each cluster that is the destination of an app. */
  readonly destinations: ReadonlyMap<string, DestinationApps>
  readonly clusters: ReadonlyMap<string, ClusterReport>
  readonly repositories: ReadonlyMap<string, RepositoryStatus>
  readonly problems: readonly Problem[]
  readonly applicationSets: readonly ApplicationSetReport[]
  /** Where apps come from, as it was at that time, Unix seconds; undefined until the first inventory. */
  readonly sources: { readonly reports: readonly SourceReport[]; readonly at: number } | undefined
  /** Unix seconds when the last pass ended; undefined until then, as below. */
  readonly lastPassEndedAt: number | undefined
  /** Unix seconds when the first pass ended; undefined until then. */
  readonly firstPassEndedAt: number | undefined
  /** Called after each update is in the store. Returns how to stop. */
  subscribe(listener: (update: FleetUpdate) => void): () => void
}
