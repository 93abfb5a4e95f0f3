import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { exportedBy } from '../../src/config/exported-metrics.ts'
import { createMetrics, type Metrics, type MetricsOptions } from '../../src/metrics/metrics.ts'
import type { RepositoryId } from '../../src/model/sources/source.ts'
import { appReport, clusterReport, repositoryStatus } from './reports.ts'
import { type TestFleet, testFleet } from './test-fleet.ts'

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0'

interface Setup extends Disposable {
  readonly metrics: Metrics
  readonly errors: readonly unknown[]
  text(accept?: string): Promise<string>
}

function setUp(fleet: TestFleet, options: Partial<MetricsOptions> = {}): Setup {
  const errors: unknown[] = []
  const metrics = createMetrics(fleet, {
    version: '1.2.3',
    appLabels: [],
    argocdCompatibility: false,
    onError: (error) => errors.push(error),
    ...options,
  })
  return {
    metrics,
    errors,
    async text(accept) {
      const { chunks, length } = await metrics.scrape({ accept, acceptEncoding: undefined })
      const body = Buffer.concat(chunks)
      assert.equal(body.length, length)
      return body.toString()
    },
    [Symbol.dispose]: () => metrics.close(),
  }
}

/** The values of all lines that begin so. */
function values(text: string, start: string): readonly number[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(start))
    .map((line) => Number(line.slice(line.lastIndexOf(' '))))
}

const outOfSync = (name: string) => appReport(name, {}, { outcome: { status: 'OutOfSync', cause: 'live' } })

test('what the fleet holds at the start and later updates can both be scraped', async () => {
  const fleet = testFleet({ type: 'app', report: appReport('shop') })
  using setup = setUp(fleet)
  fleet.publish({ type: 'app', report: appReport('cart') }, { type: 'cluster', report: clusterReport('prod-us') })
  await setup.metrics.flushed()
  const text = await setup.text()
  assert.deepEqual(values(text, 'gitops_app_info{'), [1, 1])
  assert.deepEqual(values(text, 'gitops_cluster_up{dest_cluster="prod-us"}'), [1])
})

test('a scrape tells what the fleet was told before it', async () => {
  const fleet = testFleet({ type: 'app', report: appReport('shop') })
  using setup = setUp(fleet)
  assert.match(await setup.text(), /gitops_app_sync_status\{.*sync_status="Synced"\} 1/)
  fleet.publish({ type: 'app', report: outOfSync('shop') })
  assert.match(await setup.text(), /gitops_app_sync_status\{.*sync_status="OutOfSync"\} 1/)
})

test('a new verdict replaces the old one in all families together', async () => {
  const fleet = testFleet({ type: 'app', report: appReport('shop') })
  using setup = setUp(fleet)
  await setup.metrics.flushed()
  fleet.publish({ type: 'app', report: outOfSync('shop') })
  await setup.metrics.flushed()
  const text = await setup.text()
  assert.match(text, /gitops_app_info\{.*sync_status="OutOfSync"\} 1/)
  assert.match(text, /gitops_app_sync_status\{.*sync_status="OutOfSync"\} 1/)
  assert.match(text, /gitops_app_out_of_sync_cause\{.*cause="live"\} 1/)
  assert.doesNotMatch(text, /sync_status="Synced"\} 1/)
})

test('an app that is gone leaves no series', async () => {
  const shop = appReport('shop')
  const fleet = testFleet({ type: 'app', report: shop }, { type: 'app', report: appReport('cart') })
  using setup = setUp(fleet)
  fleet.publish({ type: 'appGone', app: shop.summary.id })
  await setup.metrics.flushed()
  const text = await setup.text()
  assert.doesNotMatch(text, /app_name="shop"/)
  assert.match(text, /app_name="cart"/)
})

