import { withoutCopies } from '../kubernetes/secret-copies.ts'
import { CodedError, fromFailure } from '../model/failure.ts'
import type { AppId } from '../model/identity.ts'
import type { RenderedObject } from '../model/sources/rendering.ts'
import type { ObjectVerdict } from '../model/verdicts/difference.ts'
import type { AppState } from './app-state.ts'
import type { EvaluationPorts } from './compare/evaluation-ports.ts'
import { judgeWhole } from './compare/update-record.ts'
import { unpackDesired } from './desired/packed-rendering.ts'
import { appliedObject } from './desired/placement.ts'
import type { ClusterState } from './live/cluster-state.ts'
import type { Engine } from './ports.ts'

/** What somebody asks of one app, beside its report. */
export function createQueries(
  appStates: ReadonlyMap<AppId, AppState>,
  ports: EvaluationPorts,
): Pick<Engine, 'objects' | 'desired' | 'dependencies'> {
  const clusterOf = ({ app }: AppState): ClusterState | undefined => ports.cluster(app.to.cluster)
  return {
    async objects(id) {
      const appState = appStates.get(id)
      const cluster = appState === undefined ? undefined : clusterOf(appState)
      return appState === undefined || cluster === undefined ? [] : objectsOf(appState, cluster, ports)
    },
    async desired(id) {
      const appState = appStates.get(id)
      if (appState === undefined) throw new CodedError('GDE_NOT_EVALUATED', 'there is no such app')
      return desiredOf(appState, clusterOf(appState))
    },
    dependencies: async (id) => appStates.get(id)?.desired.current?.rendering.dependencies ?? [],
  }
}

/** All objects of an app as they are now, in sync or not, with whole values. */
async function objectsOf(
  appState: AppState,
  cluster: ClusterState,
  ports: EvaluationPorts,
): Promise<readonly ObjectVerdict[]> {
  const verdicts: ObjectVerdict[] = []
  for (const record of [...appState.objects.records.values()]) {
    const verdict = await judgeWhole({ appState, record, cluster, ports })
    if (verdict !== undefined) verdicts.push(verdict)
    await ports.slice.yieldIfBusy()
  }
  return verdicts
}

/** The desired objects as the controller applies them. @throws CodedError why they are not known */
function desiredOf(appState: AppState, cluster: ClusterState | undefined): readonly RenderedObject[] {
  const { app } = appState
  const { current, failure: own } = appState.desired
  if (current === undefined) {
    const failure = own ?? cluster?.failure
    throw failure === undefined
      ? new CodedError('GDE_NOT_EVALUATED', 'not rendered yet', { app: app.name })
      : fromFailure({ app: app.name, ...failure })
  }
  const { objects, skipped } = current.resolved
  return [...objects.values(), ...skipped.values()]
    .filter(({ declared }) => declared.compared === undefined)
    .map((desiredObject) => ({
      ...unpackDesired(desiredObject.declared),
      object: withoutCopies(appliedObject(desiredObject, app), desiredObject.declared.copies),
    }))
}
