import { IDENTITY, SOURCE } from '../alerts/promql.ts'
import { dashboardOf, type Row } from './dashboard.ts'
import { APP_LINKS, COMMITS, MANUAL_CHANGES, RUNBOOK_LINKS } from './links.ts'
import { bars, count, freshness, lines, rows } from './panels.ts'
import { CHOSEN, CHOSEN_PROJECT, DRIFT_AGE, down, each, has, JOB, ofProject, RANK, withLabels } from './selectors.ts'
import { APPS, CLUSTERS, CONTROLLERS, DATASOURCES, JOBS, PROJECTS, STATUS_URL } from './variables.ts'

const STATUS_COLORS = { Synced: 'green', OutOfSync: 'red', Unknown: 'orange' }
const STATUSES = ['OutOfSync', 'Unknown', 'Synced'] as const
const APP_COLUMNS = {
  app_name: { heading: 'App', links: APP_LINKS },
  dest_cluster: { heading: 'Cluster' },
  project: { heading: 'Project' },
  controller: { heading: 'Controller' },
}

const FRESHNESS: Row = {
  title: 'Is this true now?',
  panels: [
    freshness(
      {
        title: 'Exporters',
        description: 'How many exporters answer. Red: none, and nothing below is known.',
        width: 4,
        height: 4,
        unit: 'none',
        runbook: 'GitOpsExporterDown',
      },
      { expr: `count(group by (instance) (gitops_exporter_build_info{${JOB}}))` },
      {
        steps: [
          [null, 'red'],
          [1, 'green'],
        ],
      },
    ),
    freshness(
      {
        title: 'Discovery',
        description: 'Whether every source of apps was read completely, and changes are seen.',
        width: 4,
        height: 4,
        unit: 'none',
        runbook: 'GitOpsDiscoveryFailed',
      },
      { expr: `min(gitops_discovery_up{${JOB}})` },
      {
        steps: [[null, 'red']],
        words: { 0: { text: 'incomplete', color: 'red' }, 1: { text: 'complete', color: 'green' } },
      },
    ),
    freshness(
      {
        title: 'Oldest evaluation',
        description: 'Age of the verdict that was looked at longest ago.',
        width: 4,
        height: 4,
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
        title: 'Last pass, in intervals',
        description: 'How many of its own intervals ago a full pass ended. More than two: evaluations stand still.',
        width: 4,
        height: 4,
        unit: 'none',
        runbook: 'GitOpsEvaluationsStalled',
      },
      {
        expr: `max((time() - gitops_exporter_last_pass_timestamp_seconds{${JOB}}) / (gitops_exporter_pass_interval_seconds{${JOB}} > 0))`,
      },
      {
        decimals: 1,
        steps: [
          [null, 'red'],
          [0, 'green'],
          [1.5, 'orange'],
          [2, 'red'],
        ],
      },
    ),
    freshness(
      {
        title: 'Clusters that do not answer',
        description: 'Apps of these are Unknown, or soon will be.',
        width: 4,
        height: 4,
        unit: 'none',
        runbook: 'GitOpsClusterUnreachable',
      },
      { expr: down('gitops_cluster_up', 'dest_cluster', `${JOB}, dest_cluster=~"$cluster"`) },
      {
        steps: [
          [null, 'red'],
          [0, 'green'],
          [1, 'red'],
        ],
      },
    ),
    freshness(
      {
        title: 'Repositories that cannot be read',
        description: 'Apps of these are compared with old commits.',
        width: 4,
        height: 4,
        unit: 'none',
        runbook: 'GitOpsRepositoryUnreachable',
      },
      { expr: down('gitops_repo_up', 'repo', JOB) },
      {
        steps: [
          [null, 'red'],
          [0, 'green'],
          [1, 'red'],
        ],
      },
    ),
  ],
}

function statusCount(status: 'OutOfSync' | 'Unknown' | 'Synced', description: string, runbook?: string) {
  const look = { title: status, description, width: 4, height: 4, unit: 'none' }
  const color = status === 'Synced' ? 'green' : STATUS_COLORS[status]
  return count(runbook === undefined ? look : { ...look, runbook }, { expr: `sum(${has(status)})` }, color)
}

