import { type AlertRule, alertRule } from './alert-rule.ts'
import { RECORD as R, SOURCE } from './promql.ts'

const BEFORE = `max_over_time(${R.appsOfSource}[1h])`
/** Names the cluster of a source as alerts about clusters do, so that an unreachable cluster inhibits what follows from it. */
const ofCluster = (expression: string): string =>
  `label_replace(${expression}, "dest_cluster", "$1", "app_cluster", "(.+)")`
const THE_SOURCE =
  '{{ if eq $labels.controller "static" }}the config file{{ else }}{{ $labels.controller }}{{ with $labels.app_cluster }} of cluster {{ . }}{{ end }}{{ end }}'

/** Alerts about what many apps have in common. */
export const FLEET_ALERTS: readonly AlertRule[] = [
  alertRule({
    alert: 'GitOpsMassDrift',
    expr: R.massDrift,
    after: '4m',
    keep: '5m',
    severity: 'critical',
    subject: 'fleet',
    summary:
      'Many apps of {{ $labels.scope }} {{ $labels.dest_cluster }}{{ $labels.project }}{{ $labels.repo }} drift at once',
    description:
      '{{ $value | humanizePercentage }} of the apps of {{ $labels.scope }} {{ $labels.dest_cluster }}{{ $labels.project }}{{ $labels.repo }} are not what Git says: look for the one cause that they share.',
  }),
  alertRule({
    alert: 'GitOpsFleetSkew',
    expr: R.fleetSkew,
    after: '1h',
    keep: '5m',
    severity: 'warning',
    subject: 'fleet',
    summary: 'Clusters run different commits of {{ $labels.path }} of {{ $labels.repo }}',
    description:
      'Apps that read {{ $labels.path }} of {{ $labels.repo }} at {{ $labels.target_revision }} have had commits applied that lie more than an hour apart, for more than an hour: some clusters are left behind.',
  }),
  alertRule({
    alert: 'GitOpsControllerStale',
    expr: ofCluster(R.controllerStale),
    after: '5m',
    keep: '5m',
    severity: 'warning',
    subject: 'fleet',
    summary: '{{ $labels.controller }} of {{ $labels.app_cluster }} has stopped looking at its apps',
    description:
      '{{ $labels.controller }} of cluster {{ $labels.app_cluster }} has looked at none of its apps for three times its interval: what it says of them is old, and commits are not applied.',
  }),
  alertRule({
    alert: 'GitOpsClusterUnreachable',
    expr: R.clusterDown,
    after: '5m',
    keep: '2m',
    severity: 'critical',
    subject: 'cluster',
    summary: 'Cluster {{ $labels.dest_cluster }} does not answer the drift exporter',
    description:
      'The exporter has not been able to read cluster {{ $labels.dest_cluster }} for more than 5 minutes: its apps become Unknown, and drift there goes unnoticed.',
  }),
  alertRule({
    alert: 'GitOpsRepositoryUnreachable',
    expr: R.repositoryDown,
    after: '5m',
    keep: '2m',
    severity: 'warning',
    subject: 'fleet',
    summary: 'Repository {{ $labels.repo }} cannot be read by the drift exporter',
    description:
      'The exporter has not been able to read {{ $labels.repo }} for more than 5 minutes: its apps are compared with old commits, and Unknown soon.',
  }),
  alertRule({
    alert: 'GitOpsDiscoveryFailed',
    expr: ofCluster(R.discoveryDown),
    after: '10m',
    keep: '2m',
    severity: 'warning',
    subject: 'fleet',
    summary: `The apps of ${THE_SOURCE} cannot be listed`,
    description: `The exporter has not been able to read all apps of ${THE_SOURCE} for more than 10 minutes: new apps go unnoticed, and those that are known are kept.`,
  }),
  alertRule({
    alert: 'GitOpsAppsVanished',
    expr: ofCluster(
      `(${R.appsOfSource} or 0 * ${BEFORE}) <= 0.5 * ${BEFORE} and ${BEFORE} >= 4 and on (${SOURCE}) max by (${SOURCE}) (gitops_discovery_up) == 1`,
    ),
    after: '5m',
    keep: '5m',
    severity: 'warning',
    subject: 'fleet',
    summary: `Half of the apps of ${THE_SOURCE} are gone`,
    description: `${THE_SOURCE} has {{ $value | humanize }} apps, and had at least twice as many within the last hour. Where that is not meant, somebody deleted them, or the right to see them is gone.`,
  }),
]
