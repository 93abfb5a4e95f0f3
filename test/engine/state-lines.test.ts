import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAppState } from '../../src/engine/app-state.ts'
import { parseState, type SavedApp } from '../../src/engine/state/saved-state.ts'
import { StateLines } from '../../src/engine/state/state-lines.ts'
import { reportOf, verdictOf } from '../../src/engine/verdict/report.ts'
import { savedApp } from '../../src/engine/verdict/saved-app.ts'
import { app, createFixture } from './engine-fixture.ts'

/** More than wait for their lines, and than one part of the file has. */
const APPS = 2500

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
  const written = () => parseState([...lines.parts()].join(''))
  const history = (saved: SavedApp) => [saved.summary.id, saved.history] as const
  const sorted = (all: Iterable<SavedApp>) => Array.from(all, history).sort(([a], [b]) => (a < b ? -1 : 1))
  assert.deepEqual(sorted(written().values()), sorted(wanted.values()))
  renew(wanted.get(second.summary.id), 7)
  assert.deepEqual(sorted(written().values()), sorted(wanted.values()))

  // While a file is written it goes on.
  const [begun, ...rest] = lines.parts()
  assert.ok(begun !== undefined && rest.length > 0, 'it has several parts')
  const parts = lines.parts()[Symbol.iterator]()
  const taken = [parts.next().value]
  const before = sorted(wanted.values())
  lines.delete(first.summary.id)
  lines.set({ ...first, history: { ...first.history, statusChanges: 10 } })
  renew(apps.at(-2), 8)
  lines.parts()
  for (let next = parts.next(); next.done !== true; next = parts.next()) taken.push(next.value)
  assert.deepEqual(sorted(parseState(taken.join('')).values()), before)
})
