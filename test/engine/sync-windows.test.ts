import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SyncWindow } from '../../src/model/apps/sync-window.ts'
import { app, configMap, createFixture, inventory } from './engine-fixture.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NIGHT: SyncWindow = { kind: 'deny', schedule: '0 22 * * *', milliseconds: 8 * HOUR, timeZone: 'UTC' }

/** How far the clock has to be ahead to be at this hour of the day after tomorrow, or some days later. */
function hoursAhead(hour: number, days = 2): number {
  const now = Date.now()
  return Math.floor(now / DAY) * DAY + days * DAY + hour * HOUR - now
}

test('that a sync window opens and closes is reported though nothing else happens', async () => {
  await using fixture = await createFixture()
  await fixture.commit('repository', { 'shop/settings.yaml': configMap('settings', 'one') })
  fixture.clockAhead = hoursAhead(21)
  await using running = await fixture.start()
  running.engine.reconcile(
    inventory(fixture, [app(fixture, { name: 'shop', syncWindows: [NIGHT] }), app(fixture, { name: 'free' })]),
  )
  await running.until('shop', ({ syncWindowActive }) => syncWindowActive === false)
  fixture.clockAhead = hoursAhead(22.1)
  await running.until('shop', ({ syncWindowActive }) => syncWindowActive === true)
  fixture.clockAhead = hoursAhead(6.1, 3)
  await running.until('shop', ({ syncWindowActive }) => syncWindowActive === false)
  assert.equal(running.report('free')?.syncWindowActive, undefined)
})
