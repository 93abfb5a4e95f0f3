import assert from 'node:assert/strict'
import { test } from 'node:test'
import { causeOf } from '../../src/drift/cause-of.ts'
import { combineCauses } from '../../src/drift/combine-causes.ts'
import { compareDryRun } from '../../src/drift/compare-dry-run.ts'
import { type CompareInput, compareObject } from '../../src/drift/compare-object.ts'
import { builtinSchemas } from '../../src/kubernetes/builtin/table.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import { policyOf } from './judge-case.ts'
import { configMap, GITOPS, managed, summary } from './objects.ts'

function inputOf(desired: KubernetesObject, live: KubernetesObject | undefined): CompareInput {
  return { desired, live, schemas: builtinSchemas(), policy: policyOf(GITOPS) }
}

function cause(desired: KubernetesObject, live: KubernetesObject | undefined, before: KubernetesObject | undefined) {
  const input = inputOf(desired, live)
  return causeOf(compareObject(input), input, before)
}

const first = configMap({ a: '1', b: '1' })

test('a live object that is as Git wanted it before: Git moved', () => {
  assert.equal(cause(configMap({ a: '2', b: '1' }), first, first), 'git')
})

test('a live object that differs from both in the same place: the cluster moved', () => {
  assert.equal(cause(first, configMap({ a: '2', b: '1' }), first), 'live')
})

test('one place moved in Git, another in the cluster: both', () => {
  assert.equal(cause(configMap({ a: '1', b: '2' }), configMap({ a: '2', b: '1' }), first), 'both')
})

test('an object that is not there: new in Git, or deleted in the cluster', () => {
  assert.equal(cause(first, undefined, undefined), 'git')
  assert.equal(cause(first, undefined, first), 'live')
})

test('an object that Git declares for the first time and that is there otherwise: Git moved', () => {
  assert.equal(cause(first, configMap({ a: '3', b: '1' }), undefined), 'git')
})

test('the causes of parts make the cause of the whole', () => {
  assert.equal(combineCauses([]), undefined)
  assert.equal(combineCauses(['git', 'git']), 'git')
  assert.equal(combineCauses(['live']), 'live')
  assert.equal(combineCauses(['git', 'live']), 'both')
  assert.equal(combineCauses(['git', 'both']), 'both')
})

test('a dry run shows what an apply would change, and what people added is found besides', () => {
  const fields = { 'f:data': { 'f:mine': {} } }
  const managedFields = managed(
    { manager: GITOPS, operation: 'Apply', fields: { 'f:data': { 'f:a': {}, 'f:gone': {} } } },
    { manager: 'kubectl-edit', fields },
  )
  const live = configMap({ a: '2', gone: 'x', mine: 'y', hook: 'z' }, { managedFields })
  const dryRun = configMap({ a: '1', mine: 'y', hook: 'z', webhook: 'w' }, { managedFields })
  const verdict = compareDryRun(inputOf(configMap({ a: '1' }), live), dryRun)
  // What nobody owns and the dry run has too, a webhook made: it is no difference.
  assert.deepEqual(summary(verdict), [
    'changed /data/a',
    'removed /data/gone',
    'added /data/mine',
    'missing /data/webhook',
  ])
  assert.equal(verdict.state, 'changed')
})

test('a dry run that gives the live object is in sync, whatever the spelling', () => {
  const live = configMap({ a: '1' }, { managedFields: [] })
  const verdict = compareDryRun(inputOf(configMap({ a: 'otherwise' }), live), live)
  assert.deepEqual([verdict.state, verdict.differences, verdict.cause], ['synced', [], undefined])
  assert.equal(compareDryRun(inputOf(live, undefined), live).state, 'missing')
})
