import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics, type Metrics } from '../../src/metrics/metrics.ts'
import type { AppReport, Fleet } from '../../src/model/fleet.ts'
import type { Verdict } from '../../src/model/verdicts/verdict.ts'
import { appReport } from './reports.ts'
import { testFleet } from './test-fleet.ts'

function metricsOf(fleet: Fleet, impliedSeries: boolean): Metrics {
  return createMetrics(fleet, {
    version: '1.2.3',
    appLabels: ['*'],
    argocdCompatibility: true,
    commitAuthors: true,
    impliedSeries,
    onError: (error) => {
      throw error
    },
  })
}

/** What is told of apps. */
async function appLines(metrics: Metrics): Promise<readonly string[]> {
  const { chunks } = await metrics.scrape({ accept: undefined, acceptEncoding: undefined })
  const lines = Buffer.concat(chunks).toString().split('\n')
  return lines.filter((line) => line.includes('app_name=')).sort()
}

const ended: Partial<Verdict> = { outOfSyncSince: 1_732_200_000, lastSynced: 1_732_200_000 }
const reason = { code: 'GDE_CLUSTER_UNREACHABLE', message: 'nobody answers' } as const
const reports: readonly AppReport[] = [
  appReport('synced', { labels: { team: 'web' } }),
  appReport('drifted', {}, { ...ended, outcome: { status: 'OutOfSync', cause: 'live' } }, { commitsBehind: 2 }),
  appReport('unknown', {}, { outcome: { status: 'Unknown', reason }, unknownSince: 1_732_250_000 }),
]

for (const impliedSeries of [false, true])
  test(`apps that are found as before have the same text as if all of it were made anew${impliedSeries ? ', implied series as well' : ''}`, async (t) => {
    const fleet = testFleet(...reports.map((report) => ({ type: 'app', report }) as const))
    const metrics = metricsOf(fleet, impliedSeries)
    t.after(() => metrics.close())
    const before = await appLines(metrics)
    fleet.publish({ type: 'evaluated', apps: reports.map(({ summary }) => summary.id), at: 1_732_399_999 })
    const told = await appLines(metrics)
    assert.notDeepEqual(told, before)
    const anew = metricsOf(fleet, impliedSeries)
    t.after(() => anew.close())
    assert.deepEqual(told, await appLines(anew))
    const times = told.filter((line) => line.startsWith('gitops_app_last_evaluation_timestamp_seconds{'))
    assert.deepEqual(
      times.map((line) => line.split(' ').at(-1)),
      ['1732399999', '1732399999', '1732399999'],
    )
  })

test('what changed and is found so again before anybody asks is told as it changed', async (t) => {
  const report = appReport('shop')
  const fleet = testFleet({ type: 'app', report })
  const metrics = metricsOf(fleet, false)
  t.after(() => metrics.close())
  await metrics.flushed()
  const drifted = appReport('shop', {}, { ...ended, outcome: { status: 'OutOfSync', cause: 'live' } })
  fleet.publish({ type: 'app', report: drifted }, { type: 'evaluated', apps: [report.summary.id], at: 1_732_399_999 })
  const lines = await appLines(metrics)
  assert.ok(
    lines.some((line) => /^gitops_app_sync_status\{.*sync_status="OutOfSync"\} 1$/.test(line)),
    lines.join('\n'),
  )
})

test('an app that is gone stays gone', async (t) => {
  const report = appReport('shop')
  const fleet = testFleet({ type: 'app', report }, { type: 'appGone', app: report.summary.id })
  const metrics = metricsOf(fleet, false)
  t.after(() => metrics.close())
  fleet.publish({ type: 'evaluated', apps: [report.summary.id], at: 1_732_399_999 })
  assert.deepEqual(await appLines(metrics), [])
  assert.equal(fleet.apps.size, 0)
})
