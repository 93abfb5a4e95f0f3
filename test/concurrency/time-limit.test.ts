import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { withTimeLimit } from '../../src/concurrency/time-limit.ts'

const never = new AbortController().signal

async function untilAborted(limited: AbortSignal): Promise<never> {
  if (!limited.aborted) await once(limited, 'abort')
  throw limited.reason
}

test('work that takes too long, or that nobody waits for any more, is told so', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const late = withTimeLimit(1000, never, untilAborted)
  t.mock.timers.tick(1000)
  await assert.rejects(late, { name: 'TimeoutError' })
  const leaving = new AbortController()
  const left = withTimeLimit(1000, leaving.signal, untilAborted)
  leaving.abort()
  await assert.rejects(left, { name: 'AbortError' })
})

test('no timer is left of work that has ended', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const signals: AbortSignal[] = []
  const keep = async (limited: AbortSignal): Promise<void> => void signals.push(limited)
  await withTimeLimit(1000, never, keep)
  const failing = withTimeLimit(1000, never, async (limited) => {
    await keep(limited)
    throw new Error('the server is gone')
  })
  await assert.rejects(failing, { message: 'the server is gone' })
  t.mock.timers.tick(1000)
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [false, false],
  )
})
