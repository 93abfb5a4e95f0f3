import assert from 'node:assert/strict'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { journalPath } from '../../src/journal/store/journal-path.ts'
import type { AppReport } from '../../src/model/fleet.ts'
import { buildSandbox } from '../../src/sandbox/build.ts'
import { app, configMap, createFixture, type Fixture, inventory, isStatus, POLICY } from '../engine/engine-fixture.ts'
import { readEpisodes } from '../journal/read-episodes.ts'
import { run } from './running-runtime.ts'

async function shop(fixture: Fixture): Promise<void> {
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'one') })
  await fixture.live('one', 'settings.yaml', configMap('settings', 'one', 'shop'))
}

test('a thread that dies is replaced, and what was published stays', async (t) => {
  await using fixture = await createFixture()
  await shop(fixture)
  await using running = await run(fixture)
  const { runtime } = running
  runtime.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })]))
  await running.until('shop', isStatus('Synced'))
  await fixture.live('one', 'settings.yaml', configMap('settings', 'edited', 'shop'))
  const { verdict } = await running.until('shop', isStatus('OutOfSync'))

  await t.test('the engine: OutOfSync is published all the time, with the same since', async () => {
    const told: string[] = []
    const stop = runtime.fleet.subscribe((update) => {
      if (update.type === 'app') told.push(update.report.verdict.outcome.status)
    })
    await running.kill('engine')
    await fixture.live('one', 'settings.yaml', configMap('settings', 'one', 'shop'))
    await running.until('shop', isStatus('Synced'))
    stop()
    assert.deepEqual([...new Set(told)], ['OutOfSync', 'Synced'])
    assert.equal(running.started('engine'), 2)
    await fixture.live('one', 'settings.yaml', configMap('settings', 'edited', 'shop'))
    const again = await running.until('shop', isStatus('OutOfSync'))
    assert.equal(again.verdict.statusChanges, verdict.statusChanges + 2)
  })

  await t.test('the journal thread: what flips is published, and kept', async () => {
    await running.kill('journal')
    await fixture.live('one', 'settings.yaml', configMap('settings', 'one', 'shop'))
    await running.until('shop', isStatus('Synced'))
    await fixture.live('one', 'settings.yaml', configMap('settings', 'edited', 'shop'))
    await running.until('shop', isStatus('OutOfSync'))
    assert.equal(running.started('journal'), 2)
    const ends = readEpisodes(journalPath(join(fixture.folder, 'state'))).map(({ ended }) => ended !== undefined)
    assert.deepEqual(ends, [true, true, false])
  })

  await t.test('the Git thread: the next commit is seen', async () => {
    await running.kill('git')
    await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'edited') })
    await running.until('shop', isStatus('Synced'))
    assert.equal(running.started('git'), 2)
  })

  await t.test('a pool thread: the next rendering has another', async () => {
    await running.kill('pool')
    await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'two') })
    await running.until('shop', isStatus('OutOfSync'))
  })

  await t.test('each death is logged', () => {
    const messages = running.logged.filter(({ level }) => level === 'error').map(({ message }) => message)
    assert.deepEqual(messages, [
      'the engine thread ended and is started again',
      'the journal thread ended and is started again',
      'the git thread ended and is started again',
    ])
  })
})

test('a chart that loops is killed after its time, and only its app is Unknown', async () => {
  await buildSandbox({ quiet: true, compress: false })
  await using fixture = await createFixture()
  await shop(fixture)
  await fixture.commit('repository', {
    'loop/Chart.yaml': 'apiVersion: v2\nname: loop\nversion: 1.0.0\n',
    'loop/templates/loop.yaml':
      '{{ range until 9999 }}{{ range until 9999 }}{{ range until 9999 }}{{ end }}{{ end }}{{ end }}\n',
  })
  await using running = await run(fixture, { renderSeconds: 3 })
  const looping = app(fixture, { name: 'loop' })
  const helm = looping.sources.map((source) =>
    source.options.tool === 'argocd' ? { ...source, options: { ...source.options, type: 'helm' as const } } : source,
  )
  running.runtime.reconcile(inventory(fixture, [app(fixture, { name: 'shop' }), { ...looping, sources: helm }]))
  await running.until('shop', isStatus('Synced'))
  const { verdict } = await running.until(
    'loop',
    ({ verdict: { outcome } }) => outcome.status === 'Unknown' && outcome.reason.code !== 'GDE_NOT_EVALUATED',
  )
  assert.ok(verdict.outcome.status === 'Unknown')
  assert.equal(verdict.outcome.reason.code, 'GDE_TIMEOUT')
  await fixture.live('one', 'settings.yaml', configMap('settings', 'edited', 'shop'))
  await running.until('shop', isStatus('OutOfSync'))
})

