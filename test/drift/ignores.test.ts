import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ResolvedIgnores } from '../../src/drift/match-ignores.ts'
import { matchIgnores, resolveIgnores } from '../../src/drift/match-ignores.ts'
import { objectPolicyOf } from '../../src/drift/object-policy.ts'
import { readFluxRules } from '../../src/ignore-rules/flux.ts'
import type { IgnoreRule } from '../../src/model/apps/policy.ts'
import { configMap, deployment, managed, object, RECORDED, summary, verdictOf } from './objects.ts'

function pointers(...both: readonly string[]): { readonly ignores: ResolvedIgnores } {
  return { ignores: { desired: both, live: both, managers: [] } }
}

test('what a pointer points to does not count, nor what lies below', () => {
  const desired = deployment({ replicas: 1 }, { image: 'a:1' })
  const live = deployment({ replicas: 3 }, { image: 'a:2' })
  assert.deepEqual(summary(verdictOf(desired, live, pointers('/spec/replicas'))), [
    'changed /spec/template/spec/containers/0/image',
  ])
  assert.deepEqual(summary(verdictOf(desired, live, pointers('/spec'))), [])
  assert.equal(verdictOf(desired, live, pointers('')).state, 'synced')
})

test('pointers to several items of one list mean their places in the whole list', () => {
  const args = (...list: readonly string[]) => deployment({}, { args: list })
  const base = '/spec/template/spec/containers/0/args'
  assert.deepEqual(summary(verdictOf(args('a', 'b', 'c'), args('x', 'b', 'z'), pointers(`${base}/0`, `${base}/2`))), [])
})

test('pointers escape slashes and tildes, and ones that find nothing or are none change nothing', () => {
  const desired = configMap({ 'a/b': '1', 'c~d': '2' })
  const live = configMap({ 'a/b': '2', 'c~d': '3' })
  assert.deepEqual(summary(verdictOf(desired, live, pointers('/data/a~1b', '/data/c~0d'))), [])
  assert.equal(verdictOf(desired, live, pointers('/nothing/here', 'data', '/data/a/b')).differences.length, 2)
})

test('pointers into metadata work, and identity stays', () => {
  const desired = configMap({}, { labels: { a: '1' } })
  const live = configMap({}, { labels: { a: '2' } })
  assert.deepEqual(summary(verdictOf(desired, live, pointers('/metadata/labels'))), [])
  assert.equal(verdictOf(desired, live, pointers('/metadata')).key.name, 'x')
})

test('the jq side may find other places in the desired object than in the live one', () => {
  const env = (...names: readonly string[]) => deployment({}, { env: names.map((name) => ({ name, value: name })) })
  const base = '/spec/template/spec/containers/0/env'
  const ignores = { desired: [], live: [`${base}/0`], managers: [] }
  assert.deepEqual(summary(verdictOf(env('a'), env('injected', 'a'), { ignores, ...RECORDED })), [])
})

test('what an ignored manager owns is its own, changed or added', () => {
  const fields = { 'f:data': { 'f:a': {}, 'f:b': {} } }
  const live = configMap({ a: '2', b: '3' }, { managedFields: managed({ manager: 'kubectl-scaler', fields }) })
  assert.equal(verdictOf(configMap({ a: '1' }), live).differences.length, 2)
  const ignores = { desired: [], live: [], managers: ['kubectl-scaler'] }
  assert.deepEqual(summary(verdictOf(configMap({ a: '1' }), live, { ignores })), [])
})

function matched(rule: IgnoreRule, target = deployment()): boolean {
  return matchIgnores([{ jsonPointers: ['/x'], ...rule }], target).jsonPointers.length > 0
}

test('rules choose objects by group, kind, namespace and name, with stars', () => {
  assert.ok(matched({}))
  assert.ok(matched({ group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'x' }))
  assert.ok(matched({ group: '*', kind: '*' }))
  assert.ok(matched({ group: 'a*s', kind: 'Deploy*', namespace: '*op' }))
  assert.ok(!matched({ group: '' }))
  assert.ok(!matched({ kind: 'Deploy' }))
  assert.ok(!matched({ name: '*y*' }))
  assert.ok(matched({ group: '', kind: 'ConfigMap' }, configMap({})))
})

test('a pattern of many stars is matched in no time', () => {
  const name = 'a'.repeat(253)
  const target = configMap({}, { name })
  assert.ok(!matched({ name: `${'a*'.repeat(120)}b` }, target))
  assert.ok(matched({ name: `${'a*'.repeat(120)}` }, target))
})

