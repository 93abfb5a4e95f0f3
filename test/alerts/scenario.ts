import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '../servers/folder.ts'
import { run } from '../servers/run.ts'

/** One line of a scrape; `job` and `instance` are among the labels. */
export type Scraped = readonly [metric: string, labels: Readonly<Record<string, string>>, value: number]

export interface Scenario {
  /** What all targets answer in this minute; what is not there any more is stale, as Prometheus marks it. */
  readonly scrape: (minute: number) => readonly Scraped[]
  /** By minute: exactly the alerts that fire then, as `nameOf` says them. */
  readonly firing: Readonly<Record<number, readonly string[]>>
  readonly annotations?: readonly AnnotationTest[]
  /** By query, which gives one series without labels: its value in the last minute. */
  readonly values?: Readonly<Record<string, number>>
  /** Minutes between scrapes and between evaluations, where a scenario is long; 1 by default, and less than the 5 after which series are stale. */
  readonly step?: number
}

export interface RuleFile {
  readonly path: string
  /** In the order of their evaluation: without it promtool takes another one each time. */
  readonly groups: readonly string[]
}

export interface AnnotationTest {
  readonly minute: number
  readonly alert: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** Labels by which scenarios tell alerts apart. */
const TOLD = ['alertname', 'app_name', 'dest_cluster', 'scope', 'severity', 'instance'] as const
const ALERT = /^(?<alertname>\w+)(?: (?<app_name>[\w-]+)@(?<dest_cluster>[\w-]+))?(?: (?<rest>.+))?$/

/** Runs the scenario through promtool. @throws Error with promtool's words */
export async function playScenario(promtool: string, rules: RuleFile, scenario: Scenario): Promise<void> {
  await using folder = await temporaryFolder('scenario')
  const file = join(folder.path, 'test.yaml')
  // YAML 1.2 reads JSON.
  await writeFile(file, JSON.stringify(testFile(rules, scenario)))
  await run(promtool, ['test', 'rules', file])
}

function testFile(rules: RuleFile, { scrape, firing, annotations = [], values = {}, step = 1 }: Scenario): object {
  const minutes = Object.keys(firing).map(Number)
  const last = Math.max(...minutes, ...annotations.map(({ minute }) => minute))
  return {
    rule_files: [rules.path],
    evaluation_interval: `${step}m`,
    group_eval_order: rules.groups,
    tests: [
      {
        interval: `${step}m`,
        external_labels: { grafana_url: 'https://grafana.example.com' },
        input_series: inputSeries(scrape, last, step),
        promql_expr_test: [
          ...minutes.map((minute) => ({
            expr: `group by (${TOLD.join(', ')}) (ALERTS{alertstate="firing"})`,
            eval_time: `${minute}m`,
            exp_samples: (firing[minute] ?? []).map((alert) => ({ labels: labelsOf(alert), value: 1 })),
          })),
          ...Object.entries(values).map(([expr, value]) => ({
            expr,
            eval_time: `${last}m`,
            exp_samples: [{ labels: '{}', value }],
          })),
        ],
        alert_rule_test: annotations.map(({ minute, alert, labels, annotations: expected }) => ({
          eval_time: `${minute}m`,
          alertname: alert,
          exp_alerts: [{ exp_labels: labels, exp_annotations: expected }],
        })),
      },
    ],
  }
}

/** `GitOpsOutOfSync shop@prod-us severity=warning`. */
function labelsOf(alert: string): string {
  const { rest, ...named } = ALERT.exec(alert)?.groups ?? {}
  const others = (rest ?? '').split(' ').flatMap((part) => {
    const [name, value] = part.split('=')
    return name === undefined || value === undefined ? [] : [[name, value] as const]
  })
  return labelText({ ...named, ...Object.fromEntries(others) })
}

function labelText(labels: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(labels).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`${name}=${JSON.stringify(value)}`],
  )
  return `{${pairs.join(', ')}}`
}

function inputSeries(scrape: Scenario['scrape'], last: number, step: number): readonly object[] {
  const values = new Map<string, Map<number, number>>()
  for (let minute = 0; minute <= last; minute += step)
    for (const [metric, labels, value] of scrape(minute)) {
      const name = metric + labelText(labels)
      const own = values.get(name) ?? new Map<number, number>()
      if (own.has(minute)) throw new Error(`${name} is told twice`)
      values.set(name, own.set(minute, value))
    }
  return [...values].map(([series, own]) => ({ series, values: notation(own, last, step) }))
}

function notation(own: ReadonlyMap<number, number>, last: number, step: number): string {
  const words: string[] = []
  for (let minute = 0; minute <= last; minute += step) {
    const value = own.get(minute)
    if (value !== undefined) words.push(String(value))
    else words.push(own.has(minute - step) ? 'stale' : '_')
  }
  return words.join(' ')
}
