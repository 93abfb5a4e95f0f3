import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { createFleetStore } from '../../src/threads/fleet-store.ts'
import { collectIn, type HeapPhase, limitHeapGrowth } from '../../src/threads/heap-growth.ts'

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

test('heaps grow faster until the first pass ends, and not for ever where it does not', async () => {
  const ended: HeapPhase[] = []
  const fleet = createFleetStore()
  limitHeapGrowth(fleet, (phase) => ended.push(phase), 60_000)
  assert.deepEqual(ended, ['filling'])
  fleet.apply([{ type: 'pass', first: false, endedAt: 1 }])
  assert.deepEqual(ended, ['filling'], 'a pass that was asked for meanwhile is not the first one')
  for (let pass = 0; pass < 2; pass += 1) fleet.apply([{ type: 'pass', first: true, endedAt: 2 }])
  assert.deepEqual(ended, ['filling', 'filled'])

  const endless: HeapPhase[] = []
  const silent = createFleetStore()
  limitHeapGrowth(silent, (phase) => endless.push(phase), 1)
  const deadline = performance.now() + DEADLINE_MS
  while (endless.length < 2) {
    assert.ok(performance.now() < deadline, 'it never ends')
    await pause(5)
  }
  silent.apply([{ type: 'pass', first: true, endedAt: 2 }])
  assert.deepEqual(endless, ['filling', 'filled'])
})
