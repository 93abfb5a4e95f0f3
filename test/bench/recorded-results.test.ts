import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  mergeResults,
  parseRecorded,
  type RecordedResult,
  recordedResults,
  worsened,
} from '../../bench/recorded-results.ts'

const recorded = (row: string, value: number, unit = 'ms'): RecordedResult => ({
  row,
  goal: null,
  value,
  unit,
  met: null,
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
    { row: 'x: fleet: first pass', goal: 'at most 2', value: 3, unit: 's', met: false },
    { row: 'x: fleet: scrape: plain', goal: null, value: 1, unit: 's', met: null },
    { row: 'x: fleet: scrape: gzip', goal: null, value: 2, unit: 's', met: null },
    { row: 'x: fleet: theirs', goal: 'ten times', value: 12, unit: 'times', met: true },
  ])
})

test('what is more than a tenth worse is told: more time, or less speed', () => {
  const before = [recorded('a', 100), recorded('b', 100), recorded('c', 100, 'pairs/s'), recorded('d', 100, 'times')]
  const latest = [recorded('a', 109), recorded('b', 112), recorded('c', 89, 'pairs/s'), recorded('d', 300, 'times')]
  assert.deepEqual(worsened(before, latest), ['worse: b: 100 → 112 ms', 'worse: c: 100 → 89 pairs/s'])
  assert.deepEqual(worsened([], latest), [])
})

test('a part that is run replaces its own rows alone', () => {
  const before = [recorded('git: poll', 1), recorded('drift: gone', 1), recorded('drift: kept', 1)]
  const merged = mergeResults(before, [recorded('drift: kept', 2)], ['drift'])
  assert.deepEqual(merged, [recorded('drift: kept', 2), recorded('git: poll', 1)])
  assert.deepEqual(parseRecorded(JSON.stringify(merged)), merged)
  assert.throws(() => parseRecorded('{}'), TypeError)
  assert.throws(() => parseRecorded('[{"row":"a"}]'), TypeError)
})
