import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { type Reference, startReferenceInformer } from '../../src/discovery/informers/reference-informer.ts'
import type { ClusterEvent } from '../../src/model/clusters/cluster.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import { configMap } from './flux/resources.ts'

const VARS: Reference = { kind: 'ConfigMap', namespace: 'flux-system', name: 'vars' }

/** A cluster whose answers and events come when the test says so. */
function scriptedCluster(t: { readonly signal: AbortSignal }) {
  const answers: ((object: KubernetesObject | undefined) => void)[] = []
  const events: ClusterEvent[] = []
  let wake = Promise.withResolvers<void>()
  let changes = 0
  const references = startReferenceInformer(
    {
      name: 'control',
      get: () => new Promise((resolve) => answers.push(resolve)),
      readSecret: () => Promise.reject(new Error('nobody asks for a Secret')),
      async *observe() {
        while (!t.signal.aborted) {
          const event = events.shift()
          if (event === undefined) await wake.promise
          else yield event
        }
      },
    },
    () => {
      changes += 1
    },
    t.signal,
  )
  return {
    references,
    changes: () => changes,
    async emit(event: ClusterEvent) {
      events.push(event)
      const woken = wake
      wake = Promise.withResolvers()
      woken.resolve()
      await turn()
    },
    async answer(index: number, object: KubernetesObject | undefined) {
      answers[index]?.(object)
      await turn()
    },
    asked: () => answers.length,
    color() {
      const lookup = references.lookup(VARS)
      return lookup.state === 'configMap' ? lookup.configMap.data : lookup.state
    },
  }
}

test('an answer that comes late does not undo a newer one', async (t) => {
  const cluster = scriptedCluster(t)
  cluster.references.track([VARS])
  await cluster.emit({ type: 'Synced' })
  assert.equal(cluster.asked(), 2)
  await cluster.answer(1, configMap('vars', { color: 'new' }))
  await cluster.answer(0, configMap('vars', { color: 'old' }))
  assert.deepEqual(cluster.color(), { color: 'new' })
})

test('an answer to what was asked before a change does not count, and what is waited for is not complete', async (t) => {
  const cluster = scriptedCluster(t)
  cluster.references.track([VARS])
  await cluster.emit({ type: 'Synced' })
  await cluster.answer(0, configMap('vars', { color: 'old' }))
  assert.equal(cluster.color(), 'pending')
  assert.equal(cluster.references.complete, false)
  await cluster.answer(1, configMap('vars', { color: 'new' }))
  assert.deepEqual(cluster.color(), { color: 'new' })
  assert.equal(cluster.references.complete, true)
})

test('an unchanged event causes no change', async (t) => {
  const cluster = scriptedCluster(t)
  cluster.references.track([VARS])
  await cluster.emit({ type: 'Synced' })
  await cluster.answer(1, configMap('vars', { color: 'red' }))
  assert.equal(cluster.changes(), 1)
  await cluster.emit({ type: 'Upsert', object: configMap('vars', { color: 'red' }) })
  await cluster.answer(2, configMap('vars', { color: 'red' }))
  assert.equal(cluster.changes(), 1)
  await cluster.emit({ type: 'Delete', key: { group: '', ...VARS } })
  await cluster.answer(3, undefined)
  assert.equal(cluster.color(), 'absent')
  assert.equal(cluster.changes(), 2)
})
