import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics, type MetricsOptions } from '../../src/metrics/metrics.ts'
import type { FleetUpdate } from '../../src/model/fleet.ts'
import { appReport } from './reports.ts'
import { testFleet } from './test-fleet.ts'

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0'
const commit = {
  repository: 'https://git.example.com/platform.git',
  path: 'apps/shop',
  targetRevision: 'main',
  commit: 'a'.repeat(40),
  commitTime: 1,
  author: 'Ada "the" Author\n',
}
const UPDATES: readonly FleetUpdate[] = [
  { type: 'app', report: appReport('shop', { project: 'web' }, { revisions: [commit] }) },
  { type: 'app', report: appReport('cart', { project: 'more' }) },
]

async function scraped(options: Partial<MetricsOptions>, accept: string, ...more: readonly FleetUpdate[]) {
  const fleet = testFleet(...UPDATES)
  const metrics = createMetrics(fleet, {
    version: '1.2.3',
    appLabels: [],
    argocdCompatibility: false,
    onError: (error) => {
      throw error
    },
    ...options,
  })
  try {
    fleet.publish(...more)
    await metrics.flushed()
    const { chunks } = await metrics.scrape({ accept, acceptEncoding: undefined })
    return Buffer.concat(chunks).toString().split('\n')
  } finally {
    metrics.close()
  }
}

const lagOf = (project: string): FleetUpdate => ({
  type: 'measurements',
  measurements: [
    {
      metric: 'gitops_sync_lag_seconds',
      labels: { controller: 'static', project, dest_cluster: 'prod-us' },
      action: 'observe',
      value: 7,
    },
  ],
})

test('who wrote the commit is told only where somebody chose that', async () => {
  const revision = (lines: readonly string[]) =>
    lines.find((line) => line.startsWith('gitops_app_revision_info{')) ?? ''
  assert.doesNotMatch(revision(await scraped({}, 'text/plain')), /author/)
  assert.match(
    revision(await scraped({ commitAuthors: true }, 'text/plain')),
    /,commit="a{40}",applied_commit="",author="Ada \\"the\\" Author\\n"\} 1$/,
  )
})

test('lags are told by project, or of all projects of a cluster together, from 0', async () => {
  const counts = async (lagByProject: boolean) =>
    (await scraped({ lagByProject }, 'text/plain', lagOf('web'), lagOf('more')))
      .filter((line) => line.startsWith('gitops_sync_lag_seconds_count{'))
      .map((line) => line.slice(line.indexOf('{')))
      .toSorted()
  assert.deepEqual(await counts(true), [
    '{controller="static",project="more",dest_cluster="prod-us"} 1',
    '{controller="static",project="web",dest_cluster="prod-us"} 1',
  ])
  assert.deepEqual(await counts(false), ['{controller="static",project="",dest_cluster="prod-us"} 2'])
  const before = await scraped({ lagByProject: false }, 'text/plain')
  assert.ok(before.includes('gitops_sync_lag_seconds_count{controller="static",project="",dest_cluster="prod-us"} 0'))
})

test('since when is counted is said in OpenMetrics alone, and only where somebody chose that', async () => {
  const created = (lines: readonly string[]) => lines.filter((line) => /^\w+_created[ {]/.test(line))
  assert.deepEqual(created(await scraped({}, OPENMETRICS)), [])
  assert.deepEqual(created(await scraped({ createdTimestamps: true }, 'text/plain')), [])
  const begun = Date.now() / 1000
  const lines = await scraped({ createdTimestamps: true }, OPENMETRICS, lagOf('web'))
  const series = lines.findIndex((line) => line.startsWith('gitops_sync_lag_seconds_created{'))
  assert.match(lines[series - 1] ?? '', /^gitops_sync_lag_seconds_count\{/)
  const labels = (line: string) => /\{.*\}/.exec(line)?.[0]
  assert.equal(labels(lines[series] ?? ''), labels(lines[series - 1] ?? ''))
  const at = (name: string) =>
    Number(
      lines
        .find((line) => line.startsWith(name))
        ?.split(' ')
        .at(-1),
    )
  assert.ok(at('gitops_evaluations_created{') >= begun)
  assert.ok(at('process_cpu_seconds_created') < begun)
})
