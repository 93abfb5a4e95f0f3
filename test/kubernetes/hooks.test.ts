import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isArgoHook, isHelmHook, isSkippedByArgo } from '../../src/kubernetes/hooks.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'

function annotated(annotations: JsonObject): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', annotations } }
}

const ARGO = 'argocd.argoproj.io/hook'
const HELM = 'helm.sh/hook'

test('Argo CD’s hooks are those of its own annotation, whatever it says, but for what is only skipped', () => {
  for (const hook of ['PreSync', 'PostDelete', 'PreSync,Skip', 'whatever', ''])
    assert.equal(isArgoHook(annotated({ [ARGO]: hook })), true, hook)
  for (const hook of ['Skip', ' Skip ', 'Skip,whatever']) {
    assert.equal(isArgoHook(annotated({ [ARGO]: hook })), false, hook)
    assert.equal(isSkippedByArgo(annotated({ [ARGO]: hook })), true, hook)
  }
  assert.equal(isSkippedByArgo(annotated({ [ARGO]: 'Skip,PreSync' })), false)
})

test('Helm’s annotation makes a hook of Argo CD where its own is not there, but for crd-install', () => {
  for (const hook of ['pre-install', 'post-delete', 'test', 'whatever', 'crd-install,pre-install'])
    assert.equal(isArgoHook(annotated({ [HELM]: hook })), true, hook)
  assert.equal(isArgoHook(annotated({ [HELM]: 'crd-install' })), false)
  assert.equal(isArgoHook(annotated({ [HELM]: 'crd-install', [ARGO]: 'Sync' })), true)
  assert.equal(isArgoHook(annotated({ [HELM]: 'pre-install', [ARGO]: 'Skip' })), false)
})

test('to Helm its own annotation alone makes a hook', () => {
  assert.equal(isHelmHook(annotated({ [HELM]: 'crd-install' })), true)
  assert.equal(isHelmHook(annotated({ [ARGO]: 'Sync' })), false)
})

test('an object without annotations is no hook', () => {
  const plain: KubernetesObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }
  assert.deepEqual([isArgoHook(plain), isSkippedByArgo(plain), isHelmHook(plain)], [false, false, false])
})
