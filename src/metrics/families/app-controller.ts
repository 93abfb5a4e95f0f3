import type { AppReport } from '../../model/fleet.ts'
import { type ItemFamily, oneSeries, seriesOf, whileTrue } from './family.ts'

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
    help: "The controller's own word about the app, always 1.",
    labels: ['sync_status'],
    stability: 'stable',
    presence: 'apps of a controller that gives a status',
    series: ({ summary: { reportedStatus } }) =>
      reportedStatus === undefined ? [] : oneSeries(1, [reportedStatus.status]),
  },
  {
    name: 'gitops_app_verdict_disagrees',
    type: 'gauge',
    help: "The controller's word and the verdict have differed for longer than a grace period, always 1.",
    labels: [],
    stability: 'stable',
    presence: 'while they differ',
    series: ({ summary: { reportedStatus } }) => whileTrue(reportedStatus?.disagrees),
  },
  {
    name: 'gitops_app_controller_suspended',
    type: 'gauge',
    help: 'The controller is told to leave the app alone, always 1.',
    labels: [],
    stability: 'experimental',
    presence: 'while suspended',
    series: ({ summary: { reportedStatus } }) => whileTrue(reportedStatus?.suspended),
  },
  {
    name: 'gitops_app_sync_window_active',
    type: 'gauge',
    help: 'Sync windows of its AppProject keep the controller from syncing the app by itself, always 1.',
    labels: [],
    stability: 'experimental',
    presence: 'while they do',
    series: ({ syncWindowActive }) => whileTrue(syncWindowActive),
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
    presence: 'person from 0, others once they occurred; survives restarts',
    series: ({ manualChanges }) =>
      Object.entries(manualChanges ?? {})
        .filter(([actorClass, count]) => actorClass === 'person' || count > 0)
        .map(([actorClass, count]) => ({ values: [actorClass], value: count })),
  },
]
