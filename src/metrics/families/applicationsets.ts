import type { ApplicationSetReport } from '../../model/apps/inventory.ts'
import type { FamilyGroup } from './family.ts'

export const applicationSetGroup: FamilyGroup<ApplicationSetReport> = {
  common: ['appset_name', 'appset_namespace', 'app_cluster'],
  commonValues: ({ name, namespace, declaredIn }) => [name, namespace, declaredIn],
  families: [
    {
      name: 'gitops_appset_missing_apps',
      type: 'gauge',
      help: 'Apps that an ApplicationSet should have made and that are not there.',
      labels: [],
      stability: 'experimental',
      presence: 'while it can be computed',
      series: ({ missing }) => (missing === undefined ? [] : [{ values: [], value: missing }]),
    },
    {
      name: 'gitops_appset_surplus_apps',
      type: 'gauge',
      help: 'Apps of an ApplicationSet that it no longer makes and that are still there.',
      labels: [],
      stability: 'experimental',
      presence: 'while it can be computed',
      series: ({ stale }) => (stale === undefined ? [] : [{ values: [], value: stale }]),
    },
  ],
}

/** Key of the series of one ApplicationSet. */
export function applicationSetKey({ declaredIn, namespace, name }: ApplicationSetReport): string {
  return `${declaredIn}/${namespace}/${name}`
}
