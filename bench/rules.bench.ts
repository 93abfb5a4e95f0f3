import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import { createMetrics } from '../src/metrics/metrics.ts'
import type { Outcome } from '../src/model/verdicts/verdict.ts'
import { temporaryFolder } from '../test/servers/folder.ts'
import { startPrometheus } from '../test/servers/prometheus.ts'
import { benchFleet } from './metrics-fleet.ts'
import type { BenchResult } from './result.ts'

const APPS = 10_000
/** One of each twenty, and in each cluster as many: no mass drift, which would leave the queries out. */
const CLUSTERS = 20
const DRIFTING = APPS / CLUSTERS
const RULES = join(import.meta.dirname, '../alerts/rules.yaml')
const INTERVAL_SECONDS = 15
/** The first evaluations find caches empty and alerts new. */
const WARM_UP = 2
const ROUNDS = 6

/** CPU of one evaluation of all shipped rules in a real Prometheus, of a large fleet of which a twentieth drifts. */
export async function run(): Promise<readonly BenchResult[]> {
  await using folder = await temporaryFolder('rules')
  const plain = join(folder.path, 'plain.json')
  await writeFile(plain, JSON.stringify(withoutQueries(parse(await readFile(RULES, 'utf8')))))
  await using exporter = await serveFleet()
  const alone = await cpuSeconds(exporter.url, [])
  const without = (await cpuSeconds(exporter.url, [plain])) - alone
  const all = (await cpuSeconds(exporter.url, [RULES])) - alone
  return [
    {
      name: `All rules over ${APPS.toLocaleString('en-US')} apps, ${DRIFTING} of them drifting`,
      unit: 'CPU-s',
      rows: [
        {
          label: 'one evaluation, without queries in annotations',
          values: { cpu: without },
          goal: { text: 'less than 1.5 CPU-s', met: without < 1.5 },
        },
        {
          label: 'one evaluation, as shipped',
          values: { cpu: all },
          goal: { text: 'less than 2.5 CPU-s', met: all < 2.5 },
        },
      ],
      note: `What Prometheus spends in ${ROUNDS} intervals of ${INTERVAL_SECONDS} s, less what it spends without rules on the same scrapes (${alone.toFixed(2)} CPU-s each).`,
    },
  ]
}

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly { readonly annotations?: Readonly<Record<string, string>> }[] }[]
}

function withoutQueries({ groups }: RuleFile): RuleFile {
  return {
    groups: groups.map((group) => ({
      ...group,
      rules: group.rules.map(({ annotations, ...rule }) => ({
        ...rule,
        ...(annotations && {
          annotations: Object.fromEntries(Object.entries(annotations).filter(([, text]) => !text.includes('query'))),
        }),
      })),
    })),
  }
}

function outcomeOf(index: number): Outcome {
  const isDrifting = index % CLUSTERS === Math.floor(index / CLUSTERS) % CLUSTERS
  return isDrifting ? { status: 'OutOfSync', cause: 'live' } : { status: 'Synced' }
}

async function serveFleet() {
  const fleet = benchFleet(APPS, outcomeOf)
  const now = Date.now() / 1000
  fleet.publish({
    type: 'sources',
    reports: [{ controller: 'argocd', declaredIn: 'control', up: true }],
    at: now,
  })
  const metrics = createMetrics(fleet, {
    version: '0.0.0',
    appLabels: ['*'],
    argocdCompatibility: false,
    onError: (error) => {
      throw error
    },
  })
  await metrics.flushed()
  const { chunks } = await metrics.scrape({ accept: undefined, acceptEncoding: undefined })
  const text = Buffer.concat(chunks)
  metrics.close()
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}/metrics`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Of one interval, with these rules evaluated once in it. */
async function cpuSeconds(url: string, ruleFiles: readonly string[]): Promise<number> {
  await using prometheus = await startPrometheus({
    scrape: [{ job: 'gitops-drift-exporter', url }],
    ruleFiles,
    scrapeInterval: `${INTERVAL_SECONDS}s`,
    evaluationInterval: `${INTERVAL_SECONDS}s`,
  })
  const spent = async (): Promise<number> => {
    const text = await (await fetch(`${prometheus.url}/metrics`)).text()
    return Number(/^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1])
  }
  await sleep(WARM_UP * INTERVAL_SECONDS * 1000)
  const before = await spent()
  await sleep(ROUNDS * INTERVAL_SECONDS * 1000)
  const after = await spent()
  if (ruleFiles.length > 0) {
    const drifting = (await prometheus.alerts()).filter(({ labels }) => labels.alertname === 'GitOpsOutOfSync')
    if (drifting.length !== DRIFTING) throw new Error(`${drifting.length} alerts of drift instead of ${DRIFTING}`)
  }
  return (after - before) / ROUNDS
}
