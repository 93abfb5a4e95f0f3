import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HEARTBEAT, RESTART, superviseThread } from '../../src/threads/supervised-thread.ts'
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
    heartbeat: { pingMs: 50, silenceMs: 3000, startMs: 60_000, endMs: 60_000 },
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

test('a thread that is silent and does not end is left behind, and another takes its place within ten seconds', async () => {
  const logged: string[] = []
  const starts = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let started = 0
  const thread = superviseThread<SilentMethods>({
    name: 'stuck',
    entry: ENTRY,
    workerData: undefined,
    resourceLimits: {},
    log: (_level, message) => logged.push(message),
    onStart() {
      starts[started]?.resolve()
      started += 1
    },
  })
  try {
    await thread.caller.call('ping', undefined)
    // It ends with its child alone, which nobody waits for but it.
    await assert.rejects(thread.caller.call('waitForChild', { seconds: 30 }), { name: 'GDE_ABORTED' })
    await starts[1]?.promise
    // A machine that has time needs no longer than what is waited for.
    assert.ok(HEARTBEAT.silenceMs + HEARTBEAT.pingMs + HEARTBEAT.endMs + RESTART.longestMs < 10_000)
    await thread.caller.call('ping', undefined)
    assert.deepEqual(logged, [
      'the stuck thread is silent and is ended',
      'the stuck thread does not end and is left behind',
      'the stuck thread ended and is started again',
    ])
  } finally {
    await thread.close()
  }
})
