import { isJsonObject, type Json } from '../src/model/json.ts'
import type { BenchGroup } from './results-page.ts'

/** One figure of bench/results.json. */
export interface RecordedResult {
  /** `bench: result: row`, and the column where there are several. */
  readonly row: string
  /** What is promised; null where nothing is. */
  readonly goal: string | null
  readonly value: number
  readonly unit: string
  readonly met: boolean | null
  /** Which way it may go. */
  readonly better: 'more' | 'less'
}

/** A figure may be that much worse, since machines are never quite the same from hour to hour. */
const TOLERANCE = 0.1

/** Every figure of the results, in their order. */
export function recordedResults(groups: readonly BenchGroup[]): readonly RecordedResult[] {
  return groups.flatMap(({ name: bench, results }) =>
    results.flatMap(({ name, unit, rows, ratio, target }) => [
      ...rows.flatMap(({ label, values, goal, better }) =>
        Object.entries(values).map(
          ([column, value], _index, all): RecordedResult => ({
            row: [bench, name, label, ...(all.length > 1 ? [column] : [])].join(': '),
            goal: goal?.text ?? null,
            value,
            unit,
            met: goal?.met ?? null,
            better: better ?? 'less',
          }),
        ),
      ),
      ...(ratio === undefined
        ? []
        : [
            {
              row: [bench, name, ratio.label].join(': '),
              goal: target?.text ?? null,
              value: ratio.value,
              unit: 'times',
              met: target?.met ?? null,
              better: ratio.better ?? ('more' as const),
            },
          ]),
    ]),
  )
}

/** The rows of both; those of benches that were run are replaced, and those that they have no more are gone. */
export function mergeResults(
  before: readonly RecordedResult[],
  latest: readonly RecordedResult[],
  benches: readonly string[],
): readonly RecordedResult[] {
  const kept = before.filter(({ row }) => !benches.some((bench) => row.startsWith(`${bench}: `)))
  return [...kept, ...latest].sort((one, other) => one.row.localeCompare(other.row))
}

/** A line for each figure that is more than a tenth worse than it was. */
export function worsened(before: readonly RecordedResult[], latest: readonly RecordedResult[]): readonly string[] {
  const known = new Map(before.map((result) => [result.row, result.value]))
  return latest.flatMap(({ row, value, unit, better }) => {
    const old = known.get(row)
    if (old === undefined) return []
    const isWorse = better === 'more' ? value < old * (1 - TOLERANCE) : value > old * (1 + TOLERANCE)
    return isWorse ? [`worse: ${row}: ${figure(old)} → ${figure(value)} ${unit}`.trimEnd()] : []
  })
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)))
}

/** Reads bench/results.json. @throws TypeError where it is not such a list */
export function parseRecorded(text: string): readonly RecordedResult[] {
  const value: Json = JSON.parse(text)
  if (!Array.isArray(value)) throw new TypeError('results are a list')
  return value.map((entry) => {
    if (!isJsonObject(entry)) throw new TypeError('a result is an object')
    const { row, goal = null, value: measured, unit, met = null, better = 'less' } = entry
    if (typeof row !== 'string' || typeof measured !== 'number' || typeof unit !== 'string')
      throw new TypeError('a result has row, value and unit')
    if ((goal !== null && typeof goal !== 'string') || (met !== null && typeof met !== 'boolean'))
      throw new TypeError(`the goal of ${row} is no text`)
    if (better !== 'more' && better !== 'less') throw new TypeError(`${row} is better neither by more nor by less`)
    return { row, goal, value: measured, unit, met, better }
  })
}
