import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildProgram } from '../build/program.ts'
import { temporaryFolder } from '../test/servers/folder.ts'
import { type FleetSize, type MeasuredExporter, startExporter } from './fleet/exporter.ts'
import { measureFleet } from './fleet/measure-fleet.ts'
import { ensureRecording } from './fleet/recording.ts'
import { writeRepository } from './fleet/repository.ts'
import { startStub } from './fleet/start-stub.ts'
import type { BenchResult, BenchRow } from './result.ts'

/** `FLEET=200x250 npm run bench -- fleet`: other numbers than these of renderings, of apps in each cluster that are not declared, of clusters. */
const SIZES: readonly FleetSize[] = parseSizes(process.env.FLEET ?? '100x10,40+160x250,200x50')
const PATIENCE_SECONDS = 900
const SHARDS = 4

/** Whole fleets on loopback: the built program against stubs that answer what a real API server answered. */
export async function run(): Promise<readonly BenchResult[]> {
  await buildProgram({ quiet: true })
  const results: BenchResult[] = []
  for (const size of SIZES) results.push(await measureFleet(size))
  const largest = SIZES.at(-1)
  if (largest !== undefined) results.push(await measureShards(largest))
  return results
}

/** The same fleet, dealt over several exporters that start at once on the same cores. */
async function measureShards(size: FleetSize): Promise<BenchResult> {
  await using parts = new AsyncDisposableStack()
  const folder = parts.use(await temporaryFolder('shards'))
  const repository = join(folder.path, 'repository')
  writeRepository(repository, size.renderings)
  const stub = parts.use(await startStub(await ensureRecording(size.renderings + size.others), size.clusters))
  const exporters: MeasuredExporter[] = []
  for (let index = 0; index < SHARDS; index += 1) {
    const options = { folder: join(folder.path, `shard-${index}`), repository, stub, size }
    exporters.push(parts.use(await startExporter({ ...options, shard: `${index}/${SHARDS}` })))
  }
  for (const exporter of exporters)
    while (!(await exporter.isReady()) || (await exporter.waiting(1)) > 0) {
      if (exporter.age() > PATIENCE_SECONDS) throw new Error(`a shard is not ready after ${PATIENCE_SECONDS} s`)
      await sleep(200)
    }
  const seconds = Math.max(...exporters.map((exporter) => exporter.age()))
  const cpu = exporters.reduce((sum, exporter) => sum + exporter.cpuSeconds(), 0)
  const synced = await Promise.all(exporters.map(async (exporter) => (await exporter.statuses()).Synced ?? 0))
  const apps = size.renderings * size.clusters
  const told = synced.reduce((sum, count) => sum + count, 0)
  if (told !== apps)
    throw new Error(`${SHARDS} shards tell of ${told} synced apps and not of ${apps}: ${synced.join(', ')}`)
  await sleep(15_000)
  const memory = exporters.map((exporter) => exporter.rss().now)
  return {
    name: `${apps.toLocaleString('en-US')} apps on ${size.clusters} clusters over ${SHARDS} shards`,
    unit: '',
    rows: [
      row('first pass of the last, s', seconds),
      row('first pass of all, CPU-s', cpu),
      row('largest shard, apps', Math.max(...synced)),
      row('RSS of the largest, MB', Math.max(...memory)),
      row(
        'RSS of all, MB',
        memory.reduce((sum, one) => sum + one, 0),
      ),
    ],
    note: 'All shards run on the same cores as the stubs; on machines of their own each takes its share of the time.',
  }
}

function row(label: string, value: number): BenchRow {
  return { label, values: { value } }
}

function parseSizes(text: string): readonly FleetSize[] {
  return text.split(',').map((size) => {
    const [, renderings, others = 0, clusters] = (/^(\d+)(?:\+(\d+))?x(\d+)$/.exec(size) ?? []).map(Number)
    if (renderings === undefined || clusters === undefined || !(renderings * clusters > 0))
      throw new Error(`FLEET is a list of RENDERINGS[+OTHERS]xCLUSTERS, not ${text}`)
    return { renderings, others: others || 0, clusters }
  })
}
