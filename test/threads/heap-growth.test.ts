import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { collectIn } from '../../src/threads/heap-growth.ts'

const DEADLINE_MS = 20_000
const [THREADS, ROUNDS] = [3, 30]

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

test('threads that collect at the same time do not disturb each other', async () => {
  const module = new URL('../../src/threads/heap-growth.ts', import.meta.url)
  const program = `import(${JSON.stringify(module.href)}).then(({ collectIn }) => {
    for (let round = 0; round < ${ROUNDS}; round += 1) collectIn(0)
    setTimeout(() => undefined, 100)
  })`
  const workers = Array.from({ length: THREADS }, () => new Worker(program, { eval: true }))
  for (let round = 0; round < ROUNDS; round += 1) collectIn(0)
  // One that throws rejects.
  for (const [code] of await Promise.all(workers.map((worker) => once(worker, 'exit')))) assert.equal(code, 0)
})
