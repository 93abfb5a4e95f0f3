import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AppReport } from '../../src/model/fleet.ts'
import { app, configMap, createFixture, inventory, isStatus } from './engine-fixture.ts'

const causeOf = ({ verdict }: AppReport): string | undefined =>
  verdict.outcome.status === 'OutOfSync' ? verdict.outcome.cause : undefined
const reasonOf = ({ verdict }: AppReport): string | undefined =>
  verdict.outcome.status === 'Unknown' ? verdict.outcome.reason.code : undefined

test('an app follows its cluster and its repository, and reports which side changed', async (t) => {
  await using fixture = await createFixture()
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'one') })
  await fixture.live('one', 'settings.yaml', configMap('settings', 'one', 'shop'))
  await using running = await fixture.start()
  running.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })]))

  await t.test('what is live as Git says is Synced', async () => {
    const { verdict } = await running.until('shop', isStatus('Synced'))
    assert.equal(verdict.objectCounts.synced, 1)
    assert.equal(verdict.outOfSyncSince, undefined)
    assert.equal(verdict.statusChanges, 0)
  })

  await t.test('an edit in the cluster is OutOfSync by the cluster, with the difference', async () => {
    await fixture.live('one', 'settings.yaml', configMap('settings', 'edited', 'shop'))
    const report = await running.until('shop', isStatus('OutOfSync'))
    assert.equal(causeOf(report), 'live')
    const [difference] = report.verdict.objects[0]?.differences ?? []
    assert.deepEqual(
      [difference?.path, difference?.class, difference?.desired, difference?.live],
      ['/data/value', 'changed', 'one', 'edited'],
    )
    assert.equal(report.verdict.differenceCounts.changed, 1)
    assert.equal(report.verdict.statusChanges, 1)
    assert.equal(report.commitsBehind, 0)
  })

  await t.test('undoing it heals', async () => {
    await fixture.live('one', 'settings.yaml', configMap('settings', 'one', 'shop'))
    const { verdict } = await running.until('shop', isStatus('Synced'))
    assert.equal(verdict.outOfSyncSince, undefined)
  })

  await t.test('a commit that is not applied is OutOfSync by Git, one commit behind', async () => {
    await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'two') })
    const report = await running.until('shop', (found) => found.commitsBehind === 1)
    assert.equal(causeOf(report), 'git')
    assert.equal(report.verdict.revisions[0]?.commit, fixture.git('repository', 'rev-parse', 'main').trim())
  })

  await t.test('a commit on what the app does not read is none that it lies behind', async () => {
    await fixture.commit('repository', { 'elsewhere/notes.yaml': configMap('notes', 'one') })
    const head = fixture.git('repository', 'rev-parse', 'main').trim()
    const isThere = ({ verdict }: AppReport) => verdict.revisions[0]?.commit === head
    await running.until('shop', (found) => isThere(found) && found.commitsBehind === 1)
  })

  await t.test('an edit beside it is both', async () => {
    await fixture.commit('repository', { 'shop/other.yaml': configMap('other', 'one') })
    await fixture.live('one', 'other.yaml', configMap('other', 'edited', 'shop'))
    await running.until('shop', (found) => causeOf(found) === 'git' || causeOf(found) === 'both')
    await fixture.live('one', 'other.yaml', configMap('other', 'one', 'shop'))
    await running.until('shop', (found) => found.verdict.objectCounts.synced === 1)
    await fixture.live('one', 'other.yaml', configMap('other', 'edited', 'shop'))
    await running.until('shop', (found) => causeOf(found) === 'both' && found.commitsBehind === 2)
    await fixture.live('one', 'other.yaml', configMap('other', 'one', 'shop'))
  })

  await t.test('the commit applied heals', async () => {
    await fixture.live('one', 'settings.yaml', configMap('settings', 'two', 'shop'))
    const report = await running.until('shop', isStatus('Synced'))
    assert.equal(report.commitsBehind, 0)
    assert.equal(report.appliedCommitTime, report.desiredCommitTime)
  })

  await t.test('how long each commit took to be live is measured, that of the first clone apart', async () => {
    await running.sampled('gitops_sync_lag_seconds', 2)
    await running.sampled('gitops_detection_latency_seconds', 5)
    assert.equal(running.measurements('gitops_sync_lag_seconds').length, 2, 'the second commit declared another object')
  })

  await t.test('an object deleted in the cluster is missing by the cluster', async () => {
    await fixture.live('one', 'other.yaml', undefined)
    const report = await running.until('shop', isStatus('OutOfSync'))
    assert.equal(causeOf(report), 'live')
    assert.equal(report.verdict.objectCounts.missing, 1)
  })

  await t.test('an object that Git declares newly is missing by Git', async () => {
    await fixture.live('one', 'other.yaml', configMap('other', 'one', 'shop'))
    await running.until('shop', isStatus('Synced'))
    await fixture.commit('repository', { 'shop/third.yaml': configMap('third', 'one') })
    const report = await running.until('shop', isStatus('OutOfSync'))
    assert.equal(causeOf(report), 'git')
    assert.equal(report.verdict.objectCounts.missing, 1)
  })

  await t.test('all objects can be asked for, with what was in sync', async () => {
    const objects = await running.engine.objects(app(fixture, { name: 'shop' }).id)
    assert.deepEqual(objects.map(({ key, state }) => [key.name, state]).sort(), [
      ['other', 'synced'],
      ['settings', 'synced'],
      ['third', 'missing'],
    ])
  })

  await t.test('a branch that is gone is Unknown, and comes back', async () => {
    running.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop', revision: 'release' })]))
    assert.equal(reasonOf(await running.until('shop', isStatus('Unknown'))), 'GDE_GIT_REVISION')
    fixture.git('repository', 'branch', 'release', 'main~1')
    await running.until('shop', isStatus('Synced'))
  })
})

