import type { AppReport } from '../../model/fleet.ts'
import { type ItemFamily, seriesOf } from './family.ts'

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
    help: 'When an app was last found Synced, Unix time.',
    labels: [],
    stability: 'stable',
    presence: 'once it was Synced; survives restarts',
    series: ({ verdict }) => seriesOf(verdict.lastSynced),
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
    presence: 'where it is known what was applied, up to 1,000 commits',
    series: (report) => seriesOf(report.commitsBehind),
  },
]
