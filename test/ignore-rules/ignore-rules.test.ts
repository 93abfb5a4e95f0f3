import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readApplicationRules, readCustomizedRules, readStatusRules } from '../../src/ignore-rules/argocd.ts'
import { readConfigRules } from '../../src/ignore-rules/config.ts'
import { readFluxRules } from '../../src/ignore-rules/flux.ts'
import { type ParsedRules, rulesOrThrow } from '../../src/ignore-rules/parsed-rules.ts'

/** The problems as people see them. */
function problemTexts({ problems }: ParsedRules): readonly string[] {
  return problems.map((problem) => {
    try {
      return JSON.stringify(rulesOrThrow({ rules: [], problems: [problem] }, 'GDE_FLUX_INVALID', 'ignore'))
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  })
}

test('rules of Flux are read, and what cannot be honoured is reported', () => {
  const target = { kind: 'Deployment', version: 'v1', labelSelector: 'app=web' }
  const parsed = readFluxRules([
    { paths: ['/spec/replicas'], target },
    { paths: ['/data'] },
    { paths: 'x' },
    { paths: [], target: { name: '(?=a)' } },
    { paths: [], target: { labelSelector: 'a in b' } },
    { paths: [], target: 'all' },
    { paths: ['/a', 1], target: { kind: 7 } },
    'all',
  ])
  assert.deepEqual(parsed.rules, [
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
  assert.deepEqual(problemTexts(parsed), [
    'ignore[2].paths is not a list',
    'ignore[3].target.name is no expression that can be used',
    'ignore[4].target.labelSelector is not a selector',
    'ignore[5].target is not an object',
    'ignore[6].target.kind is not a text',
    'ignore[6].paths is not a list of texts',
    'ignore[7] is not an object',
  ])
  assert.deepEqual(problemTexts(readFluxRules('all')), ['ignore is not a list'])
  for (const nothing of [undefined, null]) assert.deepEqual(readFluxRules(nothing), { rules: [], problems: [] })
})

test('rules of an Application select by group and kind always, by name and namespace where they are given', () => {
  const { rules, problems } = readApplicationRules([
    { kind: 'Secret', jsonPointers: ['/data'] },
    {
      group: 'apps',
      kind: '*',
      name: 'web',
      namespace: 'shop',
      jqPathExpressions: ['.spec'],
      managedFieldsManagers: null,
    },
  ])
  const nothing = { jsonPointers: [], jqPathExpressions: [], managedFieldsManagers: [] }
  assert.deepEqual(problems, [])
  assert.deepEqual(rules, [
    { ...nothing, group: '', kind: 'Secret', jsonPointers: ['/data'] },
    { ...nothing, group: 'apps', kind: '*', name: 'web', namespace: 'shop', jqPathExpressions: ['.spec'] },
  ])
  assert.deepEqual(problemTexts(readApplicationRules([{ kind: 1 }, { kind: 'K', jsonPointers: '/x' }])), [
    'ignore[0].kind is not a text',
    'ignore[1].jsonPointers is not a list',
  ])
})

test('what of argocd-cm cannot be understood is named', () => {
  const refused: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{ 'resource.customizations': '- a' }, /is not a map/],
    [{ 'resource.customizations': 'a: text' }, /resource\.customizations\.a is not an object/],
    [{ 'resource.customizations': 'a: {ignoreDifferences: [1]}' }, /a\.ignoreDifferences is not a text/],
    [
      { 'resource.customizations': 'a: {ignoreDifferences: "jsonPointers: x"}' },
      /of a\[0\]\.jsonPointers is not a list/,
    ],
    [{ 'resource.customizations.ignoreDifferences.a_b_c': '' }, /not of the form group_Kind/],
  ]
  for (const [general, message] of refused)
    assert.throws(() => readCustomizedRules(general), { name: 'GDE_ARGOCD_INVALID', message })
  const status = (written: string) => readStatusRules({ 'resource.compareoptions': written }).map(({ kind }) => kind)
  assert.deepEqual(['', '{}', 'ignoreResourceStatusField: strange'].map(status), [
    [undefined],
    [undefined],
    [undefined],
  ])
  assert.deepEqual(
    ['off', 'none', 'false', '"off"'].map((value) => status(`ignoreResourceStatusField: ${value}`)),
    [[], [], [], []],
  )
  assert.deepEqual(status('ignoreResourceStatusField: crd'), ['CustomResourceDefinition'])
  assert.throws(() => status('ignoreResourceStatusField: 7'), { name: 'GDE_ARGOCD_INVALID' })
})

test('rules of the config file say something to ignore, by pointers that are some', () => {
  const { rules, problems } = readConfigRules([
    { jsonPointers: ['/a~1b'] },
    { kind: 'Secret' },
    { jsonPointers: ['a', '/~2'] },
  ])
  assert.equal(rules.length, 3)
  assert.deepEqual(
    problems.map(({ at }) => at),
    [[1], [2, 'jsonPointers', 0], [2, 'jsonPointers', 1]],
  )
})
