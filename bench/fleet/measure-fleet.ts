import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryFolder } from '../../test/servers/folder.ts'
import { type BenchResult, type BenchRow, median } from '../result.ts'
import { appName } from './app-objects.ts'
import { type FleetSize, type MeasuredExporter, startExporter } from './exporter.ts'
import { ensureRecording } from './recording.ts'
import { writeRepository } from './repository.ts'
import { type Stub, startStub } from './start-stub.ts'

const REST_SECONDS = 30
const PATIENCE_SECONDS = 900
const FLIPS = 10
const CHURN = { rate: 300, seconds: 10 }
/** How long a full pass by schedule is watched, as rest is before it. */
const PASS_WINDOW_MS = 15_000
/** Of 500 clusters that speak HTTP/2. */
const MOST_DESCRIPTORS = 4096
/** At the reference size only: it takes a minute. */
const LONG_CHURN = { rate: 1000, seconds: 60 }

/** A whole fleet on loopback: the built program against stubs that answer what a real API server answered. */
export async function measureFleet(size: FleetSize): Promise<BenchResult> {
  await using folder = await temporaryFolder('fleet')
  const repository = join(folder.path, 'repository')
  writeRepository(repository, size.renderings)
  const recording = await ensureRecording(size.renderings + size.others)
  await using stub = await startStub(recording, size.clusters)
  const options = { folder: join(folder.path, 'exporter'), repository, stub, size }
  const apps = size.renderings * size.clusters
  const ofOthers = size.others === 0 ? '' : `, ${(size.others * size.clusters).toLocaleString('en-US')} apps of others`
  const rows: BenchRow[] = []
  {
    await using exporter = await startExporter(options)
    rows.push(
      ...(await measureFirstPass(exporter, apps)),
      ...(await measureRest(exporter, stub)),
      ...(await measureFlips(exporter, stub, size)),
      ...(await measureChurn(exporter, stub, size, CHURN)),
      ...(isReference(size) ? await measureChurn(exporter, stub, size, LONG_CHURN) : []),
    )
  }
  rows.push(...(await measureRestart(options, stub, apps)))
  return {
    name: `${apps.toLocaleString('en-US')} apps of 10 objects on ${size.clusters} clusters, ${size.renderings} renderings${ofOthers}`,
    unit: '',
    rows: rows.map((row) => withGoal(row, goalsOf(size))),
    note: 'CPU is that of the exporter alone; times count the stubs, which share its cores, and speak HTTP/1.1: a connection for each watch. A flip is seen by scraping again and again, unpacking and counting included.',
  }
}

/** The same fleet by the protocols of real API servers: all that is watched of a cluster goes over one connection. */
export async function measureDescriptors(size: FleetSize): Promise<BenchResult> {
  await using folder = await temporaryFolder('descriptors')
  const repository = join(folder.path, 'repository')
  writeRepository(repository, size.renderings)
  await using stub = await startStub(await ensureRecording(size.renderings + size.others), size.clusters, { tls: true })
  const apps = size.renderings * size.clusters
  await using exporter = await startExporter({ folder: join(folder.path, 'exporter'), repository, stub, size })
  await untilJudged(exporter, apps)
  const rows = [
    row('first pass, s', exporter.age()),
    row('first pass, CPU-s', exporter.cpuSeconds()),
    row('file descriptors', exporter.descriptors()),
  ]
  return {
    name: `${apps.toLocaleString('en-US')} apps on ${size.clusters} clusters, over TLS and HTTP/2`,
    unit: '',
    rows: rows.map((one) => withGoal(one, { 'file descriptors': MOST_DESCRIPTORS })),
    note: 'The stubs encrypt on the same cores.',
  }
}

/** @returns when the first app was judged, seconds after the start */
async function untilJudged(exporter: MeasuredExporter, apps: number): Promise<number> {
  let first: number | undefined
  let waiting = apps
  // Scraping would be measured, too: what /readyz says costs next to nothing.
  while (!(await exporter.isReady()) || waiting > 0) {
    if (exporter.age() > PATIENCE_SECONDS)
      throw new Error(`${waiting} of ${apps} apps wait after ${PATIENCE_SECONDS} s`)
    await sleep(200)
    waiting = await exporter.waiting(apps)
    if (waiting < apps) first ??= exporter.age()
  }
  return first ?? exporter.age()
}

