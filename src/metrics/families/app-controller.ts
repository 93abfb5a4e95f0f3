import type { AppReport } from '../../model/fleet.ts'
import { SYNC_STATUSES } from '../../model/verdicts/verdict.ts'
import { type ItemFamily, oneSeries, seriesOf } from './family.ts'

/** What the controller reports of an app, and changes that were made to it past Git. */
export const APP_CONTROLLER_FAMILIES: readonly ItemFamily<AppReport>[] = [
  {
    name: 'gitops_app_sync_interval_seconds',
    type: 'gauge',
    help: 'How long the controller may take to apply a commit, by its own settings.',
    labels: [],
    stability: 'stable',
    presence: 'apps of a controller that says so',
    series: ({ summary }) => seriesOf(summary.syncIntervalSeconds),
  },
  {
    name: 'gitops_app_controller_sync_status',
    type: 'gauge',
    help: "The controller's own word about the app: 1 for the status that it gives, 0 for the others.",
    labels: ['sync_status'],
    stability: 'stable',
    presence: 'apps of a controller that gives a status, all three statuses',
    series: ({ summary: { reportedStatus } }) =>
      reportedStatus === undefined
        ? []
        : SYNC_STATUSES.map((status) => ({ values: [status], value: reportedStatus.status === status ? 1 : 0 })),
  },
  {
    name: 'gitops_app_verdict_disagrees',
    type: 'gauge',
    help: "Whether the controller's word and the verdict have differed for longer than a grace period.",
    labels: [],
    stability: 'stable',
    presence: 'apps of a controller that gives a status',
    series: ({ summary: { reportedStatus } }) =>
      reportedStatus === undefined ? [] : oneSeries(reportedStatus.disagrees ? 1 : 0),
  },
  {
    name: 'gitops_app_controller_suspended',
    type: 'gauge',
    help: 'Whether the controller is told to leave the app alone.',
    labels: [],
    stability: 'experimental',
    presence: 'apps of a controller that gives a status',
    series: ({ summary: { reportedStatus } }) =>
      reportedStatus === undefined ? [] : oneSeries(reportedStatus.suspended ? 1 : 0),
  },
  {
    name: 'gitops_app_sync_window_active',
    type: 'gauge',
    help: 'Whether sync windows of its AppProject keep the controller from syncing the app by itself now.',
    labels: [],
    stability: 'experimental',
    presence: 'apps that a sync window is for',
    series: ({ syncWindowActive }) => (syncWindowActive === undefined ? [] : oneSeries(syncWindowActive ? 1 : 0)),
  },
  {
    name: 'gitops_app_controller_last_operation_timestamp_seconds',
    type: 'gauge',
    help: "When the controller's last operation on the app ended, Unix time, and how.",
    labels: ['phase'],
    stability: 'experimental',
    presence: 'apps whose controller tells of an operation that ended',
    series: ({ summary: { reportedStatus } }) => {
      const { phase, finishedAt } = reportedStatus?.lastOperation ?? {}
      return phase === undefined || finishedAt === undefined ? [] : [{ values: [phase], value: finishedAt }]
    },
  },
  {
    name: 'gitops_manual_changes_total',
    type: 'counter',
    help: 'Changes that were made past Git, by who made them: once per object, manager and time.',
    labels: ['actor_class'],
    stability: 'experimental',
    presence: 'always, all classes from 0; survives restarts',
    series: ({ manualChanges }) =>
      Object.entries(manualChanges ?? {}).map(([actorClass, count]) => ({ values: [actorClass], value: count })),
  },
]
