import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import { filledIn, listOf, type ShippedDashboard } from '../../test/dashboards/shipped.ts'
import { at, getJson, listAt } from '../../test/servers/http-json.ts'
import { strings } from '../../test/servers/prometheus.ts'

/** What is looked at, as Grafana's time picker says it; all in seconds. */
export interface Range {
  readonly from: number
  readonly to: number
  readonly step: number
  /** What Grafana's `$__rate_interval` would be. */
  readonly rate: number
}

export interface Line {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** The last one of a query that asks for what holds now. */
  readonly points: readonly (readonly [time: number, value: number])[]
}

/** One panel with what Prometheus answered to its queries. */
export interface PanelData {
  readonly json: JsonObject
  readonly title: string
  readonly lines: readonly Line[]
  readonly range: Range
  /** When something happened, by what the dashboard's annotations say. */
  readonly marks: readonly Mark[]
}

export interface Mark {
  readonly time: number
  readonly color: string
}

export interface Source {
  readonly url: string
  readonly range: Range
  /** What the dashboard's variables are set to. */
  readonly values: Readonly<Record<string, string>>
}

/** Asks for everything that the dashboard shows, and nothing else. */
export async function readDashboard(dashboard: ShippedDashboard, source: Source): Promise<readonly PanelData[]> {
  const marks = await Promise.all(
    listOf(at(dashboard.json.annotations, 'list')).map(async ({ expr, iconColor }) => {
      const lines = await ask(String(expr), false, source)
      return lines
        .flatMap(({ points }) => beginnings(points, source.range))
        .map((time) => ({ time, color: String(iconColor) }))
    }),
  )
  const panels: PanelData[] = []
  for (const json of listOf(dashboard.json.panels).flatMap((panel) => [panel, ...inside(panel)]))
    panels.push({
      json,
      title: filledIn(String(json.title), rangesOf(source.range), source.values),
      lines: await linesOf(json, source),
      range: source.range,
      marks: marks.flat(),
    })
  return panels
}

const inside = ({ panels }: JsonObject): readonly JsonObject[] => (Array.isArray(panels) ? listOf(panels) : [])

async function linesOf({ targets }: JsonObject, source: Source): Promise<readonly Line[]> {
  const lines: Line[] = []
  for (const { expr, instant, legendFormat } of targets === undefined ? [] : listOf(targets))
    for (const line of await ask(String(expr), instant === true, source))
      lines.push({ ...line, name: legend(legendFormat, line.labels) })
  return lines
}

function legend(format: Json | undefined, labels: Line['labels']): string {
  if (typeof format !== 'string')
    return `{${Object.entries(labels)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join(', ')}}`
  return format.replaceAll(/\{\{(\w+)\}\}/g, (_match, name: string) => labels[name] ?? '')
}

const rangesOf = ({ from, to, step, rate }: Range) => ({
  rate: `${rate}s`,
  interval: `${step}s`,
  range: `${to - from}s`,
})

async function ask(expression: string, instant: boolean, { url, range, values }: Source): Promise<readonly Line[]> {
  const query = filledIn(expression, rangesOf(range), values)
  const { from, to, step } = range
  const parameters = new URLSearchParams(
    instant ? { query, time: `${to}` } : { query, start: `${from}`, end: `${to}`, step: `${step}` },
  )
  const answer = await getJson(`${url}/api/v1/query${instant ? '' : '_range'}?${parameters}`)
  return listAt(answer, 'data', 'result').map((item) => {
    const pairs = isJsonObject(item) && Array.isArray(item.values) ? item.values : [at(item, 'value') ?? null]
    const points = pairs.map((pair): readonly [number, number] => [Number(listAt(pair)[0]), Number(listAt(pair)[1])])
    return { name: '', labels: strings(at(item, 'metric')), points }
  })
}

/** Times before which there was nothing. */
function beginnings(points: Line['points'], { step }: Range): readonly number[] {
  return points
    .map(([time]) => time)
    .filter((time, index, all) => time - (all[index - 1] ?? Number.NEGATIVE_INFINITY) > 1.5 * step)
}
