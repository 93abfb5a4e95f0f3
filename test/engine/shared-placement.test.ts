import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packRendering } from '../../src/engine/desired/packed-rendering.ts'
import { resolveShared } from '../../src/engine/desired/shared-placement.ts'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import type { Capabilities, ServedKind } from '../../src/model/clusters/cluster.ts'
import { createFixture, app as makeApp } from './engine-fixture.ts'

const widget = asKubernetesObject({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'blue' } })
const rendering = (objects = [widget]) =>
  packRendering({
    objects: objects.map((object) => ({ object, action: 'apply' as const })),
    dependencies: [],
    usedDestination: false,
    warnings: [],
  })

function serving(scope: Pick<ServedKind, 'namespaced' | 'scopeUnknown'> | undefined): Capabilities {
  const served: ServedKind | undefined = scope && {
    ...{ group: 'example.com', kind: 'Widget', resource: 'widgets', versions: ['v1'], verbs: ['list', 'watch'] },
    ...scope,
  }
  return {
    ...{ kubeVersion: 'v1.36.0', apiVersions: [], kinds: [], version: '' },
    kind: () => served,
    failure: () => undefined,
  }
}

test('apps of one rendering have their objects in one value as long as they are placed alike', async () => {
  await using fixture = await createFixture()
  const one = makeApp(fixture, { name: 'shop' })
  const two = makeApp(fixture, { name: 'shop', cluster: 'two' })
  const made = rendering()
  const namespaced = resolveShared(made, one, serving({ namespaced: true }))
  assert.deepEqual([...namespaced.objects.keys()], ['example.com/Widget/shop/blue'])
  assert.equal(resolveShared(made, two, serving({ namespaced: true })), namespaced)
  assert.notEqual(resolveShared(rendering(), two, serving({ namespaced: true })), namespaced)

  const keysOf = (...rest: Parameters<typeof resolveShared>): readonly string[] => [
    ...resolveShared(...rest).objects.keys(),
  ]
  assert.deepEqual(keysOf(made, two, serving({ namespaced: false })), ['example.com/Widget//blue'])
  assert.deepEqual(keysOf(made, two, serving({ namespaced: true, scopeUnknown: true })), ['example.com/Widget//blue'])
  assert.deepEqual(keysOf(made, two, serving(undefined)), ['example.com/Widget/shop/blue'])
  const elsewhere = { ...one, to: { ...one.to, namespace: 'elsewhere' } }
  assert.deepEqual(keysOf(made, elsewhere, serving({ namespaced: true })), ['example.com/Widget/elsewhere/blue'])
})

test('what is said of an object that is declared twice names the app that declares it', async () => {
  await using fixture = await createFixture()
  const made = rendering([widget, widget])
  for (const name of ['shop', 'cart']) {
    const { warnings } = resolveShared(made, makeApp(fixture, { name }), serving({ namespaced: true }))
    assert.deepEqual(
      warnings.map(({ code, app }) => [code, app]),
      [['GDE_RENDER_DUPLICATE', name]],
    )
  }
})

test('a namespace that an app looks after is its own', async () => {
  await using fixture = await createFixture()
  const made = rendering()
  const shop = makeApp(fixture, { name: 'shop' })
  const serves = serving({ namespaced: true })
  const packed = new Set<string | undefined>()
  for (const team of ['red', 'blue']) {
    const namespaceMetadata = { labels: { team }, annotations: {} }
    const { objects } = resolveShared(made, { ...shop, namespaceMetadata }, serves)
    assert.deepEqual([...objects.keys()], ['example.com/Widget/shop/blue', '/Namespace//shop'])
    packed.add(objects.get('/Namespace//shop')?.declared.packed)
  }
  assert.equal(packed.size, 2)
  assert.equal(resolveShared(made, shop, serves).objects.size, 1)
})
