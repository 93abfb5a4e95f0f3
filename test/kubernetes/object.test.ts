import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asKubernetesObject, expandLists, groupVersion, objectKey } from '../../src/kubernetes/object.ts'
import { CodedError, type Failure } from '../../src/model/failure.ts'
import type { Json } from '../../src/model/json.ts'

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'shop' } }

function failureOf(value: Json): Failure {
  try {
    asKubernetesObject(value, { file: 'app.yaml', line: 4 })
  } catch (error) {
    assert.ok(error instanceof CodedError)
    return error.failure
  }
  assert.fail('accepted')
}

test('an object is taken as it is', () => {
  assert.equal(asKubernetesObject(configMap), configMap)
})

test('what is missing is named with its place', () => {
  const where = { file: 'app.yaml', line: 4, code: 'GDE_RENDER_OBJECT' }
  assert.deepEqual(failureOf([]), { ...where, message: 'a manifest must be a mapping' })
  assert.deepEqual(failureOf({ kind: 'Pod' }), { ...where, message: 'apiVersion is not set' })
  assert.deepEqual(failureOf({ apiVersion: 'v1' }), { ...where, message: 'kind is not set' })
  assert.deepEqual(failureOf({ ...configMap, metadata: { name: false } }), {
    ...where,
    message: 'ConfigMap: metadata.name is a boolean, not text',
  })
  assert.deepEqual(failureOf({ ...configMap, metadata: { name: 'a', namespace: false } }), {
    ...where,
    message: 'ConfigMap: metadata.namespace is a boolean, not text',
  })
  for (const metadata of [undefined, null, [], {}, { name: null }]) {
    const { metadata: _, ...bare } = configMap
    const value: Json = metadata === undefined ? bare : { ...bare, metadata }
    assert.deepEqual(failureOf(value), { ...where, message: 'ConfigMap: metadata.name is not set' })
  }
})

test('an object that the server will name has an empty name', () => {
  const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { generateName: 'migrate-' } }
  assert.equal(asKubernetesObject(job).metadata.name, '')
})

test('an object nested deeper than 1,000 levels is refused', () => {
  const nested = (depth: number): Json => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)
  assert.ok(asKubernetesObject({ ...configMap, data: nested(999) }))
  assert.equal(failureOf({ ...configMap, data: nested(1000) }).code, 'GDE_TOO_LARGE')
})

test('the key holds the group and no version', () => {
  assert.deepEqual(groupVersion('networking.k8s.io/v1'), { group: 'networking.k8s.io', version: 'v1' })
  assert.deepEqual(groupVersion('v1'), { group: '', version: 'v1' })
  assert.deepEqual(objectKey(asKubernetesObject(configMap)), {
    group: '',
    kind: 'ConfigMap',
    namespace: 'shop',
    name: 'a',
  })
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } }
  assert.equal(objectKey(asKubernetesObject(node)).namespace, '')
})

test('lists are expanded in order, lists in lists too, and null holds nothing', () => {
  const named = (name: string) => ({ ...configMap, metadata: { name } })
  const list = {
    apiVersion: 'v1',
    kind: 'List',
    items: [named('a'), { apiVersion: 'v1', kind: 'List', items: [named('b')] }, named('c')],
  }
  assert.deepEqual(
    expandLists(list).map((object) => object.metadata.name),
    ['a', 'b', 'c'],
  )
  assert.deepEqual(expandLists(null), [])
  assert.deepEqual(expandLists(configMap), [configMap])
})

test('items of a typed list get its kind and version', () => {
  const list = { apiVersion: 'apps/v1', kind: 'DeploymentList', items: [{ metadata: { name: 'web' } }] }
  assert.deepEqual(expandLists(list), [{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } }])
})

test('a list with an item that is no object is refused', () => {
  assert.throws(() => expandLists({ apiVersion: 'v1', kind: 'List', items: ['x'] }), { name: 'GDE_RENDER_OBJECT' })
})
