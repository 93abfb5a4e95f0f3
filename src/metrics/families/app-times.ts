import type { AppReport } from '../../model/fleet.ts'
import { type ItemFamily, seriesOf, withoutZeros } from './family.ts'

/** Timestamps of an app's status, and how far the cluster is behind Git. */
export const APP_TIME_FAMILIES: readonly ItemFamily<AppReport>[] = [
  {
    name: 'gitops_app_out_of_sync_since_timestamp_seconds',
    type: 'gauge',
    help: 'When an app became OutOfSync, Unix time; kept while it is Unknown.',
    labels: [],
    stability: 'stable',
    presence: 'from OutOfSync until Synced; survives restarts',
    series: ({ verdict }) => seriesOf(verdict.outOfSyncSince),
  },
  {
    name: 'gitops_app_unknown_since_timestamp_seconds',
    type: 'gauge',
    help: 'When the status of an app became Unknown, Unix time.',
    labels: [],
    stability: 'stable',
    presence: 'while Unknown; survives restarts',
    series: ({ verdict }) => seriesOf(verdict.unknownSince),
  },
  {
    name: 'gitops_app_last_synced_timestamp_seconds',
    type: 'gauge',
    help: 'When an app that is not Synced was last found so, Unix time.',
    labels: [],
    stability: 'stable',
    presence:
      'once it was Synced, while it is not: then gitops_app_last_evaluation_timestamp_seconds says it; survives restarts',
    series: ({ verdict: { outcome, lastSynced } }) => (outcome.status === 'Synced' ? [] : seriesOf(lastSynced)),
  },
  {
    name: 'gitops_app_last_evaluation_timestamp_seconds',
    type: 'gauge',
    help: 'When an app was last evaluated, Unix time.',
    labels: [],
    stability: 'stable',
    presence: 'after the first evaluation since start',
    series: ({ verdict }) => seriesOf(verdict.evaluatedAt),
  },
  {
    name: 'gitops_app_desired_commit_timestamp_seconds',
    type: 'gauge',
    help: 'Commit time of the newest commit that Git says should run, Unix time.',
    labels: [],
    stability: 'stable',
    presence: 'once the sources were resolved',
    series: (report) => seriesOf(report.desiredCommitTime),
  },
  {
    name: 'gitops_app_applied_commit_timestamp_seconds',
    type: 'gauge',
    help: 'Commit time of the newest commit that was applied, Unix time.',
    labels: [],
    stability: 'stable',
    presence: 'where it is known what was applied',
    series: (report) => seriesOf(report.appliedCommitTime),
  },
  {
    name: 'gitops_app_commits_behind',
    type: 'gauge',
    help: 'Commits on what the app reads that were not applied yet.',
    labels: [],
    stability: 'stable',
    presence: 'while there are some, up to 1,000, where it is known what was applied',
    series: ({ commitsBehind }) => withoutZeros(seriesOf(commitsBehind)),
  },
  {
    name: 'gitops_app_last_sync_lag_seconds',
    type: 'gauge',
    help: 'From first seeing the last commit that arrived to first seeing it live.',
    labels: [],
    stability: 'experimental',
    presence: 'once a commit was seen to arrive; survives restarts',
    series: (report) => seriesOf(report.lastSyncLagSeconds),
  },
]
