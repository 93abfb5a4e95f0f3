import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { parseState } from '../../src/engine/state/saved-state.ts'
import type { App } from '../../src/model/apps/app.ts'
import { app, configMap, createFixture, type Fixture, inventory, isStatus, POLICY } from './engine-fixture.ts'

const evaluations = (measurements: readonly { readonly value: number }[]): number =>
  measurements.reduce((sum, { value }) => sum + value, 0)

/** Passes over these apps, all of which declare the same; the folder of each is its name. */
async function passing(fixture: Fixture, apps: readonly App[], live: string | undefined) {
  const files = apps.map(({ name }) => [`${name}/settings.yaml`, configMap('settings', 'one')])
  await fixture.commit('repository', Object.fromEntries(files))
  await fixture.live('one', 'settings.yaml', live)
  const running = await fixture.start()
  running.engine.reconcile(inventory(fixture, apps))
  await running.firstPass()
  // Measurements are told once a second. Timers of one length end in the order in which they began, however busy the machine is.
  const settled = async (): Promise<void> => {
    for (let ticks = 0; ticks < 2; ticks += 1) await setTimeout(1000)
  }
  return {
    running,
    /** @returns what is told by another pass, a minute later */
    async pass() {
      await settled()
      fixture.clockAhead += 60_000
      const [told, evaluated] = [running.updates.length, evaluations(running.measurements('gitops_evaluations_total'))]
      await running.engine.pass()
      await settled()
      const updates = running.updates.slice(told)
      return {
        reported: updates.flatMap((update) => (update.type === 'app' ? [update.report.summary.name] : [])),
        renewed: updates.flatMap((update) => (update.type === 'evaluated' ? update.apps : [])),
        evaluated: evaluations(running.measurements('gitops_evaluations_total')) - evaluated,
      }
    },
  }
}

for (const [status, value] of [
  ['Synced', 'one'],
  ['OutOfSync', 'edited'],
] as const)
  test(`a pass that finds an app ${status} as before counts as its evaluation and reports nothing else`, async () => {
    await using fixture = await createFixture()
    const shop = app(fixture, { name: 'shop' })
    const { running, pass } = await passing(fixture, [shop], configMap('settings', value, 'shop'))
    const before = await running.until('shop', isStatus(status))
    const told = await pass()
    assert.deepEqual(told, { reported: [], renewed: [shop.id], evaluated: 1 })
    const { verdict } = await running.until('shop', isStatus(status))
    assert.ok((verdict.evaluatedAt ?? 0) >= (before.verdict.evaluatedAt ?? 0) + 50, String(verdict.evaluatedAt))
    if (status === 'Synced') assert.equal(verdict.lastSynced, verdict.evaluatedAt)
    else assert.equal(verdict.lastSynced, before.verdict.lastSynced)
    assert.deepEqual({ ...verdict, ...timesOf(before.verdict) }, before.verdict)
  })

const timesOf = ({ evaluatedAt, lastSynced }: { readonly evaluatedAt?: number; readonly lastSynced?: number }) => ({
  ...(evaluatedAt !== undefined && { evaluatedAt }),
  ...(lastSynced !== undefined && { lastSynced }),
})

test('when an app was last found in sync outlives the process, though nothing but a pass found it', async () => {
  await using fixture = await createFixture()
  const shop = app(fixture, { name: 'shop' })
  const { running, pass } = await passing(fixture, [shop], configMap('settings', 'one', 'shop'))
  await pass()
  const { verdict } = await running.until('shop', isStatus('Synced'))
  await running[Symbol.asyncDispose]()
  const saved = parseState(await readFile(join(fixture.folder, 'state/state.json'), 'utf8')).get(shop.id)
  assert.ok((saved?.history.lastSynced ?? 0) >= (verdict.lastSynced ?? Number.POSITIVE_INFINITY))
})

test('what the inventory brings after a pass keeps the time of the pass', async () => {
  await using fixture = await createFixture()
  const shop = app(fixture, { name: 'shop' })
  const { running, pass } = await passing(fixture, [shop], configMap('settings', 'one', 'shop'))
  await pass()
  const before = await running.until('shop', isStatus('Synced'))
  running.engine.reconcile(inventory(fixture, [{ ...shop, labels: { team: 'web' } }]))
  const { verdict } = await running.until('shop', ({ summary }) => summary.labels.team === 'web')
  assert.ok((verdict.evaluatedAt ?? 0) >= (before.verdict.evaluatedAt ?? Number.POSITIVE_INFINITY))
})

test('a pass finds that another app declares the same by now, and that it does so no more', async () => {
  await using fixture = await createFixture()
  const shop = app(fixture, { name: 'shop' })
  const twin = app(fixture, { name: 'twin', path: 'shop' })
  const { running, pass } = await passing(fixture, [shop], configMap('settings', 'one', 'shop'))
  assert.deepEqual((await pass()).reported, [])
  const codes = () => running.report('shop')?.verdict.warnings.map(({ code }) => code)
  running.engine.reconcile(inventory(fixture, [shop, twin]))
  await running.until('twin', isStatus('Synced'))
  await pass()
  assert.deepEqual(codes(), ['GDE_RENDER_DUPLICATE'])
  running.engine.reconcile(inventory(fixture, [shop]))
  await pass()
  assert.deepEqual(codes(), [])
  assert.deepEqual((await pass()).reported, [])
})

test('a pass looks anew at what depends on more than what was read', async () => {
  await using fixture = await createFixture()
  const apps = [
    app(fixture, { name: 'asked', policy: { ...POLICY, method: 'server-side' } }),
    app(fixture, { name: 'failing', path: 'no-such-folder' }),
    app(fixture, { name: 'shop' }),
  ]
  const { running, pass } = await passing(fixture, apps, configMap('settings', 'one', 'shop'))
  await running.until('failing', isStatus('Unknown'))
  await pass()
  const looked = running.measurements('gitops_evaluation_duration_seconds').length
  assert.equal((await pass()).evaluated, apps.length)
  assert.equal(running.measurements('gitops_evaluation_duration_seconds').length, looked + 2)
})
