import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { createFleetStore, type FleetStore } from '../../src/threads/fleet-store.ts'
import { collectAll, collectionOf, tuneV8, type V8Phase } from '../../src/threads/v8-tuning.ts'

const noOthers = (): void => undefined
const DEADLINE_MS = 20_000
const [THREADS, ROUNDS] = [3, 30]

test('what nobody holds is collected in a process that rests', async () => {
  const garbage = new WeakRef({ of: 'the first pass' })
  // A reference that was just made is held until the end of the turn.
  await pause(10)
  assert.notEqual(garbage.deref(), undefined)
  await pause(10)
  collectAll()
  const deadline = performance.now() + DEADLINE_MS
  const isThere = (): boolean => garbage.deref() !== undefined
  for (;;) {
    await pause(50)
    if (!isThere()) return
    assert.ok(performance.now() < deadline, 'it is still there')
  }
})

test('threads that collect at the same time do not disturb each other', async () => {
  const module = new URL('../../src/threads/v8-tuning.ts', import.meta.url)
  const program = `import(${JSON.stringify(module.href)}).then(({ collectAll }) => {
    for (let round = 0; round < ${ROUNDS}; round += 1) collectAll()
    setTimeout(() => undefined, 100)
  })`
  const workers = Array.from({ length: THREADS }, () => new Worker(program, { eval: true }))
  for (let round = 0; round < ROUNDS; round += 1) collectAll()
  // One that throws rejects.
  for (const [code] of await Promise.all(workers.map((worker) => once(worker, 'exit')))) assert.equal(code, 0)
})

test('heaps grow faster until the first pass ends, and not for ever where it does not', async () => {
  const ended: V8Phase[] = []
  const fleet = createFleetStore()
  tuneV8(fleet, noOthers, { enter: (phase) => ended.push(phase), longestMs: 60_000 })
  assert.deepEqual(ended, ['filling'])
  fleet.apply([{ type: 'pass', first: false, endedAt: 1 }])
  assert.deepEqual(ended, ['filling'], 'a pass that was asked for meanwhile is not the first one')
  for (let pass = 0; pass < 2; pass += 1) fleet.apply([{ type: 'pass', first: true, endedAt: 2 }])
  assert.deepEqual(ended, ['filling', 'filled'])

  const endless: V8Phase[] = []
  const silent = createFleetStore()
  tuneV8(silent, noOthers, { enter: (phase) => endless.push(phase), longestMs: 1 })
  const deadline = performance.now() + DEADLINE_MS
  while (endless.length < 2) {
    assert.ok(performance.now() < deadline, 'it never ends')
    await pause(5)
  }
  silent.apply([{ type: 'pass', first: true, endedAt: 2 }])
  assert.deepEqual(endless, ['filling', 'filled'])
})

test('a heap of which little is left gives its pages back, however large it was', () => {
  for (const objects of [300_000, 1_200_000]) assertGivesBack(objects)
})

function assertGivesBack(objects: number): void {
  const megabytes = (): number => getHeapStatistics().total_physical_size / 1e6
  const before = megabytes()
  const made = Array.from({ length: objects }, (_, number) => ({ number, text: `object ${number}` }))
  const kept = made.filter(({ number }) => number % 100 === 0)
  const grown = megabytes() - before
  made.length = 0
  collectAll()
  const left = megabytes() - before
  assert.equal(kept.length, objects / 100)
  assert.ok(left < grown / 4, `${left} of ${grown} MB are left`)
}

test('a heap that is large is not moved together, which would stop its thread for seconds', () => {
  const flavors = [10, 500].map((megabytes) => collectionOf(megabytes * 1024 * 1024).flavor)
  assert.deepEqual(flavors, ['last-resort', 'regular'])
})

test('all threads collect once a first pass has ended, that of an engine which was started again too', async () => {
  let tell: Parameters<FleetStore['subscribe']>[0] = () => undefined
  const told = new EventTarget()
  const subscribe: FleetStore['subscribe'] = (listener) => {
    tell = listener
    return () => undefined
  }
  tuneV8({ subscribe }, () => told.dispatchEvent(new Event('collect')))
  tell({ type: 'pass', first: false, endedAt: 0 })
  for (let engine = 0; engine < 2; engine += 1) {
    const collected = once(told, 'collect', { signal: AbortSignal.timeout(DEADLINE_MS) })
    tell({ type: 'pass', first: true, endedAt: 0 })
    // The timer that leads to it keeps no process alive.
    const awake = setInterval(() => undefined, 1000)
    await collected.finally(() => clearInterval(awake))
  }
})

test('V8 knows the flags that are told to it', () => {
  const module = new URL('../../src/threads/v8-tuning.ts', import.meta.url)
  const program = `import { tuneV8 } from ${JSON.stringify(module.href)}
    let end
    tuneV8({ subscribe: (listener) => { end = listener } }, () => undefined)
    end({ type: 'pass', first: true, endedAt: 1 })`
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  })
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
})
