import { isJsonObject, type JsonObject } from '../../src/model/json.ts'

/** Grafana's names of colours. */
const COLORS: Readonly<Record<string, string>> = {
  green: '#73bf69',
  orange: '#ff9830',
  red: '#f2495c',
  blue: '#5794f2',
  text: '#ccccdc',
}
/** In this order series are coloured that have no colour of their own. */
const PALETTE = ['#73bf69', '#f2cc0c', '#8ab8ff', '#ff780a', '#f2495c', '#5794f2', '#b877d9', '#705da0', '#37872d']

export const seriesColor = (index: number): string => PALETTE[index % PALETTE.length] ?? '#ccccdc'

/** @throws Error for a name that is none of Grafana's that are known here */
export function colorOf(name: string): string {
  const color = COLORS[name]
  if (color === undefined) throw new Error(`no colour ${name}`)
  return color
}

type Step = readonly [until: number, size: number, word: string]

const DURATIONS: readonly Step[] = [
  [0.001, 1e-6, ' µs'],
  [1, 0.001, ' ms'],
  [60, 1, ' s'],
  [3600, 60, ' mins'],
  [86_400, 3600, ' hours'],
  [604_800, 86_400, ' days'],
  [Number.POSITIVE_INFINITY, 604_800, ' weeks'],
]
const BYTES: readonly Step[] = [
  [1024, 1, ' B'],
  [1024 ** 2, 1024, ' KiB'],
  [1024 ** 3, 1024 ** 2, ' MiB'],
  [Number.POSITIVE_INFINITY, 1024 ** 3, ' GiB'],
]

/** By Grafana's name of the unit, as Grafana writes it. */
const UNITS: Readonly<Record<string, (value: number, decimals: number | undefined) => string>> = {
  none: (value, decimals) => digits(value, decimals),
  s: (value, decimals) => stepped(value, DURATIONS, decimals),
  bytes: (value, decimals) => stepped(value, BYTES, decimals),
  percentunit: (value, decimals) => `${digits(value * 100, decimals ?? 1)}%`,
  ops: (value, decimals) => `${digits(value, decimals)} ops/s`,
  reqps: (value, decimals) => `${digits(value, decimals)} req/s`,
}

/** @throws Error for a unit that cannot be written here */
export function valueText(value: number, unit: string, decimals?: number): string {
  const write = UNITS[unit]
  if (write === undefined) throw new Error(`no unit ${unit}`)
  return value === 0 && unit === 's' ? '0 s' : write(value, decimals)
}

export const knowsUnit = (unit: string): boolean => unit in UNITS

function digits(value: number, decimals: number | undefined): string {
  if (decimals !== undefined) return value.toFixed(decimals)
  return String(Number(value.toPrecision(3)))
}

function stepped(value: number, steps: readonly Step[], decimals: number | undefined): string {
  const [, size = 1, word = ''] = steps.find(([until]) => Math.abs(value) < until) ?? []
  return digits(value / size, decimals) + word
}

/** What a value is shown as, by mappings and thresholds. */
export interface Shown {
  readonly text: string
  readonly color: string
}

/** @param value undefined where nobody tells one */
export function shownValue(value: number | undefined, defaults: JsonObject): Shown {
  const steps = stepsOf(defaults)
  const none = { text: String(defaults.noValue), color: mapped(undefined, defaults)?.color ?? colorOf('text') }
  if (value === undefined || Number.isNaN(value)) return none
  const word = mapped(value, defaults)
  if (word !== undefined) return word
  const decimals = typeof defaults.decimals === 'number' ? defaults.decimals : undefined
  const reached = steps.filter(([from]) => from <= value).at(-1)?.[1] ?? 'text'
  return { text: valueText(value, String(defaults.unit), decimals), color: colorOf(reached) }
}

function stepsOf({ thresholds }: JsonObject): readonly (readonly [from: number, color: string])[] {
  // What Grafana takes where none are given.
  if (!isJsonObject(thresholds) || !Array.isArray(thresholds.steps))
    return [
      [Number.NEGATIVE_INFINITY, 'green'],
      [80, 'red'],
    ]
  return thresholds.steps
    .filter(isJsonObject)
    .map(({ value, color }) => [typeof value === 'number' ? value : Number.NEGATIVE_INFINITY, String(color)])
}

function mapped(value: number | undefined, { mappings }: JsonObject): Shown | undefined {
  for (const mapping of Array.isArray(mappings) ? mappings.filter(isJsonObject) : []) {
    const { options } = mapping
    if (!isJsonObject(options)) continue
    const found = mapping.type === 'value' ? options[String(value)] : value === undefined ? options.result : undefined
    if (isJsonObject(found)) return { text: String(found.text), color: colorOf(String(found.color)) }
  }
  return undefined
}
