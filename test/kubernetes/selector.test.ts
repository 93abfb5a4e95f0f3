import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelKeyError, labelValueError } from '../../src/kubernetes/labels.ts'
import { selectorMatches, selectorText } from '../../src/kubernetes/selector.ts'
import type { LabelSelector } from '../../src/model/selector.ts'

const LABELS = { environment: 'prod', region: 'us-east' }

const CASES: readonly (readonly [LabelSelector, boolean])[] = [
  [{}, true],
  [{ matchLabels: { environment: 'prod' } }, true],
  [{ matchLabels: { environment: 'prod', region: 'eu-west' } }, false],
  [{ matchExpressions: [{ key: 'region', operator: 'In', values: ['us-east', 'us-west'] }] }, true],
  [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }, false],
  [{ matchExpressions: [{ key: 'region', operator: 'NotIn', values: ['us-east'] }] }, false],
  // A cluster without the label is selected by NotIn, as in Kubernetes.
  [{ matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }, true],
  [{ matchExpressions: [{ key: 'region', operator: 'Exists' }] }, true],
  [{ matchExpressions: [{ key: 'region', operator: 'DoesNotExist' }] }, false],
  [{ matchExpressions: [{ key: 'zone', operator: 'DoesNotExist' }] }, true],
  [{ matchLabels: { environment: 'prod' }, matchExpressions: [{ key: 'zone', operator: 'Exists' }] }, false],
  // What every object inherits is no label.
  [{ matchExpressions: [{ key: 'toString', operator: 'Exists' }] }, false],
]

for (const [selector, expected] of CASES)
  test(`"${selectorText(selector)}" ${expected ? 'selects' : 'does not select'} a cluster of prod in us-east`, () => {
    assert.equal(selectorMatches(selector, LABELS), expected)
  })

test('label keys and values are held to the rules of Kubernetes', () => {
  const keys = [
    'a',
    'A-b_c.d',
    'example.com/a',
    'x'.repeat(63),
    '',
    '-a',
    'a/b/c',
    'Example.com/a',
    'x'.repeat(64),
    '/a',
  ]
  assert.deepEqual(
    keys.filter((key) => labelKeyError(key) === undefined),
    keys.slice(0, 4),
  )
  const values = ['', 'a', 'us-east', 'x'.repeat(63), 'a b', '-a', 'x'.repeat(64)]
  assert.deepEqual(
    values.filter((value) => labelValueError(value) === undefined),
    values.slice(0, 4),
  )
})
