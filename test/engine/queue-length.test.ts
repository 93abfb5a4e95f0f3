import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { app, createFixture, inventory } from './engine-fixture.ts'

test('how many apps wait is told from the first second on, and again only where it is another number', async () => {
  await using fixture = await createFixture()
  await fixture.commit('repository', { 'shop/web.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n' })
  await fixture.live('one', 'namespaces.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n')
  const running = await fixture.start()
  running.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })]))
  await running.firstPass()
  const lengths = () => running.measurements('gitops_evaluation_queue_length').map(({ value }) => value)
  while (lengths().at(-1) !== 0) await sleep(50)
  await sleep(2500)
  const told = lengths()
  assert.ok(
    told.every((value, place) => value !== told[place - 1]),
    told.join(),
  )
})
