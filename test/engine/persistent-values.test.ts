import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAppState } from '../../src/engine/app-state.ts'
import { appLine, parseState, stateParts } from '../../src/engine/state/saved-state.ts'
import { reportOf, savedReport, verdictOf } from '../../src/engine/verdict/report.ts'
import { savedApp } from '../../src/engine/verdict/saved-app.ts'
import { SAVED_VALUES } from '../../src/model/verdicts/persistent-values.ts'
import { app, createFixture } from './engine-fixture.ts'

/** One app of which every value is remembered, and what the state file has of it. */
async function remembered() {
  await using fixture = await createFixture()
  const shop = app(fixture, { name: 'shop' })
  const appState = createAppState(shop, undefined, 1)
  appState.reported.remember({
    manualChanges: { counts: { person: 3, controller: 1, unknown: 0 }, seen: ['+mark'] },
    lastSyncLagSeconds: 12.5,
  })
  const report = reportOf(appState, verdictOf(appState, undefined, []), 0)
  return { shop, report, text: [...stateParts([appLine(savedApp(appState, report))])].join('') }
}

test('what is remembered of an app is reported, before and after a restart', async () => {
  const { shop, report, text } = await remembered()
  const saved = parseState(text).get(shop.id)
  assert.ok(saved !== undefined)
  const resumed = createAppState(shop, saved, 2)
  for (const told of [report, savedReport(saved, 2), reportOf(resumed, verdictOf(resumed, undefined, []), 2)]) {
    assert.deepEqual(told.manualChanges, { person: 3, controller: 1, unknown: 0 })
    assert.equal(told.lastSyncLagSeconds, 12.5)
  }
  assert.deepEqual(resumed.reported.values.manualChanges.seen, ['+mark'])
  assert.deepEqual(Object.keys(saved.values).toSorted(), Object.keys(SAVED_VALUES).toSorted(), 'each is in the file')
})

test('a file of a version that did not know a value begins with its start', async () => {
  const { shop, text } = await remembered()
  const old = text.replace(/"manualChanges":\{.*?\]\},?/v, '').replace(/,?"lastSyncLagSeconds":12.5/v, '')
  assert.doesNotMatch(old, /manualChanges|lastSyncLag/v)
  const saved = parseState(old).get(shop.id)
  assert.ok(saved !== undefined)
  const { manualChanges, lastSyncLagSeconds } = savedReport(saved, 2)
  assert.deepEqual(manualChanges, { person: 0, controller: 0, unknown: 0 })
  assert.equal(lastSyncLagSeconds, undefined)
})

test('a value that is not as it was written makes the file a damaged one', async () => {
  const { text } = await remembered()
  assert.throws(() => parseState(text.replace('"person":3', '"person":"many"')), { name: 'GDE_STATE_DAMAGED' })
})

test('a code that is no code any more is read as what says the same now', async () => {
  const { shop, text: written } = await remembered()
  const saved = parseState(written).get(shop.id)
  assert.ok(saved !== undefined)
  const reason = { code: 'GDE_UNSUPPORTED_SOURCE', message: 'the chart comes from elsewhere' } as const
  const history = { outcome: { status: 'Unknown', reason }, unknownSince: 5, statusChanges: 0 } as const
  const text = [...stateParts([appLine({ ...saved, history })])].join('')
  for (const code of ['GDE_UNSUPPORTED_HELM_REPOSITORY', 'GDE_UNSUPPORTED_OCI']) {
    const older = text.replace('GDE_UNSUPPORTED_SOURCE', code)
    assert.notEqual(older, text)
    assert.deepEqual(parseState(older).get(shop.id)?.history.outcome, { status: 'Unknown', reason })
  }
  const never = text.replace('GDE_UNSUPPORTED_SOURCE', 'GDE_NEVER_WAS')
  assert.throws(() => parseState(never), { name: 'GDE_STATE_DAMAGED' })
})