async function measureFirstPass(exporter: MeasuredExporter, apps: number): Promise<readonly BenchRow[]> {
  const first = await untilJudged(exporter, apps)
  const seconds = exporter.age()
  const cpu = exporter.cpuSeconds()
  const statuses = await exporter.statuses()
  if (statuses.Synced !== apps)
    throw new Error(`${apps} apps of a fleet in sync are not all Synced: ${JSON.stringify(statuses)}`)
  // Of apps alone: a cluster has some 35 of its own, however many apps it has.
  const series = (await exporter.scrape()).match(/^\w+\{app_name="/gm)?.length ?? 0
  await sleep(15_000)
  const { now, peak } = exporter.rss()
  return [
    row('first verdict, s', first),
    row('first pass, s', seconds),
    row('first pass, CPU-s', cpu),
    row('RSS at rest, MB', now),
    row('RSS at most, MB', peak),
    row('RSS an app beyond 100 MB, KB', ((now - 100) * 1024) / apps),
    row('series that name an app, an app', series / apps),
    row('file descriptors', exporter.descriptors()),
  ]
}

async function measureRest(exporter: MeasuredExporter, stub: Stub): Promise<readonly BenchRow[]> {
  const before = await stub.lists()
  const cpu = exporter.cpuSeconds()
  await sleep(REST_SECONDS * 1000)
  return [
    row('at rest, % of a core', ((exporter.cpuSeconds() - cpu) / REST_SECONDS) * 100),
    row('at rest, LISTs', (await stub.lists()) - before),
  ]
}

async function measureFlips(exporter: MeasuredExporter, stub: Stub, size: FleetSize): Promise<readonly BenchRow[]> {
  const until = async (wanted: number): Promise<void> => {
    const deadline = performance.now() + 30_000
    while (((await exporter.statuses()).OutOfSync ?? 0) !== wanted) {
      if (performance.now() > deadline) throw new Error(`not ${wanted} apps OutOfSync in 30 s`)
      await sleep(10)
    }
  }
  const flips: number[] = []
  for (let flip = 0; flip < FLIPS; flip += 1) {
    const cluster = flip % size.clusters
    await stub.post(`/scale?cluster=${cluster}&salt=${flip * 100}`)
    const begun = performance.now()
    await until(1)
    flips.push(performance.now() - begun)
    await stub.post(`/restore?cluster=${cluster}`)
    await until(0)
  }
  return [row('flip on /metrics, median ms', median(flips)), row('flip on /metrics, worst ms', Math.max(...flips))]
}

async function measureChurn(
  exporter: MeasuredExporter,
  stub: Stub,
  size: FleetSize,
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
): Promise<readonly BenchRow[]> {
  const count = rate * seconds
  const before = latencies(await exporter.scrape())
  const cpu = exporter.cpuSeconds()
  const begun = performance.now()
  await stub.post(`/scale?cluster=0&count=${count}&rate=${rate}&salt=${5000 + rate}`)
  const wanted = Math.min(count, size.renderings)
  // The stub writes round all Deployments, of which those of apps come first.
  const all = size.renderings + size.others
  const app = Math.min((count - 1) % all, size.renderings - 1)
  const last = { app, replicas: 50 + 5000 + rate + Math.floor((count - 1) / all) }
  const isTold = async (): Promise<boolean> =>
    ((await exporter.statuses()).OutOfSync ?? 0) === wanted &&
    (await exporter.liveReplicas(appName(last.app), 'cluster-0')) === last.replicas
  while (!(await isTold())) {
    if (performance.now() - begun > 120_000 + seconds * 1000)
      throw new Error('events are lost, or take more than two minutes')
    await sleep(250)
  }
  const name = `${rate.toLocaleString('en-US')} events a second`
  return [
    row(`${name}, CPU-ms an event`, ((exporter.cpuSeconds() - cpu) * 1000) / count),
    row(`${name}, 99 % of verdicts within s`, percentile(before, latencies(await exporter.scrape()), 0.99)),
  ]
}

/** How many verdicts took at most so long, by seconds. */
function latencies(text: string): ReadonlyMap<number, number> {
  const lines = text.matchAll(/^gitops_detection_latency_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm)
  return new Map(
    [...lines].map(([, le, count]) => [le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), Number(count)]),
  )
}

/** The bound of the bucket in which the share of what came between is reached. */
function percentile(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>, share: number): number {
  const between = [...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)] as const)
  const all = between.at(-1)?.[1] ?? 0
  return between.find(([, count]) => count >= share * all)?.[0] ?? Number.NaN
}

