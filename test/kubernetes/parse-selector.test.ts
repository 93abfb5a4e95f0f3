import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readFluxIgnoreRules } from '../../src/discovery/flux/ignore-rules.ts'
import { parseSelector } from '../../src/kubernetes/parse-selector.ts'
import { wholeTextPattern } from '../../src/text/whole-text-pattern.ts'

test('rules of Flux are read, and what cannot be honoured is reported', () => {
  const target = { kind: 'Deployment', version: 'v1', labelSelector: 'app=web' }
  const { value, problems } = readFluxIgnoreRules([
    { paths: ['/spec/replicas'], target },
    { paths: ['/data'] },
    { paths: 'x' },
    { paths: [], target: { name: '(a+)+' } },
    { paths: [], target: { labelSelector: 'a in b' } },
    { paths: [], target: 'all' },
  ])
  assert.deepEqual(value, [
    {
      kind: 'Deployment',
      jsonPointers: ['/spec/replicas'],
      flux: {
        version: 'v1',
        labels: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] },
        annotations: { matchExpressions: [] },
      },
    },
    { jsonPointers: ['/data'], flux: { labels: { matchExpressions: [] }, annotations: { matchExpressions: [] } } },
  ])
  assert.deepEqual(problems, [
    'ignore[2]: paths is not a list of JSON pointers',
    'ignore[3]: target.name is no expression that can be used',
    'ignore[4]: target.labelSelector is not a selector',
    'ignore[5]: target is not a mapping',
  ])
})

test('expressions that could run for long are refused', () => {
  for (const text of ['(a+)+', '(a|a)*', '.*.*.*.*x', '(?=a)b', '(a)\\1', '[', 'a'.repeat(300)])
    assert.equal(wholeTextPattern(text), undefined, text)
  assert.ok(wholeTextPattern('web-.*')?.test('web-1'))
  assert.ok(wholeTextPattern('a|b')?.test('b'))
  assert.ok(!wholeTextPattern('a|b')?.test('ab'))
})

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
