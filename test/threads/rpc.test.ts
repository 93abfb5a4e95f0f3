import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { CodedError } from '../../src/model/failure.ts'
import { hideWhileUsed } from '../../src/model/secrets/outgoing-text.ts'
import { answerCalls, createCaller } from '../../src/threads/rpc/rpc.ts'

type Methods = {
  echo(value: unknown): unknown
  fail(message: string): never
  wait(): void
}

function pair() {
  const { port1, port2 } = new MessageChannel()
  let aborted = false
  const stop = answerCalls<Methods>(port2, {
    echo: (value) => value,
    fail: (message) => {
      throw message === '' ? new TypeError('a bug') : new CodedError('GDE_GIT_AUTH', message, { line: 3 })
    },
    wait: (_nothing, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          aborted = true
          resolve()
        })
      }),
  })
  return {
    caller: createCaller<Methods>(port1),
    port: port1,
    wasAborted: () => aborted,
    [Symbol.dispose]() {
      stop()
      port1.close()
    },
  }
}

test('answers come back whole, big integers too, each to its own question', async () => {
  using threads = pair()
  const answers = await Promise.all(
    [1, 2n ** 60n, { list: [null, 'text'] }].map((value) => threads.caller.call('echo', value)),
  )
  assert.deepEqual(answers, [1, 2n ** 60n, { list: [null, 'text'] }])
})

test('a coded error keeps its code and place; a bug becomes GDE_INTERNAL', async () => {
  using threads = pair()
  await assert.rejects(threads.caller.call('fail', 'refused'), (thrown) => {
    assert.ok(thrown instanceof CodedError)
    assert.deepEqual(thrown.failure, { code: 'GDE_GIT_AUTH', message: 'refused', line: 3 })
    return true
  })
  await assert.rejects(threads.caller.call('fail', ''), { name: 'GDE_INTERNAL' })
})

test('an error that quotes a credential in use travels without it', async () => {
  const holder = {}
  hideWhileUsed(holder, 'Canary/Passw0rd+1')
  const { port1, port2 } = new MessageChannel()
  answerCalls(port1, {
    fail: () => {
      throw new CodedError('GDE_GIT_AUTH', 'no access with Canary/Passw0rd+1 \u001b[31m')
    },
  })
  try {
    const caller = createCaller<{ fail(argument: undefined): void }>(port2)
    await assert.rejects(caller.call('fail', undefined), { message: 'no access with [hidden] \\u001b[31m' })
  } finally {
    port1.close()
  }
})

test('an aborted call ends at once, and the other side is told', async () => {
  using threads = pair()
  const abort = new AbortController()
  const call = threads.caller.call('wait', undefined, abort.signal)
  abort.abort()
  await assert.rejects(call, { name: 'GDE_ABORTED' })
  await threads.caller.call('echo', 'a round later')
  assert.ok(threads.wasAborted())
  await assert.rejects(threads.caller.call('echo', 1, AbortSignal.abort()), { name: 'GDE_ABORTED' })
})

test('when the other side is gone, everything that waits for it fails', async () => {
  using threads = pair()
  const call = threads.caller.call('wait', undefined)
  threads.caller.abandon({ code: 'GDE_ABORTED', message: 'the thread ended' })
  await assert.rejects(call, { name: 'GDE_ABORTED', message: 'the thread ended' })
  await assert.rejects(threads.caller.call('echo', 1), { name: 'GDE_ABORTED' })
})
