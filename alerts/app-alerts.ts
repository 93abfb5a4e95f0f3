import { type AlertRule, alertRule } from './alert-rule.ts'
import { DRIFT_DETAILS, THE_APP, UNKNOWN_REASON } from './annotations.ts'
import { APP_ALERT, IDENTITY, RECORD as R } from './promql.ts'

/** Reasons that no waiting mends. */
const UNSUPPORTED = 'GDE_UNSUPPORTED_.+|GDE_GIT_UNSUPPORTED'
const DAY_SECONDS = 24 * 3600
const SHORT_NAME = '{{ $labels.app_name }} in {{ $labels.dest_cluster }}'

const condition = (name: string): string => `max by (${APP_ALERT}) (${R.condition}{condition="${name}"})`

/** Alerts about one app each. */
export const APP_ALERTS: readonly AlertRule[] = [
  alertRule({
    alert: 'GitOpsOutOfSync',
    expr: `max by (${APP_ALERT}) (${R.driftSince} unless on (${IDENTITY}) ${R.excused})`,
    after: '5m',
    keep: '1m',
    severity: 'warning',
    subject: 'app',
    summary: `${SHORT_NAME} is not what Git says`,
    description: `The ${THE_APP} has been OutOfSync since {{ $value | humanizeTimestamp }}.${DRIFT_DETAILS}`,
  }),
  alertRule({
    alert: 'GitOpsManualSyncPending',
    expr: `max by (${APP_ALERT}) (time() - ${R.driftSince} > ${DAY_SECONDS} and on (${IDENTITY}) ${R.excused}{excuse="manual"} unless on (${IDENTITY}) ${R.excused}{excuse="window"})`,
    after: '5m',
    keep: '5m',
    severity: 'info',
    subject: 'app',
    summary: `${SHORT_NAME} waits for somebody to sync it`,
    description: `The ${THE_APP} has auto-sync off, and commits have been waiting for {{ $value | humanizeDuration }}.`,
  }),
  alertRule({
    alert: 'GitOpsSyncUnknown',
    expr: `max by (${APP_ALERT}) (${R.unknown}{reason!~"${UNSUPPORTED}"})`,
    after: '15m',
    keep: '2m',
    severity: 'warning',
    subject: 'app',
    summary: `It is not known whether ${SHORT_NAME} is what Git says`,
    description: `The ${THE_APP} has been Unknown for more than 15 minutes${UNKNOWN_REASON}: drift there goes unnoticed. The status page says why.`,
  }),
  alertRule({
    alert: 'GitOpsSyncUnknown',
    expr: `max by (${APP_ALERT}, reason) (${R.unknown}{reason=~"${UNSUPPORTED}"})`,
    after: '15m',
    keep: '2m',
    severity: 'info',
    subject: 'app',
    summary: `${SHORT_NAME} cannot be judged: its source is not supported`,
    description: `The ${THE_APP} stays Unknown ({{ $labels.reason }}) until its source or the exporter changes.`,
  }),
  alertRule({
    alert: 'GitOpsDriftFlapping',
    expr: `changes(${R.liveDriftSince}[1h]) >= 3`,
    after: '0m',
    keep: '30m',
    severity: 'warning',
    subject: 'app',
    summary: `${SHORT_NAME} drifts again and again`,
    description: `The ${THE_APP} drifted {{ $value | humanize }} times more within an hour, each time not for long: two writers undo each other's work.`,
  }),
  alertRule({
    alert: 'GitOpsManualChange',
    expr: `max by (${APP_ALERT}) (${R.manualChange})`,
    after: '0m',
    keep: '1m',
    severity: 'warning',
    subject: 'app',
    summary: `${SHORT_NAME} was changed by hand`,
    description: `Somebody changed the ${THE_APP} past Git, with a person's tool.${DRIFT_DETAILS}`,
  }),
  alertRule({
    alert: 'GitOpsControllerDisagrees',
    expr: condition('disagrees'),
    after: '15m',
    keep: '5m',
    severity: 'info',
    subject: 'app',
    summary: `{{ $labels.controller }} says something else of ${SHORT_NAME} than was found`,
    description: `What {{ $labels.controller }} reports of the ${THE_APP} and what was found have differed for more than 15 minutes. The status page says why, as far as that can be told.`,
  }),
  alertRule({
    alert: 'GitOpsControllerSyncFailed',
    expr: condition('sync_failed'),
    after: '5m',
    keep: '2m',
    severity: 'warning',
    subject: 'app',
    summary: `{{ $labels.controller }} cannot apply ${SHORT_NAME}`,
    description: `The last operation of {{ $labels.controller }} on the ${THE_APP} failed. The controller says why.`,
  }),
  alertRule({
    alert: 'GitOpsAutoSyncOff',
    expr: `max by (${APP_ALERT}) (${R.condition}{condition="auto_sync_off", controller="argocd"})`,
    after: '1h',
    keep: '5m',
    severity: 'info',
    subject: 'app',
    summary: `Auto-sync of ${SHORT_NAME} was turned off`,
    description: `Auto-sync of the ${THE_APP} was on and has been off for more than an hour: commits wait until somebody syncs.`,
  }),
  alertRule({
    alert: 'GitOpsSuspendedTooLong',
    expr: condition('suspended'),
    after: '24h',
    keep: '5m',
    severity: 'info',
    subject: 'app',
    summary: `${SHORT_NAME} has been suspended for a day`,
    description: `{{ $labels.controller }} has been told for more than a day to leave the ${THE_APP} alone.`,
  }),
]
