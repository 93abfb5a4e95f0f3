import { SOURCE } from '../alerts/promql.ts'
import { dashboardOf, type Row } from './dashboard.ts'
import { count, freshness, lines, rows } from './panels.ts'
import { JOB } from './selectors.ts'
import { CLUSTERS, DATASOURCES, INSTANCES, JOBS, STATUS_URL } from './variables.ts'

const ONE = `${JOB}, instance=~"$instance"`
const OF_CLUSTER = `${ONE}, dest_cluster=~"$cluster"`
const by = (expression: string, labels = 'instance'): string => `max by (${labels}) (${expression})`
const third = { width: 8, height: 8 } as const
const small = { width: 4, height: 4 } as const

const quantile = (share: number, family: string, labels = 'le, instance'): string =>
  `histogram_quantile(${share}, sum by (${labels}) (rate(${family}_bucket{${ONE}}[$__rate_interval])))`

const HEALTH: Row = {
  title: 'Is it well?',
  panels: [
    freshness(
      {
        ...small,
        title: 'Exporters',
        description: 'How many exporters answer. Red: none.',
        unit: 'none',
        runbook: 'GitOpsExporterDown',
      },
      { expr: `count(group by (instance) (gitops_exporter_build_info{${ONE}}))` },
      {
        steps: [
          [null, 'red'],
          [1, 'green'],
        ],
      },
    ),
    freshness(
      {
        ...small,
        title: 'Config',
        description: 'Whether the last attempt to load the config succeeded; otherwise the one before is still in use.',
        unit: 'none',
        runbook: 'GitOpsConfigReloadFailed',
      },
      { expr: `min(gitops_exporter_config_last_reload_successful{${ONE}})` },
      {
        steps: [[null, 'red']],
        words: { 0: { text: 'refused', color: 'red' }, 1: { text: 'in use', color: 'green' } },
      },
    ),
    freshness(
      {
        ...small,
        title: 'Last pass',
        description: 'How long ago the last full pass ended, of the exporter that is behind most.',
        unit: 's',
        runbook: 'GitOpsEvaluationsStalled',
      },
      { expr: `time() - min(gitops_exporter_last_pass_timestamp_seconds{${ONE}} > 0)` },
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
        title: 'Apps that wait',
        description: 'Apps that wait for their evaluation.',
        unit: 'none',
        runbook: 'GitOpsEvaluationsStalled',
      },
      { expr: `sum(gitops_evaluation_queue_length{${ONE}})` },
      {
        steps: [
          [null, 'red'],
          [0, 'green'],
        ],
      },
    ),
    count(
      {
        ...small,
        title: 'Objects without series',
        description: 'Drifted objects that gitops_drifted_object_info leaves out because of its limit.',
        unit: 'none',
        runbook: 'GitOpsMetricsTruncated',
      },
      { expr: `max(gitops_drifted_objects_omitted{${ONE}})` },
      'orange',
    ),
    count(
      {
        ...small,
        title: 'Targets that do not answer',
        description: 'Exporters that Prometheus knows of and cannot scrape.',
        unit: 'none',
        runbook: 'GitOpsExporterInstanceLost',
      },
      {
        // What has been an exporter: other programs may have the same job.
        expr: `sum((up{${ONE}} and on (job, instance) last_over_time(gitops_exporter_build_info{${ONE}}[$__range])) == bool 0)`,
      },
      'red',
    ),
    count(
      {
        ...small,
        height: 6,
        title: 'Missing shards',
        description: 'Shards of which no exporter tells, whichever instances are chosen. No data: there are no shards.',
        unit: 'none',
        runbook: 'GitOpsShardMissing',
      },
      {
        expr: `max(gitops_exporter_shards{${JOB}}) - count(count by (shard) (gitops_exporter_shards{${JOB}}))`,
      },
      'red',
    ),
    rows(
      {
        title: 'Exporters',
        description: 'Version, runtime, and where the status page is found.',
        width: 10,
        height: 6,
        unit: 'none',
      },
      {
        expr: `group by (job, instance, version, node_version, external_url) (gitops_exporter_build_info{${ONE}})`,
      },
      {
        job: { heading: 'Job' },
        instance: { heading: 'Instance' },
        version: { heading: 'Version' },
        node_version: { heading: 'Node' },
        external_url: { heading: 'Status page' },
      },
    ),
    rows(
      {
        title: 'Sources of apps',
        description: 'How long ago each source was last known completely.',
        width: 10,
        height: 6,
        unit: 'none',
        runbook: 'GitOpsDiscoveryFailed',
      },
      { expr: `time() - min by (instance, ${SOURCE}) (gitops_discovery_last_success_timestamp_seconds{${ONE}})` },
      {
        instance: { heading: 'Instance' },
        controller: { heading: 'Controller' },
        app_cluster: { heading: 'Cluster' },
        Value: { heading: 'Ago', unit: 's' },
      },
    ),
  ],
}

