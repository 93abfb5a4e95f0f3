import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AppReport } from '../../src/model/fleet.ts'
import { app, configMap, createFixture, inventory, isStatus } from './engine-fixture.ts'

/** A live ConfigMap that this manager wrote last. */
function writtenBy(manager: string, time: string, value: string): string {
  const fieldsV1 = { 'f:data': { '.': {}, 'f:value': {} } }
  const entry = { manager, operation: 'Update', apiVersion: 'v1', time, fieldsType: 'FieldsV1', fieldsV1 }
  const metadata = { name: 'settings', namespace: 'shop', managedFields: [entry] }
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } })
}

const counts =
  (person: number, controller: number, unknown: number) =>
  ({ manualChanges }: AppReport): boolean =>
    manualChanges?.person === person && manualChanges.controller === controller && manualChanges.unknown === unknown

test('changes past Git are counted once each, by who made them, over restarts too', async (t) => {
  await using fixture = await createFixture()
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'one') })
  const apply = (value: string) =>
    fixture.live('one', 'settings.json', writtenBy('kubectl-client-side-apply', '2026-01-01T00:00:00Z', value))
  await apply('one')
  const apps = inventory(fixture, [app(fixture, { name: 'shop' })])
  let running = await fixture.start()
  running.engine.reconcile(apps)
  assert.ok(counts(0, 0, 0)(await running.until('shop', isStatus('Synced'))))

  await t.test('what the GitOps manager wrote is none', async () => {
    await apply('old')
    assert.ok(counts(0, 0, 0)(await running.until('shop', isStatus('OutOfSync'))))
  })

  await t.test('an edit is one, and another edit by the same person another', async () => {
    await fixture.live('one', 'settings.json', writtenBy('kubectl-edit', '2026-01-02T00:00:00Z', 'two'))
    await running.until('shop', counts(1, 0, 0))
    await fixture.live('one', 'settings.json', writtenBy('kubectl-edit', '2026-01-02T00:00:05Z', 'three'))
    await running.until('shop', counts(2, 0, 0))
  })

  await t.test('looked at again, it is the same', async () => {
    await running.engine.pass()
    assert.ok(counts(2, 0, 0)(await running.until('shop', isStatus('OutOfSync'))))
    await running[Symbol.asyncDispose]()
    running = await fixture.start()
    running.engine.reconcile(apps)
    await running.firstPass()
    assert.ok(counts(2, 0, 0)(await running.until('shop', isStatus('OutOfSync'))))
  })

  await t.test('a controller is told apart', async () => {
    await fixture.live('one', 'settings.json', writtenBy('some-operator', '2026-01-03T00:00:00Z', 'four'))
    await running.until('shop', counts(2, 1, 0))
  })

  await t.test('who deletes leaves no trace, and each time counts', async () => {
    for (const times of [1, 2]) {
      await apply('one')
      await running.until('shop', isStatus('Synced'))
      await fixture.live('one', 'settings.json', undefined)
      await running.until('shop', counts(2, 1, times))
    }
  })
})
