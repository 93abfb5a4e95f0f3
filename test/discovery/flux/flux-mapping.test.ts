import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapFluxApps } from '../../../src/discovery/flux/flux-apps.ts'
import { createFluxMapping } from '../../../src/discovery/flux/flux-mapping.ts'
import type { KubernetesObject } from '../../../src/model/object.ts'
import { fluxContext, type TestSnapshotOptions } from './flux-snapshot.ts'
import { configMap, gitRepository, helmRelease, kustomization, secret } from './resources.ts'

const SHOP = kustomization({ postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'vars' }] } })
const WEB = helmRelease({ valuesFrom: [{ kind: 'Secret', name: 'login', valuesKey: 'values' }] })
const SOURCE = gitRepository()
const VARS = configMap('vars', { A: 'b' })
const LOGIN = secret('login', { values: 'a: b' })
const ALL = [SHOP, WEB, SOURCE, VARS, LOGIN]

/** Names of the apps that are other objects afterwards. Whatever is reused, the apps are those that mapping everything gives. */
function mappedAgain(
  from: KubernetesObject,
  to: KubernetesObject | undefined,
  options?: TestSnapshotOptions,
): readonly string[] {
  const mapping = createFluxMapping()
  const { context } = fluxContext(ALL)
  const before = new Set(mapFluxApps(context, mapping).apps)
  for (const app of mapFluxApps(context, mapping).apps) {
    assert.equal(app.problem, undefined)
    assert.ok(before.has(app))
  }
  const changed = ALL.flatMap((object) => (object === from ? (to ?? []) : object))
  const { context: next } = fluxContext(changed, options)
  const { apps } = mapFluxApps(next, mapping)
  assert.deepEqual(apps, mapFluxApps(next).apps)
  return apps.filter((app) => !before.has(app)).map(({ name }) => name)
}

test('a resource is mapped again when it changed', () => {
  assert.deepEqual(mappedAgain(SHOP, kustomization({ path: './other' })), ['shop'])
  assert.deepEqual(mappedAgain(WEB, helmRelease({ releaseName: 'other' })), ['web'])
})

test('what it refers to changed, came or went', () => {
  assert.deepEqual(mappedAgain(VARS, configMap('vars', { A: 'c' })), ['shop'])
  assert.deepEqual(mappedAgain(VARS, undefined), ['shop'])
  assert.deepEqual(mappedAgain(LOGIN, secret('login', { values: 'a: c' })), ['web'])
  assert.deepEqual(mappedAgain(SOURCE, gitRepository({ ref: { branch: 'next' } })), ['shop', 'web'])
})

test('nothing else makes it so', () => {
  assert.deepEqual(mappedAgain(VARS, VARS), [])
})

test('whether substitution is strict concerns all', () => {
  assert.deepEqual(mappedAgain(VARS, VARS, { strict: true }), ['shop', 'web'])
})

test('a lookup that fails in the same way is the same', () => {
  const failing = (message: string): typeof context => ({
    ...context,
    snapshot: { ...context.snapshot, configMap: () => ({ failure: { code: 'GDE_CLUSTER_FORBIDDEN', message } }) },
  })
  const { context } = fluxContext(ALL)
  const mapping = createFluxMapping()
  const [first] = mapFluxApps(failing('refused'), mapping).apps
  assert.equal(first?.problem?.code, 'GDE_CLUSTER_FORBIDDEN')
  assert.equal(mapFluxApps(failing('refused'), mapping).apps[0], first)
  assert.equal(mapFluxApps(failing('away'), mapping).apps[0]?.problem?.message, 'away')
  assert.equal(mapFluxApps(context, mapping).apps[0]?.problem, undefined)
})
