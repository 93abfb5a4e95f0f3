import assert from 'node:assert/strict'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { app, configMap, createFixture, inventory, isStatus } from './engine-fixture.ts'

const MINUTE = 60_000

test('a cluster that cannot be read is believed until what was read is stale', async (t) => {
  await using fixture = await createFixture()
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'one') })
  await fixture.live('one', 'settings.yaml', configMap('settings', 'one', 'shop'))
  await using running = await fixture.start()
  running.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })]))
  await running.until('shop', isStatus('Synced'))

  await t.test('one failed reading changes nothing', async () => {
    await fixture.live('one', 'settings.yaml', 'not: [yaml')
    await until(() => running.fleet.clusters.get('one')?.status.failure !== undefined)
    await running.engine.pass()
    assert.equal(running.report('shop')?.verdict.outcome.status, 'Synced')
  })

  await t.test('after staleAfter it is Unknown, and says why', async () => {
    fixture.clockAhead = 3 * MINUTE
    const { verdict } = await running.until('shop', isStatus('Unknown'))
    assert.ok(verdict.outcome.status === 'Unknown')
    assert.equal(verdict.outcome.reason.code, 'GDE_STALE')
    assert.match(verdict.outcome.reason.message, /no contact with cluster one since .*GDE_SNAPSHOT_READ/)
    assert.ok(verdict.unknownSince !== undefined)
  })

  await t.test('with contact it is judged again, and what changed meanwhile is seen', async () => {
    await fixture.live('one', 'settings.yaml', configMap('settings', 'edited', 'shop'))
    const { verdict } = await running.until('shop', isStatus('OutOfSync'))
    assert.equal(verdict.unknownSince, undefined)
  })
})

test('a repository that cannot be read is believed until what was read is stale', async (t) => {
  await using fixture = await createFixture()
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'one') })
  await fixture.commit('elsewhere', { 'other/settings.yaml': configMap('other', 'one') })
  await fixture.live('one', 'settings.yaml', configMap('settings', 'one', 'shop'))
  await fixture.live('one', 'other.yaml', configMap('other', 'one', 'shop'))
  await using running = await fixture.start()
  const apps = [app(fixture, { name: 'shop' }), app(fixture, { name: 'other', repository: 'elsewhere' })]
  running.engine.reconcile(inventory(fixture, apps))
  await running.firstPass()
  await rename(join(fixture.folder, 'repository'), join(fixture.folder, 'moved'))

  await t.test('one failed poll changes nothing', async () => {
    await until(() => [...running.fleet.repositories.values()].some(({ up }) => !up))
    await running.engine.pass()
    assert.equal(running.report('shop')?.verdict.outcome.status, 'Synced')
  })

  await t.test('OutOfSync by the cluster is still seen', async () => {
    await fixture.live('one', 'settings.yaml', configMap('settings', 'edited', 'shop'))
    await running.until('shop', isStatus('OutOfSync'))
  })

  await t.test('after staleAfter its apps are Unknown, and keep since when they drift', async () => {
    const since = running.report('shop')?.verdict.outOfSyncSince
    fixture.clockAhead = 6 * MINUTE
    const { verdict } = await running.until('shop', isStatus('Unknown'))
    assert.ok(verdict.outcome.status === 'Unknown')
    assert.equal(verdict.outcome.reason.code, 'GDE_STALE')
    assert.match(verdict.outcome.reason.message, /no contact with the repository .*GDE_GIT/)
    assert.equal(verdict.outOfSyncSince, since)
  })

  await t.test('with contact it is judged again', async () => {
    await rename(join(fixture.folder, 'moved'), join(fixture.folder, 'repository'))
    await running.until('shop', isStatus('OutOfSync'))
    await running.until('other', isStatus('Synced'))
  })
})

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`never: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
