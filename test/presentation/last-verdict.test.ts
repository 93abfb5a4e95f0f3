import assert from 'node:assert/strict'
import { test } from 'node:test'
import { continueHistory, newStatusHistory, resumeHistory } from '../../src/engine/state/status-history.ts'
import type { Outcome } from '../../src/model/verdicts/verdict.ts'
import { lastVerdict } from '../../src/presentation/last-verdict.ts'

const SYNCED: Outcome = { status: 'Synced' }
const DRIFT: Outcome = { status: 'OutOfSync', cause: 'live' }
const FAILED: Outcome = { status: 'Unknown', reason: { code: 'GDE_RENDER_YAML', message: 'no YAML' } }

/** One evaluation a minute, as the engine keeps them. */
function historyOf(...outcomes: readonly Outcome[]) {
  return outcomes.reduce(
    (history, outcome, index) => continueHistory(history, outcome, (index + 1) * 60, { evaluated: true }),
    newStatusHistory(0),
  )
}

test('what was known of an app before it became Unknown is the last verdict, with its time', () => {
  assert.deepEqual(lastVerdict(historyOf(DRIFT, SYNCED, SYNCED, FAILED, FAILED)), { status: 'Synced', at: 180 })
  assert.deepEqual(lastVerdict(historyOf(SYNCED, DRIFT, DRIFT, FAILED, FAILED)), {
    ...{ status: 'OutOfSync', since: 120, until: 240 },
  })
  assert.equal(lastVerdict(historyOf(FAILED, FAILED)), undefined)
  assert.equal(lastVerdict(historyOf(FAILED, SYNCED)), undefined)
  assert.equal(lastVerdict(historyOf(DRIFT)), undefined)
})

test('a restart forgets none of it', () => {
  assert.deepEqual(lastVerdict(resumeHistory(historyOf(SYNCED), 600)), { status: 'Synced', at: 60 })
  assert.deepEqual(lastVerdict(resumeHistory(historyOf(DRIFT, FAILED), 600)), {
    ...{ status: 'OutOfSync', since: 60, until: 120 },
  })
})
