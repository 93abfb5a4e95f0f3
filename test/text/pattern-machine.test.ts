import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gobwasGlob } from '../../src/text/gobwas-glob.ts'

test('no pattern takes a lifetime: sixty groups that could each match in many ways', () => {
  const hostile = `${'{a,a*,*a}'.repeat(60)}b`
  assert.equal(gobwasGlob(hostile)?.test('a'.repeat(5000)), false)
})

test('separators stop a star, and not two of them', () => {
  const cases: [string, string, boolean][] = [
    ['https://*/team/*', 'https://git.example.com/team/app', true],
    ['https://*/team/*', 'https://git.example.com/other/team/app', false],
    ['https://**/team/*', 'https://git.example.com/other/team/app', true],
    ['a?b', 'a/b', false],
    ['[a-c]', 'b', true],
    ['[😀-😂]', '😁', true],
    ['[!😀-😂]', '😁', false],
  ]
  for (const [pattern, text, expected] of cases)
    assert.equal(gobwasGlob(pattern, '/')?.test(text), expected, `${pattern} and ${text}`)
})

test('braces that are nested beyond reason are no glob', () => {
  assert.equal(gobwasGlob('{'.repeat(10_000)), undefined)
})
