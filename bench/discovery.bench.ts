import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSandbox } from '../src/sandbox/build.ts'
import type { Runtime } from '../src/threads/runtime.ts'
import { toolPath } from '../test/tools/build.ts'
import { APPLICATIONS, makeApplications, REPOSITORIES, repositoryFolder, writeApplication } from './discovery-fleet.ts'
import { startFleet, until } from './discovery-runtime.ts'
import { type BenchResult, median } from './result.ts'

const STARTS = 15
/** By then every update that follows from a change has arrived. */
const SETTLE_MS = 3000
const untilQuiet = () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS))

/** Those of podinfo: none of their objects is there, which is quickly compared. */
const KINDS = ['Deployment.apps', 'Service', 'HorizontalPodAutoscaler.autoscaling', 'Pod', 'ConfigMap']

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
  const { runtime, follow } = await startFleet(folder, KINDS)
  try {
    const time = await follow(APPLICATIONS)
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
