/** What the API costs the main thread with 10,000 apps: lists, the same for somebody who sees a part, and events. */
import { once } from 'node:events'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { anybody } from '../src/http/access/viewer.ts'
import { createEventHub } from '../src/http/events/event-hub.ts'
import type { HttpOptions } from '../src/http/ports.ts'
import { benchFleet, benchReport } from './metrics-fleet.ts'
import { type BenchResult, type BenchRow, median } from './result.ts'
import { servePages } from './serve-pages.ts'

const APPS = 10_000
const WARM_UP = 10
const ROUNDS = 40
const LISTENERS = 50

const LISTS: readonly (readonly [label: string, path: string])[] = [
  ['100 apps by name', '/apps'],
  ['500 apps', '/apps?limit=500'],
  ['filtered by label, sorted by since', '/apps?label=team%3Dteam-7&sort=-since'],
  ['identities of 500 apps', '/apps?limit=500&fields=identity,status'],
  ['incidents', '/incidents'],
]

export async function run(): Promise<readonly BenchResult[]> {
  const everything = await listRows('', {})
  const part = await listRows(', seen in part', {
    access: {
      settings: {
        roles: [{ users: ['*'], groups: [], projects: ['web'], clusters: ['cluster-1*'], values: false }],
        proxy: { addresses: ['127.0.0.1'], clientNames: [], userHeader: 'x-forwarded-user', groupsHeader: 'x-groups' },
      },
    },
  })
  return [
    {
      name: `Answers of the API about ${APPS.toLocaleString('en-US')} apps`,
      unit: 'ms',
      rows: [...everything, ...part],
      note: 'Median of answers to a client in another thread, one at a time, and of the longest delay of the main thread with each. Seen in part: eleven of twenty clusters, by a role.',
    },
    await events(),
  ]
}

async function listRows(suffix: string, options: Pick<HttpOptions, 'access'>): Promise<readonly BenchRow[]> {
  const http = await servePages(benchFleet(APPS), options)
  const rows: BenchRow[] = []
  for (const [label, path] of LISTS) {
    const { answer, delay } = await measure(`${http.pagesUrl}/api/v1${path}`)
    const met = answer < 50 && delay < 20
    const goal = { text: 'an answer below 50, a delay below 20', met }
    rows.push({ label: `${label}${suffix}`, values: { answer, delay }, goal })
  }
  await http.close()
  return rows
}

async function measure(url: string): Promise<{ readonly answer: number; readonly delay: number }> {
  const headers = { 'x-forwarded-user': 'alice' }
  const worker = new Worker(new URL('./metrics-scraper.ts', import.meta.url), { workerData: { url, headers } })
  async function ask(): Promise<number> {
    // Nobody may ask for more than twenty a second for long.
    await sleep(60)
    worker.postMessage({ gzip: false })
    const [answer] = await once(worker, 'message')
    if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`)
    return answer.ms
  }
  for (let round = 0; round < WARM_UP; round += 1) await ask()
  const delays = monitorEventLoopDelay({ resolution: 1 })
  delays.enable()
  const times: number[] = []
  const longest: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    delays.reset()
    times.push(await ask())
    longest.push(delays.max / 1e6)
  }
  delays.disable()
  await worker.terminate()
  return { answer: median(times), delay: median(longest) }
}

/** Every app gets a new verdict within two seconds, in batches as the engine sends them, and all listeners read what they are told. */
async function events(): Promise<BenchResult> {
  const fleet = benchFleet(APPS)
  using hub = createEventHub(fleet)
  let received = 0
  for (let index = 0; index < LISTENERS; index += 1)
    hub.listen({ viewer: anybody(true), who: `listener-${index}` })?.on('data', ({ length }: Buffer) => {
      received += length
    })
  const delays = monitorEventLoopDelay({ resolution: 1 })
  delays.enable()
  for (let start = 0; start < APPS; start += 100) {
    for (let index = start; index < start + 100; index += 1)
      fleet.publish({ type: 'app', report: benchReport(index, { status: 'OutOfSync', cause: 'git' }) })
    await sleep(20)
  }
  delays.disable()
  if (hub.listeners !== LISTENERS || received === 0) throw new Error('somebody was dropped')
  const p99 = delays.percentile(99) / 1e6
  return {
    name: `Events of new verdicts for all of ${APPS.toLocaleString('en-US')} apps in two seconds, to ${LISTENERS} listeners`,
    unit: 'ms',
    rows: [
      { label: "main thread's delay, p99", values: { value: p99 } },
      { label: "main thread's delay, longest", values: { value: delays.max / 1e6 } },
    ],
    target: { text: 'p99 below 20 ms', met: p99 < 20 },
  }
}
