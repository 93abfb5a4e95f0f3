import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FleetUpdate } from '../../src/model/fleet.ts'
import { createOutbox } from '../../src/threads/rpc/outbox.ts'

/** A receiver that acknowledges when the test says so. */
function receiver() {
  const batches: (readonly FleetUpdate[])[] = []
  const unacknowledged: (() => void)[] = []
  const { send, delivered } = createOutbox((batch) => {
    batches.push(batch)
    return new Promise((resolve) => unacknowledged.push(resolve))
  })
  return {
    send,
    delivered,
    batches,
    acknowledge: async () => {
      unacknowledged.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

const repository = (name: string, refsVersion: number): FleetUpdate => ({
  type: 'repository',
  status: { repository: name as never, url: name, up: true, refsVersion },
})

test('four full batches are sent before the first is acknowledged, and one that is not full when all are', async () => {
  const { send, batches, acknowledge } = receiver()
  const lengths = () => batches.map(({ length }) => length)
  send(Array.from({ length: 550 }, (_, index) => repository(`r${index}`, 0)))
  assert.deepEqual(lengths(), [100, 100, 100, 100])
  await acknowledge()
  assert.deepEqual(lengths(), [100, 100, 100, 100, 100])
  for (let acknowledged = 2; acknowledged < 5; acknowledged += 1) await acknowledge()
  assert.equal(batches.length, 5)
  await acknowledge()
  assert.deepEqual(lengths(), [100, 100, 100, 100, 100, 50])
  await acknowledge()
  assert.equal(batches.length, 6)
})

test('what changes again before it was sent is sent once, as it is last', async () => {
  const { send, batches, acknowledge } = receiver()
  send([repository('first', 0)])
  for (let version = 0; version < 50; version += 1) send([repository('again', version)])
  send([{ type: 'repositoryGone', repository: 'other' }])
  await acknowledge()
  assert.deepEqual(batches[1], [repository('again', 49), { type: 'repositoryGone', repository: 'other' }])
})

test('counters add up, gauges keep the last value, and observations are sent one by one', async () => {
  const { send, batches, acknowledge } = receiver()
  const measurement = (action: 'increment' | 'observe' | 'set', value: number): FleetUpdate => ({
    type: 'measurements',
    measurements: [{ metric: action, labels: {}, action, value }],
  })
  send([repository('first', 0)])
  send([measurement('increment', 1), measurement('set', 1), measurement('observe', 1)])
  send([measurement('increment', 2), measurement('set', 2), measurement('observe', 2)])
  await acknowledge()
  const told = batches[1]?.[0]
  assert.ok(told?.type === 'measurements')
  assert.deepEqual(
    told.measurements.map(({ metric, value }) => [metric, value]),
    [
      ['increment', 3],
      ['set', 2],
      ['observe', 1],
      ['observe', 2],
    ],
  )
})

test('all that was sent so far was delivered when its last batch was acknowledged, whatever came behind it', async () => {
  const { send, delivered, acknowledge } = receiver()
  await delivered()
  const many = Array.from({ length: 150 }, (_, index) => repository(`r${index}`, 0))
  send(many)
  let done = false
  const all = delivered().then(() => {
    done = true
  })
  send(many)
  await acknowledge()
  assert.equal(done, false)
  await acknowledge()
  await all
  await acknowledge()
  await delivered()
})

test('whether the sources of apps are up is told after the apps that came before it', async () => {
  const { send, batches, acknowledge } = receiver()
  const sources = (up: boolean): FleetUpdate => ({
    type: 'sources',
    reports: [{ controller: 'argocd', declaredIn: 'control', up }],
    at: 1,
  })
  send([repository('first', 0)])
  send([sources(false), repository('a', 0), sources(true)])
  await acknowledge()
  assert.deepEqual(batches[1], [repository('a', 0), sources(true)])
})