/** The same fleet once more, on the state directory that the exporter before left when it was asked to end. */
async function measureRestart(
  options: Parameters<typeof startExporter>[0],
  stub: Stub,
  apps: number,
): Promise<readonly BenchRow[]> {
  const before = await stub.lists()
  // Cron knows minutes. By then the first pass is over, and there was some rest.
  const passAt = Math.ceil((Date.now() + 75_000 + apps * 4) / 60_000) * 60_000
  await using exporter = await startExporter({ ...options, schedule: `${new Date(passAt).getUTCMinutes()} * * * *` })
  while (!(await exporter.isReady()) || (await exporter.waiting(apps)) > 0) {
    if (exporter.age() > PATIENCE_SECONDS) throw new Error(`not ready again after ${PATIENCE_SECONDS} s`)
    await sleep(200)
  }
  return [
    row('first pass after a restart, s', exporter.age()),
    row('first pass after a restart, CPU-s', exporter.cpuSeconds()),
    row('LISTs of a restart', (await stub.lists()) - before),
    await measurePass(exporter, apps, passAt),
  ]
}

/** What a full pass by schedule takes beyond rest, with nothing to find. @param at when it begins, Unix milliseconds */
async function measurePass(exporter: MeasuredExporter, apps: number, at: number): Promise<BenchRow> {
  const within = async (from: number): Promise<number> => {
    await sleep(from - Date.now())
    const cpu = exporter.cpuSeconds()
    await sleep(PASS_WINDOW_MS)
    return exporter.cpuSeconds() - cpu
  }
  if (Date.now() > at - PASS_WINDOW_MS - 5000) throw new Error('there is no rest before the pass')
  const rest = await within(at - PASS_WINDOW_MS - 2000)
  const pass = await within(at - 1000)
  const text = await exporter.scrape()
  const ended = Number(/^gitops_exporter_last_pass_timestamp_seconds (\S+)$/m.exec(text)?.[1])
  if (!(ended * 1000 >= at)) throw new Error('no pass has ended by its time')
  const times = [...text.matchAll(/^gitops_app_last_evaluation_timestamp_seconds\{.*\} (\S+)$/gm)]
  const evaluated = times.filter(([, time]) => Number(time) * 1000 >= at).length
  if (evaluated !== apps) throw new Error(`${evaluated} of ${apps} apps were evaluated by the pass`)
  return row('full pass when nothing changed, CPU-s', pass - rest)
}

function row(label: string, value: number): BenchRow {
  return { label, values: { value } }
}

/** What is promised of a fleet of this size. */
function withGoal(measured: BenchRow, goals: Readonly<Record<string, number>>): BenchRow {
  const most = goals[measured.label]
  const value = measured.values.value
  if (most === undefined || value === undefined) return measured
  return { ...measured, goal: { text: `at most ${most}`, met: value <= most } }
}

function goalsOf(size: FleetSize): Readonly<Record<string, number>> {
  if (isReference(size)) return { ...GOALS, ...LARGE_GOALS, ...REFERENCE_GOALS }
  if (size.renderings * size.clusters >= 50_000) return { ...GOALS, ...LARGE_GOALS, ...LARGEST_GOALS }
  return size.renderings * size.clusters >= 10_000 ? { ...GOALS, ...LARGE_GOALS } : GOALS
}

/** 10,000 apps on 50 clusters. */
function isReference({ renderings, clusters }: FleetSize): boolean {
  return renderings === 200 && clusters === 50
}

const GOALS: Readonly<Record<string, number>> = {
  'first verdict, s': 10,
  'series that name an app, an app': 12,
  'at rest, LISTs': 0,
}

/** Where what there is once in a process does not count any more. */
const LARGE_GOALS: Readonly<Record<string, number>> = {
  'RSS an app beyond 100 MB, KB': 35,
}

const REFERENCE_GOALS: Readonly<Record<string, number>> = {
  'first pass, s': 12,
  'first pass, CPU-s': 18,
  'at rest, % of a core': 1,
  'full pass when nothing changed, CPU-s': 1,
  'flip on /metrics, worst ms': 500,
  '1,000 events a second, CPU-ms an event': 0.4,
  '1,000 events a second, 99 % of verdicts within s': 1,
}

const LARGEST_GOALS: Readonly<Record<string, number>> = {
  'first pass, s': 90,
  'RSS at most, MB': 2560,
}
