import type { InstrumentFamily } from './family.ts'

const stable = { stability: 'stable', presence: 'always' } as const

/** Metrics about the exporter itself, held by prom-client. The engine sends measurements for some of them by name. */
export const INSTRUMENT_FAMILIES = [
  {
    ...stable,
    name: 'gitops_repo_fetch_duration_seconds',
    type: 'histogram',
    help: 'How long fetches from the repository took.',
    labels: ['repo'],
    presence: 'once something was fetched',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
  },
  {
    ...stable,
    name: 'gitops_evaluation_duration_seconds',
    type: 'histogram',
    help: 'How long evaluations of an app took.',
    labels: [],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  {
    ...stable,
    name: 'gitops_evaluations_total',
    type: 'counter',
    help: 'Evaluations of apps by what they found.',
    labels: ['sync_status'],
    presence: 'each status once it occurred',
  },
  {
    ...stable,
    name: 'gitops_evaluation_queue_length',
    type: 'gauge',
    help: 'Apps that wait for their evaluation.',
    labels: [],
  },
  {
    ...stable,
    name: 'gitops_detection_latency_seconds',
    type: 'histogram',
    help: 'From noticing a change in Git or in a cluster to the new verdict.',
    labels: [],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60],
  },
  {
    ...stable,
    name: 'gitops_sync_lag_seconds',
    type: 'histogram',
    help: 'From first seeing a commit on the branch to first seeing it live.',
    labels: ['controller', 'project', 'dest_cluster'],
    presence: 'once a commit was seen to arrive',
    buckets: [5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 43_200, 86_400],
  },
  {
    name: 'gitops_controller_last_activity_timestamp_seconds',
    type: 'gauge',
    help: 'When the controller last said that it had looked at one of its apps, Unix time: one that stands still is stuck.',
    labels: ['controller', 'app_cluster'],
    stability: 'experimental',
    presence: 'once the controller said so; Argo CD and Flux do',
  },
  {
    ...stable,
    name: 'gitops_exporter_build_info',
    type: 'gauge',
    help: 'The exporter: its version and that of its runtime.',
    labels: ['version', 'node_version'],
  },
  {
    ...stable,
    name: 'gitops_exporter_config_last_reload_successful',
    type: 'gauge',
    help: 'Whether the last attempt to load the config succeeded.',
    labels: [],
    presence: 'once the config was loaded',
  },
  {
    ...stable,
    name: 'gitops_exporter_config_last_reload_success_timestamp_seconds',
    type: 'gauge',
    help: 'When the config was last loaded with success, Unix time.',
    labels: [],
    presence: 'once the config was loaded',
  },
  {
    ...stable,
    name: 'gitops_exporter_http_request_duration_seconds',
    type: 'histogram',
    help: 'How long HTTP requests took, until the last byte was sent.',
    labels: ['route', 'code'],
    presence: 'each pair once it occurred',
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
  },
] as const satisfies readonly InstrumentFamily[]

export type InstrumentName = (typeof INSTRUMENT_FAMILIES)[number]['name']
