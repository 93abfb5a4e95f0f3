import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics } from '../../src/metrics/metrics.ts'
import type { AppReport } from '../../src/model/fleet.ts'
import type { ReportedStatus } from '../../src/model/verdicts/reported-status.ts'
import { appReport } from './reports.ts'
import { testFleet } from './test-fleet.ts'

const COMMIT = 'c'.repeat(40)
const revision = { repository: 'https://git.example.com/platform.git', path: 'apps/shop', targetRevision: 'main' }

/** All that can be told of a synced app: a field that is added to reports has to be added here, or this does not compile. */
const told: Required<Omit<AppReport, 'summary' | 'verdict' | 'waitingCommit' | 'syncWindowActive'>> = {
  desiredCommitTime: 1_732_298_000,
  appliedCommitTime: 1_732_298_000,
  appliedCommit: COMMIT,
  commitsBehind: 0,
  lastSyncLagSeconds: 12,
  manualChanges: { person: 2, controller: 0, unknown: 0 },
}
const verdict = { revisions: [{ ...revision, commit: COMMIT, commitTime: 1_732_298_000 }], statusChanges: 4 }

/** The series that name the app, by family. */
async function seriesOf(
  report: AppReport,
  options: { readonly impliedSeries?: boolean } = {},
): Promise<readonly string[]> {
  const metrics = createMetrics(testFleet({ type: 'app', report }), {
    version: '1.2.3',
    appLabels: [],
    argocdCompatibility: false,
    ...options,
    onError: (error) => {
      throw error
    },
  })
  const { chunks } = await metrics.scrape({ accept: undefined, acceptEncoding: undefined })
  metrics.close()
  const text = Buffer.concat(chunks).toString()
  return [...text.matchAll(/^(\w+)\{app_name="shop"/gm)].map(([, name = '']) => name)
}

test('a synced app of the config has at most 12 series', async () => {
  const series = await seriesOf(appReport('shop', {}, verdict, told))
  assert.ok(series.length <= 12, `${series.length}: ${series.join(', ')}`)
})

test('a synced app of a controller has at most 18 series, whatever its controller says', async () => {
  const reportedStatus: Required<ReportedStatus> = {
    status: 'OutOfSync',
    applied: [COMMIT],
    suspended: true,
    lastOperation: { phase: 'Succeeded', message: '', finishedAt: 1_732_299_000 },
    disagrees: true,
    health: 'Healthy',
  }
  const declared = { kind: 'Application', declaredIn: 'control', namespace: 'argocd' }
  const summary = { controller: 'argocd', ...declared, reportedStatus, syncIntervalSeconds: 180 } as const
  const series = await seriesOf(appReport('shop', summary, verdict, { ...told, syncWindowActive: true }))
  assert.ok(series.length <= 18, `${series.length}: ${series.join(', ')}`)
})

test('what is left out of a synced app is told where it says something', async () => {
  const unknown = { outcome: { status: 'Unknown', reason: { code: 'GDE_STALE', message: 'old' } } } as const
  const sources = ['apps/shop', 'values'].map((path) => ({ url: revision.repository, path, targetRevision: 'main' }))
  const series = await seriesOf(
    appReport('shop', { sources }, { ...verdict, ...unknown }, { ...told, commitsBehind: 3 }),
  )
  const count = (name: string) => series.filter((found) => found === name).length
  assert.equal(count('gitops_app_source_info'), 2)
  assert.equal(count('gitops_app_last_synced_timestamp_seconds'), 1)
  assert.equal(count('gitops_app_commits_behind'), 1)
})

test('what follows from other series is there by choice', async () => {
  const [chosen, others] = await Promise.all(
    [{ impliedSeries: true }, {}].map((options) => seriesOf(appReport('shop', {}, verdict, told), options)),
  )
  const more = chosen?.filter((name) => others?.includes(name) !== true)
  assert.deepEqual(more, [
    'gitops_app_source_info',
    'gitops_app_last_synced_timestamp_seconds',
    'gitops_app_commits_behind',
  ])
})
