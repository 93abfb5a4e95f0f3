import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DATASOURCE } from './panels.ts'
import { JOB } from './selectors.ts'

function labelValues(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query({ query, refId: `variable-${name}` })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
}

/** Any number of values; all of them at first, also series without the label where `allValue` is `.*`. */
function several(name: string, label: string, query: string, allValue: '.*' | '.+' = '.*'): QueryVariableBuilder {
  return labelValues(name, label, query)
    .multi(true)
    .includeAll(true)
    .allValue(allValue)
    .current({ text: ['All'], value: ['$__all'] })
}

export const DATASOURCES = new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus')
export const JOBS = several('job', 'Job', 'label_values(gitops_exporter_build_info, job)', '.+')
export const INSTANCES = several(
  'instance',
  'Instance',
  `label_values(gitops_exporter_build_info{${JOB}}, instance)`,
  '.+',
)
export const CONTROLLERS = several('controller', 'Controller', `label_values(gitops_app_info{${JOB}}, controller)`)
export const CLUSTERS = several('cluster', 'Cluster', `label_values(gitops_app_info{${JOB}}, dest_cluster)`)
export const PROJECTS = several(
  'project',
  'Project',
  `label_values(gitops_app_info{${JOB}, dest_cluster=~"$cluster"}, project)`,
)

const APP_NAMES = `label_values(gitops_app_info{${JOB}, dest_cluster=~"$cluster", project=~"$project"}, app_name)`
export const APPS = several('app', 'App', APP_NAMES)
export const ONE_APP = labelValues('app', 'App', APP_NAMES)

/** `externalUrl` of the config, for links to the status page. */
export const STATUS_URL = labelValues(
  'status_url',
  'Status page',
  `label_values(gitops_exporter_build_info{${JOB}, external_url!=""}, external_url)`,
).hide(VariableHide.HideVariable)
