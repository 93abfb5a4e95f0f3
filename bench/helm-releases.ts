import { execFileSync } from 'node:child_process'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadConfig } from '../src/config/load-config.ts'
import type { JsonObject } from '../src/model/json.ts'
import { buildSandbox } from '../src/sandbox/build.ts'
import { type Runtime, startRuntime } from '../src/threads/runtime.ts'
import { temporaryFolder } from '../test/servers/folder.ts'
import { helm } from '../test/servers/helm.ts'
import { type Registry, startRegistry } from '../test/servers/registry.ts'
import { toolPath } from '../test/tools/build.ts'
import { type BenchResult, median } from './result.ts'

const RELEASES = 1000
const CHARTS = 60
/** HEAD, manifest and layer of each chart. */
const REQUESTS = 3 * CHARTS
const PROGRAMS = 10
const LOG_MS = 10_000
const PATIENCE_MS = 900_000
const CORPUS = join(import.meta.dirname, '../test/render/corpus/podinfo/charts/podinfo')
const NAMESPACE = 'flux-system'

/** The whole way of HelmReleases whose charts lie in a registry, with nothing fetched before, beside a start of helm for each. */
export async function firstVerdicts(): Promise<BenchResult> {
  await buildSandbox({ quiet: true, compress: false })
  await using folder = await temporaryFolder('bench-releases')
  await using registry = await startRegistry()
  const ca = join(folder.path, 'ca.pem')
  await writeFile(ca, registry.ca)
  for (let number = 0; number < CHARTS; number += 1) await publish(registry, folder.path, chartName(number))
  await mkdir(join(folder.path, 'cluster'))
  await writeFile(join(folder.path, 'cluster/all.json'), JSON.stringify(resources(registry.host)))
  const before = registry.requests.length
  const ours = await measured(await writeConfig(folder.path, registry.host))
  const asked = await requestsAfter(registry, before)
  const program = helmProgram(folder.path, registry.host)
  return {
    name: `First verdicts of ${RELEASES.toLocaleString('en-US')} HelmReleases over ${CHARTS} OCI charts from a cold cache`,
    unit: 's, CPU-s, requests',
    rows: [
      {
        label: 'this program: found, fetched, rendered, compared, told',
        values: { time: ours.seconds, CPU: ours.cpuSeconds, requests: asked },
        goal: { text: 'three requests a chart: HEAD, manifest, layer', met: asked === REQUESTS },
      },
      {
        label: `helm template of each: ${RELEASES.toLocaleString('en-US')} times the median of ${PROGRAMS}`,
        values: { CPU: program * RELEASES },
      },
    ],
    ratio: { label: 'helm’s CPU against ours', value: (program * RELEASES) / ours.cpuSeconds },
    note: 'Podinfo’s chart under 60 names in a registry (CNCF distribution) with TLS, each release with values of its own, on a cluster that has none of it; what helm-controller does after helm, reading and printing each object by kustomize, is in ours alone. Starting threads and compiling the sandbox are within the time. Polls, one HEAD a chart, come every ten minutes here.',
  }
}

const chartName = (number: number): string => `app-${String(number).padStart(2, '0')}`

async function publish({ host }: Registry, folder: string, name: string): Promise<void> {
  const chart = join(folder, 'charts', name)
  await cp(CORPUS, chart, { recursive: true })
  const about = join(chart, 'Chart.yaml')
  await writeFile(about, (await readFile(about, 'utf8')).replace(/^name: .*$/m, `name: ${name}`))
  await helm(folder, 'package', chart, '--version', '1.2.3', '--destination', folder)
  await helm(
    folder,
    'push',
    join(folder, `${name}-1.2.3.tgz`),
    `oci://${host}/charts`,
    '--ca-file',
    join(folder, 'ca.pem'),
  )
}