/** 0 where there are apps, and nothing where nobody tells of any. */
const NONE = `0 * count(gitops_app_info{${CHOSEN_PROJECT}})`
const olderThan = (seconds: number): string => `sum(${DRIFT_AGE} > bool ${seconds}) or on () ${NONE}`
const causes = (pattern: string): string => ofProject(`gitops_app_out_of_sync_cause{${CHOSEN}, cause=~"${pattern}"}`)
const small = { width: 4, height: 4 } as const

const STATUS: Row = {
  title: 'Status',
  panels: [
    statusCount('OutOfSync', 'Apps of which what runs is not what Git says.', 'GitOpsOutOfSync'),
    statusCount('Unknown', 'Apps that cannot be judged: drift there goes unnoticed.', 'GitOpsSyncUnknown'),
    statusCount('Synced', 'Apps of which what runs is what Git says.'),
    count(
      { ...small, title: 'Apps', description: 'All that are known, each once, whatever scrapes it.', unit: 'none' },
      { expr: `count(${RANK})` },
      'text',
    ),
    count(
      {
        ...small,
        title: 'Changed in the cluster',
        description: 'Apps that drift since somebody changed what runs, whether or not a commit waits besides.',
        unit: 'none',
        runbook: 'GitOpsManualChange',
      },
      { expr: `sum(max by (${IDENTITY}) (${causes('live|both')})) or on () ${NONE}` },
      'red',
    ),
    count(
      {
        ...small,
        title: 'Drift for over a day',
        description: 'Apps that have not been what Git says for longer than a day.',
        unit: 'none',
        runbook: 'GitOpsOutOfSync',
      },
      { expr: olderThan(86_400) },
      'red',
    ),
    lines(
      {
        title: 'Apps by status',
        description: 'Each app once, whatever scrapes it. A gap: nobody told.',
        width: 10,
        height: 8,
        unit: 'none',
      },
      STATUSES.map((status) => ({ expr: `sum(${has(status)})`, legend: status })),
      { stacked: true, colors: STATUS_COLORS },
    ),
    rows(
      {
        title: 'Alerts that fire',
        description: 'What is told to people now. It stays while no exporter answers, as the alerts do.',
        width: 14,
        height: 8,
        unit: 'none',
      },
      {
        expr: 'group by (alertname, severity, scope, app_name, dest_cluster, project, repo) (ALERTS{alertstate="firing", alertname=~"GitOps.+"})',
      },
      {
        alertname: { heading: 'Alert', links: RUNBOOK_LINKS },
        severity: { heading: 'Severity' },
        scope: { heading: 'Scope' },
        app_name: { heading: 'App' },
        dest_cluster: { heading: 'Cluster' },
        project: { heading: 'Project' },
        repo: { heading: 'Repository' },
      },
    ),
    lines(
      {
        title: 'Why apps are OutOfSync',
        description: 'git: a commit was not applied. live: the cluster was changed. both: both.',
        width: 6,
        height: 8,
        unit: 'none',
      },
      [
        {
          expr: `sum by (cause) (max by (${IDENTITY}, cause) (${causes('.+')}))`,
          legend: '{{cause}}',
        },
      ],
      { stacked: true },
    ),
    lines(
      {
        title: 'OutOfSync by cluster',
        description: 'Clusters with apps that drift.',
        width: 6,
        height: 8,
        unit: 'none',
      },
      [{ expr: `sum by (dest_cluster) ${has('OutOfSync')} > 0`, legend: '{{dest_cluster}}' }],
      { stacked: true },
    ),
    lines(
      {
        title: 'OutOfSync by project',
        description: 'Projects with apps that drift.',
        width: 6,
        height: 8,
        unit: 'none',
      },
      [{ expr: `sum by (project) ${has('OutOfSync')} > 0`, legend: '{{project}}' }],
      { stacked: true },
    ),
    lines(
      {
        title: 'OutOfSync by team',
        description: 'By the label `team` of apps, where metrics.appLabels of the config names it.',
        width: 6,
        height: 8,
        unit: 'none',
      },
      [
        {
          expr: `sum by (label_team) (${withLabels(has('OutOfSync'), 'label_team', `gitops_app_labels{${CHOSEN}, label_team!=""}`)})`,
          legend: '{{label_team}}',
        },
      ],
      { stacked: true },
    ),
  ],
}

