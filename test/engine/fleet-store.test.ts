import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FleetUpdate } from '../../src/model/fleet.ts'
import type { RepositoryId } from '../../src/model/sources/source.ts'
import { createFleetStore } from '../../src/threads/fleet-store.ts'

const repository = (name: string): FleetUpdate => ({
  type: 'repository',
  status: { repository: name as RepositoryId, url: name, up: true, refsVersion: 1 },
})

test('a listener hears of each update once it is in the store, until it stops', () => {
  const store = createFleetStore()
  const heard: string[] = []
  const stop = store.subscribe((update) => {
    if (update.type === 'repository')
      heard.push(`${update.status.url} ${store.repositories.has(update.status.repository)}`)
  })
  store.apply([repository('one'), repository('two')])
  stop()
  store.apply([repository('three'), { type: 'repositoryGone', repository: 'one' }])
  assert.deepEqual(heard, ['one true', 'two true'])
  assert.deepEqual([...store.repositories.keys()], ['two', 'three'])
})

test('a listener that fails keeps nothing from the store or from other listeners', () => {
  const store = createFleetStore()
  let heard = 0
  store.subscribe(() => {
    throw new Error('a page cannot be made')
  })
  store.subscribe(() => {
    heard += 1
  })
  assert.throws(() => store.apply([repository('one'), repository('two')]), AggregateError)
  assert.equal(store.repositories.size, 2)
  assert.equal(heard, 2)
})

test('the first pass ends once', () => {
  const store = createFleetStore()
  assert.equal(store.firstPassEndedAt, undefined)
  store.apply([
    { type: 'pass', first: true, endedAt: 5 },
    { type: 'pass', first: false, endedAt: 9 },
  ])
  assert.equal(store.firstPassEndedAt, 5)
})
