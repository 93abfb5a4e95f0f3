import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differencesHtml } from '../../src/http/pages/app/objects/differences-table.ts'
import { createShorten } from '../../src/http/pages/markup/shorten.ts'
import type { Difference } from '../../src/model/verdicts/difference.ts'

const KEY = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings' }
const HASH = `redacted:${'0'.repeat(32)}`

function cells(difference: Partial<Difference>): readonly string[] {
  const all: Difference = { path: '/data/a', class: 'changed', effect: 'drift', redacted: true, ...difference }
  const page = String(differencesHtml(KEY, [all], { diff: 'side', showValues: true, now: 0, shorten: createShorten() }))
  assert.doesNotMatch(page, /redacted:/)
  return [...page.matchAll(/<td data-label="(?:Declared|Live)">(.*?)<\/td>/gs)].map((cell) =>
    (cell[1] ?? '').replaceAll(/<[^>]*>/g, ''),
  )
}

test('what is withheld is not absent, and what is absent is not withheld', () => {
  const [redacted, withheld] = ['differs (redacted)', 'differs (withheld)']
  assert.deepEqual(cells({ desired: HASH, live: HASH }), [redacted, redacted])
  assert.deepEqual(cells({}), [redacted, redacted])
  assert.deepEqual(cells({ class: 'missing', desired: HASH }), [redacted, 'absent'])
  assert.deepEqual(cells({ class: 'added', live: HASH }), ['absent', redacted])
  assert.deepEqual(cells({ desired: 'declared', withheld: true }), ['&quot;declared&quot;', withheld])
})
