import type { AppReport } from '../../model/fleet.ts'
import type { Controller } from '../../model/identity.ts'
import type { ItemFamily } from './family.ts'
import { argocdRepositoryLabel } from './repository-label.ts'

function hasController(controller: Controller): boolean {
  return controller === 'argocd' || controller === 'flux'
}

/**
 * Argo CD's own metric for apps that are not Argo CD's, so that alerts and dashboards made for it work for them too. Our
 * identity labels come before Argo CD's: a Kustomization and a HelmRelease may share a name and a namespace.
 */
export const argocdFamily: ItemFamily<AppReport> = {
  name: 'argocd_app_info',
  type: 'gauge',
  help: 'An app with the labels that Argo CD gives its applications.',
  labels: [
    'autosync_enabled',
    'dest_namespace',
    'dest_server',
    'health_status',
    'name',
    'namespace',
    'operation',
    'project',
    'repo',
    'sync_status',
  ],
  stability: 'stable',
  presence: 'with compatibility.argocd, apps that are not Argo CD’s',
  series: ({ summary, verdict }) => {
    if (summary.controller === 'argocd') return []
    const values = [
      // Off would be wrong of an app that nothing could sync by itself.
      hasController(summary.controller) ? String(summary.autoSync) : '',
      summary.destinationNamespace,
      summary.server === '' ? summary.destination || 'unknown' : summary.server,
      summary.reportedStatus?.health ?? 'Unknown',
      summary.name,
      summary.namespace,
      '',
      summary.project,
      argocdRepositoryLabel(summary.sources[0]?.url ?? ''),
      verdict.outcome.status,
    ]
    return [{ values, value: 1 }]
  },
}
