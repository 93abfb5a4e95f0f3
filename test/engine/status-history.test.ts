import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  continueHistory,
  isFlip,
  newStatusHistory,
  resumeHistory,
  type StatusHistory,
} from '../../src/engine/state/status-history.ts'
import type { Outcome } from '../../src/model/verdicts/verdict.ts'
import fc from '../fast-check.ts'

const EVALUATED = { evaluated: true }

const SYNCED: Outcome = { status: 'Synced' }
const DRIFTED: Outcome = { status: 'OutOfSync', cause: 'live' }
const UNKNOWN: Outcome = { status: 'Unknown', reason: { code: 'GDE_GIT_REVISION', message: 'no such branch' } }

const lived = (...outcomes: readonly Outcome[]): StatusHistory =>
  outcomes.reduce(
    (history, outcome, index) => continueHistory(history, outcome, 100 + index, EVALUATED),
    newStatusHistory(50),
  )

test('since is set when it drifts, kept through Unknown, and cleared by Synced', () => {
  assert.equal(lived(SYNCED, DRIFTED).outOfSyncSince, 101)
  assert.equal(lived(SYNCED, DRIFTED, DRIFTED).outOfSyncSince, 101)
  assert.equal(lived(SYNCED, DRIFTED, UNKNOWN).outOfSyncSince, 101)
  assert.equal(lived(SYNCED, DRIFTED, UNKNOWN, DRIFTED).outOfSyncSince, 101)
  assert.equal(lived(SYNCED, DRIFTED, SYNCED).outOfSyncSince, undefined)
  assert.equal(lived(SYNCED, DRIFTED, SYNCED, DRIFTED).outOfSyncSince, 103)
})

test('an app is Unknown since the exporter first saw it until it is evaluated', () => {
  assert.equal(newStatusHistory(50).unknownSince, 50)
  assert.equal(lived(UNKNOWN).unknownSince, 50)
  assert.equal(lived(SYNCED, UNKNOWN, UNKNOWN).unknownSince, 101)
  assert.equal(lived(UNKNOWN, SYNCED).unknownSince, undefined)
})

test('each change of status counts, the first verdict does not', () => {
  assert.equal(lived(SYNCED).statusChanges, 0)
  assert.equal(lived(SYNCED, SYNCED, DRIFTED, UNKNOWN, SYNCED).statusChanges, 3)
})

test('an input that grew old is no evaluation', () => {
  const stale = continueHistory(lived(SYNCED), UNKNOWN, 500, { evaluated: false })
  assert.equal(stale.evaluatedAt, 100)
  assert.equal(stale.lastSynced, 100)
})

test('after a restart OutOfSync and Unknown stay as they were; Synced is not claimed', () => {
  assert.deepEqual(resumeHistory(lived(SYNCED, DRIFTED), 900).outcome, DRIFTED)
  assert.equal(resumeHistory(lived(SYNCED, DRIFTED), 900).outOfSyncSince, 101)
  assert.deepEqual(resumeHistory(lived(UNKNOWN), 900).outcome, UNKNOWN)
  const synced = resumeHistory(lived(SYNCED), 900)
  assert.ok(synced.outcome.status === 'Unknown' && synced.outcome.reason.code === 'GDE_NOT_EVALUATED')
  assert.equal(synced.unknownSince, 900)
  assert.equal(synced.lastSynced, 100)
})

test('a restart is no change of status', () => {
  assert.equal(continueHistory(resumeHistory(lived(SYNCED), 900), SYNCED, 901, EVALUATED).statusChanges, 0)
  assert.equal(continueHistory(resumeHistory(lived(SYNCED), 900), DRIFTED, 901, EVALUATED).statusChanges, 1)
  assert.equal(continueHistory(resumeHistory(lived(SYNCED, DRIFTED), 900), DRIFTED, 901, EVALUATED).statusChanges, 1)
})

test('whatever happens, what is told is consistent', () => {
  const outcome = fc.constantFrom(SYNCED, DRIFTED, UNKNOWN)
  const step = fc.oneof(fc.record({ outcome }), fc.constant('restart' as const))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let history = newStatusHistory(0)
      let now = 0
      for (const taken of steps) {
        now += 1
        const before = history
        history =
          taken === 'restart' ? resumeHistory(history, now) : continueHistory(history, taken.outcome, now, EVALUATED)
        const { status } = history.outcome
        assert.equal(status === 'Unknown', history.unknownSince !== undefined)
        if (status === 'OutOfSync') assert.ok(history.outOfSyncSince !== undefined)
        if (status === 'Synced') assert.equal(history.outOfSyncSince, undefined)
        assert.ok((history.outOfSyncSince ?? 0) <= now)
        assert.ok(history.statusChanges >= before.statusChanges)
        if (before.outOfSyncSince !== undefined && status !== 'Synced')
          assert.equal(history.outOfSyncSince, before.outOfSyncSince)
        const isFirstLook = before.outcome.status === 'Unknown' && before.outcome.reason.code === 'GDE_NOT_EVALUATED'
        const keeps = isFirstLook && status === 'Synced' && before.outOfSyncSince === undefined
        if (taken !== 'restart' && before.outcome.status !== status && !keeps) assert.ok(isFlip(before, history))
        if (before.outOfSyncSince !== history.outOfSyncSince) assert.ok(isFlip(before, history))
      }
    }),
  )
})

test('an app is out of sync since it was first seen so, though the cause was asked for meanwhile', () => {
  const history = continueHistory(lived(SYNCED), DRIFTED, 500, { evaluated: true, since: 490 })
  assert.equal(history.outOfSyncSince, 490)
  assert.equal(continueHistory(history, SYNCED, 510, EVALUATED).outOfSyncSince, undefined)
})
