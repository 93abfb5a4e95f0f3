import { isJsonObject, type Json, type JsonObject } from '../src/model/json.ts'
import type { BenchResult, BenchRow, Goal, Ratio } from './result.ts'

/** Reads what a bench process wrote. @throws TypeError when it is not a list of results */
export function parseResults(text: string): readonly BenchResult[] {
  const value: Json = JSON.parse(text)
  if (!Array.isArray(value)) throw new TypeError('a bench gives a list of results')
  return value.map(parseResult)
}

function parseResult(value: Json): BenchResult {
  if (!isJsonObject(value) || !Array.isArray(value.rows)) throw new TypeError('a result has rows')
  const { ratio, target, note } = value
  return {
    name: string(value.name),
    unit: string(value.unit),
    rows: value.rows.map(parseRow),
    ...(isJsonObject(ratio) ? { ratio: parseRatio(ratio) } : {}),
    ...(isJsonObject(target) ? { target: parseGoal(target) } : {}),
    ...(note === undefined ? {} : { note: string(note) }),
  }
}

function parseRow(value: Json): BenchRow {
  if (!isJsonObject(value) || !isJsonObject(value.values)) throw new TypeError('a row has values')
  const values = Object.entries(value.values).map(([column, item]) => [column, number(item)] as const)
  return {
    label: string(value.label),
    values: Object.fromEntries(values),
    ...(value.better === 'more' ? { better: value.better } : {}),
    ...(isJsonObject(value.goal) ? { goal: parseGoal(value.goal) } : {}),
  }
}

function parseRatio({ label, value, better }: JsonObject): Ratio {
  return { label: string(label), value: number(value), ...(better === 'less' ? { better } : {}) }
}

function parseGoal({ text, met }: JsonObject): Goal {
  return { text: string(text), met: met === true }
}

function string(value: Json | undefined): string {
  if (typeof value !== 'string') throw new TypeError('a text is missing')
  return value
}

function number(value: Json | undefined): number {
  if (typeof value !== 'number') throw new TypeError('a number is missing')
  return value
}
