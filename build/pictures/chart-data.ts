import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import { listOf } from '../../test/dashboards/shipped.ts'
import type { Mark, PanelData } from './panel-data.ts'
import { colorOf, seriesColor } from './values.ts'

/** What the browser draws, as data. */
export interface ChartData {
  readonly times: readonly number[]
  readonly unit: string
  /** Percent. */
  readonly fillOpacity: number
  /** Each on the one before it. */
  readonly isStacked: boolean
  readonly series: readonly {
    readonly name: string
    readonly color: string
    /** Null: nobody told. */
    readonly values: readonly (number | null)[]
  }[]
  readonly marks: readonly Mark[]
}

const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {})

export function chartOf({ json, lines, range, marks }: PanelData): ChartData {
  const { defaults, overrides } = objectOf(json.fieldConfig)
  const { custom, unit } = objectOf(defaults)
  const { stacking, fillOpacity } = objectOf(custom)
  const times: number[] = []
  for (let time = range.from; time <= range.to; time += range.step) times.push(time)
  const fixed = new Map(
    listOf(overrides ?? []).map(({ matcher, properties }) => [
      String(objectOf(matcher).options),
      colorOf(String(objectOf(listOf(properties)[0]?.value).fixedColor)),
    ]),
  )
  return {
    times,
    unit: String(unit),
    fillOpacity: Number(fillOpacity),
    isStacked: objectOf(stacking).mode === 'normal',
    series: lines.map(({ name, points }, index) => {
      const values = new Map(points)
      return {
        name,
        color: fixed.get(name) ?? seriesColor(index),
        values: times.map((time) => values.get(time) ?? null),
      }
    }),
    marks: marks.map(({ time, color }) => ({ time, color: colorOf(color) })),
  }
}
