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
