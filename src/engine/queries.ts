import type { ObjectVerdict } from '../model/difference.ts'
import { CodedError, fromFailure } from '../model/failure.ts'
import type { RenderedObject } from '../model/rendering.ts'
import type { AppState } from './app-state.ts'
import type { EvaluationPorts } from './compare/evaluation-ports.ts'
import { judgeWhole } from './compare/update-record.ts'
import { unpackDesired } from './desired/packed-rendering.ts'
import { appliedObject } from './desired/placement.ts'
import type { ClusterState } from './live/cluster-state.ts'

/** All objects of an app as they are now, in sync or not, with whole values. */
export async function objectsOf(
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
export function desiredOf(appState: AppState, cluster: ClusterState | undefined): readonly RenderedObject[] {
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
      object: appliedObject(desiredObject, app),
    }))
}
