import { IDENTITY_LABELS } from '../src/metrics/families/apps.ts'

/** Labels that name an app, for `by (…)` and `on (…)`. */
export const IDENTITY = IDENTITY_LABELS.join(', ')
/** Labels of clusters and apps by which alerts are routed to people. */
export const ROUTING = 'label_team, label_environment'
/** Where an app was found: what `gitops_discovery_up` is told of. */
export const SOURCE = 'controller, app_cluster'
/** Labels of every alert about an app. */
export const APP_ALERT = `${IDENTITY}, project, repo, ${ROUTING}`

/** So long the last word of an exporter that is gone counts, seconds. */
export const HOLD_SECONDS = 6 * 3600

/** Names of the recording rules. */
export const RECORD = {
  exporterUp: 'gitops:exporter:up',
  exportersKnown: 'gitops:exporters:known',
  exportersSteady: 'gitops:exporters:steady',
  externalUrl: 'gitops:exporter:external_url',
  complete: 'gitops:fleet:complete',
  fleetSeen: 'gitops:source_destination:last_seen_timestamp_seconds',
  answered: 'gitops:source_destination:answered',
  environment: 'gitops:cluster:environment',
  rank: 'gitops:app_sync_status:rank',
  live: 'gitops:app_sync_status:live',
  autoSyncOff: 'gitops:app_auto_sync_off:since_timestamp_seconds',
  status: 'gitops:app_sync_status:last_seen_timestamp_seconds',
  drift: 'gitops:app_drift:last_seen_timestamp_seconds',
  driftSince: 'gitops:app_drift:since_timestamp_seconds',
  syncDue: 'gitops:app_sync_due:timestamp_seconds',
  excused: 'gitops:app_drift:excused',
  liveDriftSince: 'gitops:app_drift:live_since_timestamp_seconds',
  unknown: 'gitops:app_unknown:last_seen_timestamp_seconds',
  conditionNow: 'gitops:app_condition:now',
  condition: 'gitops:app_condition:last_seen_timestamp_seconds',
  manualChange: 'gitops:app_manual_change:last_seen_timestamp_seconds',
  apps: 'gitops:apps:count',
  appsOfSource: 'gitops:apps_of_source:count',
  drifting: 'gitops:apps_drifting:count',
  ratio: 'gitops:apps_drifting:ratio',
  massDrift: 'gitops:mass_drift',
  fleetSkew: 'gitops:fleet_skew:last_seen_timestamp_seconds',
  clusterDown: 'gitops:cluster_down:last_seen_timestamp_seconds',
  repositoryDown: 'gitops:repository_down:last_seen_timestamp_seconds',
  discoveryDown: 'gitops:discovery_down:last_seen_timestamp_seconds',
  timeToRestore: 'gitops:time_to_restore_seconds:mean7d',
  deployments: 'gitops:deployments:daily_mean7d',
  leadTime: 'gitops:deployment_lead_time_seconds:mean7d',
  controllerStale: 'gitops:controller_stale:last_seen_timestamp_seconds',
} as const

/** The expression with one label more. */
export function labelled(expression: string, label: string, value: string): string {
  return `label_replace(${expression}, "${label}", "${value}", "", "")`
}

/** One series for each value of `labels`, where replicas may disagree about the labels in `others`. */
export function oneOf(labels: string, others: string, expression: string): string {
  return `topk by (${labels}) (1, max by (${labels}, ${others}) (${expression}))`
}

export interface Held {
  /** Name of the recording rule, whose value is the time when `bad` was last seen. */
  readonly record: string
  readonly labels: string
  readonly bad: string
  /** Series while a live exporter says that it is well. */
  readonly fine?: string
  /** Series while a live exporter knows it at all. */
  readonly present?: string
}

/**
 * What a live exporter says now, or else what was last said: until one says that it is well, or all exporters are there, have read everything
 * and do not know it any more.
 */
export function held({ record, labels, bad, fine, present }: Held): string {
  const before = `${record} > time() - ${HOLD_SECONDS}`
  const well = fine === undefined ? '' : ` unless on (${labels}) (${fine})`
  const gone = present === undefined ? RECORD.complete : `(${record} unless on (${labels}) (${present}))`
  const given =
    present === undefined ? ` unless on () ${gone}` : ` unless on (${labels}) (${gone} and on () ${RECORD.complete})`
  return `time() * group by (${labels}) (${bad}) or on (${labels}) (${before}${well}${given})`
}
