import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applicationApp } from '../../src/discovery/argocd/applications/application-to-app.ts'
import { createAppState } from '../../src/engine/app-state.ts'
import { disagrees, noteDisagreement } from '../../src/engine/verdict/controller-disagreement.ts'
import type { Outcome, SyncStatus } from '../../src/model/verdict.ts'
import { contextOf } from '../discovery/argocd/context.ts'
import { application } from '../discovery/argocd/resources.ts'

const SYNCED: Outcome = { status: 'Synced' }
const DRIFTED: Outcome = { status: 'OutOfSync', cause: 'live' }
const UNKNOWN: Outcome = { status: 'Unknown', reason: { code: 'GDE_STALE', message: 'too old' } }
const MINUTE = 60_000
const WORD = { applied: [], suspended: false }

function stateOf(said: SyncStatus) {
  const { app } = applicationApp(application('web', {}, { status: { sync: { status: said } } }), contextOf())
  return createAppState(app, undefined, 0)
}

test('the controller disagrees once its word and the verdict have differed for five minutes', () => {
  const appState = stateOf('Synced')
  noteDisagreement(appState, DRIFTED, 0)
  noteDisagreement(appState, DRIFTED, 4 * MINUTE)
  assert.equal(disagrees(appState, 5 * MINUTE - 1), false)
  assert.equal(disagrees(appState, 5 * MINUTE), true)
})

test('agreeing in between starts the time anew', () => {
  const appState = stateOf('Synced')
  noteDisagreement(appState, DRIFTED, 0)
  noteDisagreement(appState, SYNCED, 4 * MINUTE)
  noteDisagreement(appState, DRIFTED, 4 * MINUTE)
  assert.equal(disagrees(appState, 8 * MINUTE), false)
  assert.equal(disagrees(appState, 9 * MINUTE), true)
})

test('who does not know disagrees with nobody', () => {
  const silent = stateOf('Unknown')
  noteDisagreement(silent, DRIFTED, 0)
  assert.equal(disagrees(silent, 10 * MINUTE), false)
  const appState = stateOf('OutOfSync')
  noteDisagreement(appState, UNKNOWN, 0)
  assert.equal(disagrees(appState, 10 * MINUTE), false)
})

test('a controller that knows nothing while it looks does not start the time anew', () => {
  const appState = stateOf('Synced')
  const looking = { ...appState.app, reportedStatus: { ...WORD, status: 'Unknown' } } as const
  const done = appState.app
  noteDisagreement(appState, DRIFTED, 0)
  for (const minute of [1, 3, 6]) {
    appState.app = looking
    noteDisagreement(appState, DRIFTED, minute * MINUTE)
    assert.equal(disagrees(appState, minute * MINUTE), minute >= 5)
    appState.app = done
    noteDisagreement(appState, DRIFTED, (minute + 0.1) * MINUTE)
  }
  assert.equal(disagrees(appState, 7 * MINUTE), true)
  appState.app = looking
  noteDisagreement(appState, DRIFTED, 10 * MINUTE)
  assert.equal(disagrees(appState, 15 * MINUTE), false)
  appState.app = done
  noteDisagreement(appState, DRIFTED, 20 * MINUTE)
  assert.equal(disagrees(appState, 24 * MINUTE), false)
  assert.equal(disagrees(appState, 25 * MINUTE), true)
})
