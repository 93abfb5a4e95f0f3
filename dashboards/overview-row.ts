import type { PanelSpec, RowSpec } from './panels.ts'
import { CHOSEN, CHOSEN_PROJECT, IDENTITY, ofProject } from './selectors.ts'

const STATUS_COLORS = { Synced: 'green', OutOfSync: 'red', Unknown: 'orange' }
const APP_LINK = {
  label: 'app_name',
  title: 'Show this app',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills these in
  url: '/d/gitops-drift?${datasource:queryparam}&${controller:queryparam}&${project:queryparam}&${dest_cluster:queryparam}&var-app=${__value.raw}&${__url_time_range}',
}

function statusStat(status: string, tone: 'bad' | 'unsure' | 'plain'): PanelSpec {
  const expr = `sum(gitops_app_sync_status{${CHOSEN_PROJECT}, sync_status="${status}"})`
  return { type: 'stat', title: status, width: 4, height: 4, tone, target: { expr } }
}

/** How many apps are in which status, which ones, and why. */
export const OVERVIEW: RowSpec = {
  title: 'Overview',
  panels: [
    statusStat('OutOfSync', 'bad'),
    statusStat('Unknown', 'unsure'),
    statusStat('Synced', 'plain'),
    {
      type: 'stat',
      title: 'Disagreeing with the controller',
      description: 'Apps whose controller says something else than was found, for longer than a grace period.',
      width: 4,
      height: 4,
      tone: 'bad',
      target: { expr: `sum(gitops_app_verdict_disagrees{${CHOSEN}})` },
    },
    {
      type: 'stat',
      title: 'Clusters down',
      width: 4,
      height: 4,
      tone: 'bad',
      target: { expr: 'count(gitops_cluster_up{dest_cluster=~"$dest_cluster"} == 0)' },
    },
    {
      type: 'stat',
      title: 'Repositories down',
      width: 4,
      height: 4,
      tone: 'bad',
      target: { expr: 'count(gitops_repo_up == 0)' },
    },
    {
      type: 'table',
      title: 'OutOfSync',
      description: 'What runs is not what Git says. Click an app to see more below.',
      width: 24,
      height: 8,
      target: {
        expr: `(time() - gitops_app_out_of_sync_since_timestamp_seconds{${CHOSEN}}) * on (${IDENTITY}) group_left (project, repo, path, target_revision, dest_namespace) gitops_app_info{${CHOSEN_PROJECT}, sync_status="OutOfSync"}`,
      },
      columns: {
        app_name: 'App',
        dest_cluster: 'Cluster',
        dest_namespace: 'Namespace',
        project: 'Project',
        controller: 'Controller',
        repo: 'Repository',
        path: 'Path',
        target_revision: 'Revision',
      },
      value: { heading: 'For', unit: 's' },
      link: APP_LINK,
    },
    {
      type: 'table',
      title: 'Unknown',
      description: 'What could not be judged, and why: docs/errors.md explains the reasons.',
      width: 24,
      height: 6,
      target: {
        expr: `(time() - gitops_app_unknown_since_timestamp_seconds{${CHOSEN}}) * on (${IDENTITY}) group_left (reason) gitops_app_unknown_reason{${CHOSEN}} * on (${IDENTITY}) group_left (project) gitops_app_info{${CHOSEN_PROJECT}}`,
      },
      columns: {
        app_name: 'App',
        dest_cluster: 'Cluster',
        project: 'Project',
        controller: 'Controller',
        reason: 'Reason',
      },
      value: { heading: 'For', unit: 's' },
      link: APP_LINK,
    },
    {
      type: 'timeseries',
      title: 'Apps by status',
      width: 12,
      height: 8,
      stacked: true,
      colors: STATUS_COLORS,
      targets: [
        { expr: `sum by (sync_status) (gitops_app_sync_status{${CHOSEN_PROJECT}})`, legend: '{{sync_status}}' },
      ],
    },
    {
      type: 'timeseries',
      title: 'Why apps are OutOfSync',
      description: 'git: Git moved ahead. live: the cluster moved away. both: both.',
      width: 12,
      height: 8,
      stacked: true,
      targets: [
        {
          expr: `sum by (cause) (${ofProject(`gitops_app_out_of_sync_cause{${CHOSEN}}`)})`,
          legend: '{{cause}}',
        },
      ],
    },
    {
      type: 'bargauge',
      title: 'OutOfSync by cluster',
      width: 8,
      height: 8,
      target: {
        expr: `sum by (dest_cluster) (gitops_app_sync_status{${CHOSEN_PROJECT}, sync_status="OutOfSync"}) > 0`,
        legend: '{{dest_cluster}}',
      },
    },
    {
      type: 'bargauge',
      title: 'Commits behind',
      width: 8,
      height: 8,
      target: {
        expr: `topk(10, ${ofProject(`(gitops_app_commits_behind{${CHOSEN}} > 0)`)})`,
        legend: '{{app_name}} in {{dest_cluster}}',
      },
    },
    {
      type: 'bargauge',
      title: 'Flapping: changes of status in a day',
      width: 8,
      height: 8,
      target: {
        expr: `topk(10, ${ofProject(`(increase(gitops_app_sync_status_changes_total{${CHOSEN}}[1d]) > 2)`)})`,
        legend: '{{app_name}} in {{dest_cluster}}',
      },
    },
  ],
}