const DRIFT: Row = {
  title: 'Drift',
  panels: [
    rows(
      {
        title: 'OutOfSync, the oldest first',
        description:
          'For how long each app has not been what Git says; kept while it is Unknown. Click an app to see more.',
        width: 16,
        height: 9,
        unit: 'none',
        runbook: 'GitOpsOutOfSync',
      },
      {
        expr: `sort_desc(${withLabels(DRIFT_AGE, 'project, repo, path, target_revision', `gitops_app_info{${CHOSEN_PROJECT}}`)})`,
      },
      {
        ...APP_COLUMNS,
        repo: { heading: 'Repository' },
        path: { heading: 'Path' },
        target_revision: { heading: 'Revision' },
        Value: { heading: 'For', unit: 's' },
      },
    ),
    lines(
      {
        title: 'Age of drift',
        description: 'How many apps have drifted for longer than that.',
        width: 8,
        height: 9,
        unit: 'none',
      },
      [
        { expr: olderThan(3600), legend: 'an hour' },
        { expr: olderThan(86_400), legend: 'a day' },
        { expr: olderThan(7 * 86_400), legend: 'a week' },
      ],
    ),
    bars(
      {
        title: 'Mass drift: share of a cluster that drifts',
        description: 'From half of at least five apps on, look for the one cause that they share.',
        width: 8,
        height: 8,
        unit: 'percentunit',
        runbook: 'GitOpsMassDrift',
      },
      { expr: `topk(15, avg by (dest_cluster) ${has('OutOfSync')})`, legend: '{{dest_cluster}}' },
    ),
    bars(
      {
        title: 'Mass drift: share of a project that drifts',
        description: 'From half of at least five apps on, look for the one cause that they share.',
        width: 8,
        height: 8,
        unit: 'percentunit',
        runbook: 'GitOpsMassDrift',
      },
      { expr: `topk(15, avg by (project) ${has('OutOfSync')})`, legend: '{{project}}' },
    ),
    lines(
      {
        title: 'Changes of status',
        description:
          'How often apps change their status: many changes of few apps are two writers that undo each other’s work.',
        width: 8,
        height: 8,
        unit: 'none',
        runbook: 'GitOpsDriftFlapping',
      },
      [
        {
          expr: `sum by (dest_cluster) (max by (${IDENTITY}) (${ofProject(`increase(gitops_app_sync_status_changes_total{${CHOSEN}}[$__rate_interval])`)}))`,
          legend: '{{dest_cluster}}',
        },
      ],
    ),
    rows(
      {
        title: 'Unknown',
        description: 'What cannot be judged, since when and why: docs/errors.md explains the reasons.',
        width: 12,
        height: 8,
        unit: 'none',
        runbook: 'GitOpsSyncUnknown',
      },
      {
        expr: withLabels(
          withLabels(
            `(time() - ${each('gitops_app_unknown_since_timestamp_seconds')})`,
            'reason',
            `gitops_app_unknown_reason{${CHOSEN}}`,
          ),
          'project',
          `gitops_app_info{${CHOSEN_PROJECT}}`,
        ),
      },
      { ...APP_COLUMNS, reason: { heading: 'Reason' }, Value: { heading: 'For', unit: 's' } },
    ),
    rows(
      {
        title: 'Controllers that say something else',
        description: 'Apps whose controller says something else than was found, for longer than a grace period.',
        width: 12,
        height: 8,
        unit: 'none',
        runbook: 'GitOpsControllerDisagrees',
      },
      {
        expr: withLabels(
          `(${each('gitops_app_verdict_disagrees')} == 1)`,
          'project',
          `gitops_app_info{${CHOSEN_PROJECT}}`,
        ),
      },
      APP_COLUMNS,
    ),
  ],
}

