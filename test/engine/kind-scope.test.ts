import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isInScope } from '../../src/engine/desired/kind-scope.ts'

const [POD, EVENT, LEASE, WORKFLOW] = [
  { group: '', kind: 'Pod' },
  { group: 'events.k8s.io', kind: 'Event' },
  { group: 'coordination.k8s.io', kind: 'Lease' },
  { group: 'argoproj.io', kind: 'Workflow' },
]

test('what is excluded is out of scope, and so is what is not included where something is', () => {
  assert.ok(isInScope(POD, undefined))
  assert.ok(isInScope(POD, { excluded: [] }))
  const exclusions = { excluded: [{ groups: ['*.k8s.io'], kinds: ['Lease', 'Event'] }] }
  for (const kind of [POD, WORKFLOW]) assert.ok(isInScope(kind, exclusions))
  for (const kind of [EVENT, LEASE]) assert.ok(!isInScope(kind, exclusions))
  const inclusions = { included: [{ groups: ['', 'events.k8s.io'], kinds: ['*'] }], ...exclusions }
  assert.ok(isInScope(POD, inclusions))
  for (const kind of [EVENT, LEASE, WORKFLOW]) assert.ok(!isInScope(kind, inclusions))
  assert.ok(!isInScope(POD, { included: [], excluded: [] }))
})

test('a list without groups or kinds is of all, and a glob that is none of nothing', () => {
  assert.ok(!isInScope(POD, { excluded: [{ groups: [], kinds: ['Pod'] }] }))
  assert.ok(!isInScope(POD, { excluded: [{ groups: [''], kinds: [] }] }))
  assert.ok(isInScope(WORKFLOW, { excluded: [{ groups: ['[argo'], kinds: [] }] }))
})

test('scopes that are alike but two are told apart, whatever was asked before', () => {
  const [one, other] = [{ excluded: [{ groups: ['*'], kinds: [] }] }, { excluded: [] }]
  assert.deepEqual([isInScope(POD, one), isInScope(POD, other), isInScope(POD, one)], [false, true, false])
})
