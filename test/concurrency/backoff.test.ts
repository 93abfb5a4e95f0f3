import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffMs, createBackoff } from '../../src/concurrency/backoff.ts'
import { pause } from '../../src/concurrency/pause.ts'

const LIMITS = { firstMs: 1000, longestMs: 60_000 }

test('the pause doubles up to its limit, and is the same for whoever has failed as often', () => {
  const pauses = [1, 2, 3, 6, 7, 100, 10_000].map((failures) => backoffMs(failures, LIMITS, () => 1))
  assert.deepEqual(pauses, [1000, 2000, 4000, 32_000, 60_000, 60_000, 60_000])
})

test('half of the pause is at random', () => {
  assert.equal(
    backoffMs(3, LIMITS, () => 0),
    2000,
  )
  assert.equal(
    backoffMs(3, LIMITS, () => 0.5),
    3000,
  )
})

test('a success begins anew', () => {
  const backoff = createBackoff(LIMITS, () => 1)
  assert.deepEqual([backoff.next(), backoff.next()], [1000, 2000])
  backoff.reset()
  assert.equal(backoff.next(), 1000)
})

test('a pause ends with its signal, before it or in the middle, and never rejects', async () => {
  const hour = 60 * 60 * 1000
  await pause(hour, AbortSignal.abort())
  const stop = new AbortController()
  const paused = pause(hour, stop.signal)
  stop.abort()
  await paused
  await pause(1, new AbortController().signal)
})
