import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseResults } from '../../bench/parse-results.ts'
import {
  mergeResults,
  parseRecorded,
  type RecordedResult,
  recordedResults,
  worsened,
} from '../../bench/recorded-results.ts'
import type { BenchResult } from '../../bench/result.ts'

const recorded = (row: string, value: number, better: RecordedResult['better'] = 'less'): RecordedResult => ({
  row,
  goal: null,
  value,
  unit: 'ms',
  met: null,
  better,
})

test('every figure of a bench is a row of its own, with the goal that it has', () => {
  const goal = { text: 'at most 2', met: false }
  const rows = [
    { label: 'first pass', values: { value: 3 }, goal },
    { label: 'scrape', values: { plain: 1, gzip: 2 } },
  ]
  const target = { text: 'ten times', met: true }
  const result = { name: 'fleet', unit: 's', rows, ratio: { label: 'theirs', value: 12 }, target }
  assert.deepEqual(recordedResults([{ name: 'x', results: [result] }]), [
    { row: 'x: fleet: first pass', goal: 'at most 2', value: 3, unit: 's', met: false, better: 'less' },
    { row: 'x: fleet: scrape: plain', goal: null, value: 1, unit: 's', met: null, better: 'less' },
    { row: 'x: fleet: scrape: gzip', goal: null, value: 2, unit: 's', met: null, better: 'less' },
    { row: 'x: fleet: theirs', goal: 'ten times', value: 12, unit: 'times', met: true, better: 'more' },
  ])
})

test('what is more than a tenth worse is told: more of what is better the less it is, and the other way round', () => {
  const before = [recorded('a', 100), recorded('b', 100), recorded('c', 100, 'more'), recorded('d', 100, 'more')]
  const latest = [recorded('a', 109), recorded('b', 112), recorded('c', 89, 'more'), recorded('d', 300, 'more')]
  assert.deepEqual(worsened(before, latest), ['worse: b: 100 → 112 ms', 'worse: c: 100 → 89 ms'])
  assert.deepEqual(worsened([], latest), [])
})

test('a row says which way is better, whatever its unit and its goal are', () => {
  const before: BenchResult = {
    name: 'charts',
    unit: '',
    rows: [
      { label: 'apps a second', values: { value: 87 }, better: 'more', goal: { text: 'at least 150', met: false } },
      { label: 'charts a second', values: { value: 87 }, better: 'more' },
      { label: 'CPU-ms', values: { value: 15 } },
    ],
    ratio: { label: 'the last against the first', value: 2, better: 'less' },
  }
  const faster = { ...before, rows: before.rows.map((row) => ({ ...row, values: { value: 125 } })) }
  const recordedOf = (result: BenchResult) =>
    recordedResults([{ name: 'x', results: parseResults(JSON.stringify([result])) }])
  assert.deepEqual(worsened(recordedOf(before), recordedOf(faster)), ['worse: x: charts: CPU-ms: 15 → 125'])
  assert.deepEqual(worsened(recordedOf(faster), recordedOf(before)), [
    'worse: x: charts: apps a second: 125 → 87',
    'worse: x: charts: charts a second: 125 → 87',
  ])
  const steeper: BenchResult = { ...before, ratio: { label: 'the last against the first', value: 3, better: 'less' } }
  assert.equal(worsened(recordedOf(before), recordedOf(steeper)).length, 1)
  assert.equal(worsened(recordedOf(steeper), recordedOf(before)).length, 0)
})

test('a part that is run replaces its own rows alone', () => {
  const before = [recorded('git: poll', 1), recorded('drift: gone', 1), recorded('drift: kept', 1)]
  const merged = mergeResults(before, [recorded('drift: kept', 2)], ['drift'])
  assert.deepEqual(merged, [recorded('drift: kept', 2), recorded('git: poll', 1)])
  assert.deepEqual(parseRecorded(JSON.stringify(merged)), merged)
  assert.throws(() => parseRecorded('{}'), TypeError)
  assert.throws(() => parseRecorded('[{"row":"a"}]'), TypeError)
  assert.throws(() => parseRecorded('[{"row":"a","value":1,"unit":"","better":"green"}]'), TypeError)
})