test('what matching rules ignore is put together, with the places that jq found', () => {
  const rules: readonly IgnoreRule[] = [
    { kind: 'Deployment', jsonPointers: ['/a'], managedFieldsManagers: ['m'] },
    { kind: 'Service', jsonPointers: ['/b'] },
    { jqPathExpressions: ['.spec.replicas'] },
  ]
  const found = matchIgnores(rules, deployment())
  assert.deepEqual(found, { jsonPointers: ['/a'], jqPathExpressions: ['.spec.replicas'], managers: ['m'] })
  assert.deepEqual(resolveIgnores(found, { desired: ['/spec/replicas'], live: [] }), {
    desired: ['/a', '/spec/replicas'],
    live: ['/a'],
    managers: ['m'],
  })
})

test('Flux chooses by anchored expressions and by labels', () => {
  const rulesOf = (target: object) => readFluxRules([{ paths: ['/x'], target: Object(target) }]).rules
  const target = deployment({}, {}, { labels: { app: 'web', tier: 'front' }, annotations: { note: 'y' } })
  const fits = (selector: object) => matchIgnores(rulesOf(selector), target).jsonPointers.length > 0
  assert.ok(fits({}))
  assert.ok(fits({ kind: 'Deployment|StatefulSet', name: 'x', version: 'v1' }))
  assert.ok(!fits({ kind: 'Deploy' }))
  assert.ok(!fits({ version: 'v2' }))
  assert.ok(fits({ labelSelector: 'app in (web,api),tier!=back', annotationSelector: 'note' }))
  assert.ok(!fits({ labelSelector: 'app=api' }))
  assert.ok(!fits({ labelSelector: '!app' }))
})

test('annotations of the controller decide how an object is compared', () => {
  const flux = 'kustomize.toolkit.fluxcd.io'
  const noted = (annotations: object) => configMap({}, { annotations: Object(annotations) })
  const plain = configMap({})
  assert.deepEqual(objectPolicyOf('flux', plain, plain), { compare: 'full', extraIgnored: false })
  assert.equal(objectPolicyOf('flux', noted({ [`${flux}/reconcile`]: 'disabled' }), plain).compare, 'ignored')
  assert.equal(objectPolicyOf('flux', plain, noted({ [`${flux}/reconcile`]: 'Disabled' })).compare, 'ignored')
  assert.equal(objectPolicyOf('flux', noted({ [`${flux}/ssa`]: 'IfNotPresent' }), plain).compare, 'ifNotPresent')
  assert.equal(objectPolicyOf('flux', noted({ [`${flux}/ssa`]: 'Merge' }), plain).compare, 'merge')
  assert.equal(
    objectPolicyOf('flux', noted({ 'helm.toolkit.fluxcd.io/driftDetection': 'disabled' }), plain).compare,
    'ignored',
  )
  assert.ok(objectPolicyOf('flux', undefined, noted({ [`${flux}/prune`]: 'disabled' })).extraIgnored)
  const options = noted({ 'argocd.argoproj.io/compare-options': 'ServerSideDiff=true, IgnoreExtraneous' })
  assert.ok(objectPolicyOf('argocd', undefined, options).extraIgnored)
  const labelled = configMap({}, { labels: { [`${flux}/ssa`]: 'Ignore' } })
  assert.equal(objectPolicyOf('flux', labelled, plain).compare, 'ignored')
  const kept = { 'helm.sh/resource-policy': 'keep' }
  const ofRelease = { ...kept, 'meta.helm.sh/release-name': 'shop' }
  assert.ok(objectPolicyOf('helm', undefined, noted(ofRelease)).extraIgnored)
  assert.ok(objectPolicyOf('flux', undefined, noted(ofRelease)).extraIgnored)
  assert.ok(!objectPolicyOf('flux', undefined, noted(kept)).extraIgnored)
  // One controller's annotations mean nothing to another.
  assert.equal(objectPolicyOf('argocd', noted({ [`${flux}/reconcile`]: 'disabled' }), plain).compare, 'full')
  assert.deepEqual(objectPolicyOf('static', options, options), { compare: 'full', extraIgnored: false })
})

test('an ignored object is found by its own kind only', () => {
  assert.ok(!matched({ group: 'apps', kind: 'Deployment' }, object('StatefulSet', {}, {}, 'apps/v1')))
})
