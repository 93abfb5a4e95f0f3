import assert from 'node:assert/strict'
import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { FleetUpdate } from '../../src/model/fleet.ts'
import { app, configMap, createFixture, type Fixture, inventory, isStatus } from './engine-fixture.ts'

async function drifted(fixture: Fixture) {
  await fixture.commit('repository', {
    'drifts/settings.yaml': configMap('drifts', 'one'),
    'steady/settings.yaml': configMap('steady', 'one'),
    'broken/settings.yaml': 'apiVersion: v1\nkind: ConfigMap\n',
  })
  await fixture.live('one', 'drifts.yaml', configMap('drifts', 'one', 'shop'))
  await fixture.live('one', 'steady.yaml', configMap('steady', 'one', 'shop'))
  const apps = ['drifts', 'steady', 'broken'].map((name) => app(fixture, { name }))
  const running = await fixture.start()
  running.engine.reconcile(inventory(fixture, apps))
  await running.firstPass()
  await fixture.live('one', 'drifts.yaml', configMap('drifts', 'edited', 'shop'))
  const before = await running.until('drifts', isStatus('OutOfSync'))
  await running[Symbol.asyncDispose]()
  return { apps, before }
}

const told = (updates: readonly FleetUpdate[], name: string): readonly string[] =>
  updates.flatMap((update) =>
    update.type === 'app' && update.report.summary.name === name ? [update.report.verdict.outcome.status] : [],
  )

test('a restart resolves no alert and moves no since', async (t) => {
  await using fixture = await createFixture()
  const { apps, before } = await drifted(fixture)

  await t.test('while the cluster cannot be read, OutOfSync stays, and Synced is not claimed', async () => {
    await rename(join(fixture.folder, 'clusters'), join(fixture.folder, 'away'))
    await using running = await fixture.start()
    running.engine.reconcile(inventory(fixture, apps))
    const drifts = running.report('drifts')?.verdict
    assert.equal(drifts?.outcome.status, 'OutOfSync')
    assert.equal(drifts?.outOfSyncSince, before.verdict.outOfSyncSince)
    assert.equal(drifts?.statusChanges, before.verdict.statusChanges)
    assert.deepEqual(drifts?.objectCounts, before.verdict.objectCounts)
    const steady = running.report('steady')?.verdict.outcome
    assert.ok(steady?.status === 'Unknown' && steady.reason.code === 'GDE_NOT_EVALUATED')
    const broken = running.report('broken')?.verdict.outcome
    assert.ok(broken?.status === 'Unknown' && broken.reason.code === 'GDE_RENDER_OBJECT')

    await running.until('steady', ({ verdict: { outcome } }) =>
      outcome.status === 'Unknown' ? outcome.reason.code === 'GDE_SNAPSHOT_READ' : false,
    )
    assert.equal(running.report('drifts')?.verdict.outcome.status, 'OutOfSync')

    fixture.clockAhead = 180_000
    const stale = await running.until('drifts', isStatus('Unknown'))
    assert.equal(stale.verdict.outOfSyncSince, before.verdict.outOfSyncSince)
    fixture.clockAhead = 0
  })

  await t.test('once evaluated again, the counters went on', async () => {
    await rename(join(fixture.folder, 'away'), join(fixture.folder, 'clusters'))
    await using running = await fixture.start()
    running.engine.reconcile(inventory(fixture, apps))
    await running.firstPass()
    const { verdict } = await running.until('drifts', isStatus('OutOfSync'))
    assert.equal(verdict.outOfSyncSince, before.verdict.outOfSyncSince)
    assert.equal(running.report('steady')?.verdict.outcome.status, 'Synced')
    assert.equal(running.report('steady')?.verdict.statusChanges, 2, 'Synced, Unknown, Synced')
  })

  await t.test('with everything there, an OutOfSync app was never reported otherwise', async () => {
    await using running = await fixture.start()
    running.engine.reconcile(inventory(fixture, apps))
    await running.firstPass()
    assert.deepEqual(new Set(told(running.updates, 'drifts')), new Set(['OutOfSync']))
    assert.deepEqual(told(running.updates, 'steady'), ['Unknown', 'Synced'])
    assert.equal(running.report('steady')?.verdict.statusChanges, 2, 'a restart is no change')
  })

  await t.test('a cause in Git is still one in Git after a restart', async () => {
    await fixture.live('one', 'drifts.yaml', configMap('drifts', 'one', 'shop'))
    {
      await using running = await fixture.start()
      running.engine.reconcile(inventory(fixture, apps))
      await running.until('drifts', isStatus('Synced'))
      await fixture.commit('repository', { 'drifts/settings.yaml': configMap('drifts', 'two') })
      await running.until('drifts', isStatus('OutOfSync'))
    }
    await using running = await fixture.start()
    running.engine.reconcile(inventory(fixture, apps))
    await running.firstPass()
    const { verdict, commitsBehind } = await running.until('drifts', ({ commitsBehind }) => commitsBehind === 1)
    assert.ok(verdict.outcome.status === 'OutOfSync' && verdict.outcome.cause === 'git')
    assert.equal(commitsBehind, 1)
  })

  await t.test('an app that the inventory lacks is gone, and gone from the state', async () => {
    {
      await using running = await fixture.start()
      running.engine.reconcile(inventory(fixture, apps.slice(1)))
      await running.firstPass()
      assert.equal(running.report('drifts'), undefined)
    }
    assert.doesNotMatch(await readFile(join(fixture.folder, 'state/state.json'), 'utf8'), /"drifts"/)
  })
})

