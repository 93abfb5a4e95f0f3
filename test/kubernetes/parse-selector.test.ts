import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSelector } from '../../src/kubernetes/parse-selector.ts'

test('selectors are read as kubectl reads them', () => {
  assert.deepEqual(parseSelector(' a=b , c==d,e!=f, g in (h, i),j notin (k),l,! m'), {
    matchExpressions: [
      { key: 'a', operator: 'In', values: ['b'] },
      { key: 'c', operator: 'In', values: ['d'] },
      { key: 'e', operator: 'NotIn', values: ['f'] },
      { key: 'g', operator: 'In', values: ['h', 'i'] },
      { key: 'j', operator: 'NotIn', values: ['k'] },
      { key: 'l', operator: 'Exists' },
      { key: 'm', operator: 'DoesNotExist' },
    ],
  })
  assert.deepEqual(parseSelector(''), { matchExpressions: [] })
  for (const text of ['a in', 'a in (b', '=b', 'a=b=c', ',', 'a b']) assert.equal(parseSelector(text), undefined, text)
})
