import { APP_ALERT, HOLD_SECONDS, held, IDENTITY, labelled, oneOf, RECORD as R, ROUTING, SOURCE } from './promql.ts'

/** One recording rule in Prometheus' words. */
export interface RecordingRule {
  readonly record: string
  readonly expr: string
}

/** Controllers that apply commits by themselves where auto-sync is on. */
export const SYNCING = 'controller=~"argocd|flux"'
/** Apps that drift at once in one scope to count as one incident. */
const MASS_APPS = 5
const MASS_RATIO = 0.5
/** A manual change that leaves no drift behind is told for so long. */
const CHANGE_SECONDS = 15 * 60
/** Auto-sync that stays off for so long is meant to be off. */
const OFF_SECONDS = 7 * 24 * 3600

const SINCE = `min by (${IDENTITY}) (gitops_app_out_of_sync_since_timestamp_seconds)`
const recent = (record: string): string => `${record} > time() - ${HOLD_SECONDS}`

/** Which exporters there are, and whether they have read everything that they should. */
const EXPORTERS: readonly RecordingRule[] = [
  {
    // A target that was an exporter and does not answer stays one for as long as it is a target.
    record: R.exporterUp,
    expr: `group by (job, instance) ({__name__=~"gitops_exporter_build_info|gitops_discovery_up"}) or on (job, instance) 0 * (${R.exporterUp} and on (job, instance) (up == 0))`,
  },
  // By instance: two jobs may scrape the same exporter.
  { record: R.exportersKnown, expr: `count(group by (instance) (${R.exporterUp}))` },
  // For ten minutes: a rollout has one more for a moment.
  { record: R.exportersSteady, expr: `min_over_time(${R.exportersKnown}[10m])` },
  {
    record: R.externalUrl,
    expr: `topk(1, max by (external_url) (gitops_exporter_build_info{external_url!=""})) or on () ${R.externalUrl}`,
  },
  {
    record: R.complete,
    expr: `(min(gitops_discovery_up) == 1) unless on () (${R.exporterUp} == 0) unless on () (${R.exportersKnown} < on () max_over_time(${R.exportersSteady}[6h]))`,
  },
  {
    // Which exporter has told of apps of a source in a cluster: the one whose word counts when one of them is not told of any more.
    record: R.fleetSeen,
    expr: `time() * group by (${SOURCE}, dest_cluster, job, instance) (gitops_app_info) or (${recent(R.fleetSeen)})`,
  },
  {
    record: R.answered,
    expr: `group by (${SOURCE}, dest_cluster) (${R.fleetSeen} and on (${SOURCE}, job, instance) (gitops_discovery_up == 1))`,
  },
]

/** One series for each app, and what it said last. */
const STATUSES: readonly RecordingRule[] = [
  {
    // The worst that is known: a replica that has just started knows less than one that has looked.
    record: R.rank,
    expr: `topk by (${IDENTITY}) (1, max by (${IDENTITY}, project, repo, auto_sync, sync_status) (3 * gitops_app_info{sync_status="OutOfSync"} or 2 * gitops_app_info{sync_status="Synced"} or gitops_app_info{sync_status="Unknown"}))`,
  },
  {
    record: R.environment,
    expr: `${oneOf('dest_cluster', 'label_environment', 'gitops_cluster_info{label_environment!=""}')} or on (dest_cluster) group by (dest_cluster) ({__name__=~"gitops_cluster_info|gitops_cluster_up|${R.rank}"})`,
  },
  {
    record: R.live,
    expr: [
      `${R.rank} * on (${IDENTITY}) group_left (label_team) (${oneOf(IDENTITY, 'label_team', 'gitops_app_labels{label_team!=""}')} or on (${IDENTITY}) ${R.rank})`,
      `* on (dest_cluster) group_left (label_environment) ${R.environment} > bool 0`,
    ].join(' '),
  },
  {
    // Before the next rule, which overwrites what was said before.
    record: R.autoSyncOff,
    expr: `time() * group by (${IDENTITY}) (${R.live}{auto_sync="false"} and on (${IDENTITY}) ${R.status}{auto_sync="true"}) or on (${IDENTITY}) (${R.autoSyncOff} > time() - ${OFF_SECONDS} and on (${IDENTITY}) ${R.status}{auto_sync="false"} unless on (${IDENTITY}) ${R.live}{auto_sync="true"})`,
  },
  {
    record: R.status,
    expr: `time() * ${R.live} or on (${IDENTITY}) (${recent(R.status)} unless on (${SOURCE}, dest_cluster) ${R.answered} unless on () ${R.complete})`,
  },
]

const causes = `gitops_app_out_of_sync_cause{cause="git"} == 1 or 2 * (gitops_app_out_of_sync_cause{cause=~"live|both"} == 1)`

