import assert from 'node:assert/strict'
import { test } from 'node:test'
import { app, configMap, createFixture, inventory, isStatus, POLICY } from './engine-fixture.ts'

const SECRET = (value: string, namespace?: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'token', ...(namespace !== undefined && { namespace }) },
    data: { token: Buffer.from(value).toString('base64') },
  })

test('an app that is changed is never reported by its old spec', async () => {
  await using fixture = await createFixture()
  await fixture.commit('repository', {
    'shop/settings.yaml': configMap('settings', 'one'),
    'next/settings.yaml': configMap('settings', 'two'),
  })
  await fixture.live('one', 'settings.yaml', configMap('settings', 'one', 'shop'))
  await using running = await fixture.start()
  const wished = app(fixture, { name: 'shop' })
  running.engine.reconcile(inventory(fixture, [wished]))
  await running.until('shop', isStatus('Synced'))
  const told = running.updates.length

  running.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop', repository: 'no-such-repository' })]))
  await running.until('shop', isStatus('Unknown'))
  running.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop', path: 'next' })]))
  await running.until('shop', isStatus('OutOfSync'))
  const statuses = running.updates
    .slice(told)
    .flatMap((update) => (update.type === 'app' ? [update.report] : []))
    .filter(({ summary }) => summary.sources[0]?.path === 'next')
    .map(({ verdict }) => verdict.outcome.status)
  assert.deepEqual([...new Set(statuses)], ['Unknown', 'OutOfSync'])

  running.engine.reconcile(inventory(fixture, [{ ...wished, labels: { team: 'web' } }]))
  const back = await running.until('shop', isStatus('Synced'))
  assert.deepEqual(back.summary.labels, { team: 'web' })
})

test('an app that moves to another cluster is judged there', async () => {
  await using fixture = await createFixture()
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'one') })
  await fixture.live('one', 'settings.yaml', configMap('settings', 'one', 'shop'))
  await fixture.live('two', 'settings.yaml', configMap('settings', 'edited', 'shop'))
  await using running = await fixture.start()
  const [one, two] = [app(fixture, { name: 'shop' }), app(fixture, { name: 'shop', cluster: 'two' })]
  running.engine.reconcile(inventory(fixture, [one, two]))
  await running.firstPass()
  const statusOf = (id: string) => running.fleet.apps.get(id as typeof one.id)?.verdict.outcome.status
  assert.deepEqual([statusOf(one.id), statusOf(two.id)], ['Synced', 'OutOfSync'])
  running.engine.reconcile(inventory(fixture, [two]))
  assert.deepEqual([...running.fleet.apps.keys()], [two.id])
  assert.deepEqual([...running.fleet.clusters.keys()].sort(), ['two'])
})

test('an object that two apps declare is a warning of both, until one removes it', async () => {
  await using fixture = await createFixture()
  await fixture.commit('repository', {
    'shop/settings.yaml': configMap('settings', 'one'),
    'twin/settings.yaml': configMap('settings', 'one'),
  })
  await fixture.live('one', 'settings.yaml', configMap('settings', 'one', 'shop'))
  await using running = await fixture.start()
  running.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop' }), app(fixture, { name: 'twin' })]))
  const shop = await running.until('shop', ({ verdict }) => verdict.warnings.length > 0)
  const twin = await running.until('twin', ({ verdict }) => verdict.warnings.length > 0)
  assert.match(shop.verdict.warnings[0]?.message ?? '', /ConfigMap shop\/settings is declared by twin too/)
  assert.match(twin.verdict.warnings[0]?.message ?? '', /ConfigMap shop\/settings is declared by shop too/)
  await fixture.commit('repository', { 'twin/settings.yaml': configMap('other', 'one') })
  await running.until('shop', ({ verdict }) => verdict.warnings.length === 0)
})

test('Secrets are compared redacted, or not at all', async () => {
  await using fixture = await createFixture()
  await fixture.commit('repository', { 'shop/token.yaml': SECRET('hunter2') })
  await fixture.live('one', 'token.yaml', SECRET('hunter3', 'shop'))
  await using running = await fixture.start()
  running.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })], ['Secret']))
  const { verdict } = await running.until('shop', isStatus('OutOfSync'))
  const [difference] = verdict.objects[0]?.differences ?? []
  assert.equal(difference?.path, '/data/token')
  assert.equal(difference?.redacted, true)
  const everything = JSON.stringify([running.updates, await running.engine.desired(app(fixture, { name: 'shop' }).id)])
  for (const secret of ['hunter2', 'hunter3'])
    for (const spelling of [secret, Buffer.from(secret).toString('base64')]) assert.ok(!everything.includes(spelling))

  const skipping = app(fixture, { name: 'shop', policy: { ...POLICY, secrets: 'skip' } })
  running.engine.reconcile(inventory(fixture, [skipping], ['Secret']))
  const skipped = await running.until('shop', isStatus('Synced'))
  assert.equal(skipped.verdict.objectCounts.skipped, 1)
})

test('an app does not get to read an object that does not carry its tracking metadata', async () => {
  await using fixture = await createFixture()
  const tracking = { method: 'annotation', appName: 'shop', labelKey: 'app.kubernetes.io/instance' } as const
  const id = { 'argocd.argoproj.io/tracking-id': 'shop:/ConfigMap:shop/own' }
  await fixture.commit('repository', {
    'shop/own.yaml': configMap('own', 'guess'),
    'shop/foreign.yaml': configMap('foreign', 'guess', 'kube-system'),
  })
  await fixture.live('one', 'own.yaml', configMap('own', 'mine', 'shop', id))
  await fixture.live('one', 'foreign.yaml', configMap('foreign', 'not yours', 'kube-system'))
  await using running = await fixture.start()
  const wished = app(fixture, { name: 'shop', controller: 'argocd', tracking })
  running.engine.reconcile(inventory(fixture, [wished]))
  const { verdict } = await running.until('shop', ({ verdict }) => verdict.objectCounts.changed === 2)
  const whole = await running.engine.objects(wished.id)
  assert.ok(JSON.stringify(verdict).includes('mine'))
  assert.ok(!JSON.stringify([running.updates, whole]).includes('not yours'))
  const foreign = verdict.objects.find(({ key }) => key.name === 'foreign')
  assert.ok(foreign?.differences.some(({ path, redacted }) => path === '/data/value' && redacted))
})

test('an app of several objects that was never applied is OutOfSync by Git', async () => {
  await using fixture = await createFixture()
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'one') })
  await fixture.live('one', 'other.yaml', configMap('other', 'one', 'shop'))
  await using running = await fixture.start()
  running.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })]))
  const { verdict } = await running.until('shop', isStatus('OutOfSync'))
  assert.ok(verdict.outcome.status === 'OutOfSync' && verdict.outcome.cause === 'git')
})

test('full passes follow the schedule, and report the time of each evaluation', async () => {
  await using fixture = await createFixture()
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'one') })
  await fixture.live('one', 'settings.yaml', configMap('settings', 'one', 'shop'))
  await using running = await fixture.start({ schedule: '* * * * * *' })
  running.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })]))
  const { verdict } = await running.until('shop', isStatus('Synced'))
  fixture.clockAhead = 90_000
  await running.until('shop', (report) => (report.verdict.evaluatedAt ?? 0) >= (verdict.evaluatedAt ?? 0) + 90)
  await running.untilUpdate((update) => update.type === 'pass' && !update.first)
})
