import type { RowSpec } from './panels.ts'
import { APP } from './selectors.ts'

/** The apps that the variable chooses, in detail. */
export const ONE_APP: RowSpec = {
  title: 'App $app',
  panels: [
    {
      type: 'state-timeline',
      title: 'Status',
      width: 24,
      height: 5,
      states: [
        { value: 0, text: 'Synced', color: 'green' },
        { value: 1, text: 'Unknown', color: 'orange' },
        { value: 2, text: 'OutOfSync', color: 'red' },
      ],
      target: {
        expr: `sum without (sync_status) (2 * gitops_app_sync_status{${APP}, sync_status="OutOfSync"} or gitops_app_sync_status{${APP}, sync_status="Unknown"})`,
        legend: '{{app_name}} in {{dest_cluster}}',
      },
    },
    {
      type: 'table',
      title: 'Objects that are not as Git says',
      width: 16,
      height: 8,
      target: { expr: `gitops_drifted_object_info{${APP}}` },
      columns: {
        app_name: 'App',
        dest_cluster: 'Cluster',
        kind: 'Kind',
        group: 'Group',
        object_namespace: 'Namespace',
        object: 'Name',
        state: 'State',
      },
    },
    {
      type: 'bargauge',
      title: 'Objects by state',
      width: 8,
      height: 8,
      target: { expr: `sum by (state) (gitops_app_objects{${APP}})`, legend: '{{state}}' },
    },
    {
      type: 'timeseries',
      title: 'Differences by class',
      width: 8,
      height: 8,
      stacked: true,
      targets: [{ expr: `sum by (class) (gitops_app_differences{${APP}})`, legend: '{{class}}' }],
    },
    {
      type: 'timeseries',
      title: 'Manual changes',
      width: 8,
      height: 8,
      targets: [
        {
          expr: `sum by (actor_class) (increase(gitops_manual_changes_total{${APP}}[$__rate_interval]))`,
          legend: '{{actor_class}}',
        },
      ],
    },
    {
      type: 'timeseries',
      title: 'Age of what Git says and of what was applied',
      width: 8,
      height: 8,
      unit: 's',
      targets: [
        {
          expr: `time() - gitops_app_desired_commit_timestamp_seconds{${APP}}`,
          legend: 'Git: {{app_name}} in {{dest_cluster}}',
        },
        {
          expr: `time() - gitops_app_applied_commit_timestamp_seconds{${APP}}`,
          legend: 'applied: {{app_name}} in {{dest_cluster}}',
        },
      ],
    },
  ],
}
