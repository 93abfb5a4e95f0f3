import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CodedError } from '../../src/model/failure.ts'
import type { Json } from '../../src/model/json.ts'
import { toRenderedObjects } from '../../src/render/rendered-objects.ts'
import { markUnstable } from '../../src/render/unstable.ts'
import fc from '../fast-check.ts'
import { REDACTION_KEY } from './rendering.ts'

const field = fc.constantFrom(
  'apiVersion',
  'kind',
  'metadata',
  'name',
  'items',
  'data',
  'stringData',
  'annotations',
  '__proto__',
)
const text = fc.constantFrom('v1', 'Secret', 'List', 'x', '', 'helm.sh/hook')
const value: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    text,
    fc.constant(null),
    fc.integer(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(field, tie('value'), { maxKeys: 6, noNullPrototype: true }),
    fc.record({
      apiVersion: text,
      kind: text,
      metadata: fc.record({ name: text, annotations: tie('value') }),
      data: tie('value'),
    }),
  ),
})).value

test('whatever a tool makes is objects or a coded error', () => {
  fc.assert(
    fc.property(value, value, (one, other) => {
      try {
        const first = toRenderedObjects([{ value: one, file: 'a.yaml', line: 1 }], REDACTION_KEY, 100)
        const second = toRenderedObjects([{ value: other }], REDACTION_KEY, 100)
        assert.equal(markUnstable(first, second, () => undefined).length, first.length)
      } catch (error) {
        assert.ok(error instanceof CodedError, String(error))
      }
    }),
    { numRuns: 5000 },
  )
})
