import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type JudgedObject, noveltyOf } from '../../src/engine/compare/novelty.ts'
import type { Difference, ObjectVerdict } from '../../src/model/verdicts/difference.ts'

const KEY = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings' }
const DIFFERENCE: Difference = {
  ...{ path: '/data/value', class: 'changed', effect: 'drift', desired: 'one', live: 'two' },
  actor: { manager: 'kubectl-edit', operation: 'Update', time: '2026-01-01T00:00:00Z' },
}

function changed(difference: Partial<Difference> = {}, verdict: Partial<ObjectVerdict> = {}): JudgedObject {
  const differences = [{ ...DIFFERENCE, ...difference }]
  return {
    state: 'changed',
    ownershipUnknown: false,
    verdict: { key: KEY, version: 'v1', state: 'changed', differences, ...verdict },
  }
}

const SYNCED: JudgedObject = { state: 'synced', verdict: undefined, ownershipUnknown: false }

test('other values of the same fields by the same hand are the same finding', () => {
  assert.equal(noveltyOf(changed(), changed({ live: 'three' })), 'same')
  assert.equal(noveltyOf(SYNCED, SYNCED), 'same')
})

test('a field that the same hand wrote in another second was written again', () => {
  const actor = { manager: 'kubectl-edit', operation: 'Update', time: '2026-01-01T00:00:01Z' } as const
  assert.equal(noveltyOf(changed(), changed({ actor, live: 'three' })), 'rewritten')
})

test('all else is news', async (t) => {
  const actor = { manager: 'kubectl-edit', operation: 'Update' } as const
  const news: Readonly<Record<string, readonly [JudgedObject, JudgedObject]>> = {
    'it drifts': [SYNCED, changed()],
    'it is healed': [changed(), SYNCED],
    'it is gone': [changed(), { ...changed(), state: 'missing' }],
    'it is judged for the first time': [{ ...SYNCED, state: 'pending' }, SYNCED],
    'what cannot be known is told each time': [
      { ...SYNCED, state: 'unknown' },
      { ...SYNCED, state: 'unknown' },
    ],
    'another field': [changed(), changed({ path: '/data/other' })],
    'one field more': [changed(), changed({}, { differences: [DIFFERENCE, { ...DIFFERENCE, path: '/data/other' }] })],
    'another class': [changed(), changed({ class: 'added' })],
    'it does not count any more': [changed(), changed({ effect: 'report' })],
    'another hand': [changed(), changed({ actor: { ...actor, manager: 'kubectl-patch' } })],
    'through another subresource': [changed(), changed({ actor: { ...actor, subresource: 'scale' } })],
    'nobody is named': [changed(), changed({ actor: actor, unattributed: 'forgotten' })],
    'it is a secret now': [changed(), changed({ redacted: true })],
    'it is not shown now': [changed(), changed({ withheld: true })],
    'the other side moved': [changed(), changed({}, { cause: 'git' })],
    'the server drops a field': [changed(), changed({}, { invalidFields: ['/spec/x'] })],
    'the controller may not delete it': [changed(), changed({}, { effect: 'report' })],
    'nobody knows who owns it': [changed(), { ...changed(), ownershipUnknown: true }],
  }
  for (const [name, [before, after]] of Object.entries(news))
    await t.test(name, () => assert.equal(noveltyOf(before, after), 'news'))
})
