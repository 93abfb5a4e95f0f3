import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../src/config/load-config.ts'
import { buildSandbox } from '../src/sandbox/build.ts'
import { type Runtime, startRuntime } from '../src/threads/runtime.ts'
import { toolPath } from '../test/tools/build.ts'
import {
  APPLICATIONS,
  makeApplications,
  REPOSITORIES,
  repositoryFolder,
  repositoryUrl,
  writeApplication,
} from './discovery-fleet.ts'
import { type BenchResult, median } from './result.ts'

const PATIENCE_MS = 600_000
const STARTS = 15
/** By then every update that follows from a change has arrived. */
const SETTLE_MS = 3000
const untilQuiet = () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS))

function configOf(folder: string): string {
  return JSON.stringify({
    stateDirectory: join(folder, 'state'),
    repositories: Array.from({ length: REPOSITORIES }, (_, number) => ({
      url: repositoryUrl(number),
      fetchFrom: `file://${repositoryFolder(folder, number)}`,
    })),
    clusters: [{ name: 'control', snapshot: { path: join(folder, 'control'), kinds: KINDS } }],
    discovery: { argocd: [{ cluster: 'control', applicationSets: false }] },
  })
}

/** Those of podinfo: none of their objects is there, which is quickly compared. */
const KINDS = ['Deployment.apps', 'Service', 'HorizontalPodAutoscaler.autoscaling', 'Pod', 'ConfigMap']

/** Resolves with the milliseconds until `isSo`, which is asked after each update. */
async function until({ fleet }: Runtime, isSo: () => boolean): Promise<number> {
  const begun = performance.now()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error('it takes too long')), PATIENCE_MS)
  const stop = fleet.subscribe(() => {
    if (isSo()) resolve()
  })
  await promise.finally(() => {
    clearTimeout(timer)
    stop()
  })
  return performance.now() - begun
}

function evaluated({ fleet }: Runtime): number {
  return [...fleet.apps.values()].filter(({ verdict }) => verdict.outcome.status !== 'Unknown').length
}

/** Changes one Application. @returns milliseconds until its new verdict, and how many apps were evaluated because of it */
async function changeOne(runtime: Runtime, folder: string): Promise<{ readonly time: number; readonly apps: number }> {
  await untilQuiet()
  let evaluations = 0
  const stop = runtime.fleet.subscribe((update) => {
    if (update.type !== 'measurements') return
    evaluations += update.measurements.filter(({ metric }) => metric === 'gitops_evaluation_duration_seconds').length
  })
  const ofOne = () => [...runtime.fleet.apps.values()].find(({ summary }) => summary.name === 'app-1')
  const before = ofOne()?.verdict.evaluatedAt
  const reported = until(runtime, () => ofOne()?.verdict.evaluatedAt !== before)
  writeApplication(folder, 1, 'another')
  const time = await reported
  await untilQuiet()
  stop()
  return { time, apps: evaluations }
}

/** What Argo CD's repo-server starts for one app. */
function startOf(program: 'helm' | 'kustomize', folder: string): number {
  const args = program === 'helm' ? ['template', 'shop', 'charts/podinfo'] : ['build', 'kustomize']
  const times = Array.from({ length: STARTS }, () => {
    const begun = performance.now()
    execFileSync(toolPath(program), args, {
      cwd: repositoryFolder(folder, 0),
      stdio: ['ignore', 'ignore', 'ignore'],
    })
    return performance.now() - begun
  })
  return median(times)
}

export async function run(): Promise<readonly BenchResult[]> {
  await buildSandbox({ quiet: true, compress: false })
  const folder = mkdtempSync(join(tmpdir(), 'discovery-bench-'))
  makeApplications(folder)
  const config = join(folder, 'config.json')
  writeFileSync(config, configOf(folder))
  const settings = await loadConfig(config)
  const { stateDirectory, staleAfter, limits } = settings
  const runtime = await startRuntime({ stateDirectory, staleAfter, limits, log: () => undefined })
  try {
    const cold = until(runtime, () => evaluated(runtime) === APPLICATIONS)
    await runtime.follow({ settings })
    const time = await cold
    const changed = await changeOne(runtime, folder)
    const programs = (startOf('helm', folder) + startOf('kustomize', folder)) / 2
    const perApp = time / APPLICATIONS
    return [
      {
        name: `${APPLICATIONS} Applications over ${REPOSITORIES} repositories, from cold`,
        unit: 'ms per app',
        rows: [
          { label: 'found, fetched, rendered, compared, reported', values: { time: perApp } },
          { label: 'starting helm or kustomize for one app', values: { time: programs } },
        ],
        ratio: { label: 'starting a program, against all of it', value: programs / perApp },
        note: `${Math.round(1000 / perApp)} apps a second. Every app renders something else: half of them podinfo's chart, half its kustomization. Argo CD's repo-server starts a program for each.`,
      },
      {
        name: `One of ${APPLICATIONS} Applications is changed`,
        unit: 'ms, apps',
        rows: [{ label: 'until its verdict', values: { time: changed.time, 'apps evaluated': changed.apps } }],
        target: { text: 'one app is evaluated again', met: changed.apps === 1 },
      },
    ]
  } finally {
    await runtime.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
