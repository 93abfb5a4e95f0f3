import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildProgram } from '../build/program.ts'
import { APPS, configOf, makeFleet, OBJECTS } from './engine-fleet.ts'
import type { BenchResult } from './result.ts'

interface Evaluated {
  readonly started: number
  readonly first: number
  readonly second: number
  readonly synced: number
  readonly delay: readonly [p50: number, p99: number, max: number]
}

const EVALUATE = join(import.meta.dirname, 'engine-evaluate.ts')
const PROGRAM = join(import.meta.dirname, '../dist/program.js')
const PATIENCE_MS = 120_000

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}

/** The built program over a fleet: until its first metrics, until all its apps have a verdict. */
async function serve(folder: string, apps: number) {
  const metrics = await freePort()
  const config = join(folder, `config-${apps}.yaml`)
  writeFileSync(config, configOf(folder, { metrics, pages: await freePort() }, apps))
  const begun = performance.now()
  const program = spawn(process.execPath, [PROGRAM, 'serve', '--config', config], {
    stdio: 'ignore',
  })
  try {
    const scraped = async (pattern: RegExp): Promise<number> => {
      const deadline = performance.now() + PATIENCE_MS
      while (performance.now() < deadline) {
        const text = await fetch(`http://127.0.0.1:${metrics}/metrics`).then(
          (answer) => answer.text(),
          () => '',
        )
        if ((text.match(pattern) ?? []).length >= Math.max(apps, 1)) return performance.now() - begun
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      throw new Error(`/metrics never had ${pattern}`)
    }
    const first = await scraped(apps === 0 ? /^gitops_exporter_build_info/gm : /^gitops_app_info\{/gm)
    const all = apps === 0 ? first : await scraped(/^gitops_app_info\{.*sync_status="Synced"/gm)
    return { first, all }
  } finally {
    const ended = new Promise((resolve) => program.on('exit', resolve))
    program.kill()
    await ended
  }
}

export async function run(): Promise<readonly BenchResult[]> {
  await buildProgram({ quiet: true })
  const folder = mkdtempSync(join(tmpdir(), 'engine-bench-'))
  try {
    makeFleet(folder)
    writeFileSync(join(folder, 'config.yaml'), configOf(folder, { metrics: 1, pages: 2 }, APPS))
    const evaluated: Evaluated = JSON.parse(execFileSync(process.execPath, [EVALUATE, folder], { encoding: 'utf8' }))
    if (evaluated.synced !== APPS) throw new Error(`only ${evaluated.synced} of ${APPS} apps are Synced`)
    const idle = await serve(folder, 0)
    const one = await serve(folder, 1)
    const many = await serve(folder, APPS)
    const [p50, p99, max] = evaluated.delay
    return [
      {
        name: 'Start of the built program',
        unit: 'ms',
        rows: [
          { label: 'first scrape answered, nothing configured', values: { time: idle.first } },
          { label: 'first app on /metrics, one app', values: { time: one.first } },
          { label: 'that app has its verdict', values: { time: one.all } },
          { label: `all of ${APPS} apps of ${OBJECTS} objects have theirs`, values: { time: many.all } },
        ],
        target: { text: 'two seconds to first metrics', met: one.first < 2000 },
        note: 'From the start of the process; the cluster is a snapshot, the repository a local one.',
      },
      {
        name: `Evaluating ${APPS} apps of ${OBJECTS} objects`,
        unit: 'ms',
        rows: [
          { label: 'threads started', values: { time: evaluated.started } },
          { label: 'first pass: read, rendered, compared, reported', values: { time: evaluated.first } },
          { label: 'full pass', values: { time: evaluated.second } },
        ],
        note: 'From source. Reading YAML is most of the first pass.',
      },
      {
        name: 'Event-loop delay of the main thread meanwhile',
        unit: 'ms',
        rows: [{ label: 'delay', values: { p50, p99, max } }],
        target: { text: 'p99 below 20 ms', met: p99 < 20 },
      },
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
