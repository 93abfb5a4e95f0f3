import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AGREED,
  type Disagreement,
  disagrees,
  nextDisagreement,
} from '../../src/engine/verdict/controller-disagreement.ts'
import type { Outcome, SyncStatus } from '../../src/model/verdicts/verdict.ts'

const SYNCED: Outcome = { status: 'Synced' }
const DRIFTED: Outcome = { status: 'OutOfSync', cause: 'live' }
const UNKNOWN: Outcome = { status: 'Unknown', reason: { code: 'GDE_STALE', message: 'too old' } }
const MINUTE = 60_000

/** A controller that says so, and the disagreement with it from verdict to verdict. */
function saying(status: SyncStatus) {
  let said = status
  let disagreement: Disagreement = AGREED
  return {
    says(next: SyncStatus) {
      said = next
    },
    verdict(outcome: Outcome, now: number) {
      disagreement = nextDisagreement(disagreement, said, outcome, now)
    },
    disagrees: (now: number) => disagrees(disagreement, now),
  }
}

test('the controller disagrees once its status and the verdict have differed for five minutes', () => {
  const controller = saying('Synced')
  controller.verdict(DRIFTED, 0)
  controller.verdict(DRIFTED, 4 * MINUTE)
  assert.equal(controller.disagrees(5 * MINUTE - 1), false)
  assert.equal(controller.disagrees(5 * MINUTE), true)
})

test('agreeing in between starts the time anew', () => {
  const controller = saying('Synced')
  controller.verdict(DRIFTED, 0)
  controller.verdict(SYNCED, 4 * MINUTE)
  controller.verdict(DRIFTED, 4 * MINUTE)
  assert.equal(controller.disagrees(8 * MINUTE), false)
  assert.equal(controller.disagrees(9 * MINUTE), true)
})

test('Unknown is no disagreement', () => {
  const silent = saying('Unknown')
  silent.verdict(DRIFTED, 0)
  assert.equal(silent.disagrees(10 * MINUTE), false)
  const controller = saying('OutOfSync')
  controller.verdict(UNKNOWN, 0)
  assert.equal(controller.disagrees(10 * MINUTE), false)
})

test('a controller that is Unknown while it reconciles does not restart the grace period', () => {
  const controller = saying('Synced')
  controller.verdict(DRIFTED, 0)
  for (const minute of [1, 3, 6]) {
    controller.says('Unknown')
    controller.verdict(DRIFTED, minute * MINUTE)
    assert.equal(controller.disagrees(minute * MINUTE), minute >= 5)
    controller.says('Synced')
    controller.verdict(DRIFTED, (minute + 0.1) * MINUTE)
  }
  assert.equal(controller.disagrees(7 * MINUTE), true)
  controller.says('Unknown')
  controller.verdict(DRIFTED, 10 * MINUTE)
  assert.equal(controller.disagrees(15 * MINUTE), false)
  controller.says('Synced')
  controller.verdict(DRIFTED, 20 * MINUTE)
  assert.equal(controller.disagrees(24 * MINUTE), false)
  assert.equal(controller.disagrees(25 * MINUTE), true)
})
