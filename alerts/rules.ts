/** One alerting rule in Prometheus' words. */
export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

export interface AlertGroup {
  readonly name: string
  readonly rules: readonly AlertRule[]
}

/** Where the anchors of docs/alerts.md are reached from a notification. */
const RUNBOOKS = 'https://github.com/gitops-drift-exporter/gitops-drift-exporter/blob/main/docs/alerts.md'

/**
 * Labels that change when the exporter moves to another pod or node. They are aggregated away, so that an alert stays the same alert
 * over a restart; all others, those that a scrape config adds for routing among them, stay.
 */
const INSTANCE_LABELS = 'instance, pod, container, endpoint, node, uid'

/**
 * How long the last values of an exporter that is gone still count while no running one has the series: longer than a
 * restart, so that none resolves an alert. Where a running exporter has the series, only its value counts.
 */
const RESTART_WINDOW = '10m'

/** Series with this value on a running exporter, or, where none has them, with this last value on one that is gone. */
function hasValue(selector: string, value: 0 | 1): string {
  const now = `max without (${INSTANCE_LABELS}) (${selector})`
  const last = `max without (${INSTANCE_LABELS}) (last_over_time(${selector}[${RESTART_WINDOW}]))`
  return `${now} == ${value} or (${last} == ${value} unless ${now})`
}

interface AlertText {
  readonly severity: 'warning' | 'critical'
  readonly summary: string
  readonly description: string
}

function rule(alert: string, expr: string, wait: string, { severity, summary, description }: AlertText): AlertRule {
  const runbook = `${RUNBOOKS}#${alert.toLowerCase()}`
  return { alert, expr, for: wait, labels: { severity }, annotations: { summary, description, runbook_url: runbook } }
}

/** Every alert there is; docs/alerts.md has a heading for each. */
export const ALERT_GROUPS: readonly AlertGroup[] = [
  {
    name: 'gitops-drift',
    rules: [
      rule('GitOpsOutOfSync', hasValue('gitops_app_sync_status{sync_status="OutOfSync"}', 1), '5m', {
        severity: 'warning',
        summary: 'App {{ $labels.app_name }} in {{ $labels.dest_cluster }} is not what Git says',
        description:
          'The {{ $labels.controller }} app {{ $labels.app_name }}{{ with $labels.app_namespace }} of namespace {{ . }}{{ end }}{{ with $labels.project }}, project {{ . }},{{ end }} has been OutOfSync in cluster {{ $labels.dest_cluster }} for more than 5 minutes.',
      }),
    ],
  },
  {
    name: 'gitops-drift-exporter',
    rules: [
      rule(
        'GitOpsExporterDown',
        // The second part finds one of several: the one that is down has no build_info, the others give the job.
        'absent(gitops_exporter_build_info) or (up == 0 and on (job) group by (job) (gitops_exporter_build_info))',
        '5m',
        {
          severity: 'critical',
          summary: 'The GitOps drift exporter{{ with $labels.instance }} {{ . }}{{ end }} is down',
          description:
            'Prometheus has not been able to scrape gitops-drift-exporter{{ with $labels.instance }} at {{ . }}{{ end }} for more than 5 minutes: drift goes unnoticed.',
        },
      ),
      rule('GitOpsClusterUnreachable', hasValue('gitops_cluster_up', 0), '5m', {
        severity: 'warning',
        summary: 'Cluster {{ $labels.dest_cluster }} does not answer the drift exporter',
        description:
          'The exporter has not been able to read cluster {{ $labels.dest_cluster }} for more than 5 minutes: its apps are Unknown, and drift there goes unnoticed.',
      }),
      rule('GitOpsRepositoryUnreachable', hasValue('gitops_repo_up', 0), '5m', {
        severity: 'warning',
        summary: 'Repository {{ $labels.repo }} cannot be read by the drift exporter',
        description:
          'The exporter has not been able to read {{ $labels.repo }} for more than 5 minutes: its apps are compared with old commits, and Unknown soon.',
      }),
    ],
  },
]
