import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ALERTMANAGER_EXAMPLE } from '../../alerts/alertmanager.ts'
import { type Alertmanager, startAlertmanager } from '../servers/alertmanager.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { at, listAt } from '../servers/http-json.ts'
import { type Prometheus, startPrometheus, strings } from '../servers/prometheus.ts'
import type { Scraped } from './scenario.ts'

const RULES = join(import.meta.dirname, '../../alerts/rules.yaml')
const MOST_SECONDS = 20
export const GRAFANA = 'https://grafana.example.com'

/** What one person got once. */
export interface Notification {
  readonly receiver: string
  readonly status: string
  /** Labels of its alerts. */
  readonly alerts: readonly Readonly<Record<string, string>>[]
}

/** An HTTP server whose answer a test changes. */
export interface ScrapeServer extends AsyncDisposable {
  readonly url: string
  answer: readonly Scraped[]
  close(): Promise<void>
}

export interface OnCall extends AsyncDisposable {
  readonly prometheus: Prometheus
  readonly alertmanager: Alertmanager
  /** In order; whoever has read them may take them out. */
  readonly notifications: Notification[]
}

export async function startScrapeServer(answer: readonly Scraped[]): Promise<ScrapeServer> {
  const listening = await listen((_body) => exposition(server.answer))
  const server: ScrapeServer = { ...listening, url: `${listening.url}/metrics`, answer }
  return server
}

/**
 * A real Prometheus with the shipped rules, which wait a second where they say a minute and twenty at most, and a real Alertmanager with the
 * shipped example, which waits as short.
 */
export async function startOnCall(urls: readonly string[]): Promise<OnCall> {
  await using parts = new AsyncDisposableStack()
  const folder = parts.use(await temporaryFolder('on-call'))
  const rules = join(folder.path, 'rules.yaml')
  await writeFile(rules, shortened(await readFile(RULES, 'utf8')))
  const notifications: Notification[] = []
  const webhook = parts.use(
    await listen((body) => {
      const json = JSON.parse(body)
      const alerts = listAt(json, 'alerts').map((alert) => strings(at(alert, 'labels')))
      notifications.push({ receiver: String(at(json, 'receiver')), status: String(at(json, 'status')), alerts })
      return ''
    }),
  )
  const { route, receivers } = ALERTMANAGER_EXAMPLE
  const alertmanager = parts.use(
    await startAlertmanager({
      config: {
        ...ALERTMANAGER_EXAMPLE,
        route: { ...route, group_wait: '2s', group_interval: '2s' },
        receivers: receivers.map(({ name }) => ({
          name,
          webhook_configs: [{ url: webhook.url, send_resolved: true }],
        })),
      },
    }),
  )
  const prometheus = parts.use(
    await startPrometheus({
      scrape: urls.map((url, index) => ({ job: index === 0 ? 'exporter' : `exporter-${index}`, url })),
      ruleFiles: [rules],
      alertmanager: alertmanager.url,
      externalLabels: { grafana_url: GRAFANA },
      honorLabels: true,
      scrapeInterval: '2s',
      evaluationInterval: '500ms',
    }),
  )
  const started = parts.move()
  return { prometheus, alertmanager, notifications, [Symbol.asyncDispose]: () => started.disposeAsync() }
}

export async function postAlerts(
  { url }: Alertmanager,
  alerts: readonly Readonly<Record<string, string>>[],
): Promise<void> {
  const answer = await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts.map((labels) => ({ labels }))),
  })
  if (!answer.ok) throw new Error(`Alertmanager answered ${answer.status}: ${await answer.text()}`)
}

export function shortened(rules: string): string {
  return rules
    .replaceAll(/keep_firing_for: .*/g, 'keep_firing_for: 1s')
    .replaceAll(/ for: (\d+)([mh])/g, (_match, count: string, unit: string) => {
      const minutes = Number(count) * (unit === 'h' ? 60 : 1)
      return ` for: ${Math.min(minutes, MOST_SECONDS)}s`
    })
    .replaceAll('min_over_time(gitops:exporters:known[10m])', 'min_over_time(gitops:exporters:known[10s])')
}

/** Labels that the target gives are left to Prometheus but where they name somebody else. */
function exposition(scraped: readonly Scraped[]): string {
  return scraped
    .filter(([metric]) => metric !== 'up')
    .map(([metric, { job: _job, instance = '', ...labels }, value]) => {
      const own = instance === 'a' ? labels : { ...labels, instance }
      const pairs = Object.entries(own).map(([name, label]) => `${name}=${JSON.stringify(label)}`)
      return `${metric}{${pairs.join(',')}} ${value}\n`
    })
    .join('')
}

async function listen(
  answer: (body: string) => string,
): Promise<{ readonly url: string; close(): Promise<void> } & AsyncDisposable> {
  const server = createServer(async (request, response) => {
    const body = await text(request)
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(answer(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  let closing: Promise<unknown> | undefined
  const close = async (): Promise<void> => {
    if (closing === undefined) {
      closing = once(server, 'close')
      server.closeAllConnections()
      server.close()
    }
    await closing
  }
  return { url: `http://127.0.0.1:${address.port}`, close, [Symbol.asyncDispose]: close }
}
