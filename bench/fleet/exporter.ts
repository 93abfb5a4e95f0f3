import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { request } from 'undici'
import { allocatorFile, DEBIAN } from '../../build/image/debian.ts'
import { NODE_FLAGS, startEnvironment } from '../../build/image/start.ts'
import { freePort } from '../../test/servers/port.ts'
import { appName } from './app-objects.ts'
import type { Stub } from './start-stub.ts'

const PROGRAM = join(import.meta.dirname, '../../dist/program.js')
const TICKS_PER_SECOND = 100

export interface FleetSize {
  /** Of the repository; each is in every cluster. */
  readonly renderings: number
  /** Apps in every cluster that no config declares. */
  readonly others: number
  readonly clusters: number
}

/** The built program over a fleet, as it is measured from outside. */
export interface MeasuredExporter extends AsyncDisposable {
  /** CPU seconds of the process since its start. */
  cpuSeconds(): number
  /** Now and at most, MiB. */
  rss(): { readonly now: number; readonly peak: number }
  /** The open file descriptors. */
  descriptors(): number
  scrape(): Promise<string>
  /** How many apps have each status. */
  statuses(): Promise<Readonly<Record<string, number>>>
  /** What an app that is scaled by hand shows to be live. */
  liveReplicas(app: string, cluster: string): Promise<number | undefined>
  isReady(): Promise<boolean>
  /** How many of so many apps have no verdict yet, as /readyz tells it. */
  waiting(apps: number): Promise<number>
  /** Seconds since its start. */
  age(): number
}

interface StartOptions {
  readonly folder: string
  /** `2/4`; absent: all clusters. */
  readonly shard?: string
  /** Further flags of Node. */
  readonly nodeArgs?: readonly string[]
}

export interface ExporterOptions extends StartOptions {
  readonly repository: string
  readonly stub: Pick<Stub, 'origin' | 'ca'>
  readonly size: FleetSize
  /** When full passes are made, as cron; absent: as by default. */
  readonly schedule?: string
}

export async function startExporter(options: ExporterOptions): Promise<MeasuredExporter> {
  mkdirSync(options.folder, { recursive: true })
  return startConfigured(fleetConfig(options), options)
}

/**
 * Started as the image starts it.
 * @param settings the config but for what it listens at and where its state lies
 */
export async function startConfigured(
  settings: object,
  { folder, shard, nodeArgs = [] }: StartOptions,
): Promise<MeasuredExporter> {
  mkdirSync(folder, { recursive: true })
  const port = await freePort()
  const pages = await freePort()
  const config = join(folder, 'config.yaml')
  const own = {
    metrics: { address: '127.0.0.1', port },
    pages: { address: '127.0.0.1', port: pages },
    stateDirectory: join(folder, 'state'),
  }
  writeFileSync(config, JSON.stringify({ ...own, ...settings }))
  const output = openSync(join(folder, 'log'), 'w')
  const environment = { ...process.env, ...startEnvironment(await allocatorFile(DEBIAN)) }
  const begun = performance.now()
  const chosen = shard === undefined ? [] : ['--shard', shard]
  const child = spawn(process.execPath, [...NODE_FLAGS, ...nodeArgs, PROGRAM, 'serve', '--config', config, ...chosen], {
    stdio: ['ignore', output, output],
    env: environment,
  })
  const { pid } = child
  if (pid === undefined) throw new Error('the program did not start')
  const get = (path: string, headers: Record<string, string> = {}) =>
    request(`http://127.0.0.1:${port}${path}`, { headers, headersTimeout: 60_000, bodyTimeout: 60_000 })
  const scrape = async (): Promise<string> => {
    const answer = await get('/metrics', { 'accept-encoding': 'gzip' })
    return gunzipSync(Buffer.from(await answer.body.arrayBuffer())).toString()
  }
  const status = async (path: string): Promise<number> => {
    requireRunning(child, folder)
    try {
      const answer = await get(path)
      await answer.body.dump()
      return answer.statusCode
    } catch (error) {
      // Nothing listens yet.
      if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') return 0
      throw error
    }
  }
  while ((await status('/livez')) !== 200) await sleep(20)
  return {
    cpuSeconds: () => cpuSeconds(pid),
    rss: () => ({ now: memory(pid, 'VmRSS'), peak: memory(pid, 'VmHWM') }),
    descriptors: () => readdirSync(`/proc/${pid}/fd`).length,
    scrape,
    async statuses() {
      const found: Record<string, number> = {}
      for (const [, name = ''] of (await scrape()).matchAll(/^gitops_app_sync_status\{.*sync_status="(\w+)"\} 1$/gm))
        found[name] = (found[name] ?? 0) + 1
      return found
    },
    async liveReplicas(app, cluster) {
      const api = async (path: string): Promise<string> =>
        await (await request(`http://127.0.0.1:${pages}/api/v1/apps${path}`)).body.text()
      const id = /"id":"([^"]+)"/.exec(await api(`?name=${app}&cluster=${cluster}&fields=identity`))?.[1] ?? ''
      const live = /"live":(\d+)/.exec(await api(`/${encodeURIComponent(id)}`))?.[1]
      return live === undefined ? undefined : Number(live)
    },
    isReady: async () => (await status('/readyz')) === 200,
    async waiting(apps) {
      const text = await (await get('/readyz?verbose')).body.text()
      if (/^\[\+\]first-pass ok$/m.test(text)) return 0
      return Number(/ (\d+) of \d+ apps wait/.exec(text)?.[1] ?? apps)
    },
    age: () => (performance.now() - begun) / 1000,
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      if (child.exitCode !== null || !child.kill('SIGTERM')) return
      await ended
    },
  }
}

function fleetConfig({ folder, repository, stub, size, schedule }: ExporterOptions): object {
  const clusters = Array.from({ length: size.clusters }, (_, index) => {
    const path = join(folder, `cluster-${index}.yaml`)
    writeFileSync(path, JSON.stringify(kubeconfig(`${stub.origin}/clusters/${index}`, stub.ca)))
    return { name: `cluster-${index}`, labels: { fleet: 'bench' }, kubeconfig: { path } }
  })
  const apps = Array.from({ length: size.renderings }, (_, index) => ({
    name: appName(index),
    source: { repository: `file:${repository}`, path: `apps/${appName(index)}` },
    destination: { clusterSelector: { matchLabels: { fleet: 'bench' } }, namespace: appName(index) },
    managers: ['argocd-controller'],
  }))
  return { clusters, apps, ...(schedule !== undefined && { schedule }) }
}

/** @param ca PEM; of the system if left out */
export function kubeconfig(server: string, ca?: string): unknown {
  const trust = ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }
  return {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'bench' },
    clusters: [{ name: 'bench', cluster: { server, ...trust } }],
    users: [{ name: 'bench', user: { token: 'bench' } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
  }
}

function requireRunning(child: ChildProcess, folder: string): void {
  if (child.exitCode === null) return
  throw new Error(`the program ended: ${readFileSync(join(folder, 'log'), 'utf8').slice(-500)}`)
}

/** Of a process, and of its children that have ended. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND
}

/** MiB. */
export function memory(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024
}
