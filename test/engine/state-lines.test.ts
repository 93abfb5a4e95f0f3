import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAppState } from '../../src/engine/app-state.ts'
import { parseState, type SavedApp } from '../../src/engine/state/saved-state.ts'
import { StateLines } from '../../src/engine/state/state-lines.ts'
import { reportOf, verdictOf } from '../../src/engine/verdict/report.ts'
import { savedApp } from '../../src/engine/verdict/saved-app.ts'
import { app, createFixture } from './engine-fixture.ts'

/** More than wait for their lines. */
const APPS = 600

test('each app has one line, as it was saved or renewed last, however many there are', async () => {
  await using fixture = await createFixture()
  const lines = new StateLines()
  const wanted = new Map<string, SavedApp>()
  const set = (saved: SavedApp): void => {
    lines.set(saved)
    wanted.set(saved.summary.id, saved)
  }
  const renew = (saved: SavedApp | undefined, lastSynced: number): void => {
    assert.ok(saved !== undefined)
    const history = { ...saved.history, lastSynced }
    assert.equal(lines.renew({ summary: saved.summary, history }), true)
    wanted.set(saved.summary.id, { ...saved, history })
  }
  const apps = Array.from({ length: APPS }, (_, index) => {
    const appState = createAppState(app(fixture, { name: `app-${index}`, cluster: `c${index % 7}` }), undefined, index)
    return savedApp(appState, reportOf(appState, verdictOf(appState, undefined, []), 0))
  })
  for (const saved of apps) set(saved)
  // One whose line is made, one that waits for it, one that is new again, one that is gone.
  const [first, second, third] = apps
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  renew(first, 5)
  renew(apps.at(-1), 6)
  set({ ...second, history: { ...second.history, statusChanges: 9 } })
  lines.delete(third.summary.id)
  wanted.delete(third.summary.id)
  assert.equal(lines.renew(third), false)
  const written = () => parseState(lines.text())
  const history = (saved: SavedApp) => [saved.summary.id, saved.history] as const
  const sorted = (all: Iterable<SavedApp>) => Array.from(all, history).sort(([a], [b]) => (a < b ? -1 : 1))
  assert.deepEqual(sorted(written().values()), sorted(wanted.values()))
  renew(wanted.get(second.summary.id), 7)
  assert.deepEqual(sorted(written().values()), sorted(wanted.values()))
})
