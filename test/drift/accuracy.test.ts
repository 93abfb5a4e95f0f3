import assert from 'node:assert/strict'
import { test } from 'node:test'
import { builtinKinds } from '../../src/kubernetes/builtin/table.ts'
import { groupVersion } from '../../src/kubernetes/object.ts'
import type { SchemaIndex } from '../../src/kubernetes/schema/schema-index.ts'
import { type AccuracyCase, accuracySchemas, builtinOnly, readAccuracyCases } from './accuracy-cases.ts'
import { judgeCase, type Outcome } from './judge-case.ts'

const cases = readAccuracyCases()
const schemas = accuracySchemas()
const builtin = builtinOnly()

function wrong(
  schemasOf: (one: AccuracyCase) => SchemaIndex,
  outcomes: readonly Outcome[],
  chosen = cases,
): readonly string[] {
  return chosen.flatMap((one) => {
    const { outcome, differences } = judgeCase(one, schemasOf(one))
    const found = differences.map((difference) => `${difference.class} ${difference.path}`).join(', ')
    return outcomes.includes(outcome) ? [`${outcome}: ${one.id}: ${found}`] : []
  })
}

const ALL_WRONG: readonly Outcome[] = ['false positive', 'false negative', 'wrong class', 'wrong path']

function isBuiltin({ desired }: AccuracyCase): boolean {
  const { group } = groupVersion(desired.apiVersion)
  return builtinKinds().some((kind) => kind.group === group && kind.kind === desired.kind)
}

test('the dataset has all its groups', () => {
  const groups = [...new Set(cases.map(({ group }) => group))].sort()
  assert.deepEqual(groups, ['benign', 'clean', 'mutated', 'removed-in-git', 'respelled', 'restart'])
  assert.ok(cases.length > 9000)
})

test("with the cluster's schemas every case gets the right verdict, class and path", () => {
  assert.deepEqual(
    wrong(({ app }) => schemas(app), ALL_WRONG),
    [],
  )
})

test('with the built-in table alone every case of a built-in kind is right', () => {
  assert.deepEqual(
    wrong(() => builtin, ALL_WRONG, cases.filter(isBuiltin)),
    [],
  )
})

test('with the built-in table alone nothing is made up about custom resources', () => {
  const custom = cases.filter((one) => !isBuiltin(one))
  assert.deepEqual(
    wrong(() => builtin, ['false positive', 'wrong class', 'wrong path'], custom),
    [],
  )
})

test('without a schema only what a default may explain goes unseen in custom resources', () => {
  const custom = cases.filter((one) => !isBuiltin(one))
  const unseen = custom.filter((one) => judgeCase(one, builtin).outcome === 'false negative')
  const groups = new Map<string, number>()
  for (const { group } of unseen) groups.set(group, (groups.get(group) ?? 0) + 1)
  // Dropped from Git, it may be what a default puts back; inside lists that are replaced as a whole anything may.
  assert.deepEqual(Object.fromEntries(groups), { 'removed-in-git': 93, mutated: 21 })
})

test('a live object that lost its managedFields is judged by what Git declares alone', () => {
  for (const one of cases) {
    if (one.live === undefined || one.group !== 'clean') continue
    const { managedFields: _lost, ...metadata } = one.live.metadata
    const live = { ...one.live, metadata: { ...metadata, name: metadata.name } }
    const { outcome } = judgeCase({ ...one, live }, schemas(one.app))
    assert.equal(outcome, 'right', one.id)
  }
})
