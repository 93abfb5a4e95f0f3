import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { journalPath } from '../../src/journal/store/journal-path.ts'
import type { AppReport } from '../../src/model/fleet.ts'
import { readEpisodes } from '../journal/read-episodes.ts'
import { configMap, createFixture, isStatus } from './engine-fixture.ts'
import { modified, watched, written } from './watched-app.ts'

const shown = (value: string) => (report: AppReport) => report.verdict.objects[0]?.differences[0]?.live === value

const edit = (version: number, value: string, second: number): string =>
  modified(version, written(value, 'kubectl-edit', `2026-01-03T00:00:0${second}Z`))

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

test('who commits what somebody wrote a moment ago ends it by the commit', async (t) => {
  await using fixture = await createFixture()
  const { running, watch } = await watched(t, fixture)
  watch.write(edit(11, 'two', 0))
  await running.until('shop', shown('two'))
  watch.write(edit(12, 'three', 1))
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'three') })
  await running.until('shop', isStatus('Synced'))
  assert.deepEqual(
    readEpisodes(journalPath(join(fixture.folder, 'state'))).map(({ endedBy }) => endedBy),
    ['committed'],
  )
})
