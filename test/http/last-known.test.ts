import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PLAIN_APP_QUERY } from '../../src/http/pages/app/app-query.ts'
import { objectsSection } from '../../src/http/pages/app/objects/objects-section.ts'
import type { ObjectVerdict } from '../../src/model/verdicts/difference.ts'

const object = (state: ObjectVerdict['state']): ObjectVerdict => ({
  key: { group: '', kind: 'ConfigMap', namespace: 'shop', name: state },
  version: 'v1',
  state,
  differences: [],
})
const UNTIL = Date.UTC(2026, 10, 1, 12) / 1000

function page(objects: readonly ObjectVerdict[], knownUntil?: number): string {
  const known = knownUntil === undefined ? {} : { knownUntil }
  return String(
    objectsSection(objects, { id: 'shop', query: PLAIN_APP_QUERY, showValues: true, now: UNTIL + 60, ...known }),
  )
}

test('what an Unknown app shows is dated as the last known', () => {
  assert.match(page([object('changed')], UNTIL), /As last known, until .*2026-11-01/)
})

test('what is of now has no such date', () => {
  assert.doesNotMatch(page([object('changed')]), /last known/)
  assert.doesNotMatch(page([], UNTIL), /last known/)
  assert.doesNotMatch(page([object('unknown'), object('synced')], UNTIL), /last known/, 'one object alone is unknown')
})