/** Drift, until it was seen to end. */
const DRIFT: readonly RecordingRule[] = [
  {
    record: R.drift,
    expr: [
      `(max without (sync_status) (${R.status}{sync_status="OutOfSync"} == time())) * on (${IDENTITY}) group_left (cause) (${oneOf(IDENTITY, 'cause', causes)} > bool 0)`,
      `or on (${IDENTITY}) ((${recent(R.drift)} or ${R.drift} and on (${IDENTITY}) ${SINCE}) and on (${IDENTITY}) ${R.status}{sync_status=~"OutOfSync|Unknown"})`,
      `or on (${IDENTITY}) max without (sync_status) (${R.status}{sync_status="OutOfSync"} or ${R.status}{sync_status="Unknown"} and on (${IDENTITY}) ${SINCE})`,
    ].join(' '),
  },
  {
    record: R.driftSince,
    expr: `(0 * max without (cause) (${R.drift}) + on (${IDENTITY}) group_left () ${SINCE}) or on (${IDENTITY}) (${R.driftSince} and on (${IDENTITY}) ${R.drift}) or on (${IDENTITY}) (0 * max without (cause) (${R.drift}) + time())`,
  },
  {
    record: R.syncDue,
    expr: `max by (${IDENTITY}) (${R.driftSince}{${SYNCING}, auto_sync="true"}) + on (${IDENTITY}) max by (${IDENTITY}) (gitops_app_sync_interval_seconds) or on (${IDENTITY}) (${R.syncDue} and on (${IDENTITY}) ${R.driftSince})`,
  },
  {
    // `drift` is the time when it was last seen: what is not seen any more does not become due.
    record: R.excused,
    expr: [
      labelled(`group by (${IDENTITY}) (${R.drift}{cause="git", ${SYNCING}, auto_sync="false"})`, 'excuse', 'manual'),
      labelled(
        `group by (${IDENTITY}) (${R.drift}{cause="git", ${SYNCING}, auto_sync="true"} < on (${IDENTITY}) ${R.syncDue})`,
        'excuse',
        'interval',
      ),
      labelled(
        `group by (${IDENTITY}) (${R.drift}{cause="git"} and on (${IDENTITY}) (gitops_app_sync_window_active == 1))`,
        'excuse',
        'window',
      ),
      `(${R.excused}{excuse="window"} and on (${IDENTITY}) (${R.drift}{cause="git"} < time()))`,
    ].join(' or '),
  },
  {
    record: R.liveDriftSince,
    expr: `max by (${APP_ALERT}) (${R.driftSince} and on (${IDENTITY}) ${R.drift}{cause!="git"})`,
  },
]

const counter = 'gitops_manual_changes_total{actor_class="person"}'
// What holds of few apps is filtered first, so that nothing is joined for the others.
export const CONDITIONS_BY_NAME: ReadonlyMap<string, string> = new Map([
  ['disagrees', 'gitops_app_verdict_disagrees == 1'],
  ['suspended', 'gitops_app_controller_suspended == 1'],
  ['sync_failed', 'gitops_app_controller_last_operation_timestamp_seconds{phase=~"Failed|Error"}'],
  ['auto_sync_off', R.autoSyncOff],
])
const conditions = [...CONDITIONS_BY_NAME]
  .map(([name, apps]) => labelled(`group by (${IDENTITY}) (${apps})`, 'condition', name))
  .join(' or ')
const changed = `max by (${IDENTITY}) (${counter}) > on (${IDENTITY}) min by (${IDENTITY}) (min_over_time(${counter}[10m]))`

/** 1 for each of the apps, with the labels of its alerts. */
function withLabels(apps: string): string {
  return `group by (${APP_ALERT}) (${R.status} and on (${IDENTITY}) (${apps}))`
}

/** What else is told of apps. */
const CONDITIONS: readonly RecordingRule[] = [
  {
    record: R.unknown,
    expr: [
      `max by (${APP_ALERT}) (${R.status}{sync_status="Unknown"} == time()) * on (${IDENTITY}) group_left (reason) (${oneOf(IDENTITY, 'reason', 'gitops_app_unknown_reason')} > bool 0)`,
      `or on (${IDENTITY}) (${R.unknown} and on (${IDENTITY}) ${R.status}{sync_status="Unknown"})`,
      `or on (${IDENTITY}) max by (${APP_ALERT}) (${R.status}{sync_status="Unknown"})`,
    ].join(' '),
  },
  {
    record: R.conditionNow,
    expr: conditions,
  },
  {
    record: R.condition,
    expr: `time() * ${R.conditionNow} * on (${IDENTITY}) group_left (project, repo, ${ROUTING}) ${withLabels(R.conditionNow)} or on (${IDENTITY}, condition) (${R.condition} and on (${IDENTITY}) (${R.status} < time()))`,
  },
  {
    // Counters outlive the exporter: what counts is the lowest that any of them said lately. Goes with the drift that the change left.
    record: R.manualChange,
    expr: `time() * ${withLabels(changed)} or on (${IDENTITY}) (${R.manualChange} and on (${IDENTITY}) ${R.drift}{cause!="git"}) or on (${IDENTITY}) (${R.manualChange} > time() - ${CHANGE_SECONDS})`,
  },
]

