import type { App } from '../model/apps/app.ts'
import type { AppState } from './app-state.ts'
import type { EvaluationPorts } from './compare/evaluation-ports.ts'
import type { ClusterState } from './live/cluster-state.ts'
import { denySync } from './verdict/sync-windows.ts'

/** What an evaluation read, but for live objects: what changes of those is judged when it comes. */
interface Inputs {
  readonly app: App
  readonly cluster: ClusterState | undefined
  readonly capabilities: string | undefined
  readonly sharedChanges: number | undefined
  /** Of each repository that it was read from, by which its revisions are known to hold. */
  readonly repositories: readonly unknown[]
}

/** Whether an app would surely be found as it was, since an evaluation of it would read what the last one read. */
export interface EvaluatedInputs {
  /** An evaluation begins. @returns to be called when it has ended */
  begin(appState: AppState): () => void
  /**
   * Only ever true of an app in sync. Whatever depends on more than is noted here is not said to be unchanged: questions to a server, a
   * failure that may have passed, an object that no app declares.
   * @param now Unix milliseconds
   */
  areUnchanged(appState: AppState, now: number): boolean
}

export function createEvaluatedInputs({
  cluster: clusterOf,
  repositories,
}: Pick<EvaluationPorts, 'cluster' | 'repositories'>): EvaluatedInputs {
  const known = new WeakMap<AppState, Inputs>()

  function isReadAsBefore({ app, desired }: AppState, cluster: ClusterState, then: Inputs): boolean {
    const { current, failure, isOutdated, retryAt, kinds } = desired
    if (current === undefined || failure !== undefined || isOutdated || retryAt !== undefined) return false
    const isSameCluster =
      cluster === then.cluster &&
      // Until it has told what it can do, nothing is adopted.
      then.capabilities !== undefined &&
      cluster.capabilities?.version === then.capabilities &&
      cluster.sharedChanges === then.sharedChanges &&
      !cluster.isListing(kinds.keys())
    // A chart that could not be had is asked for again.
    const isWhole = current.revisions.length === app.sources.length
    return (
      isSameCluster &&
      isWhole &&
      current.repositories.length === then.repositories.length &&
      current.repositories.every(
        (id, place) => repositories.state(id) === then.repositories[place] && repositories.staleness(id) === undefined,
      )
    )
  }

  return {
    begin(appState) {
      const { app } = appState
      const cluster = clusterOf(app.to.cluster)
      const before = new Map(app.sources.map(({ repository }) => [repository, repositories.state(repository)]))
      const capabilities = cluster?.capabilities?.version
      const sharedChanges = cluster?.sharedChanges
      known.delete(appState)
      return () => {
        const read = appState.desired.current?.repositories ?? []
        const states = read.map((id) => (before.has(id) ? before.get(id) : repositories.state(id)))
        known.set(appState, { app, cluster, capabilities, sharedChanges, repositories: states })
      }
    },
    areUnchanged(appState, now) {
      const { app } = appState
      const then = known.get(appState)
      const cluster = clusterOf(app.to.cluster)
      if (then?.app !== app || cluster === undefined || app.problem !== undefined) return false
      return (
        isReadAsBefore(appState, cluster, then) &&
        isReportedInSync(appState, now) &&
        areObjectsInSync(appState, cluster)
      )
    },
  }
}

/** The last report says so, and nothing in it changes with the time that has passed. */
function isReportedInSync({ app, reported }: AppState, now: number): boolean {
  const { last, history, evaluated, disagreement, drift } = reported
  if (!evaluated || drift !== undefined || history.outcome.status !== 'Synced') return false
  if (last?.verdict.outcome.status !== 'Synced' || last.verdict.evaluatedAt === undefined) return false
  const { syncWindows, reportedStatus } = app
  if (syncWindows !== undefined && last.syncWindowActive !== denySync(syncWindows, now)) return false
  if (reportedStatus !== undefined && reportedStatus.status !== 'Synced') return false
  return disagreement.disagreedSince === undefined && last.summary.reportedStatus?.disagrees !== true
}

function areObjectsInSync({ app, id, objects }: AppState, cluster: ClusterState): boolean {
  // The server is asked anew, which may answer something else.
  if (app.policy.method === 'server-side') return false
  for (const { declared, state } of objects.records.values())
    if (declared === undefined || (state !== 'synced' && state !== 'ignored' && state !== 'skipped')) return false
  // What others list decides about what is marked and not declared.
  for (const keyText of cluster.markedObjects(id).keys()) if (!objects.records.has(keyText)) return false
  return true
}