test('apps of a controller that is not listed yet keep their last report', async () => {
  await using fixture = await createFixture()
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'one') })
  await fixture.live('one', 'settings.yaml', configMap('settings', 'edited', 'shop'))
  const apps = [app(fixture, { name: 'shop', controller: 'argocd', declaredIn: 'one' })]
  {
    await using running = await fixture.start()
    running.engine.reconcile(inventory(fixture, apps))
    await running.until('shop', isStatus('OutOfSync'))
  }
  await using running = await fixture.start()
  const incomplete = [{ controller: 'argocd', declaredIn: 'one' } as const]
  running.engine.reconcile({ ...inventory(fixture, []), incomplete })
  assert.equal(running.report('shop')?.verdict.outcome.status, 'OutOfSync')
  assert.equal(running.fleet.firstPassEndedAt, undefined)
  running.engine.reconcile(inventory(fixture, []))
  await running.untilUpdate(({ type }) => type === 'appGone')
  assert.equal(running.report('shop'), undefined)
})

test('a state file that cannot be used is set aside with a warning, and a new one begun', async (t) => {
  for (const [what, text] of [
    ['no JSON', '{"version":1,"apps":[{'],
    ['another version', '{"version":99,"apps":[]}'],
    ['something else', '{"version":1,"apps":[{"summary":{"name":"x"}}]}'],
    ['an app that is no object', '{"version":1,"apps":[7]}'],
  ] as const) {
    await t.test(what, async () => {
      await using fixture = await createFixture()
      await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'one') })
      await fixture.live('one', 'settings.yaml', configMap('settings', 'one', 'shop'))
      const state = join(fixture.folder, 'repository/state')
      await fixture.commit('repository', { 'state/keep': '' })
      await writeFile(join(state, 'state.json'), text)
      {
        await using running = await fixture.start({ stateDirectory: state })
        assert.deepEqual(
          running.logged.map(({ level, message }) => [level, message]),
          [['warn', 'the state file cannot be used and was set aside; a new one is begun']],
        )
        running.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })]))
        await running.until('shop', isStatus('Synced'))
      }
      const files = await readdir(state)
      const aside = files.find((file) => file.startsWith('state.json.damaged-'))
      assert.ok(aside !== undefined, files.join())
      assert.equal(await readFile(join(state, aside), 'utf8'), text)
      assert.match(await readFile(join(state, 'state.json'), 'utf8'), /"status":"Synced"/)
    })
  }
})