interface Scope {
  readonly name: string
  readonly labels: string
  readonly selector: string
}

const SCOPES: readonly Scope[] = [
  { name: 'cluster', labels: 'dest_cluster', selector: 'dest_cluster!=""' },
  { name: 'project', labels: 'project', selector: 'project!=""' },
  { name: 'repository', labels: 'repo', selector: 'repo!=""' },
]

const countBy = (make: (scope: Scope) => string): string =>
  SCOPES.map((scope) => labelled(make(scope), 'scope', scope.name)).join(' or ')

const source = 'repo, path, target_revision, project, controller'
// Of each replica by itself, since highest and lowest are the same for all of them.
const applied = `gitops_app_info * on (${IDENTITY}, job, instance) group_left () gitops_app_applied_commit_timestamp_seconds`

/** Counts over clusters, projects, repositories and sources, and what is told of those. */
const FLEET: readonly RecordingRule[] = [
  {
    record: R.apps,
    expr: countBy(({ labels, selector }) => `count by (${labels}) (${R.status}{${selector}})`),
  },
  { record: R.appsOfSource, expr: `count by (${SOURCE}) (${R.status})` },
  {
    record: R.drifting,
    expr: countBy(
      ({ labels, selector }) => `count by (${labels}) (${R.drift}{${selector}} unless on (${IDENTITY}) ${R.excused})`,
    ),
  },
  { record: R.ratio, expr: `${R.drifting} / ${R.apps}` },
  { record: R.massDrift, expr: `${R.ratio} >= ${MASS_RATIO} and ${R.drifting} >= ${MASS_APPS}` },
  {
    record: R.clusterDown,
    expr: held({
      record: R.clusterDown,
      labels: 'dest_cluster, label_environment',
      bad: `(max by (dest_cluster) (gitops_cluster_up) == 0) * on (dest_cluster) group_left (label_environment) ${R.environment}`,
      fine: `(max by (dest_cluster) (gitops_cluster_up) == 1) * on (dest_cluster) group_left (label_environment) ${R.environment}`,
      present: `group by (dest_cluster) (gitops_cluster_info) * on (dest_cluster) group_left (label_environment) ${R.environment}`,
    }),
  },
  {
    record: R.repositoryDown,
    expr: held({
      record: R.repositoryDown,
      labels: 'repo',
      bad: 'max by (repo) (gitops_repo_up) == 0',
      fine: 'gitops_repo_up == 1',
      present: 'gitops_repo_up',
    }),
  },
  {
    record: R.discoveryDown,
    expr: held({
      record: R.discoveryDown,
      labels: SOURCE,
      bad: 'gitops_discovery_up == 0',
      fine: `min by (${SOURCE}) (gitops_discovery_up) == 1`,
      present: 'gitops_discovery_up',
    }),
  },
  {
    // Three of its own intervals without having looked at any app, the most frequent one counted.
    record: R.controllerStale,
    expr: held({
      record: R.controllerStale,
      labels: SOURCE,
      bad: `time() - max by (${SOURCE}) (gitops_controller_last_activity_timestamp_seconds) > on (${SOURCE}) clamp_min(3 * min by (${SOURCE}) (gitops_app_sync_interval_seconds unless on (${IDENTITY}) (gitops_app_controller_suspended == 1)), 900)`,
      fine: `time() - max by (${SOURCE}) (gitops_controller_last_activity_timestamp_seconds) < 900`,
      present: 'gitops_controller_last_activity_timestamp_seconds',
    }),
  },
  {
    record: R.fleetSkew,
    expr: held({
      record: R.fleetSkew,
      labels: source,
      bad: `max by (${source}) (${applied}) - min by (${source}) (${applied}) > 3600`,
    }),
  },
]

/** DORA's figures, as far as what is declared and what is live tell them. Replicas see the same: the one that has seen most counts. */
const DELIVERY: readonly RecordingRule[] = [
  {
    record: R.timeToRestore,
    expr: 'sum(increase(gitops_drift_episode_duration_seconds_sum{cause!="git"}[7d])) / (sum(increase(gitops_drift_episode_duration_seconds_count{cause!="git"}[7d])) > 0)',
  },
  {
    record: R.deployments,
    expr: 'max by (controller, project, dest_cluster) (increase(gitops_sync_lag_seconds_count[7d])) / 7',
  },
  {
    record: R.leadTime,
    expr: 'sum by (controller, project, dest_cluster) (increase(gitops_sync_lag_seconds_sum[7d])) / (sum by (controller, project, dest_cluster) (increase(gitops_sync_lag_seconds_count[7d])) > 0)',
  },
]

export const RECORDING_RULES: readonly RecordingRule[] = [
  ...EXPORTERS,
  ...STATUSES,
  ...DRIFT,
  ...CONDITIONS,
  ...FLEET,
  ...DELIVERY,
]
