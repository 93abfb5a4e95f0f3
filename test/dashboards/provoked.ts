import { createServer } from 'node:http'
import { createMetrics } from '../../src/metrics/metrics.ts'
import type { AppReport, FleetUpdate, Measurement } from '../../src/model/fleet.ts'
import type { Shard } from '../../src/model/shard.ts'
import { appReport, clusterReport, repositoryStatus } from '../metrics/reports.ts'
import { testFleet } from '../metrics/test-fleet.ts'

/** An exporter of which everything is told that dashboards show. */
export interface Provoked extends AsyncDisposable {
  readonly url: string
  /** The same fleet as two shards tell it, each of which has a cluster. */
  readonly shardUrls: readonly string[]
  /** From now on everything happens once more each second. */
  begin(): void
  /** From now on nothing happens any more. @returns how often everything has happened */
  freeze(): number
  close(): Promise<void>
}

const HOUR = 3600

/** What has happened `times` times: counters move from one to the next, and a commit arrives. */
function reports(times: number): readonly AppReport[] {
  const now = Date.now() / 1000
  const declared = { controller: 'argocd', kind: 'Application', declaredIn: 'control', namespace: 'argocd' } as const
  const reported = { status: 'Synced', applied: [], suspended: false, disagrees: true } as const
  const lastOperation = { phase: 'Failed', message: 'no', finishedAt: now - HOUR }
  const commit = times % 2 === 0 ? 'a'.repeat(40) : 'b'.repeat(40)
  const drifted = appReport(
    'shop',
    { ...declared, labels: { team: 'web' }, syncIntervalSeconds: 180, reportedStatus: { ...reported, lastOperation } },
    {
      outcome: { status: 'OutOfSync', cause: 'both' },
      outOfSyncSince: now - 2 * HOUR,
      evaluatedAt: now - 10,
      statusChanges: times,
      objectCounts: { synced: 0, changed: 1, missing: 0, extra: 0, unknown: 0, ignored: 0, skipped: 0 },
      differenceCounts: { changed: 1, missing: 0, removed: 0, added: 0 },
      revisions: [
        {
          repository: 'https://git.example.com/platform.git',
          path: 'apps/shop',
          targetRevision: 'main',
          commit,
          commitTime: now - HOUR,
        },
      ],
      objects: [
        {
          key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
          version: 'v1',
          state: 'changed',
          differences: [
            {
              path: '/spec/replicas',
              class: 'changed',
              effect: 'drift',
              desired: 1,
              live: 2,
              actor: { manager: 'kubectl-edit', operation: 'Update' },
            },
          ],
        },
      ],
    },
    {
      desiredCommitTime: now - HOUR,
      appliedCommitTime: now - 5 * HOUR,
      commitsBehind: 3,
      appliedCommit: 'c'.repeat(40),
      lastSyncLagSeconds: 120,
      manualChanges: { person: times, controller: 0, unknown: 0 },
    },
  )
  const elsewhere = appReport(
    'shop',
    { ...declared, destination: 'prod-eu', sources: drifted.summary.sources },
    { evaluatedAt: now - 20 },
    { desiredCommitTime: now - HOUR, appliedCommitTime: now - HOUR },
  )
  const unknown = appReport(
    'cart',
    declared,
    { outcome: { status: 'Unknown', reason: { code: 'GDE_STALE', message: 'old' } }, unknownSince: now - HOUR },
    {},
  )
  return [drifted, elsewhere, unknown, appReport('calm', declared, { evaluatedAt: now - 5 })]
}

const observed = (metric: string, labels: Measurement['labels'] = {}): Measurement => ({
  metric,
  labels,
  action: 'observe',
  value: 0.2,
})

function measurements(): readonly Measurement[] {
  const activity = { controller: 'argocd', app_cluster: 'control' }
  return [
    observed('gitops_evaluation_duration_seconds'),
    observed('gitops_detection_latency_seconds'),
    observed('gitops_sync_lag_seconds', { controller: 'argocd', project: 'web', dest_cluster: 'prod-us' }),
    { metric: 'gitops_evaluations_total', labels: { sync_status: 'Synced' }, action: 'increment', value: 1 },
    { metric: 'gitops_evaluation_queue_length', labels: {}, action: 'set', value: 2 },
    { metric: 'gitops_exporter_pass_interval_seconds', labels: {}, action: 'set', value: 600 },
    {
      metric: 'gitops_controller_last_activity_timestamp_seconds',
      labels: activity,
      action: 'set',
      value: Date.now() / 1000,
    },
  ]
}

