import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { journalPath } from '../../src/journal/store/journal-path.ts'
import type { Episode } from '../../src/model/journal/episode.ts'
import { readEpisodes } from '../journal/read-episodes.ts'
import { app, configMap, createFixture, type Fixture, inventory, isStatus, POLICY } from './engine-fixture.ts'
import { modified, watched, written } from './watched-app.ts'

const episodesOf = (fixture: Fixture): readonly Episode[] => readEpisodes(journalPath(join(fixture.folder, 'state')))

/** An app that is in sync, and runs. */
async function synced(fixture: Fixture) {
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'one') })
  await fixture.live('one', 'settings.json', written('one', 'kubectl-client-side-apply', '2026-01-01T00:00:00Z'))
  const running = await fixture.start()
  running.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })]))
  await running.until('shop', isStatus('Synced'))
  return running
}

/** Alice edits now. */
async function edited(fixture: Fixture) {
  const running = await synced(fixture)
  const time = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString().replace('.000Z', 'Z')
  await fixture.live('one', 'settings.json', written('two', 'kubectl-edit', time))
  const { verdict } = await running.until('shop', isStatus('OutOfSync'))
  return { running, time, since: verdict.outOfSyncSince }
}

test('an episode has begin, object, field, both values, who, and the commit', async () => {
  await using fixture = await createFixture()
  const { time, since } = await edited(fixture)
  const [episode, ...others] = episodesOf(fixture)
  assert.deepEqual(others, [])
  assert.deepEqual(
    [episode?.began, episode?.beganBy, episode?.seen, episode?.cause, episode?.ended],
    [Date.parse(time) / 1000, 'field', since, 'live', undefined],
  )
  assert.deepEqual(
    episode?.objects.map(({ kind, name, state, fields }) => [kind, name, state, fields]),
    [
      [
        ...['ConfigMap', 'settings', 'changed'],
        [
          {
            path: '/data/value',
            class: 'changed',
            desired: 'one',
            live: 'two',
            actor: { manager: 'kubectl-edit', operation: 'Update', time },
          },
        ],
      ],
    ],
  )
  const head = fixture.git('repository', 'rev-parse', 'HEAD').trim()
  assert.deepEqual(
    episode?.commits.begin.map(({ commit }) => commit),
    [head],
  )
})

test('each end is told by who moved', async (t) => {
  const later = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString()
  const ends = {
    healed: (fixture: Fixture) =>
      fixture.live('one', 'settings.json', written('one', 'kubectl-client-side-apply', later(2))),
    reverted: (fixture: Fixture) => fixture.live('one', 'settings.json', written('one', 'kubectl-edit', later(2))),
    committed: (fixture: Fixture) =>
      fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'two') }),
  }
  for (const [ending, end] of Object.entries(ends))
    await t.test(ending, async () => {
      await using fixture = await createFixture()
      const { running } = await edited(fixture)
      await end(fixture)
      await running.until('shop', isStatus('Synced'))
      const [episode, ...others] = episodesOf(fixture)
      assert.deepEqual([episode?.endedBy, episode?.cause, others.length], [ending, 'live', 0])
      assert.equal(episode?.objects[0]?.endedBy, ending)
      const head = fixture.git('repository', 'rev-parse', 'HEAD').trim()
      assert.deepEqual(
        episode?.commits.end?.map(({ commit }) => commit),
        [head],
      )
    })

  await t.test('ignored', async () => {
    await using fixture = await createFixture()
    const { running } = await edited(fixture)
    const policy = { ...POLICY, ignore: [{ jsonPointers: ['/data/value'] }] }
    running.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop', policy })]))
    await running.until('shop', isStatus('Synced'))
    assert.equal(episodesOf(fixture)[0]?.endedBy, 'ignored')
  })

  await t.test('app-gone', async () => {
    await using fixture = await createFixture()
    const { running } = await edited(fixture)
    running.engine.reconcile(inventory(fixture, []))
    await running.untilUpdate(({ type }) => type === 'appGone')
    assert.equal(episodesOf(fixture)[0]?.endedBy, 'app-gone')
  })

  await t.test('while the program was stopped', async () => {
    await using fixture = await createFixture()
    const { running } = await edited(fixture)
    await running[Symbol.asyncDispose]()
    await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'two') })
    const again = await fixture.start()
    again.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })]))
    await again.until('shop', isStatus('Synced'))
    assert.deepEqual(
      episodesOf(fixture).map(({ endedBy }) => endedBy),
      ['committed'],
    )
  })
})

test('Git that moves ahead is an episode, which the controller heals', async () => {
  await using fixture = await createFixture()
  const running = await synced(fixture)
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'two') })
  await running.until('shop', isStatus('OutOfSync'))
  await fixture.live('one', 'settings.json', written('two', 'kubectl-client-side-apply', new Date().toISOString()))
  await running.until('shop', isStatus('Synced'))
  assert.deepEqual(
    episodesOf(fixture).map(({ cause, endedBy, beganBy }) => [cause, endedBy, beganBy]),
    [['git', 'healed', 'seen']],
  )
})

test('the state file of a version without journal is taken over: since when it drifts does not move', async () => {
  await using fixture = await createFixture()
  const { running } = await edited(fixture)
  await running[Symbol.asyncDispose]()
  const state = join(fixture.folder, 'state')
  const old = (await readFile(join(state, 'state.json'), 'utf8')).replace(
    '"life":{',
    '"life":{"outOfSyncSince":1234.5,',
  )
  const elsewhere = join(fixture.folder, 'repository/old-state')
  await fixture.commit('repository', { 'old-state/keep': '' })
  await writeFile(join(elsewhere, 'state.json'), old)
  for (const round of ['the first start', 'the next one']) {
    await using again = await fixture.start({ stateDirectory: elsewhere })
    again.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })]))
    await again.firstPass()
    const { verdict } = await again.until('shop', isStatus('OutOfSync'))
    assert.equal(verdict.outOfSyncSince, 1234.5, round)
  }
  assert.deepEqual(
    readEpisodes(journalPath(elsewhere)).map(({ seen, objects }) => [seen, objects.length]),
    [[1234.5, 1]],
  )
})

test('drift that the controller heals at once is an episode, though no verdict was ever given of it', async (t) => {
  await using fixture = await createFixture()
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'one') })
  const { running, watch } = await watched(t, fixture)
  // In one packet: nothing comes between the two.
  watch.write(
    modified(11, written('two', 'kubectl-edit', '2026-01-02T00:00:00Z')) +
      modified(12, written('one', 'kubectl-client-side-apply', '2026-01-02T00:00:00Z')),
  )
  await running.untilUpdate(
    (update) =>
      update.type === 'app' && update.report.summary.name === 'shop' && update.report.verdict.statusChanges === 2,
  )
  assert.deepEqual(
    episodesOf(fixture).map(({ cause, endedBy, objects }) => [cause, endedBy, objects[0]?.fields[0]?.live]),
    [['live', 'healed', 'two']],
  )
})
