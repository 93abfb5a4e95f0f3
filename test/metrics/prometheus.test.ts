import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createMetrics } from '../../src/metrics/metrics.ts'
import type { FleetUpdate } from '../../src/model/fleet.ts'
import { startPrometheus } from '../servers/prometheus.ts'
import { run } from '../servers/run.ts'
import { skipWithout, toolPath } from '../tools/build.ts'
import { appReport, clusterReport, repositoryStatus } from './reports.ts'
import { testFleet } from './test-fleet.ts'

/** What nobody would name an app, but what a repository or a cluster may hold. */
const HOSTILE = 'a"b\\c\nd\u0000\u2028é}# EOF\n{x="'

const updates: readonly FleetUpdate[] = [
  { type: 'app', report: appReport('shop', { labels: { team: 'web', 'te-am': HOSTILE }, project: HOSTILE }) },
  {
    type: 'app',
    report: appReport(
      HOSTILE,
      { controller: 'flux', kind: 'Kustomization', declaredIn: 'control', namespace: 'flux-system' },
      {
        outcome: { status: 'OutOfSync', cause: 'both' },
        outOfSyncSince: 1_732_300_000.5,
        objects: [
          {
            key: { group: '', kind: 'ConfigMap', namespace: HOSTILE, name: 'x'.repeat(5000) },
            version: 'v1',
            state: 'extra',
            differences: [],
          },
        ],
      },
      { desiredCommitTime: 1, appliedCommitTime: 1, commitsBehind: 0, manualChanges: { person: 1 } },
    ),
  },
  { type: 'cluster', report: clusterReport('prod-us') },
  { type: 'repository', status: repositoryStatus('a', { fetchSeconds: 1.5 }) },
]

function hostileMetrics(createdTimestamps = false) {
  return createMetrics(testFleet(...updates), {
    version: '1.2.3',
    appLabels: ['*'],
    argocdCompatibility: true,
    createdTimestamps,
    onError: (error) => {
      throw error
    },
  })
}

test('promtool finds nothing to complain about', { skip: skipWithout('promtool') }, async () => {
  const metrics = hostileMetrics()
  await metrics.flushed()
  const { chunks } = await metrics.scrape({ accept: undefined, acceptEncoding: undefined })
  metrics.close()
  const result = await run(toolPath('promtool'), ['check', 'metrics'], { input: Buffer.concat(chunks).toString() })
  assert.equal(result.stdout + result.stderr, '')
})

for (const [name, accept, createdTimestamps] of [
  ['OpenMetrics, which it asks for', undefined, false],
  ['OpenMetrics that says since when is counted', undefined, true],
  ['the text format', 'text/plain;version=0.0.4', false],
] as const)
  test(`Prometheus scrapes everything with ${name}`, { skip: skipWithout('prometheus') }, async () => {
    const metrics = hostileMetrics(createdTimestamps)
    await metrics.flushed()
    const served = new Set<string>()
    const server = createServer(async (request, response) => {
      const scrape = await metrics.scrape({ accept: accept ?? request.headers.accept, acceptEncoding: 'gzip' })
      served.add(scrape.contentType)
      response.writeHead(200, { 'content-type': scrape.contentType, 'content-encoding': 'gzip' })
      response.end(Buffer.concat(scrape.chunks))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      await using prometheus = await startPrometheus({
        scrape: [{ job: 'exporter', url: `http://127.0.0.1:${port}/metrics` }],
      })
      const target = await untilScraped(prometheus)
      assert.deepEqual(target, { url: `http://127.0.0.1:${port}/metrics`, health: 'up', error: '' })
      const [own] = await prometheus.query('count({__name__=~"(gitops|argocd)_.+"})')
      assert.equal(own?.value, await ownSamples(metrics, accept ?? 'application/openmetrics-text;version=1.0.0'))
      const [hostile] = await prometheus.query('gitops_app_info{controller="flux"}')
      assert.equal(hostile?.labels.app_name, HOSTILE.replace('\u0000', '\ufffd'))
      const [since] = await prometheus.query('gitops_app_out_of_sync_since_timestamp_seconds')
      assert.equal(since?.value, 1_732_300_000.5)
      const [bucket] = await prometheus.query('gitops_repo_fetch_duration_seconds_bucket{le="2.5"}')
      assert.equal(bucket?.value, 1)
      if (accept === undefined) assert.match([...served].join(), /^application\/openmetrics-text; version=1\.0\.0/)
    } finally {
      server.close()
      server.closeAllConnections()
      metrics.close()
    }
  })

async function untilScraped(prometheus: Awaited<ReturnType<typeof startPrometheus>>) {
  for (;;) {
    const [target] = await prometheus.targets()
    if (target !== undefined && target.health !== 'unknown') return target
    await sleep(100)
  }
}

/** Those of the runtime come and go. */
async function ownSamples(metrics: ReturnType<typeof hostileMetrics>, accept: string): Promise<number> {
  const { chunks } = await metrics.scrape({ accept, acceptEncoding: undefined })
  return Buffer.concat(chunks)
    .toString()
    .split('\n')
    .filter((line) => /^(gitops|argocd)_/.test(line)).length
}