test('an object that Git no longer has is extra while it carries the tracking metadata of the app', async (t) => {
  await using fixture = await createFixture()
  const tracking = { method: 'annotation', appName: 'shop', labelKey: 'app.kubernetes.io/instance' } as const
  const marked = (name: string, id = `shop:/ConfigMap:shop/${name}`): string =>
    configMap(name, 'one', 'shop', { 'argocd.argoproj.io/tracking-id': id })
  await fixture.commit('repository', {
    'shop/settings.yaml': configMap('settings', 'one'),
    'shop/other.yaml': configMap('other', 'one'),
  })
  await fixture.live('one', 'settings.yaml', marked('settings'))
  await fixture.live('one', 'other.yaml', marked('other'))
  await using running = await fixture.start()
  const apps = [app(fixture, { name: 'shop', controller: 'argocd', tracking })]
  running.engine.reconcile(inventory(fixture, apps))
  await running.until('shop', isStatus('Synced'))

  await t.test('removed in Git: extra, by Git', async () => {
    await fixture.commit('repository', { 'shop/other.yaml': undefined })
    const report = await running.until('shop', isStatus('OutOfSync'))
    assert.equal(causeOf(report), 'git')
    assert.deepEqual(
      report.verdict.objects.map(({ key, state }) => [key.name, state]),
      [['other', 'extra']],
    )
  })

  await t.test('removed in the cluster too: Synced', async () => {
    await fixture.live('one', 'other.yaml', undefined)
    await running.until('shop', isStatus('Synced'))
  })

  await t.test('made by hand with tracking metadata: extra, by the cluster', async () => {
    await fixture.live('one', 'handmade.yaml', marked('handmade'))
    assert.equal(causeOf(await running.until('shop', isStatus('OutOfSync'))), 'live')
  })

  await t.test('tracking metadata that names another object does not count', async () => {
    await fixture.live('one', 'handmade.yaml', marked('handmade', 'shop:/ConfigMap:shop/settings'))
    await running.until('shop', isStatus('Synced'))
  })

  await t.test('tracking metadata that was copied to an owned object does not count', async () => {
    const owned = JSON.parse(marked('owned'))
    owned.metadata.ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', uid: 'u' }]
    await fixture.live('one', 'owned.yaml', JSON.stringify(owned))
    await fixture.live('one', 'handmade.yaml', marked('handmade'))
    const report = await running.until('shop', isStatus('OutOfSync'))
    assert.deepEqual(
      report.verdict.objects.map(({ key }) => key.name),
      ['handmade'],
    )
  })

  await t.test('an app that comes later finds its own', async () => {
    await fixture.commit('repository', { 'late/late.yaml': configMap('late', 'one') })
    const late = configMap('late', 'one', 'shop', { 'argocd.argoproj.io/tracking-id': 'late:/ConfigMap:shop/late' })
    const lost = configMap('lost', 'one', 'shop', { 'argocd.argoproj.io/tracking-id': 'late:/ConfigMap:shop/lost' })
    await fixture.live('one', 'late.yaml', `${late}---\n${lost}`)
    const lateTracking = { ...tracking, appName: 'late' }
    const both = [...apps, app(fixture, { name: 'late', controller: 'argocd', tracking: lateTracking })]
    running.engine.reconcile(inventory(fixture, both))
    // Its own object is missing until the list that is made for it has ended.
    const report = await running.until(
      'late',
      ({ verdict }) => verdict.objectCounts.synced === 1 && verdict.objectCounts.extra === 1,
    )
    assert.deepEqual(
      report.verdict.objects.map(({ key, state }) => [key.name, state]),
      [['lost', 'extra']],
    )
  })
})

test('an app that cannot be judged is Unknown with its reason, and the others do not notice', async () => {
  await using fixture = await createFixture()
  await fixture.commit('repository', {
    'shop/settings.yaml': configMap('settings', 'one'),
    'broken/settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: [\n',
    'kind/thing.yaml': 'apiVersion: example.com/v1\nkind: Thing\nmetadata: { name: a }\n',
  })
  await fixture.live('one', 'settings.yaml', configMap('settings', 'one', 'shop'))
  await using running = await fixture.start()
  running.engine.reconcile(
    inventory(fixture, [
      app(fixture, { name: 'shop' }),
      app(fixture, { name: 'broken' }),
      app(fixture, { name: 'kind' }),
      app(fixture, { name: 'absent', path: 'no/such/path' }),
      app(fixture, { name: 'branchless', path: 'shop', revision: 'no-such-branch' }),
      app(fixture, { name: 'homeless', path: 'shop', cluster: 'nowhere' }),
      app(fixture, { name: 'unreachable', path: 'shop', cluster: 'two' }),
      app(fixture, { name: 'unfetched', path: 'shop', repository: 'no-such-repository' }),
      app(fixture, {
        name: 'refused',
        problem: { code: 'GDE_NOT_PERMITTED', message: 'the project does not allow the repository' },
      }),
    ]),
  )
  await running.firstPass()
  const reasons = [...running.fleet.apps.values()].map((report) => [report.summary.name, reasonOf(report) ?? 'Synced'])
  assert.deepEqual(Object.fromEntries(reasons), {
    shop: 'Synced',
    broken: 'GDE_RENDER_YAML',
    kind: 'GDE_SNAPSHOT_KIND',
    absent: 'GDE_GIT_PATH',
    branchless: 'GDE_GIT_REVISION',
    homeless: 'GDE_CLUSTER_UNKNOWN',
    unreachable: 'GDE_SNAPSHOT_READ',
    unfetched: 'GDE_GIT_UNREACHABLE',
    refused: 'GDE_NOT_PERMITTED',
  })
})
