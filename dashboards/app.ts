import { IDENTITY } from '../alerts/promql.ts'
import { dashboardOf, type Row } from './dashboard.ts'
import { APP_LINKS, COMMITS, MANUAL_CHANGES } from './links.ts'
import { bars, freshness, lines, rows, timeline } from './panels.ts'
import { CHOSEN, CHOSEN_PROJECT, DRIFT_AGE, each, JOB, ofProject, RANK, RANKS, withLabels } from './selectors.ts'
import { CLUSTERS, CONTROLLERS, DATASOURCES, JOBS, ONE_APP, PROJECTS, STATUS_URL } from './variables.ts'

const WORDS = [
  { value: RANKS.OutOfSync, text: 'OutOfSync', color: 'red' },
  { value: RANKS.Synced, text: 'Synced', color: 'green' },
  { value: RANKS.Unknown, text: 'Unknown', color: 'orange' },
]
const NAME = '{{app_name}} in {{dest_cluster}}'
const reported = (status: 'OutOfSync' | 'Synced' | 'Unknown'): string =>
  `${RANKS[status]} * gitops_app_controller_sync_status{${CHOSEN}, sync_status="${status}"}`
const REPORTED = `max by (${IDENTITY}) (${ofProject(`(${reported('OutOfSync')} or ${reported('Synced')} or ${reported('Unknown')})`)})`
const small = { width: 4, height: 4 } as const

const NOW: Row = {
  title: '$app now',
  panels: [
    freshness(
      {
        ...small,
        title: 'Looked at',
        description: 'How long ago the app was last evaluated. Red: nobody tells.',
        unit: 's',
        runbook: 'GitOpsEvaluationsStalled',
      },
      { expr: `time() - min(${each('gitops_app_last_evaluation_timestamp_seconds')})` },
      {
        steps: [
          [null, 'red'],
          [0, 'green'],
          [3600, 'orange'],
          [6 * 3600, 'red'],
        ],
      },
    ),
    freshness(
      {
        ...small,
        title: 'Its source',
        description: 'Whether the sources of apps that are declared where this one is were read completely.',
        unit: 'none',
        runbook: 'GitOpsDiscoveryFailed',
      },
      {
        expr: `min(gitops_discovery_up{${JOB}} and on (controller, app_cluster) gitops_app_info{${CHOSEN_PROJECT}})`,
      },
      {
        steps: [[null, 'red']],
        words: { 0: { text: 'incomplete', color: 'red' }, 1: { text: 'complete', color: 'green' } },
      },
    ),
    freshness(
      {
        ...small,
        title: 'Its cluster',
        description: 'Whether the clusters that the app goes to answer.',
        unit: 'none',
        runbook: 'GitOpsClusterUnreachable',
      },
      {
        expr: `min(max by (dest_cluster) (gitops_cluster_up{${JOB}}) and on (dest_cluster) gitops_app_info{${CHOSEN_PROJECT}})`,
      },
      {
        steps: [[null, 'red']],
        words: { 0: { text: 'unreachable', color: 'red' }, 1: { text: 'answers', color: 'green' } },
      },
    ),
    rows(
      {
        title: 'The app',
        description: 'Where it is declared, what it reads and where it goes. The link leads to its status page.',
        width: 12,
        height: 4,
        unit: 'none',
      },
      {
        expr: `group by (${IDENTITY}, project, repo, path, target_revision, dest_namespace, auto_sync, sync_status) (gitops_app_info{${CHOSEN_PROJECT}})`,
      },
      {
        app_name: { heading: 'App', links: APP_LINKS.slice(1) },
        dest_cluster: { heading: 'Cluster' },
        sync_status: { heading: 'Status' },
        repo: { heading: 'Repository' },
        path: { heading: 'Path' },
        target_revision: { heading: 'Revision' },
        auto_sync: { heading: 'Auto-sync' },
      },
    ),
    timeline(
      {
        title: 'Status, and the word of the controller',
        description: 'What was found, and below it what the controller says. A gap: nobody told.',
        width: 24,
        height: 6,
        unit: 'none',
        runbook: 'GitOpsOutOfSync',
      },
      [
        { expr: RANK, legend: NAME },
        { expr: REPORTED, legend: `{{controller}} says of ${NAME}` },
      ],
      WORDS,
    ),
  ],
}