test('documents larger than the config allows are refused, in Git and in a snapshot', async () => {
  await using fixture = await createFixture()
  await shop(fixture)
  await fixture.commit('repository', { 'large/settings.yaml': configMap('large', 'x'.repeat(2000)) })
  await fixture.live('two', 'settings.yaml', configMap('settings', 'x'.repeat(2000), 'shop'))
  await using running = await run(fixture, { documentBytes: 1000 })
  const apps = [
    app(fixture, { name: 'shop' }),
    app(fixture, { name: 'large' }),
    app(fixture, { name: 'shop', cluster: 'two' }),
  ]
  running.runtime.reconcile(inventory(fixture, apps))
  await running.until('shop', isStatus('Synced'))
  const refused = ({ verdict: { outcome } }: AppReport): boolean =>
    outcome.status === 'Unknown' && outcome.reason.code === 'GDE_TOO_LARGE'
  await running.until('large', refused)
  await running.until('shop', refused, 'two')
})

test('what jq path expressions lead to is ignored, until the policy says otherwise', async () => {
  await buildSandbox({ quiet: true, compress: false })
  await using fixture = await createFixture()
  await shop(fixture)
  await fixture.live('one', 'settings.yaml', configMap('settings', 'edited', 'shop'))
  await using running = await run(fixture)
  const ignore = [{ kind: 'ConfigMap', jqPathExpressions: ['.data | .value', '.absent[]'] }]
  running.runtime.reconcile(inventory(fixture, [app(fixture, { name: 'shop', policy: { ...POLICY, ignore } })]))
  await running.until('shop', isStatus('Synced'))
  running.runtime.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })]))
  await running.until('shop', isStatus('OutOfSync'))
})

test('there is no Git thread before there is a repository, or where mirrors are left', async () => {
  await using fixture = await createFixture()
  await shop(fixture)
  {
    await using running = await run(fixture)
    running.runtime.poll([])
    running.runtime.reconcile(inventory(fixture, []))
    await running.runtime.pass()
    assert.equal(running.started('engine'), 1)
    assert.equal(running.started('git'), 0)
    running.runtime.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })]))
    await running.until('shop', isStatus('Synced'))
    assert.equal(running.started('git'), 1)
  }
  await using again = await run(fixture)
  assert.equal(again.started('git'), 1)
})

test('there is no journal thread before there is an app or a question, or where a journal is left', async () => {
  await using fixture = await createFixture()
  await shop(fixture)
  const state = (name: string) => ({ stateDirectory: join(fixture.folder, name) })
  {
    await using running = await run(fixture, state('apps'))
    running.runtime.reconcile(inventory(fixture, []))
    await running.runtime.pass()
    assert.equal(running.started('journal'), 0)
    running.runtime.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })]))
    await running.until('shop', isStatus('Synced'))
    assert.equal(running.started('journal'), 1)
  }
  {
    await using again = await run(fixture, state('apps'))
    assert.equal(again.started('journal'), 1)
  }
  await using asked = await run(fixture, state('questions'))
  const { found } = await asked.runtime.episodes({}, new AbortController().signal)
  assert.deepEqual(found, [])
  assert.equal(asked.started('journal'), 1)
  // Begun by a question, it takes in what is seen all the same.
  await fixture.live('one', 'settings.yaml', configMap('settings', 'edited', 'shop'))
  asked.runtime.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })]))
  await asked.until('shop', isStatus('OutOfSync'))
  assert.equal(readEpisodes(journalPath(join(fixture.folder, 'questions'))).length, 1)
  assert.equal(asked.started('journal'), 1)
})

test('a state directory serves one runtime at a time', async () => {
  await using fixture = await createFixture()
  {
    await using first = await run(fixture)
    await assert.rejects(run(fixture), { name: 'GDE_STATE_LOCKED' })
    assert.ok(first.runtime.fleet.apps.size === 0)
  }
  await using second = await run(fixture)
  assert.ok(second.runtime.fleet.apps.size === 0)
})

test('a temporary state directory is gone afterwards', async (t) => {
  await using fixture = await createFixture()
  await shop(fixture)
  const folder = join(fixture.folder, 'tmp')
  await mkdir(folder)
  const usual = process.env.TMPDIR
  process.env.TMPDIR = folder
  t.after(() => {
    if (usual === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = usual
  })
  {
    await using running = await run(fixture, { stateDirectory: 'temporary' })
    running.runtime.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })]))
    await running.until('shop', isStatus('Synced'))
    assert.equal((await readdir(folder)).length, 1)
  }
  assert.deepEqual(await readdir(folder), [])
})