const PLACE = 'repo, path, target_revision, project, controller'
const applied = `gitops_app_info{${CHOSEN_PROJECT}} * on (${IDENTITY}, job, instance) group_left () gitops_app_applied_commit_timestamp_seconds{${CHOSEN}}`

const DELIVERY: Row = {
  title: 'Delivery and people',
  panels: [
    lines(
      {
        title: 'Lead time: from commit to cluster, p90',
        description:
          'From first seeing a commit on the branch to first seeing it live. Of chosen projects only where metrics.lagByProject is on.',
        width: 8,
        height: 8,
        unit: 's',
      },
      [
        {
          expr: `histogram_quantile(0.9, sum by (le, dest_cluster) (rate(gitops_sync_lag_seconds_bucket{${JOB}, dest_cluster=~"$cluster", project=~"$project"}[$__range]))) and on () gitops_exporter_build_info{${JOB}}`,
          legend: '{{dest_cluster}}',
        },
      ],
    ),
    bars(
      {
        title: 'Lead time of the last commit',
        description: 'The apps whose last commit took longest.',
        width: 8,
        height: 8,
        unit: 's',
      },
      {
        expr: `topk(15, ${each('gitops_app_last_sync_lag_seconds')})`,
        legend: '{{app_name}} in {{dest_cluster}}',
      },
    ),
    bars(
      {
        title: 'Commits that wait',
        description: 'Apps with commits on what they read that were not applied yet.',
        width: 8,
        height: 8,
        unit: 'none',
      },
      { expr: `topk(15, ${each('gitops_app_commits_behind')} > 0)`, legend: '{{app_name}} in {{dest_cluster}}' },
    ),
    rows(
      {
        title: 'Skew: the same source, different commits',
        description:
          'How far the commits lie apart that clusters run of the same path, where it is more than a minute.',
        width: 12,
        height: 8,
        unit: 'none',
        runbook: 'GitOpsFleetSkew',
      },
      { expr: `sort_desc(max by (${PLACE}) (${applied}) - min by (${PLACE}) (${applied}) > 60)` },
      {
        repo: { heading: 'Repository' },
        path: { heading: 'Path' },
        target_revision: { heading: 'Revision' },
        project: { heading: 'Project' },
        Value: { heading: 'Apart', unit: 's' },
      },
    ),
    lines(
      {
        title: 'Manual changes by who made them',
        description: 'Changes past Git: by a person’s tool, by another controller, or by somebody who left no trace.',
        width: 6,
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
    bars(
      {
        title: 'Drifted objects by actor',
        description: 'Which field manager wrote the first field that differs.',
        width: 6,
        height: 8,
        unit: 'none',
        runbook: 'GitOpsManualChange',
      },
      {
        expr: `topk(15, count by (actor) (group by (${IDENTITY}, group, kind, object_namespace, object, actor) (${ofProject(`gitops_drifted_object_info{${CHOSEN}, actor!=""}`)})))`,
        legend: '{{actor}}',
      },
    ),
    rows(
      {
        title: 'Sources of apps',
        description: 'Where apps are declared, and whether all of them were read.',
        width: 24,
        height: 6,
        unit: 'none',
        runbook: 'GitOpsDiscoveryFailed',
      },
      { expr: `time() - min by (${SOURCE}) (gitops_discovery_last_success_timestamp_seconds{${JOB}})` },
      {
        controller: { heading: 'Controller' },
        app_cluster: { heading: 'Cluster' },
        Value: { heading: 'Read completely, ago', unit: 's' },
      },
    ),
  ],
}

/** How many apps are in which status, which ones, why, and whether that is true now. */
export const FLEET = dashboardOf({
  uid: 'gitops-fleet',
  title: 'GitOps drift / Fleet',
  description: 'Whether what runs in the clusters is what Git says, found by gitops-drift-exporter itself.',
  variables: [DATASOURCES, JOBS, CONTROLLERS, CLUSTERS, PROJECTS, APPS, STATUS_URL],
  annotations: [COMMITS, MANUAL_CHANGES],
  rows: [FRESHNESS, STATUS, DRIFT, DELIVERY],
})
