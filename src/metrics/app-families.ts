import { CAUSES } from '../model/cause.ts'
import { DIFFERENCE_CLASSES, OBJECT_STATES } from '../model/difference.ts'
import type { AppReport } from '../model/fleet.ts'
import { SYNC_STATUSES } from '../model/verdict.ts'
import { argocdFamily } from './argocd-family.ts'
import { driftedObjectFamily } from './drifted-object-family.ts'
import type { FamilyGroup, ItemFamily, Series } from './family.ts'
import { metricLabels } from './kubernetes-labels.ts'
import { repositoryLabel } from './repository-label.ts'

/** Labels that name an app; every app series begins with them. */
export const IDENTITY_LABELS = [
  'app_name',
  'app_namespace',
  'app_kind',
  'app_cluster',
  'controller',
  'dest_cluster',
] as const

/** What of the config changes the series of apps. */
export interface AppSeriesOptions {
  /** Names of the app labels that `gitops_app_labels` carries; `*` alone is all. */
  readonly appLabels: readonly string[]
  /** Argo CD's own metric for apps that are not Argo CD's. */
  readonly argocdCompatibility: boolean
}

/** All families of apps, in the order of the exposition. */
export function appGroup(options: AppSeriesOptions): FamilyGroup<AppReport> {
  return {
    common: IDENTITY_LABELS,
    commonValues: ({ summary }) => [
      summary.name,
      summary.namespace,
      summary.kind,
      summary.declaredIn,
      summary.controller,
      summary.destination,
    ],
    families: [
      ...STATUS_FAMILIES,
      labelsFamily(options.appLabels),
      ...TIME_FAMILIES,
      ...CONTROLLER_FAMILIES,
      driftedObjectFamily,
      ...(options.argocdCompatibility ? [argocdFamily] : []),
    ],
  }
}

const STATUS_FAMILIES: readonly ItemFamily<AppReport>[] = [
  {
    name: 'gitops_app_info',
    type: 'gauge',
    help: 'An app: its first source, its destination and its sync status.',
    labels: ['project', 'repo', 'path', 'target_revision', 'dest_server', 'dest_namespace', 'auto_sync', 'sync_status'],
    stability: 'stable',
    presence: 'always',
    series: ({ summary, verdict }) => {
      const source = summary.sources[0]
      return one(1, [
        summary.project,
        repositoryLabel(source?.url ?? ''),
        source?.path ?? '',
        source?.targetRevision ?? '',
        summary.server,
        summary.destinationNamespace,
        String(summary.autoSync),
        verdict.outcome.status,
      ])
    },
  },
  {
    name: 'gitops_app_source_info',
    type: 'gauge',
    help: 'One source of an app, numbered from 0.',
    labels: ['source', 'repo', 'path', 'target_revision'],
    stability: 'stable',
    presence: 'always, one per source',
    series: ({ summary }) =>
      summary.sources.map((source, index) => ({
        values: [String(index), repositoryLabel(source.url), source.path, source.targetRevision],
        value: 1,
      })),
  },
  {
    name: 'gitops_app_sync_status',
    type: 'gauge',
    help: 'Whether what runs is what Git says: 1 for the status that the app has, 0 for the others.',
    labels: ['project', 'sync_status'],
    stability: 'stable',
    presence: 'always, all three statuses',
    series: ({ summary, verdict }) =>
      SYNC_STATUSES.map((status) => ({
        values: [summary.project, status],
        value: verdict.outcome.status === status ? 1 : 0,
      })),
  },
  {
    name: 'gitops_app_out_of_sync_cause',
    type: 'gauge',
    help: 'Why an app is OutOfSync: Git moved ahead, the cluster moved away, or both; 1 for the cause that holds.',
    labels: ['cause'],
    stability: 'stable',
    presence: 'always, all three causes',
    series: ({ verdict }) =>
      CAUSES.map((cause) => ({
        values: [cause],
        value: verdict.outcome.status === 'OutOfSync' && verdict.outcome.cause === cause ? 1 : 0,
      })),
  },
  {
    name: 'gitops_app_unknown_reason',
    type: 'gauge',
    help: 'Why the status of an app is Unknown: the code of an error.',
    labels: ['reason'],
    stability: 'stable',
    presence: 'while Unknown',
    series: ({ verdict }) => (verdict.outcome.status === 'Unknown' ? one(1, [verdict.outcome.reason.code]) : []),
  },
  {
    name: 'gitops_app_objects',
    type: 'gauge',
    help: 'Objects of an app by what was found about them.',
    labels: ['state'],
    stability: 'stable',
    presence: 'always, all states',
    series: ({ verdict }) =>
      OBJECT_STATES.map((state) => ({ values: [state], value: verdict.objectCounts[state] ?? 0 })),
  },
  {
    name: 'gitops_app_differences',
    type: 'gauge',
    help: 'Differences between what Git says and what runs, by class.',
    labels: ['project', 'class'],
    stability: 'stable',
    presence: 'always, all classes',
    series: ({ summary, verdict }) =>
      DIFFERENCE_CLASSES.map((name) => ({
        values: [summary.project, name],
        value: verdict.differenceCounts[name] ?? 0,
      })),
  },
  {
    name: 'gitops_app_sync_status_changes_total',
    type: 'counter',
    help: 'How often the sync status of an app changed.',
    labels: [],
    stability: 'stable',
    presence: 'always; survives restarts',
    series: ({ verdict }) => one(verdict.statusChanges),
  },
]

