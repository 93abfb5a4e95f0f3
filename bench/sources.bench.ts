import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { openGit } from '../src/git/git-service.ts'
import { createArchiveOpener } from '../src/sources/source-types.ts'
import { temporaryFolder } from '../test/servers/folder.ts'
import { helm, writeChart } from '../test/servers/helm.ts'
import { startRegistry } from '../test/servers/registry.ts'
import { startStaticServer } from '../test/servers/static-server.ts'
import { SOURCE, sourceSpec } from '../test/sources/source-under-test.ts'
import { toolPath } from '../test/tools/build.ts'
import { firstVerdicts } from './helm-releases.ts'
import { type BenchResult, median } from './result.ts'

const INDEX_BYTES = 30e6

/** Charts as they are polled and found, beside the real helm, over real servers on this machine. */
export async function run(): Promise<readonly BenchResult[]> {
  return [await firstVerdicts(), await poll(), ...(await index())]
}

/** A chart in a registry that did not change: ours asks by one HEAD, helm has nothing to ask with but a pull. */
async function poll(): Promise<BenchResult> {
  await using folder = await temporaryFolder('bench-poll')
  await using registry = await startRegistry()
  const ca = join(folder.path, 'ca.pem')
  await writeFile(ca, registry.ca)
  const chart = await writeChart(folder.path, 'web', '1.2.3')
  await helm(folder.path, 'package', chart, '--destination', folder.path)
  const url = `oci://${registry.host}/charts`
  await helm(folder.path, 'push', join(folder.path, 'web-1.2.3.tgz'), url, '--ca-file', ca)
  const git = openGit({
    stateDirectory: join(folder.path, 'state'),
    now: Date.now,
    random: () => 0.5,
    openArchives: createArchiveOpener({}),
  })
  try {
    git.configure([sourceSpec('oci', `${url}/web`, { ca: registry.ca })])
    await git.resolve(SOURCE, '1.2.3', AbortSignal.timeout(60_000))
    const ours = await timed(
      30,
      () =>
        new Promise<void>((resolve, reject) => {
          const stop = git.onStatus(({ up, failure }) => {
            stop()
            if (up) resolve()
            else reject(new Error(failure?.message ?? 'the poll failed'))
          })
          git.poll(SOURCE)
        }),
    )
    const pull = ['pull', `${url}/web`, '--version', '1.2.3', '--ca-file', ca, '--destination', folder.path]
    const program = await timed(10, () => helm(folder.path, ...pull))
    return {
      name: 'Poll of a chart that did not change',
      unit: 'ms',
      rows: [
        { label: 'this program', values: { poll: ours } },
        { label: 'helm pull', values: { poll: program } },
      ],
      ratio: { label: 'helm pull’s time against ours', value: program / ours },
      note: 'One chart in a registry (CNCF distribution) with TLS. helm is a new process each time, as it is for a controller that calls it; it fetches the chart, too.',
    }
  } finally {
    await git.close()
  }
}

/** The index of a Helm repository: from nothing to the version that a range means. */
async function index(): Promise<readonly BenchResult[]> {
  await using folder = await temporaryFolder('bench-index')
  const charts = join(folder.path, 'charts')
  await mkdir(charts)
  const chart = await writeChart(folder.path, 'web', '1.2.3')
  await helm(folder.path, 'package', chart, '--destination', charts)
  await helm(folder.path, 'repo', 'index', charts)
  await writeLargeIndex(join(charts, 'index.yaml'))
  await using server = await startStaticServer({ folder: folder.path })
  const url = `${server.url}/charts`
  const ours: Run[] = []
  const theirs: Run[] = []
  for (let repeat = 0; repeat < 3; repeat += 1) {
    const script = join(import.meta.dirname, 'read-index.ts')
    ours.push(await measured(process.execPath, [script, url, join(folder.path, `state-${repeat}`)], folder.path))
    const own = join(folder.path, `helm-${repeat}`)
    const args = ['pull', 'web', '--repo', url, '--version', '>=1.0.0', '--destination', folder.path]
    theirs.push(await measured(toolPath('helm'), args, own))
  }
  const of = (runs: readonly Run[], value: (run: Run) => number): number => median(runs.map(value))
  const [ms, mb] = [(run: Run) => run.ms, (run: Run) => run.peakMb]
  const size = `${Math.round((await stat(join(charts, 'index.yaml'))).size / 1e6)} MB`
  const note =
    'From nothing to the chart that the range means, each in a process of its own, its start included; ours has Node beneath it.'
  const table = (name: string, unit: string, key: string, value: (run: Run) => number): BenchResult => ({
    name: `${name} of an index of ${size}`,
    unit,
    rows: [
      { label: 'this program', values: { [key]: of(ours, value) } },
      { label: 'helm pull --repo', values: { [key]: of(theirs, value) } },
    ],
    ratio: { label: 'helm’s against ours', value: of(theirs, value) / of(ours, value) },
    note,
  })
  return [table('Time', 'ms', 'time', ms), table('Peak memory', 'MB', 'peak', mb)]
}

async function writeLargeIndex(path: string): Promise<void> {
  const real = await readFile(path, 'utf8')
  const output = createWriteStream(path)
  output.write('apiVersion: v1\nentries:\n')
  let written = 0
  for (let chart = 0; written < INDEX_BYTES; chart += 1) {
    const name = `chart-${String(chart).padStart(4, '0')}`
    const lines = [`  ${name}:\n`]
    for (let version = 0; version < 100; version += 1)
      lines.push(
        '  - apiVersion: v2\n    created: "2026-01-01T00:00:00Z"\n',
        `    description: A chart that is one of many, in its version ${version}, as large repositories have them\n`,
        `    digest: ${String(chart * 1000 + version).padStart(64, '0')}\n    name: ${name}\n    type: application\n`,
        `    urls:\n    - https://charts.example.com/${name}-1.${version}.0.tgz\n    version: 1.${version}.0\n`,
      )
    const text = lines.join('')
    written += text.length
    if (!output.write(text)) await new Promise<void>((resolve) => output.once('drain', () => resolve()))
  }
  output.end(real.slice(real.indexOf('entries:\n') + 'entries:\n'.length))
  await finished(output)
}

interface Run {
  readonly ms: number
  readonly peakMb: number
}

/** Peak memory as the kernel keeps it for the process, read until it ends. */
async function measured(program: string, args: readonly string[], folder: string): Promise<Run> {
  await mkdir(folder, { recursive: true })
  const started = performance.now()
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    HELM_CACHE_HOME: folder,
    HELM_CONFIG_HOME: folder,
    HELM_DATA_HOME: folder,
  }
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], env })
  let peakMb = 0
  const look = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
    peakMb = Math.max(peakMb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
  }, 5)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  clearInterval(look)
  if (code !== 0) throw new Error(`${program} ended with ${code}`)
  return { ms: performance.now() - started, peakMb }
}

async function timed(repeats: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  await work()
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const started = performance.now()
    await work()
    times.push(performance.now() - started)
  }
  return median(times)
}
