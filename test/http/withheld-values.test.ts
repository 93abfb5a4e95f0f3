import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differencesHtml } from '../../src/http/pages/app/differences-table.ts'
import { createShorten } from '../../src/http/pages/markup/shorten.ts'
import type { Difference } from '../../src/model/verdicts/difference.ts'

const HASH = `redacted:${'0'.repeat(32)}`

function cells(difference: Partial<Difference>): readonly string[] {
  const all: Difference = { path: '/data/a', class: 'changed', effect: 'drift', redacted: true, ...difference }
  const page = String(differencesHtml([all], { showValues: true, now: 0, shorten: createShorten() }))
  assert.doesNotMatch(page, /redacted:/)
  return [...page.matchAll(/<td data-label="(?:Declared|Live)">(.*?)<\/td>/gs)].map((cell) =>
    (cell[1] ?? '').replaceAll(/<[^>]*>/g, ''),
  )
}

test('what is withheld is not absent, and what is absent is not withheld', () => {
  const withheld = 'differs (withheld)'
  assert.deepEqual(cells({ desired: HASH, live: HASH }), [withheld, withheld])
  assert.deepEqual(cells({}), [withheld, withheld])
  assert.deepEqual(cells({ class: 'missing', desired: HASH }), [withheld, 'absent'])
  assert.deepEqual(cells({ class: 'added', live: HASH }), ['absent', withheld])
  assert.deepEqual(cells({ desired: 'declared', withheld: true }), ['&quot;declared&quot;', withheld])
})
