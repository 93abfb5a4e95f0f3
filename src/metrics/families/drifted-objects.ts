import type { AppReport } from '../../model/fleet.ts'
import type { AppId } from '../../model/identity.ts'
import type { ObjectState, ObjectVerdict } from '../../model/verdicts/difference.ts'
import type { ItemFamily } from './family.ts'

/** Most drifted objects of one app that get a series: an app that lost everything must not flood Prometheus. */
export const DRIFTED_OBJECT_LIMIT = 50

const DRIFTED: ReadonlySet<ObjectState> = new Set(['changed', 'missing', 'extra'] as const)

/** How many drifted objects of an app have a series now. */
export type ShownObjects = (app: AppId) => number

export function driftedObjectFamily(shown: ShownObjects): ItemFamily<AppReport> {
  return {
    name: 'gitops_drifted_object_info',
    type: 'gauge',
    help: `An object that is not as Git says, with the first field that differs and the field manager that wrote it, and by way of which subresource; at most ${DRIFTED_OBJECT_LIMIT} per app.`,
    labels: ['group', 'kind', 'object_namespace', 'object', 'state', 'field', 'actor'],
    stability: 'stable',
    presence: 'while the object is changed, missing or extra; fewer of each app where many apps drift',
    series: (report) =>
      driftedObjects(report)
        .slice(0, shown(report.summary.id))
        .map((object) => ({ values: valuesOf(object), value: 1 })),
  }
}

function driftedObjects({ verdict }: AppReport): readonly ObjectVerdict[] {
  return verdict.objects.filter(({ state, effect }) => DRIFTED.has(state) && effect !== 'report')
}

/** How many there are, of which the verdict may tell of fewer, and how many can have a series. */
export function driftedCounts(report: AppReport): { readonly listed: number; readonly all: number } {
  const { objects, objectCounts } = report.verdict
  const reported = objects.filter(({ state, effect }) => DRIFTED.has(state) && effect === 'report').length
  const all = [...DRIFTED].reduce((sum, state) => sum + objectCounts[state], 0) - reported
  return { listed: driftedObjects(report).length, all }
}

/** Only names: the values of fields are on the status page, for those who may see them, and so are users. */
function valuesOf({ key, state, differences }: ObjectVerdict): readonly string[] {
  const first = differences.find(({ effect }) => effect === 'drift')
  const { manager = '', subresource } = first?.actor ?? {}
  const actor = subresource === undefined ? manager : `${manager} ${subresource}`
  return [key.group, key.kind, key.namespace, key.name, state, first?.path ?? '', actor]
}