test('more apps than one text block holds are all there once, whatever came and went', async () => {
  const fleet = testFleet()
  using setup = setUp(fleet)
  const reports = Array.from({ length: 600 }, (_, index) => appReport(`app-${index}`))
  for (const report of reports) fleet.publish({ type: 'app', report })
  for (const report of reports.slice(0, 300)) fleet.publish({ type: 'appGone', app: report.summary.id })
  for (const report of reports.slice(0, 50)) fleet.publish({ type: 'app', report })
  await setup.metrics.flushed()
  const names = [...(await setup.text()).matchAll(/^gitops_app_info\{app_name="([^"]+)"/gm)].map((match) => match[1])
  const expected = [...reports.slice(300), ...reports.slice(0, 50)].map(({ summary }) => summary.name)
  assert.deepEqual(names.toSorted(), expected.toSorted())
})

test('gzip holds the same as plain text', async () => {
  const fleet = testFleet()
  using setup = setUp(fleet)
  for (let index = 0; index < 700; index += 1) fleet.publish({ type: 'app', report: appReport(`app-${index}`) })
  await setup.metrics.flushed()
  const packed = await setup.metrics.scrape({ accept: undefined, acceptEncoding: 'gzip' })
  assert.equal(packed.contentEncoding, 'gzip')
  const ofApps = (text: string) => text.slice(0, text.indexOf('# HELP process_'))
  assert.equal(ofApps(gunzipSync(Buffer.concat(packed.chunks)).toString()), ofApps(await setup.text()))
})

test('a scrape that was taken does not change when verdicts do', async () => {
  const fleet = testFleet({ type: 'app', report: appReport('shop') })
  using setup = setUp(fleet)
  await setup.metrics.flushed()
  const taken = await setup.metrics.scrape({ accept: undefined, acceptEncoding: undefined })
  const before = Buffer.concat(taken.chunks).toString()
  fleet.publish({ type: 'app', report: outOfSync('shop') })
  await setup.metrics.flushed()
  assert.equal(Buffer.concat(taken.chunks).toString(), before)
})

test('OpenMetrics ends with one # EOF, and writes bucket bounds as floats', async () => {
  using setup = setUp(testFleet({ type: 'app', report: appReport('shop') }))
  await setup.metrics.flushed()
  const text = await setup.text(OPENMETRICS)
  assert.equal(text.match(/# EOF/g)?.length, 1)
  assert.ok(text.endsWith('\n# EOF\n'))
  assert.match(text, /gitops_evaluation_duration_seconds_bucket\{le="1\.0"\} 0/)
  assert.match(await setup.text(), /gitops_evaluation_duration_seconds_bucket\{le="1"\} 0/)
})

test('no family appears twice', async () => {
  using setup = setUp(testFleet({ type: 'app', report: appReport('shop') }), { argocdCompatibility: true })
  await setup.metrics.flushed()
  for (const accept of [undefined, OPENMETRICS]) {
    const names = [...(await setup.text(accept)).matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1])
    assert.equal(new Set(names).size, names.length)
  }
})

test('a repository is as bad as the worst of its mirrors, and goes with the last of them', async () => {
  const fleet = testFleet({ type: 'repository', status: repositoryStatus('a', { fetchSeconds: 0.2 }) })
  using setup = setUp(fleet)
  const down = repositoryStatus('b', { url: 'https://git.example.com/platform', up: false })
  fleet.publish({ type: 'repository', status: down })
  await setup.metrics.flushed()
  assert.deepEqual(values(await setup.text(), 'gitops_repo_up{repo="https://git.example.com/platform"}'), [0])
  fleet.publish({ type: 'repositoryGone', repository: 'b' })
  await setup.metrics.flushed()
  const text = await setup.text()
  assert.deepEqual(values(text, 'gitops_repo_up{'), [1])
  assert.deepEqual(values(text, 'gitops_repo_fetch_duration_seconds_count{'), [1])
  fleet.publish({ type: 'repositoryGone', repository: 'a' })
  await setup.metrics.flushed()
  assert.doesNotMatch(await setup.text(), /^gitops_repo_\w+\{/m)
})

test('what controllers did goes with the cluster that they are in', async () => {
  const fleet = testFleet()
  using setup = setUp(fleet)
  const activity = { metric: 'gitops_controller_last_activity_timestamp_seconds', action: 'set', value: 1000 } as const
  const measurements = ['one', 'other'].map((app_cluster) => ({
    ...activity,
    labels: { controller: 'flux', app_cluster },
  }))
  fleet.publish({ type: 'measurements', measurements })
  assert.deepEqual(values(await setup.text(), `${activity.metric}{`), [1000, 1000])
  fleet.publish({ type: 'clusterGone', name: 'one' })
  assert.deepEqual(values(await setup.text(), `${activity.metric}{controller="flux",app_cluster="other"}`), [1000])
  assert.equal(values(await setup.text(), `${activity.metric}{`).length, 1)
})

test('measurements of the engine are counted', async () => {
  const fleet = testFleet()
  using setup = setUp(fleet)
  const evaluation = { metric: 'gitops_evaluations_total', labels: { sync_status: 'Synced' } } as const
  fleet.publish({
    type: 'measurements',
    measurements: [
      { ...evaluation, action: 'increment', value: 2 },
      { ...evaluation, action: 'increment', value: 1 },
      { metric: 'gitops_evaluation_queue_length', labels: {}, action: 'set', value: 5 },
      { metric: 'gitops_evaluation_duration_seconds', labels: {}, action: 'observe', value: 0.02 },
    ],
  })
  const text = await setup.text()
  assert.deepEqual(values(text, 'gitops_evaluations_total{sync_status="Synced"}'), [3])
  assert.deepEqual(values(text, 'gitops_evaluation_queue_length'), [5])
  assert.deepEqual(values(text, 'gitops_evaluation_duration_seconds_count'), [1])
})

test('a measurement without a metric is reported as an error and harms no other', async () => {
  const fleet = testFleet()
  using setup = setUp(fleet)
  fleet.publish({
    type: 'measurements',
    measurements: [
      { metric: 'gitops_nonsense', labels: {}, action: 'set', value: 1 },
      { metric: 'gitops_evaluations_total', labels: { colour: 'red' }, action: 'increment', value: 1 },
      { metric: 'gitops_evaluation_queue_length', labels: {}, action: 'observe', value: 1 },
      { metric: 'gitops_evaluation_queue_length', labels: {}, action: 'set', value: 7 },
    ],
  })
  assert.equal(setup.errors.length, 3)
  assert.deepEqual(values(await setup.text(), 'gitops_evaluation_queue_length'), [7])
})

test('it is ready when what the first pass found can be scraped', async () => {
  const fleet = testFleet()
  using setup = setUp(fleet)
  fleet.publish({ type: 'app', report: appReport('shop') })
  await setup.metrics.flushed()
  assert.equal(setup.metrics.ready, false)
  fleet.publish({ type: 'app', report: outOfSync('shop') }, { type: 'pass', first: true, endedAt: 1 })
  assert.equal(setup.metrics.ready, false)
  await setup.metrics.flushed()
  assert.equal(setup.metrics.ready, true)
  assert.match(await setup.text(), /sync_status="OutOfSync"\} 1/)
})

test('a config that failed to load leaves the time of the last good one', async () => {
  using setup = setUp(testFleet())
  setup.metrics.configLoaded({ successful: true, at: 100 })
  setup.metrics.configLoaded({ successful: false, at: 200 })
  const text = await setup.text()
  assert.deepEqual(values(text, 'gitops_exporter_config_last_reload_successful'), [0])
  assert.deepEqual(values(text, 'gitops_exporter_config_last_reload_success_timestamp_seconds'), [100])
})

test('the config counts as loaded only while all of its files can be used', async () => {
  using setup = setUp(testFleet())
  const part = 'metrics.webConfigFile'
  const successful = async () => values(await setup.text(), 'gitops_exporter_config_last_reload_successful')
  setup.metrics.configLoaded({ part, successful: false, at: 100 })
  setup.metrics.configLoaded({ successful: true, at: 200 })
  assert.deepEqual(await successful(), [0])
  setup.metrics.configLoaded({ part, successful: true, at: 300 })
  assert.deepEqual(await successful(), [1])
})

test('options changed by a reload change the series, with updates that came meanwhile', async () => {
  const fleet = testFleet({ type: 'app', report: appReport('shop', { labels: { team: 'web' } }) })
  using setup = setUp(fleet)
  await setup.metrics.flushed()
  assert.doesNotMatch(await setup.text(), /argocd_app_info|label_team/)
  const first = setup.metrics.configure({ appLabels: [], argocdCompatibility: false })
  const second = setup.metrics.configure({ appLabels: ['*'], argocdCompatibility: true })
  fleet.publish({ type: 'app', report: appReport('cart') })
  await Promise.all([first, second])
  await setup.metrics.flushed()
  const text = await setup.text()
  assert.match(text, /gitops_app_labels\{app_name="shop".*label_team="web"\} 1/)
  assert.deepEqual(values(text, 'argocd_app_info{'), [1, 1])
})

const source = (controller: 'argocd' | 'static', declaredIn: string, up: boolean) => ({ controller, declaredIn, up })

test('a source of apps is down until it was read completely, and up together with its apps', async () => {
  const fleet = testFleet({
    type: 'sources',
    reports: [source('static', '', true), source('argocd', 'c', false)],
    at: 1,
  })
  using setup = setUp(fleet)
  await setup.metrics.flushed()
  const before = await setup.text()
  assert.deepEqual(values(before, 'gitops_discovery_up{controller="static",app_cluster=""}'), [1])
  assert.deepEqual(values(before, 'gitops_discovery_up{controller="argocd",app_cluster="c"}'), [0])
  assert.deepEqual(values(before, 'gitops_discovery_last_success_timestamp_seconds'), [1])
  fleet.publish(
    { type: 'app', report: appReport('shop', { controller: 'argocd', declaredIn: 'c' }) },
    { type: 'sources', reports: [source('argocd', 'c', true)], at: 2 },
  )
  // Scraped at once: neither the app nor that there is no more than it.
  const between = await setup.text()
  assert.equal(values(between, 'gitops_app_info').length, values(between, 'gitops_discovery_up{controller="argocd"')[0])
  await setup.metrics.flushed()
  const after = await setup.text()
  assert.deepEqual(values(after, 'gitops_app_info'), [1])
  assert.deepEqual(values(after, 'gitops_discovery_up'), [1])
  assert.deepEqual(values(after, 'gitops_discovery_last_success_timestamp_seconds{controller="argocd"'), [2])
})

test('counters and lags are there from 0, and when the last pass ended once one has', async () => {
  const fleet = testFleet({ type: 'app', report: appReport('shop', { controller: 'flux' }) })
  using setup = setUp(fleet)
  const before = await setup.text()
  assert.deepEqual(values(before, 'gitops_evaluations_total'), [0, 0, 0])
  assert.deepEqual(values(before, 'gitops_sync_lag_seconds_count{controller="flux"'), [0])
  assert.deepEqual(values(before, 'gitops_exporter_last_pass_timestamp_seconds'), [0])
  fleet.publish({ type: 'pass', first: true, endedAt: 7 })
  assert.deepEqual(values(await setup.text(), 'gitops_exporter_last_pass_timestamp_seconds'), [7])
})

test('where the status page is found is a label, and follows the config', async () => {
  using setup = setUp(testFleet(), { externalUrl: 'https://one.example.com' })
  assert.match(await setup.text(), /gitops_exporter_build_info\{.*external_url="https:\/\/one.example.com"\} 1/)
  await setup.metrics.configure({ appLabels: [], argocdCompatibility: false, externalUrl: 'https://two.example.com' })
  assert.deepEqual(values(await setup.text(), 'gitops_exporter_build_info'), [1])
  assert.match(await setup.text(), /external_url="https:\/\/two.example.com"/)
})

test('drifted objects beyond the limit are counted, until the app has no more of them', async () => {
  const many = (count: number) =>
    appReport(
      'shop',
      {},
      {
        objects: Array.from({ length: Math.min(count, 200) }, (_, index) => ({
          key: { group: '', kind: 'ConfigMap', namespace: 'shop', name: `c${index}` },
          version: 'v1',
          state: 'missing' as const,
          differences: [],
        })),
        objectCounts: { synced: 0, changed: 0, missing: count, extra: 0, unknown: 0, ignored: 0, skipped: 0 },
      },
    )
  const fleet = testFleet({ type: 'app', report: many(260) })
  using setup = setUp(fleet)
  await setup.metrics.flushed()
  assert.deepEqual(values(await setup.text(), 'gitops_drifted_objects_omitted'), [210])
  fleet.publish({ type: 'app', report: many(50) })
  assert.deepEqual(values(await setup.text(), 'gitops_drifted_objects_omitted'), [0])
})

test('a fleet that drifts at once shows 20,000 objects, and more of each app once others are mended', async () => {
  const drifting = (name: string, count: number) =>
    appReport(
      name,
      {},
      {
        outcome: { status: 'OutOfSync', cause: 'live' },
        objects: Array.from({ length: count }, (_, index) => ({
          key: { group: '', kind: 'ConfigMap', namespace: name, name: `c${index}` },
          version: 'v1',
          state: 'missing' as const,
          differences: [],
        })),
        objectCounts: { synced: 0, changed: 0, missing: count, extra: 0, unknown: 0, ignored: 0, skipped: 0 },
      },
    )
  const names = Array.from({ length: 3000 }, (_, index) => `app-${index}`)
  const fleet = testFleet(...names.map((name) => ({ type: 'app' as const, report: drifting(name, 10) })))
  using setup = setUp(fleet)
  await setup.metrics.flushed()
  const shown = async () => values(await setup.text(), 'gitops_drifted_object_info{').length
  assert.equal(await shown(), 18_000)
  assert.deepEqual(values(await setup.text(), 'gitops_drifted_objects_omitted'), [12_000])
  fleet.publish(...names.slice(1000).map((name) => ({ type: 'app' as const, report: drifting(name, 0) })))
  await setup.metrics.flushed()
  assert.equal(await shown(), 10_000)
  assert.deepEqual(values(await setup.text(), 'gitops_drifted_objects_omitted'), [0])
})

const COMMITTED = {
  revisions: [
    {
      repository: 'platform' as RepositoryId,
      path: 'apps/shop',
      targetRevision: 'main',
      commit: 'c0ffee',
      commitTime: 1,
    },
  ],
}

test('an app of the config that is in sync has at most 14 series', async () => {
  const report = appReport('shop', {}, COMMITTED, {
    desiredCommitTime: 1,
    appliedCommitTime: 1,
    commitsBehind: 0,
    appliedCommit: 'c0ffee',
    manualChanges: { person: 0, controller: 0, unknown: 0 },
  })
  const fleet = testFleet({ type: 'app', report })
  using setup = setUp(fleet)
  await setup.metrics.flushed()
  const series = (await setup.text()).match(/^gitops_.*app_name="shop".*$/gm) ?? []
  assert.ok(series.length <= 14, series.join('\n'))
})

test('an app of a controller that is in sync has at most 18 series, the first hand edit counted from 0 among them', async () => {
  const reportedStatus = {
    status: 'Synced',
    applied: ['c0ffee'],
    suspended: false,
    disagrees: false,
    lastOperation: { phase: 'Succeeded', message: '', finishedAt: 1 },
  } as const
  const report = appReport('shop', { controller: 'argocd', reportedStatus, syncIntervalSeconds: 180 }, COMMITTED, {
    desiredCommitTime: 1,
    appliedCommitTime: 1,
    commitsBehind: 0,
    appliedCommit: 'c0ffee',
    lastSyncLagSeconds: 30,
    manualChanges: { person: 0, controller: 0, unknown: 0 },
  })
  const fleet = testFleet({ type: 'app', report })
  using setup = setUp(fleet)
  await setup.metrics.flushed()
  const text = await setup.text()
  const series = text.match(/^gitops_.*app_name="shop".*$/gm) ?? []
  assert.ok(series.length <= 18, `${series.length}:\n${series.join('\n')}`)
  assert.match(text, /^gitops_manual_changes_total\{.*actor_class="person"\} 0$/m)
})

test('metrics that the config leaves out are in no answer, neither series nor header', async () => {
  const isExported = exportedBy({ allow: ['gitops_*'], deny: ['gitops_app_source_info', 'gitops_repo_*'] })
  const fleet = testFleet(
    { type: 'app', report: appReport('shop') },
    { type: 'repository', status: repositoryStatus('platform') },
  )
  using setup = setUp(fleet, { isExported })
  await setup.metrics.flushed()
  for (const accept of [undefined, OPENMETRICS]) {
    const text = await setup.text(accept)
    const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name)
    assert.ok(families.includes('gitops_app_info'))
    assert.deepEqual(
      families.filter((name) => !isExported(name) && !isExported(`${name}_total`)),
      [],
    )
    assert.doesNotMatch(text, /^(?:# )?(?:\w+ )?(?:process_|nodejs_|gitops_repo_|gitops_app_source_info)/m)
  }
})

test('apps that wait for their first verdict are counted by cluster, from 0, and go with the last app there', async () => {
  const never = { status: 'Unknown', reason: { code: 'GDE_NOT_EVALUATED', message: 'not evaluated yet' } } as const
  const waiting = (name: string, destination: string) => {
    const report = appReport(name, { destination }, { outcome: never })
    const { evaluatedAt: _at, ...verdict } = report.verdict
    return { ...report, verdict }
  }
  const fleet = testFleet({ type: 'app', report: waiting('a', 'far') }, { type: 'app', report: waiting('b', 'far') })
  using setup = setUp(fleet)
  const counts = async () => (await setup.text()).match(/^gitops_apps_waiting\{.*$/gm)
  assert.deepEqual(await counts(), ['gitops_apps_waiting{dest_cluster="far"} 2'])
  const judged = appReport('a', { destination: 'far' })
  fleet.publish({ type: 'app', report: judged })
  fleet.publish({ type: 'app', report: appReport('b', { destination: 'far' }) })
  assert.deepEqual(await counts(), ['gitops_apps_waiting{dest_cluster="far"} 0'])
  fleet.publish({ type: 'appGone', app: judged.summary.id })
  fleet.publish({ type: 'appGone', app: appReport('b', { destination: 'far' }).summary.id })
  assert.equal(await counts(), null)
})
