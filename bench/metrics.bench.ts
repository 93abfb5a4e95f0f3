import { once } from 'node:events'
import { createServer } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { gzip as gzipCallback } from 'node:zlib'
import { Counter, Gauge, Registry } from 'prom-client'
import { createMetrics } from '../src/metrics/metrics.ts'
import { benchFleet, benchReport } from './metrics-fleet.ts'
import { type BenchResult, median } from './result.ts'
import { servePages } from './serve-pages.ts'

const gzip = promisify(gzipCallback)
const ROUNDS = 15
const WARM_UP = 3

interface Scrape {
  readonly ms: number
  readonly bytes: number
}

interface Served {
  readonly url: string
  close(): Promise<void>
}

/** Scrape of 1,000 and 10,000 apps with the full catalogue, against prom-client with the same series in the same run. */
export async function run(): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = []
  for (const apps of [1000, 10_000]) results.push(...(await scrapes(apps)))
  results.push(await churn(10_000))
  return results
}

async function scrapes(apps: number): Promise<readonly BenchResult[]> {
  const fleet = benchFleet(apps)
  const before = bufferMegabytes()
  const started = performance.now()
  const metrics = createMetrics(fleet, {
    version: '0.0.0',
    appLabels: ['*'],
    argocdCompatibility: false,
    onError: fail,
  })
  await metrics.flushed()
  const first = performance.now() - started
  const after = bufferMegabytes()
  const http = await servePages(fleet, { metrics })
  const { chunks } = await metrics.scrape({ accept: undefined, acceptEncoding: undefined })
  const text = Buffer.concat(chunks).toString()
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length
  const other = await servePromClient(text)
  const ours = await measure({ url: `${http.metricsUrl}/metrics`, close: () => http.close() })
  const theirs = await measure(other)
  metrics.close()

  const name = `Scrape of ${apps.toLocaleString('en-US')} apps, ${series.toLocaleString('en-US')} series`
  const rows = [
    { label: 'ready text blocks', values: { plain: ours.plain.ms, gzip: ours.gzip.ms, 'longest delay': ours.delay } },
    { label: 'prom-client', values: { plain: theirs.plain.ms, gzip: theirs.gzip.ms, 'longest delay': theirs.delay } },
  ]
  const ratio = Math.min(theirs.plain.ms / ours.plain.ms, theirs.gzip.ms / ours.gzip.ms)
  return [
    {
      name,
      unit: 'ms',
      rows,
      ratio: { label: 'prom-client’s time against ours, the worse of plain and gzip', value: ratio },
      target: { text: 'at least 10 times faster', met: ratio >= 10 },
      note: `Over HTTP on loopback, read by another thread; ${megabytes(ours.plain.bytes)} MB plain, ${megabytes(ours.gzip.bytes)} MB gzipped. The delay is the longest of the main thread's event loop while it is scraped again and again.`,
    },
    {
      name: `Text blocks of ${apps.toLocaleString('en-US')} apps`,
      unit: '',
      rows: [
        { label: 'first rendering, ms', values: { value: first } },
        { label: 'memory, MB', values: { value: after - before } },
      ],
      note: 'All text blocks rendered at once from nothing, in slices, with their gzip; the memory is that of the finished text, deflated: plain it is kept while somebody asks for it.',
    },
  ]
}

/** The same series in prom-client, whose registry renders at each scrape. */
async function servePromClient(text: string): Promise<Served> {
  const registry = new Registry()
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']))
  const metrics = new Map<string, Gauge | Counter>()
  for (const line of text.split('\n')) {
    const match = /^((?:gitops|argocd)_\w+)\{(.*)\} (\S+)$/.exec(line)
    const type = types.get(match?.[1] ?? '')
    if (match === null || (type !== 'gauge' && type !== 'counter')) continue
    const [, name = '', inner = '', value = ''] = match
    const labels = Object.fromEntries([...inner.matchAll(/(\w+)="([^"]*)"/g)].map((pair) => [pair[1], pair[2]]))
    let metric = metrics.get(name)
    if (metric === undefined) {
      const shape = { name, help: name, labelNames: Object.keys(labels), registers: [registry] }
      metric = type === 'counter' ? new Counter(shape) : new Gauge(shape)
      metrics.set(name, metric)
    }
    metric.inc(labels, Number(value))
  }
  const server = createServer(async (request, response) => {
    const body = await registry.metrics()
    const packed = request.headers['accept-encoding'] === 'gzip'
    response.writeHead(200, { 'content-type': registry.contentType, ...(packed ? { 'content-encoding': 'gzip' } : {}) })
    response.end(packed ? await gzip(body, { level: 1 }) : body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}/metrics`,
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function measure(served: Served) {
  const worker = new Worker(new URL('./metrics-scraper.ts', import.meta.url), { workerData: { url: served.url } })
  async function scrape(packed: boolean): Promise<Scrape> {
    worker.postMessage({ gzip: packed })
    const [answer] = await once(worker, 'message')
    if (answer.status !== 200) throw new Error(`scrape answered ${answer.status}`)
    return answer
  }
  async function several(packed: boolean): Promise<Scrape> {
    for (let round = 0; round < WARM_UP; round += 1) await scrape(packed)
    const all: Scrape[] = []
    for (let round = 0; round < ROUNDS; round += 1) all.push(await scrape(packed))
    return { ms: median(all.map(({ ms }) => ms)), bytes: all[0]?.bytes ?? 0 }
  }
  const delays = monitorEventLoopDelay({ resolution: 1 })
  delays.enable()
  const plain = await several(false)
  const packed = await several(true)
  delays.disable()
  await worker.terminate()
  await served.close()
  return { plain, gzip: packed, delay: delays.max / 1e6 }
}

/** A full pass: every app gets a new verdict within a few seconds, in batches as the engine sends them. */
async function churn(apps: number): Promise<BenchResult> {
  const fleet = benchFleet(apps)
  const metrics = createMetrics(fleet, {
    version: '0.0.0',
    appLabels: ['*'],
    argocdCompatibility: false,
    onError: fail,
  })
  await metrics.flushed()
  const delays = monitorEventLoopDelay({ resolution: 1 })
  delays.enable()
  const latencies: number[] = []
  for (let start = 0; start < apps; start += 100) {
    for (let index = start; index < start + 100; index += 1)
      fleet.publish({ type: 'app', report: benchReport(index, { status: 'OutOfSync', cause: 'git' }) })
    if (start % 1000 === 0) {
      const changedAt = performance.now()
      metrics.flushed().then(() => latencies.push(performance.now() - changedAt), fail)
    }
    await sleep(20)
  }
  await metrics.flushed()
  delays.disable()
  metrics.close()
  const p99 = delays.percentile(99) / 1e6
  return {
    name: `New verdicts for all of ${apps.toLocaleString('en-US')} apps in two seconds`,
    unit: 'ms',
    rows: [
      { label: "main thread's delay, p99", values: { value: p99 } },
      { label: "main thread's delay, longest", values: { value: delays.max / 1e6 } },
      { label: 'from verdict to text, median', values: { value: median(latencies) } },
      { label: 'from verdict to text, longest', values: { value: Math.max(...latencies) } },
    ],
    target: { text: 'p99 below 20 ms', met: p99 < 20 },
    note: 'Every text block of every family is rendered several times while batches of a hundred verdicts arrive.',
  }
}

function bufferMegabytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().arrayBuffers / 1e6
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}

function fail(error: unknown): never {
  throw error
}
