import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { runbookUrl } from '../alerts/annotations.ts'
import { IDENTITY } from '../alerts/promql.ts'
import { DATASOURCE } from './panels.ts'
import { CHOSEN, ofProject } from './selectors.ts'

/** Tag of all dashboards, by which they find each other. */
export const TAG = 'gitops-drift'

const field = (label: string): string => `\${__data.fields.${label}:percentencode}`
const APP_ID = ['controller', 'app_kind', 'app_cluster', 'app_namespace', 'app_name', 'dest_cluster']

/** Of a table whose rows carry the labels of an app. */
export const APP_LINKS = [
  {
    title: 'Show this app',
    url: `/d/gitops-app?\${datasource:queryparam}&\${job:queryparam}&var-controller=${field('controller')}&var-cluster=${field('dest_cluster')}&var-app=${field('app_name')}&\${__url_time_range}`,
  },
  { title: 'Status page', url: `\${status_url}/apps/${APP_ID.map(field).join('%7C')}` },
]

/** Of a table whose rows carry the name of an alert. */
export const RUNBOOK_LINKS = [{ title: 'Runbook', url: runbookUrl(`\${__data.fields.alertname}`) }]

const commits = (offset: string): string =>
  `group by (${IDENTITY}, commit) (${ofProject(`gitops_app_revision_info{${CHOSEN}}${offset}`)})`

const annotation = (name: string, color: string, expr: string): AnnotationQueryBuilder =>
  new AnnotationQueryBuilder().name(name).datasource(DATASOURCE).enable(true).iconColor(color).expr(expr).step('60s')

/** A commit where another one was before: what has just been found, or is back, is none. */
export const COMMITS = annotation(
  'Commits',
  'blue',
  `group by (commit) (${commits('')} unless ${commits(' offset $__interval')} and on (${IDENTITY}) ${commits(' offset $__interval')})`,
)
  .titleFormat('Commit')
  .textFormat('{{commit}} is what Git says now')

export const MANUAL_CHANGES = annotation(
  'Manual changes',
  'red',
  `max by (${IDENTITY}) (${ofProject(`increase(gitops_manual_changes_total{${CHOSEN}, actor_class="person"}[$__rate_interval])`)}) > 0`,
)
  .titleFormat('Manual change')
  .textFormat('{{app_name}} in {{dest_cluster}} was changed past Git, with a person’s tool')
