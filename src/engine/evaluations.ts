import { backoffMs } from '../concurrency/backoff.ts'
import { createWorkQueue, type WorkQueue } from '../concurrency/work-queue.ts'
import type { AppId } from '../model/identity.ts'
import type { Log } from '../model/log.ts'
import type { RepositoryId } from '../model/sources/source.ts'
import type { AppIndex } from './app-index.ts'
import type { AppState } from './app-state.ts'
import { refresh } from './compare/evaluate-app.ts'
import type { EvaluationPorts } from './compare/evaluation-ports.ts'
import { tenantOf } from './desired/render-request.ts'
import { createEvaluatedInputs } from './evaluated-inputs.ts'
import type { VerdictReporter } from './verdict/verdict-reporter.ts'

/**
 * Evaluations mostly wait, for Git and for renderings, which have limits of their own; a limit here would let apps of a server that hangs
 * hold up the others.
 */
const EVALUATIONS_AT_ONCE = 1000
const RETRY = { firstMs: 2000, longestMs: 120_000 }

export interface EvaluationsOptions {
  readonly appState: (id: AppId) => AppState | undefined
  readonly index: AppIndex
  readonly ports: EvaluationPorts
  readonly reporter: VerdictReporter
  readonly log: Log
  /** Unix milliseconds. */
  readonly now: () => number
  readonly uptime: () => number
  readonly random: () => number
}

/** Which apps are evaluated, and when. */
export interface Evaluations {
  readonly queue: WorkQueue<AppId>
  /** Every object of the app is compared anew at its next evaluation. */
  refreshAll(app: AppId): void
  /** Whether an evaluation would surely find the app in sync as it was reported: nothing that it would read has changed. */
  isUnchanged(appState: AppState): boolean
  /** Its apps are evaluated at once. */
  repositoryMoved(repository: RepositoryId): void
}

export function createEvaluations(options: EvaluationsOptions): Evaluations {
  const { index, ports, reporter, uptime } = options
  const whole = new Set<AppId>()
  const inputs = createEvaluatedInputs(ports)

  async function evaluate(id: AppId): Promise<void> {
    const appState = options.appState(id)
    if (appState === undefined) return
    const all = whole.delete(id)
    const begun = performance.now()
    const ended = inputs.begin(appState)
    await refresh(appState, all, ports)
    ended()
    const { desired } = appState
    const mayPass = desired.failure !== undefined && desired.failureIsPassing
    desired.scheduleRetry(mayPass ? uptime() + backoffMs(desired.attempts, RETRY, options.random) : undefined)
    const value = (performance.now() - begun) / 1000
    reporter.count({ metric: 'gitops_evaluation_duration_seconds', labels: {}, action: 'observe', value })
    appState.reported.moveEvaluated()
    reporter.scheduleReport(appState)
    releaseClusterOf(appState)
  }

  /** Once every app of a cluster was rendered or failed, nothing streamed will be dropped that is declared a moment later. */
  function releaseClusterOf({ app }: AppState): void {
    const cluster = ports.cluster(app.to.cluster)
    if (cluster?.isWaiting !== true) return
    for (const { desired } of index.appsOf(app.to.cluster))
      if (desired.current === undefined && desired.failure === undefined) return
    cluster.release()
  }

  const tenantOfApp = (id: AppId): string => {
    const appState = options.appState(id)
    return appState === undefined ? '' : tenantOf(appState.app)
  }
  const queue = createWorkQueue<AppId>(EVALUATIONS_AT_ONCE, evaluate, tenantOfApp)
  return {
    queue,
    refreshAll(app) {
      whole.add(app)
    },
    isUnchanged: (appState) => !whole.has(appState.id) && inputs.areUnchanged(appState, options.now()),
    repositoryMoved(repository) {
      for (const { id, reported } of index.usersOf(repository)) {
        reported.noteMove(options.now())
        queue.add(id, 'urgent')
        options.log('debug', 'evaluated since its repository moved', { app: id })
      }
    },
  }
}
