import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applicationToApp } from '../../../src/discovery/argocd/applications/application-to-app.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { contextOf } from './context.ts'
import { application } from './resources.ts'

const setOf = (ownerReferences: JsonObject[]): string | undefined =>
  applicationToApp(application('web', {}, { metadata: { ownerReferences } }), contextOf()).app.applicationSet

test('an app is of the ApplicationSet that owns its Application', () => {
  const owner = { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', name: 'per-cluster', uid: 'u' }
  assert.equal(setOf([owner]), 'per-cluster')
  assert.equal(setOf([{ ...owner, kind: 'Application', name: 'parent' }, owner]), 'per-cluster')
  for (const other of [{ apiVersion: 'example.com/v1' }, { kind: 'AppProject' }])
    assert.equal(setOf([{ ...owner, ...other }]), undefined)
  assert.equal(setOf([]), undefined)
})
