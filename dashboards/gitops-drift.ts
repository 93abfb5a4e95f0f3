import { ONE_APP } from './app-row.ts'
import { EXPORTER } from './exporter-row.ts'
import { OVERVIEW } from './overview-row.ts'
import { DATASOURCE, layOut } from './panels.ts'
import { CHOSEN_PROJECT } from './selectors.ts'

function queryVariable(name: string, label: string, query: string, multi: boolean) {
  return {
    type: 'query',
    name,
    label,
    datasource: DATASOURCE,
    query: { query, refId: `variable-${name}` },
    definition: query,
    refresh: 2,
    sort: 1,
    multi,
    includeAll: true,
    allValue: '.*',
    current: { text: ['All'], value: ['$__all'] },
  }
}

/** The dashboard as Grafana imports it. */
export const DASHBOARD = {
  uid: 'gitops-drift',
  title: 'GitOps drift',
  description: 'Whether what runs in the clusters is what Git says, found by gitops-drift-exporter itself.',
  tags: ['gitops', 'drift'],
  schemaVersion: 41,
  editable: true,
  graphTooltip: 1,
  refresh: '30s',
  time: { from: 'now-6h', to: 'now' },
  templating: {
    list: [
      { type: 'datasource', name: 'datasource', label: 'Data source', query: 'prometheus', current: {} },
      queryVariable('controller', 'Controller', 'label_values(gitops_app_info, controller)', true),
      queryVariable('project', 'Project', 'label_values(gitops_app_info{controller=~"$controller"}, project)', true),
      queryVariable(
        'dest_cluster',
        'Cluster',
        'label_values(gitops_app_info{controller=~"$controller"}, dest_cluster)',
        true,
      ),
      queryVariable('app', 'App', `label_values(gitops_app_info{${CHOSEN_PROJECT}}, app_name)`, true),
    ],
  },
  panels: layOut([OVERVIEW, ONE_APP, EXPORTER]),
}
