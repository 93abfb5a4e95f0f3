import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { journalPath } from '../../src/journal/store/journal-path.ts'
import { until } from '../commands/until.ts'
import { readEpisodes } from '../journal/read-episodes.ts'
import { app, configMap, createFixture, type Fixture, isStatus, type RunningEngine } from './engine-fixture.ts'
import { edit, heat, modified, shown, watched, written } from './watched-app.ts'

test('a hundred edits of what drifts already are a few reports, the last of which shows what is live; each second counts', async (t) => {
  await using fixture = await createFixture()
  const { running, watch } = await watched(t, fixture)
  watch.write(edit(11, 'first', 0))
  await running.until('shop', shown('first'))
  const before = running.measurements('gitops_evaluations_total').length
  const values = Array.from({ length: 100 }, (_, index) => index)
  watch.write(values.map((index) => edit(12 + index, `value ${index}`, 1 + Math.floor(index / 50))).join(''))
  const { manualChanges } = await running.until('shop', shown('value 99'))
  assert.equal(manualChanges?.person, 3)
  const reports = running.measurements('gitops_evaluations_total').length - before
  assert.ok(reports < 50, `${reports} reports`)
})

test('what drifts and changes all the time is in sync as soon as it is told', async (t) => {
  await using fixture = await createFixture()
  const { running, watch } = await watched(t, fixture)
  await heat({ running, watch }, 11)
  watch.write(edit(20, 'two', 0) + edit(21, 'one', 0))
  await running.until('shop', isStatus('Synced'))
  watch.write(edit(22, 'three', 0))
  await running.until('shop', shown('three'))
  assert.deepEqual(endings(fixture), ['reverted', undefined])
})

test('a report tells what is live of all objects of its app', async (t) => {
  await using fixture = await createFixture()
  const { running, watch } = await watched(t, fixture, ['settings', 'other'])
  await heat({ running, watch }, 11)
  const other = modified(21, written('two', 'kubectl-edit', '2026-01-03T00:00:00Z', 'other'))
  watch.write(edit(20, 'newest', 0) + other)
  const { verdict } = await running.until('shop', (report) => report.verdict.objects.length === 2)
  assert.deepEqual(verdict.objects.map(({ differences }) => differences[0]?.live).sort(), ['newest', 'two'])
})

test('who asks for the objects of an app is told what is live now', async (t) => {
  await using fixture = await createFixture()
  const { running, watch } = await watched(t, fixture)
  const { id } = app(fixture, { name: 'shop' })
  await heat({ running, watch }, 11)
  // Where an answer takes longer than what is gathered waits, it shows nothing: once more then.
  await until('an answer with what no report has told', async () => {
    const value = `value ${running.updates.length}`
    watch.write(edit(20, value, 0))
    await new Promise((resolve) => setTimeout(resolve, 20))
    const objects = await running.engine.objects(id)
    const isLive = objects.some(({ differences }) => differences[0]?.live === value)
    const report = running.report('shop')
    return (isLive && report !== undefined && !shown(value)(report)) || undefined
  })
})

test('who commits what somebody wrote a moment ago ends it by the commit', async (t) => {
  await using fixture = await createFixture()
  const { running, watch } = await watched(t, fixture)
  watch.write(edit(11, 'two', 0))
  await running.until('shop', shown('two'))
  watch.write(edit(12, 'three', 1))
  await known(fixture, running, 'three')
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'three') })
  await running.until('shop', isStatus('Synced'))
  assert.deepEqual(endings(fixture), ['committed'])
})

test('so does who commits what was written last of what changes all the time', async (t) => {
  await using fixture = await createFixture()
  const { running, watch } = await watched(t, fixture)
  await heat({ running, watch }, 11)
  watch.write(edit(20, 'two', 0) + edit(21, 'three', 0))
  await known(fixture, running, 'three')
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'three') })
  await running.until('shop', isStatus('Synced'))
  assert.deepEqual(endings(fixture), ['committed'])
})

/** The engine has it, whether it is reported or not: a commit that came before it would be another story. */
async function known(fixture: Fixture, { engine }: RunningEngine, value: string): Promise<void> {
  const { id } = app(fixture, { name: 'shop' })
  await until(`${value} is known`, async () => {
    const objects = await engine.objects(id)
    return objects.some(({ differences }) => differences[0]?.live === value) || undefined
  })
}

const endings = ({ folder }: Fixture) => readEpisodes(journalPath(join(folder, 'state'))).map(({ endedBy }) => endedBy)
