import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWorkQueue } from '../../src/concurrency/work-queue.ts'

function queueOf(atOnce: number) {
  const begun: string[] = []
  const running = new Map<string, () => void>()
  const queue = createWorkQueue<string>(atOnce, (key) => {
    begun.push(key)
    return new Promise((resolve) => running.set(key, resolve))
  })
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return {
    queue,
    begun,
    turn,
    end: async (key: string) => {
      running.get(key)?.()
      await turn()
    },
  }
}

test('urgent work goes first, in order, and no more at once than allowed', async () => {
  const { queue, begun, turn, end } = queueOf(2)
  for (const key of ['a', 'b', 'c']) queue.add(key, 'routine')
  queue.add('c', 'urgent')
  queue.add('d', 'urgent')
  await turn()
  assert.deepEqual(begun, ['c', 'd'])
  assert.equal(queue.length, 4)
  await end('c')
  assert.deepEqual(begun, ['c', 'd', 'a'])
})

test('what waits is not added twice; what runs is run again afterwards, not beside itself', async () => {
  const { queue, begun, turn, end } = queueOf(3)
  queue.add('a', 'routine')
  queue.add('a', 'urgent')
  await turn()
  queue.add('a', 'routine')
  queue.add('b', 'routine')
  await turn()
  assert.deepEqual(begun, ['a', 'b'])
  await end('a')
  assert.deepEqual(begun, ['a', 'b', 'a'])
})

test('what was added while it ran keeps the most urgent of its priorities, and is forgotten when it is removed', async () => {
  const { queue, begun, turn, end } = queueOf(1)
  queue.add('a', 'routine')
  await turn()
  for (const priority of ['urgent', 'routine'] as const) queue.add('a', priority)
  queue.add('b', 'routine')
  assert.equal(queue.length, 3)
  await end('a')
  assert.deepEqual(begun, ['a', 'a'])
  queue.add('a', 'urgent')
  queue.remove('a')
  await end('a')
  assert.deepEqual(begun, ['a', 'a', 'b'])
  await end('b')
  assert.equal(queue.length, 0)
})

test('it tells when nothing waits or runs', async () => {
  const { queue, turn, end } = queueOf(1)
  await queue.idle()
  queue.add('a', 'routine')
  queue.add('b', 'routine')
  let idle = false
  const waited = queue.idle().then(() => {
    idle = true
  })
  await turn()
  queue.remove('b')
  assert.equal(idle, false)
  await end('a')
  await waited
})

test('tenants take turns, and one whose work hangs holds up nobody else', async () => {
  const begun: string[] = []
  const queue = createWorkQueue<string>(
    4,
    (key) => {
      begun.push(key)
      return key.startsWith('hangs') ? new Promise(() => undefined) : Promise.resolve()
    },
    (key) => key.split(' ')[1] ?? '',
  )
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  for (let index = 0; index < 20; index += 1) queue.add(`hangs bad ${index}`, 'urgent')
  await turn()
  assert.equal(begun.length, 4, 'alone it has all there is')
  for (const key of ['ends good 1', 'ends fine 1', 'ends good 2']) queue.add(key, 'routine')
  await turn()
  await turn()
  assert.deepEqual(begun.slice(4), ['ends good 1', 'ends fine 1', 'ends good 2'])
  assert.equal(queue.length, 20, 'the rest of the bad one waits behind its own')
})

test('a tenant with much to do is served in turn with one that has little', async () => {
  const begun: string[] = []
  const ends: (() => void)[] = []
  const queue = createWorkQueue<string>(
    1,
    (key) => {
      begun.push(key)
      return new Promise((resolve) => ends.push(resolve))
    },
    (key) => key.slice(0, 1),
  )
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  for (const key of ['a1', 'a2', 'a3', 'b1', 'b2']) queue.add(key, 'routine')
  for (let index = 0; index < 6; index += 1) {
    await turn()
    for (const end of ends.splice(0)) end()
  }
  assert.deepEqual(begun.toSorted(), ['a1', 'a2', 'a3', 'b1', 'b2'])
  assert.ok(begun.indexOf('b2') < begun.indexOf('a3'))
})
