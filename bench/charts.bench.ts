import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSandbox } from '../src/sandbox/build.ts'
import { toolPath } from '../test/tools/build.ts'
import { makeCharts } from './chart-fleet.ts'
import { REPOSITORIES, repositoryFolder } from './discovery-fleet.ts'
import { startFleet } from './discovery-runtime.ts'
import { type BenchResult, median } from './result.ts'

/** `CHARTS=2000 npm run bench -- charts`: another number of apps. */
const CHARTS = Number(process.env.CHARTS ?? 10_000)
const STARTS = 15
const GOAL = 150

/** Those of the charts: none of their objects is there, which is quickly compared. */
const KINDS = [
  'Deployment.apps',
  'Service',
  'ServiceAccount',
  'HorizontalPodAutoscaler.autoscaling',
  'Ingress.networking.k8s.io',
  'Pod',
]

/** CPU milliseconds of `helm template` of one of the charts, by what the shell says of its children. */
function programTime(folder: string): number {
  const script = '"$@" >/dev/null && times'
  const args = ['-c', script, 'bash', toolPath('helm'), 'template', 'app-0', 'app-0']
  const told = execFileSync('bash', args, { cwd: repositoryFolder(folder, 0), encoding: 'utf8' })
  const [, children = ''] = told.trim().split('\n')
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000,
    0,
  )
}

export async function run(): Promise<readonly BenchResult[]> {
  await buildSandbox({ quiet: true, compress: false })
  const folder = mkdtempSync(join(tmpdir(), 'charts-bench-'))
  makeCharts(folder, CHARTS)
  const { runtime, follow } = await startFleet(folder, KINDS)
  try {
    const before = process.cpuUsage()
    const time = await follow(CHARTS)
    const { user, system } = process.cpuUsage(before)
    const cpu = (user + system) / 1000 / CHARTS
    const program = median(Array.from({ length: STARTS }, () => programTime(folder)))
    const speed = (CHARTS * 1000) / time
    return [
      {
        name: `${CHARTS.toLocaleString('en-US')} apps with a chart of their own, from cold`,
        unit: '',
        rows: [
          {
            label: 'apps a second',
            values: { value: speed },
            better: 'more',
            goal: { text: `at least ${GOAL}`, met: speed >= GOAL },
          },
          { label: 'CPU-ms an app', values: { value: cpu } },
          { label: 'CPU-ms of helm template of one', values: { value: program } },
        ],
        note: `Each chart is what helm create makes of another name, with values of its own, in one of ${REPOSITORIES} Git repositories: found as an Application, fetched, rendered (six objects), compared, reported. CPU is that of all threads, their start and the compiling of the sandbox included.`,
      },
    ]
  } finally {
    await runtime.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
