import assert from 'node:assert/strict'
import { DASHBOARD_FILES } from '../../dashboards/generated.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'

/** What Grafana reads of a panel, out of the JSON that is shipped. */
export interface ShippedPanel {
  readonly dashboard: string
  readonly title: string
  readonly json: JsonObject
  readonly queries: readonly string[]
}

export interface ShippedDashboard {
  readonly uid: string
  readonly json: JsonObject
  readonly panels: readonly ShippedPanel[]
  readonly annotations: readonly string[]
  readonly variables: ReadonlyMap<string, JsonObject>
}

export const DASHBOARDS: readonly ShippedDashboard[] = await Promise.all(
  DASHBOARD_FILES.map(async ({ make }) => readDashboard(JSON.parse(await make()))),
)
export const PANELS = DASHBOARDS.flatMap(({ panels }) => panels)

/** Every object anywhere inside. */
export function* objects(value: Json | undefined): Generator<JsonObject> {
  if (Array.isArray(value)) for (const item of value) yield* objects(item)
  if (!isJsonObject(value)) return
  yield value
  for (const item of Object.values(value)) yield* objects(item)
}

export function listOf(value: Json | undefined): readonly JsonObject[] {
  assert.ok(Array.isArray(value))
  return value.filter((item) => isJsonObject(item))
}

/** What Grafana puts into a query before Prometheus sees it. `ranges` are those of `$__rate_interval`, `$__interval` and `$__range`. */
export function filledIn(
  expression: string,
  ranges: { readonly rate: string; readonly interval: string; readonly range: string },
  values: Readonly<Record<string, string>> = {},
): string {
  return expression
    .replaceAll('$__rate_interval', ranges.rate)
    .replaceAll('$__interval', ranges.interval)
    .replaceAll('$__range', ranges.range)
    .replaceAll(/\$(\w+)/g, (_match, name: string) => values[name] ?? '.*')
}

function readDashboard(json: Json): ShippedDashboard {
  assert.ok(isJsonObject(json))
  const uid = String(json.uid)
  const top = listOf(json.panels)
  const panels = top
    .flatMap((panel) => (panel.type === 'row' ? listOf(panel.panels) : [panel]))
    .map((panel) => ({
      dashboard: uid,
      title: String(panel.title),
      json: panel,
      queries: listOf(panel.targets).map(({ expr }) => String(expr)),
    }))
  const { annotations, templating } = json
  assert.ok(isJsonObject(annotations) && isJsonObject(templating))
  return {
    uid,
    json,
    panels,
    annotations: listOf(annotations.list).map(({ expr }) => String(expr)),
    variables: new Map(listOf(templating.list).map((variable) => [String(variable.name), variable])),
  }
}
