import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import { listOf } from '../../test/dashboards/shipped.ts'
import { type ChartData, chartOf } from './chart-data.ts'
import type { Line, PanelData } from './panel-data.ts'
import { type Shown, shownValue, valueText } from './values.ts'

/** The inside of a panel, as HTML, by Grafana's name of its type. */
export const PANEL_TYPES: Readonly<Record<string, (panel: PanelData) => string>> = {
  row: () => '',
  stat: drawStat,
  table: drawTable,
  bargauge: drawBars,
  'state-timeline': drawTimeline,
  timeseries: drawLines,
}

/** @throws Error for a type of panels that cannot be drawn here */
export function drawPanel(panel: PanelData): string {
  const draw = PANEL_TYPES[String(panel.json.type)]
  if (draw === undefined) throw new Error(`${panel.title}: panels of type ${panel.json.type} cannot be drawn`)
  return draw(panel)
}

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`)
}

const defaultsOf = ({ json }: PanelData): JsonObject => objectOf(objectOf(json.fieldConfig).defaults)
const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {})
const lastOf = ({ points }: Line): number | undefined => points.at(-1)?.[1]
const noData = (panel: PanelData): string => `<p class="none">${escapeHtml(String(defaultsOf(panel).noValue))}</p>`

function drawStat(panel: PanelData): string {
  const [line] = panel.lines
  const { text, color } = shownValue(line && lastOf(line), defaultsOf(panel))
  const isFilled = objectOf(panel.json.options).colorMode === 'background'
  const style = isFilled ? `background:${color};color:#fff` : `color:${color}`
  return `<div class="stat" style="${style}">${escapeHtml(text)}</div>`
}

interface Column {
  readonly label: string
  readonly heading: string
  readonly unit: string
  readonly isLink: boolean
  /** By value of the label. */
  readonly words: JsonObject
}

function columnsOf(panel: PanelData): readonly Column[] {
  const order = objectOf(objectOf(listOf(panel.json.transformations ?? [])[0]?.options).indexByName)
  return listOf(objectOf(panel.json.fieldConfig).overrides ?? [])
    .filter(({ matcher }) => objectOf(matcher).id === 'byName')
    .map(({ matcher, properties }) => {
      const property = (id: string) => listOf(properties).find((one) => one.id === id)?.value
      const mappings = property('mappings')
      return {
        label: String(objectOf(matcher).options),
        heading: String(property('displayName')),
        unit: String(property('unit') ?? defaultsOf(panel).unit),
        isLink: property('links') !== undefined,
        words: objectOf(Array.isArray(mappings) ? objectOf(mappings[0]).options : undefined),
      }
    })
    .toSorted((one, other) => Number(order[one.label]) - Number(order[other.label]))
}

function drawTable(panel: PanelData): string {
  if (panel.lines.length === 0) return noData(panel)
  const columns = columnsOf(panel)
  const cell = (line: Line, { label, unit, isLink }: Column): string => {
    const text = label === 'Value' ? valueText(lastOf(line) ?? Number.NaN, unit) : (line.labels[label] ?? '')
    return `<td${label === 'Value' ? ' class="number"' : ''}>${isLink ? `<a>${escapeHtml(text)}</a>` : escapeHtml(text)}</td>`
  }
  const head = columns.map(
    ({ heading, label }) => `<th${label === 'Value' ? ' class="number"' : ''}>${escapeHtml(heading)}</th>`,
  )
  const rows = panel.lines.map((line) => `<tr>${columns.map((column) => cell(line, column)).join('')}</tr>`)
  return `<table><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`
}

function drawBars(panel: PanelData): string {
  if (panel.lines.length === 0) return noData(panel)
  const defaults = defaultsOf(panel)
  const values = panel.lines.map((line) => lastOf(line) ?? Number.NaN)
  const most = typeof defaults.max === 'number' ? defaults.max : Math.max(...values)
  const bars = panel.lines.map((line, index) => {
    const value = values[index] ?? Number.NaN
    const { text, color } = barOf(value, defaults)
    const width = most > 0 ? Math.min(100, (100 * value) / most) : 0
    return `<div class="name">${escapeHtml(line.name)}</div><div class="bar"><i style="width:${width.toFixed(1)}%;background:${color}"></i></div><div class="value" style="color:${color}">${escapeHtml(text)}</div>`
  })
  return `<div class="bars">${bars.join('')}</div>`
}

function barOf(value: number, defaults: JsonObject): Shown {
  const { mode, fixedColor } = objectOf(defaults.color)
  const shown = shownValue(value, defaults)
  return mode === 'fixed'
    ? {
        ...shown,
        color: shownValue(value, { ...defaults, thresholds: { steps: [{ color: fixedColor ?? '' }] } }).color,
      }
    : shown
}

/** Equal values that follow each other are one stretch; a gap: nobody told. */
function drawTimeline(panel: PanelData): string {
  if (panel.lines.length === 0) return noData(panel)
  const { from, to, step } = panel.range
  const place = (time: number): string => `${((100 * (time - from)) / (to - from)).toFixed(2)}%`
  const rows = panel.lines.map((line) => {
    const stretches: { start: number; end: number; value: number }[] = []
    for (const [time, value] of line.points) {
      const last = stretches.at(-1)
      if (last?.value === value && time - last.end <= 1.5 * step) last.end = time
      else {
        if (last !== undefined && time - last.end <= 1.5 * step) last.end = time
        stretches.push({ start: time, end: time, value })
      }
    }
    const parts = stretches.map(({ start, end, value }) => {
      const { text, color } = shownValue(value, defaultsOf(panel))
      return `<i style="left:${place(start)};width:${place(from + end - start)};background:${color}"><b>${escapeHtml(text)}</b></i>`
    })
    return `<div class="name">${escapeHtml(line.name)}</div><div class="track">${parts.join('')}</div>`
  })
  const times = [0, 0.25, 0.5, 0.75, 1].map((share) => clock(from + share * (to - from)))
  const axis = `<div></div><div class="times">${times.map((time) => `<span>${time}</span>`).join('')}</div>`
  return `<div class="timeline">${rows.join('')}${axis}</div>`
}

const clock = (time: number): string => new Date(time * 1000).toISOString().slice(11, 19)

function drawLines(panel: PanelData): string {
  if (panel.lines.length === 0) return noData(panel)
  const data: ChartData = chartOf(panel)
  const legend = data.series.map(
    ({ name, color }) => `<span><i style="background:${color}"></i>${escapeHtml(name)}</span>`,
  )
  return `<div class="chart" data-chart="${escapeHtml(JSON.stringify(data))}"></div><div class="legend">${legend.join('')}</div>`
}
