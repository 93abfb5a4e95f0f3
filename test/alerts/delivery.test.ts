import { test } from 'node:test'
import { app, exporter, SYNCED } from './fleet.ts'
import { play, skip } from './play.ts'
import type { Scraped } from './scenario.ts'

/** Minutes in which everything of the week happens. */
const LAST = 120
const TARGET = { job: 'exporter', instance: 'a' } as const

/** A counter that grows by `total` in equal steps. */
const grown = (minute: number, total: number): number => (total * minute) / LAST

const episodes = (minute: number, cause: string, count: number, seconds: number): readonly Scraped[] => [
  ['gitops_drift_episode_duration_seconds_count', { ...TARGET, cause }, grown(minute, count)],
  ['gitops_drift_episode_duration_seconds_sum', { ...TARGET, cause }, grown(minute, count * seconds)],
]

const deployments = (minute: number, instance: string, count: number, seconds: number): readonly Scraped[] => {
  const labels = { ...TARGET, instance, controller: 'argocd', project: 'web', dest_cluster: 'prod-us' }
  return [
    ['gitops_sync_lag_seconds_count', labels, grown(minute, count)],
    ['gitops_sync_lag_seconds_sum', labels, grown(minute, count * seconds)],
  ]
}

test('a week has its time to restore, and its deployments with their lead time, replicas counted once', { skip }, () =>
  play({
    scrape: (m) => [
      ...exporter(),
      ...exporter({ instance: 'b' }),
      ...app(SYNCED),
      ...episodes(m, 'live', 10, 100),
      ...episodes(m, 'both', 10, 300),
      // What Git said and the controller applied is a deployment, and nothing was restored.
      ...episodes(m, 'git', 500, 9000),
      ...deployments(m, 'a', 70, 120),
      ...deployments(m, 'b', 70, 120),
    ],
    firing: { [LAST]: [] },
    values: {
      'round(gitops:time_to_restore_seconds:mean7d)': 200,
      'round(sum without (controller, project, dest_cluster) (gitops:deployments:daily_mean7d))': 10,
      'round(sum without (controller, project, dest_cluster) (gitops:deployment_lead_time_seconds:mean7d))': 120,
    },
  }),
)
