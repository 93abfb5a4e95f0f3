import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildProgram } from '../build/program.ts'
import { temporaryFolder } from '../test/servers/folder.ts'
import { kubeconfig, type MeasuredExporter, startConfigured, startExporter } from './fleet/exporter.ts'
import { ensureRecording } from './fleet/recording.ts'
import { writeRepository } from './fleet/repository.ts'
import { startStub } from './fleet/start-stub.ts'
import type { BenchResult, BenchRow } from './result.ts'

const CLUSTERS = 100
/** A thread that rendered ends when it had nothing to do for a minute. */
const REST_SECONDS = 90
const PATIENCE_SECONDS = 120

/** What the program takes before fleets count: alone, with one app, and by clusters that have none. */
export async function run(): Promise<readonly BenchResult[]> {
  await buildProgram({ quiet: true })
  await using parts = new AsyncDisposableStack()
  const folder = parts.use(await temporaryFolder('footprint'))
  const repository = join(folder.path, 'repository')
  writeRepository(repository, 1)
  const stub = parts.use(await startStub(await ensureRecording(1), CLUSTERS))
  const nothing = await measured(folder.path, 'nothing', [])
  const clusters = Array.from({ length: CLUSTERS }, (_, index) => {
    const path = join(folder.path, `without-apps-${index}.yaml`)
    writeFileSync(path, JSON.stringify(kubeconfig(`${stub.origin}/clusters/${index}`)))
    return { name: `cluster-${index}`, kubeconfig: { path } }
  })
  const withoutApps = await measured(folder.path, 'clusters', clusters)
  await using exporter = await startExporter({
    folder: join(folder.path, 'one'),
    repository,
    stub,
    size: { renderings: 1, others: 0, clusters: 1 },
  })
  await until(async () => (await exporter.isReady()) && (await exporter.statuses()).Synced === 1)
  await sleep(REST_SECONDS * 1000)
  return [
    {
      name: 'What the program takes before fleets count',
      unit: '',
      rows: [
        row('nothing configured, RSS in MB', nothing.rss, 100),
        row('one app whose rendering is done, RSS in MB', exporter.rss().now, 140),
        row('a cluster without apps, MB', (withoutApps.rss - nothing.rss) / CLUSTERS, 1),
        // 4,096 for 500 clusters.
        row('a cluster without apps, file descriptors', (withoutApps.descriptors - nothing.descriptors) / CLUSTERS, 8),
      ],
      note: `${REST_SECONDS} s after the start or the last verdict, without a forced garbage collection; ${CLUSTERS} clusters at once.`,
    },
  ]
}

async function measured(
  folder: string,
  name: string,
  clusters: readonly object[],
): Promise<{ readonly rss: number; readonly descriptors: number }> {
  await using exporter = await startConfigured({ clusters }, { folder: join(folder, name) })
  await until(() => reachesAll(exporter, clusters.length))
  await sleep(REST_SECONDS * 1000)
  return { rss: exporter.rss().now, descriptors: exporter.descriptors() }
}

async function reachesAll(exporter: MeasuredExporter, clusters: number): Promise<boolean> {
  if (!(await exporter.isReady())) return false
  return ((await exporter.scrape()).match(/^gitops_cluster_up\{.*\} 1$/gm)?.length ?? 0) === clusters
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const begun = performance.now()
  while (!(await isSo())) {
    if (performance.now() - begun > PATIENCE_SECONDS * 1000) throw new Error(`not ready after ${PATIENCE_SECONDS} s`)
    await sleep(200)
  }
}

function row(label: string, value: number, most: number): BenchRow {
  return { label, values: { value }, goal: { text: `at most ${most}`, met: value <= most } }
}
