import { IDENTITY } from './promql.ts'

const IDENTITY_LIST = IDENTITY.split(', ')

interface Inhibition {
  readonly source: string
  readonly target: string
  /** Labels that are the same on both sides. */
  readonly equal: readonly string[]
  /** Labels that neither side may lack: Alertmanager takes two that are absent for equal. */
  readonly present?: readonly string[]
  readonly scope?: string
}

function inhibition({ source, target, equal, present = [], scope }: Inhibition): object {
  const named = present.map((label) => `${label}!=""`)
  return {
    source_matchers: [`alertname="${source}"`, ...(scope === undefined ? [] : [`scope="${scope}"`]), ...named],
    target_matchers: [`alertname=~"${target}"`, ...named],
    equal,
  }
}

const massDrift = (scope: string, label: string): object =>
  inhibition({ source: 'GitOpsMassDrift', scope, target: 'GitOpsOutOfSync', equal: [label], present: [label] })

/** Of alerts that one incident raises only the one that names it is told. */
const INHIBITIONS: readonly object[] = [
  massDrift('cluster', 'dest_cluster'),
  massDrift('project', 'project'),
  massDrift('repository', 'repo'),
  inhibition({
    source: 'GitOpsClusterUnreachable',
    target: 'GitOpsSyncUnknown|GitOpsControllerStale|GitOpsDiscoveryFailed|GitOpsAppsVanished|GitOpsDriftFlapping',
    equal: ['dest_cluster'],
    present: ['dest_cluster'],
  }),
  inhibition({
    source: 'GitOpsRepositoryUnreachable',
    target: 'GitOpsSyncUnknown',
    equal: ['repo'],
    present: ['repo'],
  }),
  inhibition({
    source: 'GitOpsExporterDown',
    target: 'GitOpsExporterInstanceLost|GitOpsShardMissing|GitOpsEvaluationsStalled|GitOpsConfigReloadFailed',
    equal: [],
  }),
  inhibition({
    source: 'GitOpsOutOfSync',
    target: 'GitOpsControllerDisagrees|GitOpsControllerSyncFailed|GitOpsDriftFlapping',
    equal: IDENTITY_LIST,
    present: ['app_name'],
  }),
]

/** An Alertmanager config to start from: put receivers of your own in the place of the webhooks. */
export const ALERTMANAGER_EXAMPLE = {
  route: {
    receiver: 'platform',
    // One notification an incident: all apps of a cluster that drift for the same reason in one.
    group_by: ['alertname', 'dest_cluster'],
    group_wait: '30s',
    group_interval: '5m',
    repeat_interval: '12h',
    routes: [
      // All scopes of one incident.
      { matchers: ['alertname=~"GitOpsMassDrift|GitOpsExporterDown"'], group_by: ['alertname'], receiver: 'on-call' },
      { matchers: ['severity="info"'], receiver: 'chat', repeat_interval: '7d' },
      { matchers: ['label_environment=~"dev|test|staging"'], receiver: 'chat' },
      { matchers: ['severity="critical"'], receiver: 'on-call' },
      // The label `team` of apps; metrics.appLabels in the config of the exporter has to name it.
      { matchers: ['label_team="payments"'], receiver: 'payments' },
    ],
  },
  inhibit_rules: INHIBITIONS,
  receivers: ['platform', 'on-call', 'chat', 'payments'].map((name) => ({
    name,
    webhook_configs: [{ url: `http://127.0.0.1:9095/${name}`, send_resolved: true }],
  })),
}
