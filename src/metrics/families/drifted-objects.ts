import type { AppReport } from '../../model/fleet.ts'
import type { ItemFamily } from './family.ts'

/** Most drifted objects of one app that get a series: an app that lost everything must not flood Prometheus. */
const DRIFTED_OBJECT_LIMIT = 50

const DRIFTED = new Set(['changed', 'missing', 'extra'])

export const driftedObjectFamily: ItemFamily<AppReport> = {
  name: 'gitops_drifted_object_info',
  type: 'gauge',
  help: `An object that is not as Git says; at most ${DRIFTED_OBJECT_LIMIT} per app.`,
  labels: ['group', 'kind', 'object_namespace', 'object', 'state'],
  stability: 'stable',
  presence: 'while the object is changed, missing or extra',
  series: ({ verdict }) =>
    verdict.objects
      .filter(({ state, effect }) => DRIFTED.has(state) && effect !== 'report')
      .slice(0, DRIFTED_OBJECT_LIMIT)
      .map(({ key, state }) => ({ values: [key.group, key.kind, key.namespace, key.name, state], value: 1 })),
}
