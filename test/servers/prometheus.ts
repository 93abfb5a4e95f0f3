import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isJsonObject, type Json } from '../../src/model/json.ts'
import { prometheusPath } from '../tools/build.ts'
import { temporaryFolder } from './folder.ts'
import { at, getJson, listAt } from './http-json.ts'
import { listeningUrl } from './listening.ts'
import { startProgram } from './process.ts'

export interface PrometheusOptions {
  /** What is scraped: `url` with its path; `more` is of the scrape config, such as `tls_config`. */
  readonly scrape: readonly { readonly job: string; readonly url: string; readonly more?: object }[]
  /** Absolute paths. */
  readonly ruleFiles?: readonly string[]
  /** URL of an Alertmanager that gets the alerts. */
  readonly alertmanager?: string
  /** Both in Prometheus' words; 200ms by default. */
  readonly scrapeInterval?: string
  readonly evaluationInterval?: string
  /** Of every alert that is sent, and for templates. */
  readonly externalLabels?: Readonly<Record<string, string>>
  /** Labels `job` and `instance` that a scrape finds win over those of the target. */
  readonly honorLabels?: boolean
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Alert {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly state: string
}

export interface Prometheus extends AsyncDisposable {
  readonly url: string
  /** An instant query that gives a vector. */
  query(expression: string): Promise<readonly Series[]>
  alerts(): Promise<readonly Alert[]>
  /** Health and last error of each target, by scrape URL. */
  targets(): Promise<readonly { readonly url: string; readonly health: string; readonly error: string }[]>
  /** The end of its log. */
  output(): string
  close(): Promise<void>
}

export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const folder = await temporaryFolder('prometheus')
  const config = join(folder.path, 'prometheus.json')
  await writeFile(config, JSON.stringify(configOf(options), null, 2))
  const program = startProgram({
    name: 'prometheus',
    program: prometheusPath('prometheus'),
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder.path, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
      '--storage.tsdb.retention.time=2h',
    ],
  })
  const close = async () => {
    await program.close()
    await folder.close()
  }
  try {
    const url = await listeningUrl(program, 'prometheus', '/-/ready')
    return {
      url,
      query: async (expression) => {
        const answer = await getJson(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`)
        return listAt(answer, 'data', 'result').map((item) => ({
          labels: strings(at(item, 'metric')),
          value: Number(listAt(item, 'value')[1]),
        }))
      },
      alerts: async () =>
        listAt(await getJson(`${url}/api/v1/alerts`), 'data', 'alerts').map((item) => ({
          labels: strings(at(item, 'labels')),
          annotations: strings(at(item, 'annotations')),
          state: String(at(item, 'state')),
        })),
      targets: async () =>
        listAt(await getJson(`${url}/api/v1/targets`), 'data', 'activeTargets').map((item) => ({
          url: String(at(item, 'scrapeUrl')),
          health: String(at(item, 'health')),
          error: String(at(item, 'lastError')),
        })),
      output: program.output,
      close,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The config file, as JSON, which is YAML. */
function configOf(options: PrometheusOptions): object {
  const { scrape, ruleFiles = [], alertmanager, scrapeInterval = '200ms', evaluationInterval = '200ms' } = options
  const { externalLabels = {}, honorLabels = false } = options
  return {
    global: {
      scrape_interval: scrapeInterval,
      scrape_timeout: scrapeInterval,
      evaluation_interval: evaluationInterval,
      external_labels: externalLabels,
    },
    rule_files: ruleFiles,
    scrape_configs: scrape.map(({ job, url, more }) => {
      const { protocol, host, pathname } = new URL(url)
      return {
        job_name: job,
        scheme: protocol.slice(0, -1),
        metrics_path: pathname,
        honor_labels: honorLabels,
        static_configs: [{ targets: [host] }],
        ...more,
      }
    }),
    ...(alertmanager === undefined
      ? {}
      : { alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager).host] }] }] } }),
  }
}

/** A map of labels or annotations. */
export function strings(value: Json | undefined): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]))
}
