import type { RowSpec, Target } from './panels.ts'
import { CHOSEN_PROJECT } from './selectors.ts'

function quantile(name: string, legend: string, by = 'le'): Target {
  return {
    expr: `histogram_quantile(0.99, sum by (${by}) (rate(${name}_bucket[$__rate_interval])))`,
    legend,
  }
}

/** Whether the exporter itself is well. */
export const EXPORTER: RowSpec = {
  title: 'Exporter',
  collapsed: true,
  panels: [
    {
      type: 'timeseries',
      title: 'How long it takes, p99',
      width: 8,
      height: 8,
      unit: 's',
      targets: [
        quantile('gitops_evaluation_duration_seconds', 'evaluation of an app'),
        quantile('gitops_detection_latency_seconds', 'from change to verdict'),
        quantile('gitops_exporter_http_request_duration_seconds', 'HTTP {{route}}', 'le, route'),
      ],
    },
    {
      type: 'timeseries',
      title: 'Evaluations',
      width: 8,
      height: 8,
      unit: 'ops',
      targets: [
        {
          expr: 'sum by (sync_status) (rate(gitops_evaluations_total[$__rate_interval]))',
          legend: '{{sync_status}}',
        },
        { expr: 'sum(gitops_evaluation_queue_length)', legend: 'waiting' },
      ],
    },
    {
      type: 'timeseries',
      title: 'From commit to cluster, p90',
      width: 8,
      height: 8,
      unit: 's',
      targets: [
        {
          expr: `histogram_quantile(0.9, sum by (le, dest_cluster) (rate(gitops_sync_lag_seconds_bucket{${CHOSEN_PROJECT}}[1h])))`,
          legend: '{{dest_cluster}}',
        },
      ],
    },
    {
      type: 'timeseries',
      title: 'Requests to API servers',
      width: 8,
      height: 8,
      unit: 'reqps',
      targets: [
        {
          expr: 'sum by (dest_cluster, code) (rate(gitops_cluster_requests_total{dest_cluster=~"$dest_cluster"}[$__rate_interval]))',
          legend: '{{dest_cluster}} {{code}}',
        },
        {
          expr: 'sum by (dest_cluster) (rate(gitops_cluster_watch_restarts_total{dest_cluster=~"$dest_cluster"}[$__rate_interval]))',
          legend: '{{dest_cluster}} watches restarted',
        },
      ],
    },
    {
      type: 'timeseries',
      title: 'Age of the last contact',
      width: 8,
      height: 8,
      unit: 's',
      targets: [
        {
          expr: 'time() - gitops_cluster_last_contact_timestamp_seconds{dest_cluster=~"$dest_cluster"}',
          legend: '{{dest_cluster}}',
        },
        { expr: 'time() - gitops_repo_last_fetch_timestamp_seconds', legend: '{{repo}}' },
      ],
    },
    {
      type: 'timeseries',
      title: 'Memory',
      width: 8,
      height: 8,
      unit: 'bytes',
      targets: [
        {
          expr: 'process_resident_memory_bytes and on (instance, job) gitops_exporter_build_info',
          legend: '{{instance}}',
        },
      ],
    },
  ],
}
