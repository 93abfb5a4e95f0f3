import assert from 'node:assert/strict'
import { test } from 'node:test'
import { superviseThread } from '../../src/threads/supervised-thread.ts'
import type { SilentMethods } from './fixtures/supervised-thread.ts'

const ENTRY = new URL('./fixtures/supervised-thread.ts', import.meta.url)

test('a thread that falls silent is ended, what it was asked fails, and another takes its place', async () => {
  const logged: string[] = []
  const starts = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let started = 0
  const thread = superviseThread<SilentMethods>({
    name: 'looping',
    entry: ENTRY,
    workerData: undefined,
    resourceLimits: {},
    log: (_level, message) => logged.push(message),
    heartbeat: { pingMs: 50, silenceMs: 3000 },
    onStart() {
      starts[started]?.resolve()
      started += 1
    },
  })
  try {
    await starts[0]?.promise
    await thread.caller.call('ping', undefined)
    await assert.rejects(thread.caller.call('loop', undefined), { name: 'GDE_ABORTED' })
    await starts[1]?.promise
    await thread.caller.call('ping', undefined)
    assert.deepEqual(logged, [
      'the looping thread is silent and is ended',
      'the looping thread ended and is started again',
    ])
  } finally {
    await thread.close()
  }
})
