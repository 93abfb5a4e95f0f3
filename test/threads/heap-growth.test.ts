import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { collectIn } from '../../src/threads/heap-growth.ts'

const DEADLINE_MS = 20_000

test('what nobody holds is collected in a process that rests', async () => {
  const garbage = new WeakRef({ of: 'the first pass' })
  // A reference that was just made is held until the end of the turn.
  await pause(10)
  assert.notEqual(garbage.deref(), undefined)
  await pause(10)
  collectIn(0)
  const deadline = performance.now() + DEADLINE_MS
  const isThere = (): boolean => garbage.deref() !== undefined
  for (;;) {
    await pause(50)
    if (!isThere()) return
    assert.ok(performance.now() < deadline, 'it is still there')
  }
})
