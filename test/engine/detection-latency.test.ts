import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../commands/until.ts'
import { app, configMap, createFixture, inventory, isStatus } from './engine-fixture.ts'
import { edit, heat, shown, watched } from './watched-app.ts'

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

test('of what waits to be read it begins when it came', async (t) => {
  await using fixture = await createFixture()
  const { running, watch } = await watched(t, fixture)
  let version = 10
  // Where the clock is ahead before it has come, or only after it was reported, nothing is shown: once more then.
  await until('a change that waited', async () => {
    version += 10
    await heat({ running, watch }, version)
    const known = running.measurements(LATENCY).length
    watch.write(edit(version + 6, 'one more', 0) + edit(version + 7, `last ${version}`, 0))
    await new Promise((resolve) => setTimeout(resolve, 20))
    fixture.clockAhead += 50_000
    await running.until('shop', shown(`last ${version}`))
    await running.sampled(LATENCY, known + 1)
    const latest = running.measurements(LATENCY).at(-1)?.value ?? Number.NaN
    return latest >= 50 || undefined
  })
})
