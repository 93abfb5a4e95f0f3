import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefTracker } from '../../src/git/mirrors/ref-tracker.ts'
import type { RefList } from '../../src/git/transport/remote.ts'
import { until } from '../commands/until.ts'

const NEVER_MS = 3_600_000
const LIST: RefList = { refs: new Map() }

test('however many ask while a poll runs, one more follows, and none after that', async (t) => {
  const answers: (() => void)[] = []
  const tracker = new RefTracker({
    read: () => new Promise((resolve) => answers.push(() => resolve(LIST))),
    delay: () => NEVER_MS,
    now: Date.now,
    notify: () => undefined,
  })
  t.after(async () => {
    for (const answer of answers) answer()
    await tracker.close()
  })
  tracker.poll()
  for (let event = 0; event < 1000; event += 1) tracker.poll()
  assert.equal(answers.length, 1)
  answers[0]?.()
  await until('the poll that follows', async () => (answers.length === 2 ? true : undefined))
  answers[1]?.()
  await tracker.current(AbortSignal.timeout(10_000))
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(answers.length, 2)
  assert.equal(tracker.status.up, true)
})
