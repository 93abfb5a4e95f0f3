import type { App } from '../../model/apps/app.ts'
import type { ErrorCode } from '../../model/errors.ts'
import { CodedError, type Failure, toFailure } from '../../model/failure.ts'
import type { Revision } from '../../model/sources/git.ts'
import type { AppState } from '../app-state.ts'
import { renderApp } from '../desired/app-rendering.ts'
import { requireMarkable } from '../desired/placement.ts'
import { withoutChart } from '../desired/render-request.ts'
import { resolveShared } from '../desired/shared-placement.ts'
import { adoptDesired, declaredKinds } from './adopt-desired.ts'
import type { EvaluationPorts } from './evaluation-ports.ts'

/** Failures that a retry may not meet: the last results count until their inputs are stale. */
const PASSING: readonly ErrorCode[] = [
  'GDE_ABORTED',
  'GDE_GIT_UNREACHABLE',
  'GDE_GIT_AUTH',
  'GDE_GIT_TLS',
  'GDE_GIT_PROTOCOL',
  'GDE_GIT_REDIRECT',
  'GDE_GIT_DAMAGED',
  'GDE_SOURCE_UNREACHABLE',
  'GDE_SOURCE_AUTH',
  'GDE_SOURCE_TLS',
  'GDE_SOURCE_PROTOCOL',
  'GDE_SOURCE_REDIRECT',
  'GDE_CLUSTER_UNREACHABLE',
  'GDE_CLUSTER_AUTH',
  'GDE_CLUSTER_TLS',
  'GDE_CLUSTER_PROTOCOL',
]

/**
 * Updates an app's desired state, and compares the objects whose desired state changed.
 * @param all compares every object
 */
export async function refresh(appState: AppState, all: boolean, ports: EvaluationPorts): Promise<void> {
  const { app, desired } = appState
  // A timeout of a rendering will happen again; one of a server may not.
  let waitsForServer = false
  try {
    // Discovery does not know it yet: what was said before holds until it does.
    if (app.problem?.code === 'GDE_NOT_EVALUATED') return desired.wait()
    if (app.problem !== undefined) return fail(appState, app.problem)
    const cluster = ports.cluster(app.to.cluster)
    if (cluster === undefined) return fail(appState, noCluster(app.to.cluster))
    waitsForServer = true
    const { revisions, sourced, warnings } = await resolveSources(app, ports)
    waitsForServer = false
    const { capabilities } = cluster
    // Evaluated again once the capabilities arrive; until then the failure of the cluster is the reason.
    if (capabilities === undefined) return desired.wait()
    const { rendering, remotes } = await renderApp(sourced, revisions, capabilities, ports)
    requireMarkable(rendering, app)
    const objects = resolveShared(rendering, app, capabilities)
    waitsForServer = true
    const refused = await cluster.schemas.load([...declaredKinds(objects).values()], capabilities, ports.signal)
    waitsForServer = false
    const further = [...warnings, ...refused]
    const resolved = further.length === 0 ? objects : { ...objects, warnings: [...objects.warnings, ...further] }
    const repositories = [...sourced.sources.map(({ repository }) => repository), ...remotes]
    if (appState.app !== app || appState.removed || ports.cluster(app.to.cluster) !== cluster) return
    await adoptDesired(appState, cluster, { revisions, rendering, resolved, repositories }, all, ports)
    ports.remotes.keep(appState.id, remotes)
    desired.succeed()
  } catch (thrown) {
    if (ports.signal.aborted || appState.app !== app) return
    const failure = toFailure(thrown, { app: app.name })
    // A failure that names a repository is one of its server, though it came up while rendering.
    const isServers = waitsForServer || failure.repository !== undefined
    fail(appState, failure, isServers && ['GDE_TIMEOUT', 'GDE_RENDER_REMOTE_BASE'].includes(failure.code))
    if (failure.code === 'GDE_GIT_DAMAGED')
      for (const { repository } of app.sources) ports.repositories.verify(repository)
  }
}

function noCluster(name: string): Failure {
  return { code: 'GDE_CLUSTER_UNKNOWN', message: `the destination "${name}" is no cluster that is known` }
}

function fail({ desired }: AppState, failure: Failure, isPassing = false): void {
  desired.fail(failure, isPassing || PASSING.includes(failure.code))
}

interface ResolvedSources {
  readonly revisions: readonly Revision[]
  /** The app with the sources that count. */
  readonly sourced: App
  readonly warnings: readonly Failure[]
}

/** @throws CodedError why a source cannot be had, where nothing stands for it */
async function resolveSources(app: App, { repositories, signal }: EvaluationPorts): Promise<ResolvedSources> {
  try {
    const revisions = await Promise.all(app.sources.map((source) => repositories.resolve(source, signal)))
    return { revisions, sourced: app, warnings: [] }
  } catch (error) {
    const other = error instanceof CodedError && !signal.aborted ? withoutChart(app, error.failure) : undefined
    if (other === undefined) throw error
    const { code, message, ...where } = toFailure(error)
    const reason = `the chart cannot be had, so what Helm installed is compared: ${message}`
    return { revisions: [], sourced: other, warnings: [{ code, message: reason, ...where }] }
  }
}