const WORK: Row = {
  title: 'Evaluations',
  panels: [
    lines(
      { ...third, title: 'Evaluations', description: 'Apps evaluated, by what was found.', unit: 'ops' },
      [
        {
          expr: `sum by (sync_status) (rate(gitops_evaluations_total{${ONE}}[$__rate_interval]))`,
          legend: '{{sync_status}}',
        },
      ],
      { stacked: true, colors: { Synced: 'green', OutOfSync: 'red', Unknown: 'orange' } },
    ),
    lines({ ...third, title: 'Apps that wait', description: 'Length of the queue of evaluations.', unit: 'none' }, [
      { expr: by(`gitops_evaluation_queue_length{${ONE}}`), legend: '{{instance}}' },
    ]),
    lines(
      {
        ...third,
        title: 'Intervals since the last pass',
        description: 'A full pass should end once an interval: more than two, and evaluations stand still.',
        unit: 'none',
        runbook: 'GitOpsEvaluationsStalled',
      },
      [
        {
          expr: by(
            `(time() - gitops_exporter_last_pass_timestamp_seconds{${ONE}}) / (gitops_exporter_pass_interval_seconds{${ONE}} > 0)`,
          ),
          legend: '{{instance}}',
        },
      ],
    ),
    lines({ ...third, title: 'Evaluation of an app', description: 'How long evaluations take.', unit: 's' }, [
      { expr: quantile(0.5, 'gitops_evaluation_duration_seconds'), legend: 'p50 {{instance}}' },
      { expr: quantile(0.99, 'gitops_evaluation_duration_seconds'), legend: 'p99 {{instance}}' },
    ]),
    lines(
      {
        ...third,
        title: 'From change to verdict',
        description: 'From noticing a change in Git or in a cluster to the new verdict.',
        unit: 's',
      },
      [
        { expr: quantile(0.5, 'gitops_detection_latency_seconds'), legend: 'p50 {{instance}}' },
        { expr: quantile(0.99, 'gitops_detection_latency_seconds'), legend: 'p99 {{instance}}' },
      ],
    ),
    lines(
      {
        ...third,
        title: 'Fetches from repositories, p99',
        description: 'How long fetches took.',
        unit: 's',
        runbook: 'GitOpsRepositoryUnreachable',
      },
      [{ expr: quantile(0.99, 'gitops_repo_fetch_duration_seconds', 'le, repo'), legend: '{{repo}}' }],
    ),
  ],
}

const OUTSIDE: Row = {
  title: 'Clusters, repositories, readers',
  panels: [
    lines(
      {
        ...third,
        title: 'Requests to API servers',
        description: 'By HTTP status code; 0 where there was no answer.',
        unit: 'reqps',
      },
      [
        {
          expr: `sum by (dest_cluster, code) (rate(gitops_cluster_requests_total{${OF_CLUSTER}}[$__rate_interval]))`,
          legend: '{{dest_cluster}} {{code}}',
        },
      ],
    ),
    lines(
      {
        ...third,
        title: 'Watches that were begun anew',
        description: 'Watches that ended before their time.',
        unit: 'ops',
      },
      [
        {
          expr: `sum by (dest_cluster) (rate(gitops_cluster_watch_restarts_total{${OF_CLUSTER}}[$__rate_interval]))`,
          legend: '{{dest_cluster}}',
        },
      ],
    ),
    lines(
      {
        ...third,
        title: 'Last contact with clusters',
        description: 'How long ago each cluster last answered or sent an event.',
        unit: 's',
        runbook: 'GitOpsClusterUnreachable',
      },
      [
        {
          expr: `time() - ${by(`gitops_cluster_last_contact_timestamp_seconds{${OF_CLUSTER}}`, 'dest_cluster')}`,
          legend: '{{dest_cluster}}',
        },
      ],
    ),
    lines(
      {
        ...third,
        title: 'Last contact with repositories',
        description: 'How long ago each repository was last asked with success.',
        unit: 's',
        runbook: 'GitOpsRepositoryUnreachable',
      },
      [
        {
          expr: `time() - ${by(`gitops_repo_last_fetch_timestamp_seconds{${ONE}}`, 'repo')}`,
          legend: '{{repo}}',
        },
      ],
    ),
    lines({ ...third, title: 'HTTP requests, p99', description: 'Until the last byte was sent.', unit: 's' }, [
      {
        expr: quantile(0.99, 'gitops_exporter_http_request_duration_seconds', 'le, route'),
        legend: '{{route}}',
      },
    ]),
    lines(
      {
        ...third,
        title: 'Controllers: last sign of life',
        description: 'How long ago each controller last said that it had looked at one of its apps.',
        unit: 's',
        runbook: 'GitOpsControllerStale',
      },
      [
        {
          expr: `time() - ${by(`gitops_controller_last_activity_timestamp_seconds{${ONE}}`, SOURCE)}`,
          legend: '{{controller}} of {{app_cluster}}',
        },
      ],
    ),
  ],
}

const of = (metric: string): string => `${metric} and on (job, instance) gitops_exporter_build_info{${ONE}}`

const PROCESS: Row = {
  title: 'Process',
  panels: [
    lines({ ...third, title: 'Memory', description: 'Resident memory of the process.', unit: 'bytes' }, [
      { expr: by(of(`process_resident_memory_bytes{${ONE}}`)), legend: '{{instance}}' },
    ]),
    lines({ ...third, title: 'CPU', description: 'Cores that the process uses.', unit: 'none' }, [
      {
        expr: by(of(`rate(process_cpu_seconds_total{${ONE}}[$__rate_interval])`)),
        legend: '{{instance}}',
      },
    ]),
    lines(
      {
        ...third,
        title: 'Lag of the event loop, p99',
        description: 'For so long the main thread answers nothing.',
        unit: 's',
      },
      [{ expr: by(of(`nodejs_eventloop_lag_p99_seconds{${ONE}}`)), legend: '{{instance}}' }],
    ),
  ],
}

/** Whether the exporter itself is well. */
export const EXPORTER = dashboardOf({
  uid: 'gitops-exporter',
  title: 'GitOps drift / Exporter',
  description: 'Whether gitops-drift-exporter is well: what it reads, how long it takes, what it waits for.',
  variables: [DATASOURCES, JOBS, INSTANCES, CLUSTERS, STATUS_URL],
  annotations: [],
  rows: [HEALTH, WORK, OUTSIDE, PROCESS],
})