function resources(host: string): JsonObject {
  const sources = Array.from({ length: CHARTS }, (_, number) =>
    resource('source.toolkit.fluxcd.io/v1', 'OCIRepository', chartName(number), {
      url: `oci://${host}/charts/${chartName(number)}`,
      ref: { tag: '1.2.3' },
    }),
  )
  const releases = Array.from({ length: RELEASES }, (_, number) =>
    resource('helm.toolkit.fluxcd.io/v2', 'HelmRelease', `release-${number}`, {
      chartRef: { kind: 'OCIRepository', name: chartName(number % CHARTS) },
      values: { ui: { message: `release ${number}` } },
    }),
  )
  return { apiVersion: 'v1', kind: 'List', items: [...sources, ...releases] }
}

function resource(apiVersion: string, kind: string, name: string, spec: JsonObject): JsonObject {
  return { apiVersion, kind, metadata: { name, namespace: NAMESPACE }, spec: { interval: '10m', ...spec } }
}

async function writeConfig(folder: string, host: string): Promise<string> {
  const config = join(folder, 'config.json')
  const snapshot = { path: join(folder, 'cluster'), kinds: ['*'] }
  const document = {
    stateDirectory: join(folder, 'state'),
    clusters: [{ name: 'prod', snapshot }],
    repositories: Array.from({ length: CHARTS }, (_, number) => ({
      url: `oci://${host}/charts/${chartName(number)}`,
      tls: { caFile: join(folder, 'ca.pem') },
      pollInterval: '10m',
    })),
    discovery: { flux: [{ cluster: 'prod' }] },
  }
  await writeFile(config, JSON.stringify(document))
  return config
}

/** The log of the registry comes a little later than its answers. */
async function requestsAfter({ requests }: Registry, before: number): Promise<number> {
  const until = performance.now() + LOG_MS
  while (requests.length - before < REQUESTS && performance.now() < until) await sleep(10)
  return requests.length - before
}

/** All threads of this process; the registry is one of its own. */
async function measured(config: string): Promise<{ readonly seconds: number; readonly cpuSeconds: number }> {
  const [begun, cpu] = [performance.now(), process.cpuUsage()]
  const settings = await loadConfig(config)
  const { stateDirectory, staleAfter, limits } = settings
  const runtime = await startRuntime({ stateDirectory, staleAfter, limits, log: () => undefined })
  try {
    const all = untilAll(runtime)
    await runtime.follow({ settings })
    await all
    const { user, system } = process.cpuUsage(cpu)
    return { seconds: (performance.now() - begun) / 1000, cpuSeconds: (user + system) / 1e6 }
  } finally {
    await runtime.close()
  }
}

async function untilAll({ fleet }: Runtime): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const said = (): readonly string[] =>
    [...fleet.apps.values()].flatMap(({ verdict: { outcome } }) =>
      outcome.status === 'Unknown' ? `${outcome.reason.code}: ${outcome.reason.message}` : [],
    )
  const timer = setTimeout(() => reject(new Error(`still Unknown: ${said()[0]}`)), PATIENCE_MS)
  const stop = fleet.subscribe(() => {
    if (fleet.apps.size === RELEASES && said().length === 0) resolve()
  })
  await promise.finally(() => {
    clearTimeout(timer)
    stop()
  })
}

/** @returns CPU seconds of one start */
function helmProgram(folder: string, host: string): number {
  const times = Array.from({ length: PROGRAMS }, (_, number) => {
    const url = `oci://${host}/charts/${chartName(number)}`
    const args = ['template', 'shop', url, '--version', '1.2.3', '--include-crds', '--ca-file', join(folder, 'ca.pem')]
    const script = '"$@" >/dev/null 2>&1 && times'
    const env = { PATH: process.env.PATH, HOME: folder, HELM_CACHE_HOME: join(folder, `cold-${number}`) }
    const told = execFileSync('bash', ['-c', script, 'bash', toolPath('helm'), ...args], { encoding: 'utf8', env })
    const [, children = ''] = told.trim().split('\n')
    return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
      (sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest),
      0,
    )
  })
  return median(times)
}
