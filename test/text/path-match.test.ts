import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pathMatch } from '../../src/text/path-match.ts'

/** Rows of the table that Go's own tests of `path.Match` have, with others of the kind. */
const ROWS: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
  ['abc', 'abc', true],
  ['*', 'abc', true],
  ['*c', 'abc', true],
  ['a*', 'a', true],
  ['a*', 'ab/c', false],
  ['a*/b', 'a/c/b', false],
  ['a*b*c*d*e*/f', 'axbxcxdxexxx/f', true],
  ['ab[c]', 'abc', true],
  ['ab[b-d]', 'abc', true],
  ['ab[e-g]', 'abc', false],
  ['ab[^c]', 'abc', false],
  ['ab[^e-g]', 'abc', true],
  ['ab[!c]', 'abc', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'ab', false],
  ['a?b', 'a☺b', true],
  ['a???b', 'a☺b', false],
  ['[a-ζ]*', 'α', true],
  ['*[a-ζ]', 'A', false],
  ['a?b', 'a/b', false],
  ['[\\]a]', ']', true],
  ['[\\-x]', '-', true],
  ['[x\\-]', 'z', false],
  ['{a,b}', 'a', false],
  ['', '', true],
  ['', 'a', false],
]

test("patterns of kinds match what Go's filepath.Match matches", () => {
  for (const [pattern, text, matches] of ROWS)
    assert.equal(pathMatch(pattern)?.test(text), matches, `${pattern} of ${text}`)
})

test('what is a bad pattern to Go is none', () => {
  for (const pattern of ['[', '[]a]', '[-]', '[x-]', '[-x]', '[a-b-c]', '[^', '[^bc', 'a[', '\\', '[a'])
    assert.equal(pathMatch(pattern), undefined, pattern)
})
