import type { AppReport } from '../../model/fleet.ts'
import type { ObjectState, ObjectVerdict } from '../../model/verdicts/difference.ts'
import type { ItemFamily } from './family.ts'

/** Most drifted objects of one app that get a series: an app that lost everything must not flood Prometheus. */
const DRIFTED_OBJECT_LIMIT = 50

const DRIFTED: ReadonlySet<ObjectState> = new Set(['changed', 'missing', 'extra'] as const)

export const driftedObjectFamily: ItemFamily<AppReport> = {
  name: 'gitops_drifted_object_info',
  type: 'gauge',
  help: `An object that is not as Git says, with the first field that differs and the field manager that wrote it; at most ${DRIFTED_OBJECT_LIMIT} per app.`,
  labels: ['group', 'kind', 'object_namespace', 'object', 'state', 'field', 'actor'],
  stability: 'stable',
  presence: 'while the object is changed, missing or extra',
  series: ({ verdict }) =>
    verdict.objects
      .filter(({ state, effect }) => DRIFTED.has(state) && effect !== 'report')
      .slice(0, DRIFTED_OBJECT_LIMIT)
      .map((object) => ({ values: valuesOf(object), value: 1 })),
}

/** Only names: the values of fields are on the status page, for those who may see them, and so are users. */
function valuesOf({ key, state, differences }: ObjectVerdict): readonly string[] {
  const first = differences.find(({ effect }) => effect === 'drift')
  return [key.group, key.kind, key.namespace, key.name, state, first?.path ?? '', first?.actor?.manager ?? '']
}

/** Drifted objects of the app that have no series. */
export function omittedObjects({ verdict: { objects, objectCounts } }: AppReport): number {
  const all = [...DRIFTED].reduce((sum, state) => sum + objectCounts[state], 0)
  return all - Math.min(objects.filter(({ state }) => DRIFTED.has(state)).length, DRIFTED_OBJECT_LIMIT)
}