const TIME_FAMILIES: readonly ItemFamily<AppReport>[] = [
  {
    name: 'gitops_app_out_of_sync_since_timestamp_seconds',
    type: 'gauge',
    help: 'When an app became OutOfSync, Unix time; kept while it is Unknown.',
    labels: [],
    stability: 'stable',
    presence: 'from OutOfSync until Synced; survives restarts',
    series: ({ verdict }) => maybe(verdict.outOfSyncSince),
  },
  {
    name: 'gitops_app_unknown_since_timestamp_seconds',
    type: 'gauge',
    help: 'When the status of an app became Unknown, Unix time.',
    labels: [],
    stability: 'stable',
    presence: 'while Unknown; survives restarts',
    series: ({ verdict }) => maybe(verdict.unknownSince),
  },
  {
    name: 'gitops_app_last_synced_timestamp_seconds',
    type: 'gauge',
    help: 'When an app was last found Synced, Unix time.',
    labels: [],
    stability: 'stable',
    presence: 'once it was Synced; survives restarts',
    series: ({ verdict }) => maybe(verdict.lastSynced),
  },
  {
    name: 'gitops_app_last_evaluation_timestamp_seconds',
    type: 'gauge',
    help: 'When an app was last evaluated, Unix time.',
    labels: [],
    stability: 'stable',
    presence: 'after the first evaluation since start',
    series: ({ verdict }) => maybe(verdict.evaluatedAt),
  },
  {
    name: 'gitops_app_desired_commit_timestamp_seconds',
    type: 'gauge',
    help: 'Commit time of the newest commit that Git says should run, Unix time.',
    labels: [],
    stability: 'stable',
    presence: 'once the sources were resolved',
    series: (report) => maybe(report.desiredCommitTime),
  },
  {
    name: 'gitops_app_applied_commit_timestamp_seconds',
    type: 'gauge',
    help: 'Commit time of the newest commit that was applied, Unix time.',
    labels: [],
    stability: 'stable',
    presence: 'where it is known what was applied',
    series: (report) => maybe(report.appliedCommitTime),
  },
  {
    name: 'gitops_app_commits_behind',
    type: 'gauge',
    help: 'Commits on what the app reads that were not applied yet.',
    labels: [],
    stability: 'stable',
    presence: 'where it is known what was applied, up to 1,000 commits',
    series: (report) => maybe(report.commitsBehind),
  },
]

const CONTROLLER_FAMILIES: readonly ItemFamily<AppReport>[] = [
  {
    name: 'gitops_app_sync_interval_seconds',
    type: 'gauge',
    help: 'How long the controller may take to apply a commit, by its own settings.',
    labels: [],
    stability: 'stable',
    presence: 'apps of a controller that says so',
    series: ({ summary }) => maybe(summary.syncIntervalSeconds),
  },
  {
    name: 'gitops_app_controller_sync_status',
    type: 'gauge',
    help: "The controller's own word about the app: 1 for the status that it gives, 0 for the others.",
    labels: ['sync_status'],
    stability: 'stable',
    presence: 'apps of a controller that gives a status, all three statuses',
    series: ({ summary: { controllerWord } }) =>
      controllerWord === undefined
        ? []
        : SYNC_STATUSES.map((status) => ({ values: [status], value: controllerWord.status === status ? 1 : 0 })),
  },
  {
    name: 'gitops_app_verdict_disagrees',
    type: 'gauge',
    help: "Whether the controller's word and the verdict have differed for longer than a grace period.",
    labels: [],
    stability: 'stable',
    presence: 'apps of a controller that gives a status',
    series: ({ summary: { controllerWord } }) =>
      controllerWord === undefined ? [] : one(controllerWord.disagrees ? 1 : 0),
  },
  {
    name: 'gitops_app_controller_suspended',
    type: 'gauge',
    help: 'Whether the controller is told to leave the app alone.',
    labels: [],
    stability: 'experimental',
    presence: 'apps of a controller that gives a status',
    series: ({ summary: { controllerWord } }) =>
      controllerWord === undefined ? [] : one(controllerWord.suspended ? 1 : 0),
  },
  {
    name: 'gitops_app_controller_last_operation_timestamp_seconds',
    type: 'gauge',
    help: "When the controller's last operation on the app ended, Unix time, and how.",
    labels: ['phase'],
    stability: 'experimental',
    presence: 'apps whose controller tells of an operation that ended',
    series: ({ summary: { controllerWord } }) => {
      const { phase, finishedAt } = controllerWord?.lastOperation ?? {}
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

function labelsFamily(chosen: readonly string[]): ItemFamily<AppReport> {
  return {
    name: 'gitops_app_labels',
    type: 'gauge',
    help: 'Labels of an app, those that metrics.appLabels in the config names.',
    labels: ['label_*'],
    stability: 'stable',
    presence: 'apps that have one of the chosen labels',
    series: ({ summary }) => {
      const labels = Object.entries(summary.labels).filter(([name]) => chosen.some((pattern) => matches(pattern, name)))
      return labels.length === 0 ? [] : [{ values: [], dynamic: metricLabels(Object.fromEntries(labels)), value: 1 }]
    },
  }
}

function matches(pattern: string, name: string): boolean {
  return pattern === '*' || name === pattern
}

function one(value: number, values: readonly string[] = []): readonly Series[] {
  return [{ values, value }]
}

function maybe(value: number | undefined): readonly Series[] {
  return value === undefined ? [] : one(value)
}
