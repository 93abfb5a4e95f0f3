import assert from 'node:assert/strict'
import { test } from 'node:test'
import { watchCapabilities } from '../../src/engine/live/capabilities.ts'
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

test('clusters are asked what they serve in turn: the next one when one has answered, failed or was closed', async () => {
  const admission = createClusterAdmission(2, 60_000)
  const asked: string[] = []
  const answers = new Map<string, PromiseWithResolvers<never>>()
  const watch = (name: string) => {
    const capabilities = Promise.withResolvers<never>()
    answers.set(name, capabilities)
    return watchCapabilities({
      connector: {
        name,
        capabilities: () => {
          asked.push(name)
          return capabilities.promise
        },
      },
      random: () => 0.5,
      begin: (ask) => admission.ask(name, ask),
      onBegun: () => admission.leave(name),
      onNews: () => undefined,
    })
  }
  const watches = ['a', 'b', 'c', 'd', 'e', 'f'].map(watch)
  assert.deepEqual(asked, ['a', 'b'])
  const turn = () => new Promise(setImmediate)
  answers.get('b')?.reject(new Error('refused'))
  await turn()
  assert.deepEqual(asked, ['a', 'b', 'c'])
  watches[0]?.stop()
  assert.deepEqual(asked, ['a', 'b', 'c', 'd'])
  watches[4]?.stop()
  answers.get('a')?.reject(new Error('aborted'))
  await turn()
  answers.get('d')?.reject(new Error('refused'))
  await turn()
  assert.deepEqual(asked, ['a', 'b', 'c', 'd', 'f'], 'what was closed while it waited is not asked')
  for (const one of watches) one.stop()
})
