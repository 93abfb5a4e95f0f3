import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { compareVersions, parseVersion } from '../../src/git/revisions/semver.ts'
import { highestTag, parseConstraint } from '../../src/git/revisions/semver-constraint.ts'
import fc from '../fast-check.ts'

/**
 * What github.com/Masterminds/semver/v3 v3.4.0 (the library of Argo CD and Flux) answers, written down by a few lines of Go: for
 * each constraint, whether it is one, and for each version in turn '+', '-', or '.' where the version is none.
 */
interface Golden {
  readonly versions: readonly string[]
  readonly valid: readonly boolean[]
  readonly cases: readonly { readonly constraint: string; readonly valid: boolean; readonly matches: string }[]
}

const golden: Golden = JSON.parse(await readFile(join(import.meta.dirname, 'golden/semver.json'), 'utf8'))

test('the same texts are versions as for the library of Argo CD', () => {
  for (const [index, version] of golden.versions.entries())
    assert.equal(parseVersion(version) !== undefined, golden.valid[index], version)
})

test('every constraint means what it means for the library of Argo CD', () => {
  for (const { constraint, valid, matches } of golden.cases) {
    const parsed = parseConstraint(constraint)
    assert.equal(parsed !== undefined, valid, JSON.stringify(constraint))
    const answers = golden.versions.map((text) => {
      const version = parseVersion(text)
      if (version === undefined || parsed === undefined) return '.'
      return parsed(version) ? '+' : '-'
    })
    assert.equal(answers.join(''), matches, JSON.stringify(constraint))
  }
})

test('versions have one order', () => {
  const version = fc
    .constantFrom(...golden.versions)
    .map(parseVersion)
    .filter((parsed) => parsed !== undefined)
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      assert.equal(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a)), 0)
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) assert.ok(compareVersions(a, c) <= 0)
    }),
  )
})

test('any text is a constraint or none, and never an exception', () => {
  const text = fc.string({ unit: fc.constantFrom(...'0123 .xX*<>=!~^|-,v+ab\t') })
  fc.assert(
    fc.property(text, (constraint) => {
      const parsed = parseConstraint(constraint)
      if (parsed !== undefined) highestTag(parsed, golden.versions)
    }),
  )
})
