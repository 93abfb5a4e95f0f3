import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wholeTextPattern } from '../../src/text/whole-text-pattern.ts'

test('expressions that could run for long are refused', () => {
  for (const text of ['(a+)+', '(a|a)*', '.*.*.*.*x', '(?=a)b', '(a)\\1', '[', 'a'.repeat(300)])
    assert.equal(wholeTextPattern(text), undefined, text)
  assert.ok(wholeTextPattern('web-.*')?.test('web-1'))
  assert.ok(wholeTextPattern('a|b')?.test('b'))
  assert.ok(!wholeTextPattern('a|b')?.test('ab'))
})
