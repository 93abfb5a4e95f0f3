import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { abortable } from '../../src/concurrency/abortable.ts'

test('work is waited for until the signal aborts', async () => {
  assert.equal(await abortable(Promise.resolve(1), new AbortController().signal), 1)
  const controller = new AbortController()
  const waiting = abortable(Promise.withResolvers<never>().promise, controller.signal)
  controller.abort()
  await assert.rejects(waiting, { name: 'AbortError' })
})

for (const [title, signal] of [
  ['before it is waited for', AbortSignal.abort()],
  ['while it is waited for', AbortSignal.timeout(1)],
] as const)
  test(`work that fails after the signal aborted ${title} ends no thread`, async (t) => {
    const unhandled: unknown[] = []
    const keep = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', keep)
    t.after(() => process.off('unhandledRejection', keep))
    const { promise, reject } = Promise.withResolvers<never>()
    await assert.rejects(abortable(promise, signal), { name: /^(?:AbortError|TimeoutError)$/ })
    reject(new Error('the server is gone'))
    for (let turn = 0; turn < 10; turn++) await setImmediate()
    assert.deepEqual(unhandled, [])
  })