function updates(times: number): readonly FleetUpdate[] {
  const now = Date.now() / 1000
  const requests = [{ verb: 'list', code: '200', count: times }]
  return [
    ...reports(times).map((report) => ({ type: 'app', report }) as const),
    { type: 'cluster', report: clusterReport('prod-us', { requests, watchRestarts: times, lastContact: now }) },
    { type: 'cluster', report: clusterReport('prod-eu', { up: false }) },
    { type: 'repository', status: repositoryStatus('a', { fetchSeconds: 0.1 * times, lastContact: now }) },
    { type: 'sources', reports: [{ controller: 'argocd', declaredIn: 'control', up: true }], at: now },
    { type: 'measurements', measurements: measurements() },
    { type: 'pass', first: true, endedAt: now - 60 },
  ]
}

const SHARDS = ['prod-us', 'prod-eu'] as const

/** What of it a shard tells that has these clusters. */
function ofClusters(clusters: readonly string[], update: FleetUpdate): FleetUpdate {
  const has = (cluster: string | undefined) => cluster === undefined || clusters.includes(cluster)
  if (update.type !== 'measurements') return update
  return { ...update, measurements: update.measurements.filter(({ labels }) => has(labels.dest_cluster)) }
}

function isOf(clusters: readonly string[], update: FleetUpdate): boolean {
  if (update.type === 'app') return clusters.includes(update.report.summary.destination)
  return update.type !== 'cluster' || clusters.includes(update.report.status.name)
}

function startTelling(shard: Shard, clusters: readonly string[]) {
  const fleet = testFleet()
  const metrics = createMetrics(fleet, {
    version: '1.2.3',
    shard,
    externalUrl: 'https://drift.example.com',
    appLabels: ['team'],
    argocdCompatibility: false,
    onError: (error) => {
      throw error
    },
  })
  metrics.configLoaded({ successful: true, at: Date.now() / 1000 })
  return {
    metrics,
    tell(all: readonly FleetUpdate[]): void {
      fleet.publish(...all.filter((one) => isOf(clusters, one)).map((one) => ofClusters(clusters, one)))
      metrics.requestServed({ route: '/metrics', code: 200, seconds: 0.01 })
    },
  }
}

/** Everything that dashboards show has been told, and nothing has happened since. */
export async function startProvoked(): Promise<Provoked> {
  const exporters = new Map([
    ['/metrics', startTelling({ index: 0, count: 1 }, SHARDS)],
    ...SHARDS.map(
      (cluster, index) => [`/metrics/${index}`, startTelling({ index, count: SHARDS.length }, [cluster])] as const,
    ),
  ])
  let times = 0
  const tell = (): void => {
    const all = updates(times)
    for (const exporter of exporters.values()) exporter.tell(all)
  }
  tell()
  let timer: NodeJS.Timeout | undefined
  // By time, and not by scrape: two that scrape are told the same.
  const begin = (): void => {
    timer ??= setInterval(() => {
      times += 1
      tell()
    }, 1000)
  }
  const server = createServer(async ({ url = '' }, response) => {
    const metrics = exporters.get(url)?.metrics
    if (metrics === undefined) throw new Error(`nobody tells ${url}`)
    await metrics.flushed()
    const { chunks, contentType } = await metrics.scrape({ accept: 'text/plain', acceptEncoding: undefined })
    response.writeHead(200, { 'content-type': contentType }).end(Buffer.concat(chunks))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= new Promise((resolve) => {
      clearInterval(timer)
      server.close(() => resolve())
      server.closeAllConnections()
      for (const { metrics } of exporters.values()) metrics.close()
    })
    return closing
  }
  const freeze = (): number => {
    clearInterval(timer)
    return times
  }
  const url = `http://127.0.0.1:${address.port}/metrics`
  const shardUrls = SHARDS.map((_cluster, index) => `${url}/${index}`)
  return { url, shardUrls, begin, freeze, close, [Symbol.asyncDispose]: close }
}
