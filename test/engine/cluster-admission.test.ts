import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClusterAdmission } from '../../src/engine/live/cluster-admission.ts'

test('clusters begin in the order in which they answered, and the next one when one is read', () => {
  const entered: string[] = []
  const admission = createClusterAdmission(2)
  for (const name of ['a', 'b', 'c', 'd', 'e']) admission.ask(name, () => entered.push(name))
  assert.deepEqual(entered, ['a', 'b'])
  admission.leave('b')
  assert.deepEqual(entered, ['a', 'b', 'c'])
  admission.leave('b')
  assert.deepEqual(entered, ['a', 'b', 'c'], 'leaving twice makes no second place')
  admission.leave('d')
  admission.leave('a')
  assert.deepEqual(entered, ['a', 'b', 'c', 'e'], 'one that was closed while it waited never begins')
})

test('a cluster that is never read gives its place to the next one', async () => {
  const admission = createClusterAdmission(1, 10)
  admission.ask('slow', () => undefined)
  const { promise, resolve } = Promise.withResolvers<void>()
  admission.ask('next', resolve)
  const deadline = setTimeout(() => undefined, 5000)
  await promise
  clearTimeout(deadline)
})