const WHAT: Row = {
  title: 'What differs, and who did it',
  panels: [
    rows(
      {
        title: 'Objects that are not as Git says',
        description:
          'The first field that differs of each object, and the field manager that wrote it. At most 50; the status page has all.',
        width: 16,
        height: 9,
        unit: 'none',
        runbook: 'GitOpsOutOfSync',
      },
      {
        expr: `group by (${IDENTITY}, group, kind, object_namespace, object, state, field, actor) (${ofProject(`gitops_drifted_object_info{${CHOSEN}}`)})`,
      },
      {
        dest_cluster: { heading: 'Cluster' },
        kind: { heading: 'Kind' },
        object_namespace: { heading: 'Namespace' },
        object: { heading: 'Name', links: APP_LINKS.slice(1) },
        state: { heading: 'State' },
        field: { heading: 'Field' },
        actor: { heading: 'Who' },
      },
    ),
    bars(
      {
        title: 'Objects by state',
        description: 'All objects of the app by what was found about them.',
        width: 8,
        height: 9,
        unit: 'none',
      },
      {
        expr: `sum by (state) (max by (${IDENTITY}, state) (${ofProject(`gitops_app_objects{${CHOSEN}}`)}))`,
        legend: '{{state}}',
      },
    ),
    lines(
      {
        title: 'For how long it has drifted',
        description: 'Since the app was OutOfSync; kept while it is Unknown, gone when it is Synced.',
        width: 8,
        height: 8,
        unit: 's',
      },
      [{ expr: DRIFT_AGE, legend: NAME }],
    ),
    lines(
      {
        title: 'Differences by class',
        description: 'Changed, missing, removed or added fields and objects.',
        width: 8,
        height: 8,
        unit: 'none',
      },
      [
        {
          expr: `sum by (class) (max by (${IDENTITY}, class) (gitops_app_differences{${CHOSEN_PROJECT}}))`,
          legend: '{{class}}',
        },
      ],
      { stacked: true },
    ),
    lines(
      {
        title: 'Manual changes',
        description: 'Changes past Git, by who made them.',
        width: 8,
        height: 8,
        unit: 'none',
        runbook: 'GitOpsManualChange',
      },
      [
        {
          expr: `sum by (actor_class) (max by (${IDENTITY}, actor_class) (${ofProject(`increase(gitops_manual_changes_total{${CHOSEN}}[$__rate_interval])`)}))`,
          legend: '{{actor_class}}',
        },
      ],
      { stacked: true },
    ),
  ],
}

const [DESIRED, APPLIED] = [
  each('gitops_app_desired_commit_timestamp_seconds'),
  each('gitops_app_applied_commit_timestamp_seconds'),
]
const COMMIT_COLUMNS = { dest_cluster: { heading: 'Cluster' }, commit: { heading: 'Git says' } }

const DELIVERY: Row = {
  title: 'Commits and the controller',
  panels: [
    rows(
      {
        title: 'Commits',
        description: 'The newest commit that should run, the one that was applied, and how old the former is.',
        width: 12,
        height: 7,
        unit: 'none',
      },
      {
        expr: withLabels(`(time() - ${DESIRED})`, 'commit, applied_commit', `gitops_app_revision_info{${CHOSEN}}`),
      },
      {
        ...COMMIT_COLUMNS,
        applied_commit: { heading: 'Applied' },
        Value: { heading: 'Commit made, ago', unit: 's' },
      },
    ),
    rows(
      {
        title: 'Last operation of the controller',
        description: 'How long ago it ended, and how.',
        width: 12,
        height: 7,
        unit: 'none',
        runbook: 'GitOpsControllerSyncFailed',
      },
      {
        expr: `time() - max by (${IDENTITY}, phase) (${ofProject(`gitops_app_controller_last_operation_timestamp_seconds{${CHOSEN}}`)})`,
      },
      {
        controller: { heading: 'Controller' },
        dest_cluster: { heading: 'Cluster' },
        phase: { heading: 'Phase' },
        Value: { heading: 'Ended, ago', unit: 's' },
      },
    ),
    lines(
      {
        title: 'Commits that wait',
        description: 'Commits on what the app reads that were not applied yet, where it is known what was applied.',
        width: 8,
        height: 8,
        unit: 'none',
      },
      [{ expr: `${each('gitops_app_commits_behind')} or 0 * (${APPLIED} == ${DESIRED})`, legend: NAME }],
    ),
    lines(
      {
        title: 'Lag of the last commit',
        description:
          'From first seeing the last commit that arrived to first seeing it live; and how long the controller may take.',
        width: 8,
        height: 8,
        unit: 's',
      },
      [
        { expr: each('gitops_app_last_sync_lag_seconds'), legend: NAME },
        { expr: each('gitops_app_sync_interval_seconds'), legend: `interval of {{controller}}` },
      ],
    ),
    lines(
      {
        title: 'Age of what Git says and of what was applied',
        description: 'Where they part, a commit waits.',
        width: 8,
        height: 8,
        unit: 's',
      },
      [
        { expr: `time() - ${DESIRED}`, legend: `Git: ${NAME}` },
        { expr: `time() - ${APPLIED}`, legend: `applied: ${NAME}` },
      ],
    ),
  ],
}

/** One app: since when, what, who, which commit, and what its controller says. */
export const APP = dashboardOf({
  uid: 'gitops-app',
  title: 'GitOps drift / App',
  description: 'Since when one app is not what Git says, what differs, who did it, and which commits wait.',
  variables: [DATASOURCES, JOBS, CONTROLLERS, CLUSTERS, PROJECTS, ONE_APP, STATUS_URL],
  annotations: [COMMITS, MANUAL_CHANGES],
  rows: [NOW, WHAT, DELIVERY],
})
