import { type AlertRule, alertRule } from './alert-rule.ts'
import { RECORD as R } from './promql.ts'

const one = (expression: string): string => `max by (job, instance) (${expression})`
// Both are 0 until they are known.
const PASS_INTERVAL = one('gitops_exporter_pass_interval_seconds > 0')
const LAST_PASS = `(${one('gitops_exporter_last_pass_timestamp_seconds > 0')} or on (job, instance) ${one('process_start_time_seconds')})`
const IDLE = 'sum by (job, instance) (increase(gitops_evaluations_total[15m])) == 0'

/** Alerts about the exporter itself. */
export const EXPORTER_ALERTS: readonly AlertRule[] = [
  alertRule({
    alert: 'GitOpsExporterDown',
    // One that never was there names no target.
    expr: `${R.exporterUp} == 0 or absent(gitops_exporter_build_info) unless on () ${R.exporterUp}`,
    after: '5m',
    keep: '10m',
    severity: 'critical',
    subject: 'exporter',
    summary: 'The GitOps drift exporter{{ with $labels.instance }} {{ . }}{{ end }} is down',
    description:
      'Prometheus has not been able to scrape gitops-drift-exporter{{ with $labels.instance }} at {{ . }}{{ end }} for more than 5 minutes: drift goes unnoticed. Alerts that were firing stay for six hours.',
  }),
  alertRule({
    alert: 'GitOpsExporterInstanceLost',
    expr: `${R.exportersKnown} < max_over_time(${R.exportersSteady}[6h])`,
    after: '10m',
    keep: '2m',
    severity: 'warning',
    subject: 'exporter',
    summary: 'One of several GitOps drift exporters is gone',
    description:
      'There are {{ $value | humanize }} exporters, and there were more within the last six hours: a replica or shard is gone together with its target, and nobody looks at its apps.',
  }),
  alertRule({
    alert: 'GitOpsShardMissing',
    // Shards that do not agree on their number have clusters that two have, or none.
    expr: `count(count by (shard) (gitops_exporter_shards)) != max(gitops_exporter_shards) or min(gitops_exporter_shards) != max(gitops_exporter_shards)`,
    after: '15m',
    keep: '2m',
    severity: 'critical',
    subject: 'exporter',
    summary: 'A shard of the GitOps drift exporter is missing',
    description:
      'Not all shards are there, or they do not agree on how many there are ({{ $value | humanize }}): some apps are evaluated by nobody.',
  }),
  alertRule({
    alert: 'GitOpsEvaluationsStalled',
    expr: `time() - ${LAST_PASS} > on (job, instance) 2 * ${PASS_INTERVAL} or ${one('gitops_evaluation_queue_length')} > 0 and on (job, instance) ${IDLE}`,
    after: '5m',
    keep: '15m',
    severity: 'critical',
    subject: 'exporter',
    summary: 'The GitOps drift exporter {{ $labels.instance }} answers and judges nothing',
    description:
      'No pass of {{ $labels.instance }} has ended for twice its interval, or apps wait and none is evaluated: its verdicts are old.',
  }),
  alertRule({
    alert: 'GitOpsConfigReloadFailed',
    expr: `${one('gitops_exporter_config_last_reload_successful')} == 0`,
    after: '5m',
    keep: '2m',
    severity: 'warning',
    subject: 'exporter',
    summary: 'The GitOps drift exporter {{ $labels.instance }} refused its new config',
    description:
      'The config of {{ $labels.instance }} has a mistake and the one before is still in use. The log names line and column; `gitops-drift-exporter validate` shows the same.',
  }),
  alertRule({
    alert: 'GitOpsMetricsTruncated',
    expr: 'max(gitops_drifted_objects_omitted) > 0',
    after: '10m',
    keep: '5m',
    severity: 'info',
    subject: 'exporter',
    summary: '{{ $value | humanize }} drifted objects have no series',
    description:
      'More objects drift than gitops_drifted_object_info may name: {{ $value | humanize }} are left out. Statuses and counts of apps are complete; the status page has all objects.',
  }),
]
