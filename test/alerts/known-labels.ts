import { RECORD } from '../../alerts/promql.ts'
import { RECORDING_RULES, type RecordingRule } from '../../alerts/recording-rules.ts'
import { CATALOGUE } from '../../src/metrics/catalogue.ts'
import { IDENTITY_LABELS } from '../../src/metrics/families/apps.ts'
import { type LabelsOf, labelFlow } from './label-flow.ts'

/** What every scrape adds. */
const TARGET = ['job', 'instance']
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  up: TARGET,
  process_start_time_seconds: TARGET,
  process_resident_memory_bytes: TARGET,
  process_cpu_seconds_total: TARGET,
  nodejs_eventloop_lag_p99_seconds: TARGET,
  ALERTS: ['alertname', 'alertstate', 'severity', 'scope', 'app_name', 'dest_cluster', 'project', 'repo'],
}
/** What `label_*` of the catalogue stands for, as far as the rules read it. */
const CHOSEN = ['label_team', 'label_environment']

function ofMetric(name: string): readonly string[] | undefined {
  const base = name.replace(/_(bucket|sum|count)$/, '')
  const entry = CATALOGUE.find((one) => one.name === name) ?? CATALOGUE.find((one) => one.name === base)
  if (entry === undefined) return OTHERS[name]
  const own = entry.labels.flatMap((label) => (label === 'label_*' ? CHOSEN : [label]))
  return [...own, ...TARGET, ...(name.endsWith('_bucket') ? ['le'] : [])]
}

const IDENTITY: readonly string[] = IDENTITY_LABELS
const APP = [...IDENTITY, 'project', 'repo', 'label_team', 'label_environment']
const SCOPE = ['scope', 'dest_cluster', 'project', 'repo']

/** What each recording rule is meant to carry. A test holds the expressions to it. */
export const DECLARED: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  [RECORD.timeToRestore, []],
  [RECORD.deployments, ['controller', 'project', 'dest_cluster']],
  [RECORD.leadTime, ['controller', 'project', 'dest_cluster']],
  [RECORD.exporterUp, TARGET],
  [RECORD.exportersKnown, []],
  [RECORD.exportersSteady, []],
  [RECORD.externalUrl, ['external_url']],
  [RECORD.complete, []],
  [RECORD.fleetSeen, ['controller', 'app_cluster', 'dest_cluster', ...TARGET]],
  [RECORD.answered, ['controller', 'app_cluster', 'dest_cluster']],
  [RECORD.environment, ['dest_cluster', 'label_environment']],
  [RECORD.rank, [...IDENTITY, 'project', 'repo', 'auto_sync', 'sync_status']],
  [RECORD.live, [...APP, 'sync_status', 'auto_sync']],
  [RECORD.autoSyncOff, IDENTITY],
  [RECORD.status, [...APP, 'sync_status', 'auto_sync']],
  [RECORD.drift, [...APP, 'auto_sync', 'cause']],
  [RECORD.driftSince, [...APP, 'auto_sync']],
  [RECORD.syncDue, IDENTITY],
  [RECORD.excused, [...IDENTITY, 'excuse']],
  [RECORD.liveDriftSince, APP],
  [RECORD.unknown, [...APP, 'reason']],
  [RECORD.conditionNow, [...IDENTITY, 'condition']],
  [RECORD.condition, [...APP, 'condition']],
  [RECORD.manualChange, APP],
  [RECORD.apps, SCOPE],
  [RECORD.appsOfSource, ['controller', 'app_cluster']],
  [RECORD.drifting, SCOPE],
  [RECORD.ratio, SCOPE],
  [RECORD.massDrift, SCOPE],
  [RECORD.fleetSkew, ['repo', 'path', 'target_revision', 'project', 'controller']],
  [RECORD.clusterDown, ['dest_cluster', 'label_environment']],
  [RECORD.repositoryDown, ['repo']],
  [RECORD.discoveryDown, ['controller', 'app_cluster']],
  [RECORD.controllerStale, ['controller', 'app_cluster']],
])

/** Labels of each recording rule, which may read itself: what it reads of itself adds nothing. */
function recorded(rules: readonly RecordingRule[]): ReadonlyMap<string, readonly string[]> {
  const known = new Map<string, readonly string[]>(DECLARED)
  for (const { record, expr } of rules) {
    const { labels } = labelFlow(expr, (name) => known.get(name) ?? ofMetric(name))
    known.set(record, [...(labels ?? [])])
  }
  return known
}

export const RECORDED = recorded(RECORDING_RULES)

/** Labels of a metric of the catalogue or of a recording rule, with those of the target. */
export const labelsOf: LabelsOf = (name) => DECLARED.get(name) ?? ofMetric(name)
