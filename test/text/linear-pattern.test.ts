import assert from 'node:assert/strict'
import { test } from 'node:test'
import { doublestarGlob } from '../../src/text/doublestar-glob.ts'
import { linearPattern, wholeTextPattern } from '../../src/text/linear-pattern.ts'
import doublestar from './golden/doublestar.json' with { type: 'json' }
import goRegexp from './golden/go-regexp.json' with { type: 'json' }

const TWICE_NAMED = /<(\w)>.*<\1>/v

test("expressions match what Go's regexp package matches", () => {
  for (const { pattern, good, matches = [] } of goRegexp.patterns) {
    const compiled = wholeTextPattern(pattern)
    // Go takes a name twice; here that is no expression, which is told.
    if (TWICE_NAMED.test(pattern)) continue
    assert.equal(compiled !== undefined, good, pattern)
    const found = goRegexp.texts.filter((text) => compiled?.test(text))
    assert.deepEqual(found, matches, pattern)
  }
})

test('globs of values files match what doublestar matches', () => {
  for (const { pattern, good, matches = [] } of doublestar.patterns) {
    // Without any of these it is a name, and no glob.
    if (!/[*?[{]/.test(pattern)) continue
    const compiled = doublestarGlob(pattern)
    // It looks at some faults of a pattern only where it gets to them: nothing was found then.
    if (!good || matches.length > 0) assert.equal(compiled !== undefined, good, pattern)
    const found = doublestar.texts.filter((text) => compiled?.test(text))
    assert.deepEqual(found, matches, pattern)
  }
})

test('what keeps a matcher busy for ever that goes back is answered at once', () => {
  const pathological: readonly (readonly [pattern: string, text: string])[] = [
    ['a?'.repeat(60) + 'a'.repeat(60), 'a'.repeat(119)],
    ['(a+)+', `${'a'.repeat(250)}b`],
    ['(a|a)*', `${'a'.repeat(250)}b`],
    ['.*.*.*.*.*.*x', 'a'.repeat(253)],
  ]
  for (const [pattern, text] of pathological)
    assert.equal(wholeTextPattern(pattern)?.test(text), pattern.startsWith('a?'), pattern)
  assert.equal(doublestarGlob('*a'.repeat(100))?.test(`${'a'.repeat(250)}b`), false)
})

test('what is out of all proportion is no pattern', () => {
  for (const pattern of ['a'.repeat(1025), '(a{30}){100}', '(?=a)b', '(a)\\1', '['])
    assert.equal(linearPattern(pattern), undefined, pattern.slice(0, 20))
})
