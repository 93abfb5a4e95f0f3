import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startReflector } from '../../src/concurrency/reflector.ts'

interface Told {
  readonly type: string
}

/** An observation whose every list the test writes: events, then an end, a failure, or to go on until the signal. */
function scripted(lists: readonly (readonly (Told | Error | 'stay')[])[]) {
  const stop = new AbortController()
  const log: string[] = []
  const reached = Promise.withResolvers<void>()
  let list = -1
  const reflector = startReflector<Told>(
    {
      async *observe(signal) {
        list += 1
        for (const step of lists[list] ?? ['stay']) {
          if (step instanceof Error) throw step
          if (step === 'stay') {
            reached.resolve()
            await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
            // What a connector still has in hand when it is stopped.
            yield { type: 'late' }
          } else yield step
        }
      },
      onBegin: () => void log.push('begin'),
      onEvent: (event) => {
        log.push(event.type)
        return undefined
      },
      onEnd: (thrown) => {
        log.push(thrown instanceof Error ? thrown.message : 'ended')
        return 0
      },
      backoff: { firstMs: 1, longestMs: 1 },
    },
    stop.signal,
  )
  return { reflector, log, reached: reached.promise, stop: () => stop.abort() }
}

test('an observation that fails or ends is begun again', async () => {
  const { log, reached, stop } = scripted([[{ type: 'Upsert' }, new Error('refused')], [{ type: 'Synced' }], ['stay']])
  await reached
  stop()
  assert.deepEqual(log, ['begin', 'Upsert', 'refused', 'begin', 'Synced', 'ended', 'begin'])
})

test('a restart begins a new list, and nothing of the old one is told after it', async () => {
  const { log, reflector, reached, stop } = scripted([
    [{ type: 'Synced' }, 'stay'],
    [{ type: 'Upsert' }, 'stay'],
  ])
  await reached
  reflector.restart()
  while (!log.includes('Upsert')) await new Promise(setImmediate)
  stop()
  assert.deepEqual(log, ['begin', 'Synced', 'begin', 'Upsert'])
})

test('after an abort nothing is told any more', async () => {
  const { log, reached, stop } = scripted([['stay']])
  await reached
  stop()
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  assert.deepEqual(log, ['begin'])
})
