import type { AppReport } from '../../model/fleet.ts'
import { DIFFERENCE_CLASSES, OBJECT_STATES } from '../../model/verdicts/difference.ts'
import { SYNC_STATUSES } from '../../model/verdicts/verdict.ts'
import { type ItemFamily, oneSeries, withoutZeros } from './family.ts'
import { repositoryLabel } from './repository-label.ts'

/** Identity, status and object counts of an app. */
export const APP_STATUS_FAMILIES: readonly ItemFamily<AppReport>[] = [
  {
    name: 'gitops_app_info',
    type: 'gauge',
    help: 'An app: its first source, its destination and its sync status.',
    labels: ['project', 'repo', 'path', 'target_revision', 'dest_server', 'dest_namespace', 'auto_sync', 'sync_status'],
    stability: 'stable',
    presence: 'always',
    series: ({ summary, verdict }) => {
      const source = summary.sources[0]
      return oneSeries(1, [
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
    presence: 'one per source of apps of several: the only one of an app is on gitops_app_info',
    isImplied: ({ summary }) => summary.sources.length < 2,
    series: ({ summary }) =>
      summary.sources.map((source, index) => ({
        values: [String(index), repositoryLabel(source.url), source.path, source.targetRevision],
        value: 1,
      })),
  },
  {
    name: 'gitops_app_revision_info',
    type: 'gauge',
    help: 'The newest commit of the first source that should run, and the one that was applied.',
    labels: ['commit', 'applied_commit'],
    stability: 'experimental',
    presence: 'once the sources were resolved',
    series: ({ verdict, appliedCommit }) => {
      const commit = verdict.revisions[0]?.commit
      return commit === undefined ? [] : oneSeries(1, [commit, appliedCommit ?? ''])
    },
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
    help: 'Why an app is OutOfSync, always 1: Git moved ahead, the cluster moved away, or both.',
    labels: ['cause'],
    stability: 'stable',
    presence: 'while OutOfSync, the cause that holds',
    series: ({ verdict: { outcome } }) => (outcome.status === 'OutOfSync' ? oneSeries(1, [outcome.cause]) : []),
  },
  {
    name: 'gitops_app_unknown_reason',
    type: 'gauge',
    help: 'Why the status of an app is Unknown: the code of an error.',
    labels: ['reason'],
    stability: 'stable',
    presence: 'while Unknown',
    series: ({ verdict }) => (verdict.outcome.status === 'Unknown' ? oneSeries(1, [verdict.outcome.reason.code]) : []),
  },
  {
    name: 'gitops_app_objects',
    type: 'gauge',
    help: 'Objects of an app by what was found about them.',
    labels: ['state'],
    stability: 'stable',
    presence: 'states that an object has',
    series: ({ verdict }) =>
      withoutZeros(OBJECT_STATES.map((state) => ({ values: [state], value: verdict.objectCounts[state] ?? 0 }))),
  },
  {
    name: 'gitops_app_differences',
    type: 'gauge',
    help: 'Differences between what Git says and what runs, by class.',
    labels: ['project', 'class'],
    stability: 'stable',
    presence: 'classes that there are',
    series: ({ summary, verdict }) =>
      withoutZeros(
        DIFFERENCE_CLASSES.map((name) => ({
          values: [summary.project, name],
          value: verdict.differenceCounts[name] ?? 0,
        })),
      ),
  },
  {
    name: 'gitops_app_sync_status_changes_total',
    type: 'counter',
    help: 'How often the sync status of an app changed.',
    labels: [],
    stability: 'stable',
    presence: 'always; survives restarts',
    series: ({ verdict }) => oneSeries(verdict.statusChanges),
  },
]
