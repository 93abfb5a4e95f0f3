import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectPermission } from '../../src/model/apps/permission.ts'
import type { AppReport } from '../../src/model/fleet.ts'
import { app, configMap, createFixture, inventory, isStatus } from './engine-fixture.ts'

const permission = (namespace: string): ObjectPermission => ({
  by: 'project',
  project: 'team',
  namespaces: [{ pattern: namespace, whenMatching: 'permit', otherwise: 'ignore' }],
  namespaced: { denied: [] },
  clusterScoped: { allowed: [], denied: [] },
})

const codesOf = ({ verdict: { objects } }: AppReport) =>
  Object.fromEntries(objects.map(({ key, state, reason }) => [key.namespace, reason?.code ?? state]))

test('what the project begins or ceases to permit is judged at once, though Git and cluster are the same', async () => {
  await using fixture = await createFixture()
  await fixture.commit('repository', {
    'shop/own.yaml': configMap('own', 'one', 'shop'),
    'shop/other.yaml': configMap('other', 'guessed', 'kube-system'),
  })
  await fixture.live('one', 'own.yaml', configMap('own', 'one', 'shop'))
  await fixture.live('one', 'other.yaml', configMap('other', 'secret', 'kube-system'))
  await using running = await fixture.start()
  const permitted = (namespace: string) =>
    inventory(fixture, [app(fixture, { name: 'shop', permission: permission(namespace) })])

  running.engine.reconcile(permitted('*'))
  const all = await running.until('shop', isStatus('OutOfSync'))
  assert.deepEqual(codesOf(all), { 'kube-system': 'changed' })

  running.engine.reconcile(permitted('shop'))
  const own = await running.until('shop', isStatus('Unknown'))
  assert.deepEqual(codesOf(own), { 'kube-system': 'GDE_NOT_PERMITTED' })
  assert.deepEqual(
    own.verdict.objects.flatMap(({ differences }) => differences),
    [],
  )

  running.engine.reconcile(permitted('*'))
  await running.until('shop', isStatus('OutOfSync'))
})

test('it is said the same of an object that is there and of one that is not, and of what is not declared nothing', async () => {
  await using fixture = await createFixture()
  await fixture.commit('repository', { 'shop/there.yaml': configMap('there', 'one', 'kube-system') })
  await using running = await fixture.start()
  const shop = app(fixture, { name: 'shop', permission: permission('shop') })
  running.engine.reconcile(inventory(fixture, [shop]))
  await running.firstPass()
  const absent = running.report('shop')
  await fixture.live('one', 'there.yaml', configMap('there', 'two', 'kube-system'))
  await fixture.live('one', 'extra.yaml', configMap('extra', 'one', 'kube-system'))
  await running.engine.pass()
  const present = running.report('shop')
  assert.ok(absent !== undefined && present !== undefined)
  assert.equal(absent.verdict.objects[0]?.reason?.code, 'GDE_NOT_PERMITTED')
  assert.deepEqual(present.verdict.objects, absent.verdict.objects)
  assert.deepEqual(present.verdict.objectCounts, absent.verdict.objectCounts)
})
