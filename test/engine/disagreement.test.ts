import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applicationApp } from '../../src/discovery/argocd/applications/application-to-app.ts'
import { createAppUnit } from '../../src/engine/app-state.ts'
import { disagrees, noteDisagreement } from '../../src/engine/verdict/controller-disagreement.ts'
import type { Outcome, SyncStatus } from '../../src/model/verdict.ts'
import { contextOf } from '../discovery/argocd/context.ts'
import { application } from '../discovery/argocd/resources.ts'

const SYNCED: Outcome = { status: 'Synced' }
const DRIFTED: Outcome = { status: 'OutOfSync', cause: 'live' }
const UNKNOWN: Outcome = { status: 'Unknown', reason: { code: 'GDE_STALE', message: 'too old' } }
const MINUTE = 60_000
const WORD = { applied: [], suspended: false }

function unitOf(said: SyncStatus) {
  const { app } = applicationApp(application('web', {}, { status: { sync: { status: said } } }), contextOf())
  return createAppUnit(app, undefined, 0)
}

test('the controller disagrees once its word and the verdict have differed for five minutes', () => {
  const unit = unitOf('Synced')
  noteDisagreement(unit, DRIFTED, 0)
  noteDisagreement(unit, DRIFTED, 4 * MINUTE)
  assert.equal(disagrees(unit, 5 * MINUTE - 1), false)
  assert.equal(disagrees(unit, 5 * MINUTE), true)
})

test('agreeing in between starts the time anew', () => {
  const unit = unitOf('Synced')
  noteDisagreement(unit, DRIFTED, 0)
  noteDisagreement(unit, SYNCED, 4 * MINUTE)
  noteDisagreement(unit, DRIFTED, 4 * MINUTE)
  assert.equal(disagrees(unit, 8 * MINUTE), false)
  assert.equal(disagrees(unit, 9 * MINUTE), true)
})

test('who does not know disagrees with nobody', () => {
  const silent = unitOf('Unknown')
  noteDisagreement(silent, DRIFTED, 0)
  assert.equal(disagrees(silent, 10 * MINUTE), false)
  const unit = unitOf('OutOfSync')
  noteDisagreement(unit, UNKNOWN, 0)
  assert.equal(disagrees(unit, 10 * MINUTE), false)
})

test('a controller that knows nothing while it looks does not start the time anew', () => {
  const unit = unitOf('Synced')
  const looking = { ...unit.app, word: { ...WORD, status: 'Unknown' } } as const
  const done = unit.app
  noteDisagreement(unit, DRIFTED, 0)
  for (const minute of [1, 3, 6]) {
    unit.app = looking
    noteDisagreement(unit, DRIFTED, minute * MINUTE)
    assert.equal(disagrees(unit, minute * MINUTE), minute >= 5)
    unit.app = done
    noteDisagreement(unit, DRIFTED, (minute + 0.1) * MINUTE)
  }
  assert.equal(disagrees(unit, 7 * MINUTE), true)
  unit.app = looking
  noteDisagreement(unit, DRIFTED, 10 * MINUTE)
  assert.equal(disagrees(unit, 15 * MINUTE), false)
  unit.app = done
  noteDisagreement(unit, DRIFTED, 20 * MINUTE)
  assert.equal(disagrees(unit, 24 * MINUTE), false)
  assert.equal(disagrees(unit, 25 * MINUTE), true)
})
