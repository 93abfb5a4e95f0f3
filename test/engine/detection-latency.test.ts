import assert from 'node:assert/strict'
import { test } from 'node:test'
import { app, configMap, createFixture, inventory, isStatus } from './engine-fixture.ts'

const LATENCY = 'gitops_detection_latency_seconds'

test('what changes nothing is no beginning of what changes something later', async () => {
  await using fixture = await createFixture()
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'one') })
  await fixture.live('one', 'settings.yaml', configMap('settings', 'one', 'shop'))
  await using running = await fixture.start()
  running.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })]))
  await running.until('shop', isStatus('Synced'))
  await running.sampled('gitops_evaluations_total', 1)
  const before = running.measurements('gitops_evaluations_total').length
  const known = running.measurements(LATENCY).length
  const touched = configMap('settings', 'one', 'shop', { 'kubectl.kubernetes.io/last-applied-configuration': '{}' })
  await fixture.live('one', 'settings.yaml', touched)
  await running.sampled('gitops_evaluations_total', before + 1)

  // Less than after what the same verdict is reported again.
  fixture.clockAhead = 50_000
  await fixture.live('one', 'settings.yaml', configMap('settings', 'edited', 'shop'))
  await running.until('shop', isStatus('OutOfSync'))
  await running.sampled(LATENCY, known + 1)
  const latest = running.measurements(LATENCY).at(-1)?.value ?? Number.NaN
  assert.ok(latest < 40, `${latest} s`)
})
