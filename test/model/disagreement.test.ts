import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainDisagreement } from '../../src/model/verdicts/disagreement.ts'
import type { Outcome } from '../../src/model/verdicts/verdict.ts'

const OLD = 'a'.repeat(40)
const NEW = 'b'.repeat(40)
const SYNCED: Outcome = { status: 'Synced' }
const DRIFTED: Outcome = { status: 'OutOfSync', cause: 'live' }
const UNKNOWN: Outcome = { status: 'Unknown', reason: { code: 'GDE_STALE', message: 'too old' } }
const NO_OBJECTS = { synced: 1, changed: 0, missing: 0, extra: 0, unknown: 0, ignored: 0, skipped: 0 }
const NO_DIFFERENCES = { changed: 0, missing: 0, removed: 0, added: 0 }

function explained(
  said: 'Synced' | 'OutOfSync' | 'Unknown',
  outcome: Outcome,
  applied: string,
  differences: Partial<typeof NO_DIFFERENCES> = {},
): string | undefined {
  const revision = { repository: 'r', path: 'p', targetRevision: 'main', commit: NEW, commitTime: 1 }
  return explainDisagreement(
    { status: said, applied: [applied] },
    {
      outcome,
      revisions: [revision],
      objectCounts: NO_OBJECTS,
      differenceCounts: { ...NO_DIFFERENCES, ...differences },
    },
  )
}

test('equal statuses, and Unknown, are no disagreement', () => {
  assert.equal(explained('Synced', SYNCED, OLD), undefined)
  assert.equal(explained('Unknown', DRIFTED, OLD), undefined)
  assert.equal(explained('OutOfSync', UNKNOWN, OLD), undefined)
})

test('a stuck controller is recognised by the commit that it reports', () => {
  assert.equal(
    explained('Synced', DRIFTED, OLD, { changed: 1 }),
    'it speaks of commit aaaaaaaaaaaa, and Git is at bbbbbbbbbbbb now',
  )
})

test('of the same commit, fields that were never in Git are told from what it should have seen', () => {
  assert.match(explained('Synced', DRIFTED, NEW, { added: 2 }) ?? '', /never in Git/)
  assert.match(explained('Synced', DRIFTED, NEW, { added: 2, changed: 1 }) ?? '', /not looked since/)
  assert.match(explained('OutOfSync', SYNCED, NEW) ?? '', /means the same/)
})
