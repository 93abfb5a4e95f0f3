import assert from 'node:assert/strict'
import { test } from 'node:test'
import { schedule } from 'node-cron'
import { passIntervalSeconds } from '../../src/engine/pass-interval.ts'

const HOUR = 3600

for (const [expression, seconds] of [
  ['*/10 * * * *', 600],
  ['30 2 * * *', 24 * HOUR],
  // From Friday evening to Monday morning.
  ['0 8-18 * * 1-5', 62 * HOUR],
] as const)
  test(`the longest time between two passes of ${expression} is ${seconds} s`, async () => {
    const task = schedule(expression, () => undefined, { timezone: 'Etc/UTC' })
    assert.equal(passIntervalSeconds(task), seconds)
    await task.destroy()
  })
