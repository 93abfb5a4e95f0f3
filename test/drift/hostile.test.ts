import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareObject } from '../../src/drift/compare-object.ts'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import { compileSchemas } from '../../src/kubernetes/openapi/openapi.ts'
import { parseJson } from '../../src/kubernetes/serialization/json.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import { policyOf } from './judge-case.ts'
import { configMap, deployment, object, RECORDED, summary, verdictOf } from './objects.ts'

test('managedFields of any shape own nothing and break nothing', () => {
  const broken = [
    'x',
    [],
    [null, 3, 'x', []],
    [{ manager: 'kubectl-edit', operation: 'Update', fieldsV1: 'broken' }],
    [{ manager: 'kubectl-edit', operation: 'Update', fieldsV1: { 'f:data': 'x' } }],
    [{ manager: 'kubectl-edit', operation: 'Update', fieldsV1: { 'f:data': { 'f:b': null } } }],
    [{ manager: {}, operation: [], subresource: {}, time: 5, fieldsV1: { 'f:data': { 'f:b': {} } } }],
    [{ fieldsV1: { 'f:data': { 'k:{': {}, 'v:': {}, 'i:x': {} } } }],
  ]
  for (const managedFields of broken) {
    const live = configMap({ a: '1', b: '2' }, { managedFields })
    const verdict = verdictOf(configMap({ a: '1' }), live, RECORDED)
    assert.deepEqual(summary(verdict), [], JSON.stringify(managedFields))
    // The one readable entry names no manager: then it is a controller's.
    const isRead = JSON.stringify(managedFields).includes('"time":5')
    assert.equal(verdict.ownershipUnknown, isRead ? undefined : true, JSON.stringify(managedFields))
  }
})

test('a last-applied annotation of any shape is ignored', () => {
  for (const text of ['', '{', '[]', '3', 'null', '{"data": 3}', '{"data":{"b":{"c":[]}}}']) {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': text }
    const own = { 'f:metadata': { 'f:annotations': { 'f:kubectl.kubernetes.io/last-applied-configuration': {} } } }
    const managedFields = [{ manager: 'argocd-controller', operation: 'Update', fieldsV1: own }]
    const live = configMap({ a: '1' }, { annotations, managedFields })
    const verdict = verdictOf(configMap({ a: '2' }), live, { policy: policyOf('argocd-controller') })
    assert.deepEqual(summary(verdict), ['changed /data/a'], text)
  }
})

test('a value of a megabyte is compared and reported', () => {
  const large = 'x'.repeat(1_000_000)
  assert.deepEqual(summary(verdictOf(configMap({ a: large }), configMap({ a: large }))), [])
  const verdict = verdictOf(configMap({ a: large }), configMap({ a: `${large}y` }))
  assert.deepEqual(summary(verdict), ['changed /data/a'])
})

function nested(depth: number): JsonObject {
  return Object(parseJson(`${'{"a":['.repeat(depth)}1${']}'.repeat(depth)}`))
}

test('objects nested as deep as the border lets them are compared', () => {
  const deep = (spec: JsonObject) =>
    asKubernetesObject({ apiVersion: 'example.com/v1', kind: 'Deep', metadata: { name: 'x' }, spec })
  assert.deepEqual(summary(verdictOf(deep(nested(499)), deep(nested(499)))), [])
  assert.deepEqual(summary(verdictOf(deep(nested(498)), deep(nested(499)))).length, 1)
  assert.deepEqual(summary(verdictOf(deep({}), deep(nested(499)), RECORDED)), [])
  assert.throws(() => deep(nested(500)), { name: 'GDE_TOO_LARGE' })
})

test('keys such as __proto__ and ~/ are keys', () => {
  const data = (value: string): JsonObject =>
    Object(parseJson(`{"__proto__":"${value}","~/":"${value}","constructor":"${value}"}`))
  assert.deepEqual(summary(verdictOf(configMap(data('1')), configMap(data('1')))), [])
  assert.deepEqual(summary(verdictOf(configMap(data('1')), configMap(data('2')))), [
    'changed /data/__proto__',
    'changed /data/constructor',
    'changed /data/~0~1',
  ])
  assert.deepEqual(summary(verdictOf(configMap(data('1')), configMap({}))), [
    'missing /data/__proto__',
    'missing /data/constructor',
    'missing /data/~0~1',
  ])
  assert.deepEqual(summary(verdictOf(configMap({}), configMap(data('1')), RECORDED)), [
    'added /data/__proto__',
    'added /data/constructor',
    'added /data/~0~1',
  ])
})

test('a desired value of the wrong type is a difference', () => {
  const live = deployment({ replicas: 1 })
  const wrong: readonly (readonly [string, JsonObject])[] = [
    ['/spec/replicas', { replicas: 'three' }],
    ['/spec/replicas', { replicas: { a: 1 } }],
    ['/spec/template', { template: 'x' }],
    ['/spec/template', { template: [] }],
    ['/spec/selector', { selector: ['app'] }],
  ]
  for (const [path, spec] of wrong)
    assert.ok(summary(verdictOf(deployment(spec), live)).includes(`changed ${path}`), path)
  const spec = verdictOf(object('ConfigMap', { data: ['a'] }), configMap({ a: '1' }))
  assert.deepEqual(summary(spec), ['changed /data'])
})

/** An OpenAPI document with one custom kind and what else is given. */
function documentOf(spec: JsonObject, others: JsonObject = {}): JsonObject {
  const gvk = [{ group: 'example.com', version: 'v1', kind: 'Widget' }]
  const root = { type: 'object', properties: { spec }, 'x-kubernetes-group-version-kind': gvk }
  return { components: { schemas: { 'com.example.v1.Widget': root, ...others } } }
}

function widget(spec: JsonObject): KubernetesObject {
  return object('Widget', { spec }, {}, 'example.com/v1')
}

function compareWidgets(document: JsonObject, desired: JsonObject, live: JsonObject): readonly string[] {
  const schemas = compileSchemas([{ document }])
  return summary(
    compareObject({ desired: widget(desired), live: widget(live), schemas, policy: policyOf('x'), ...RECORDED }),
  )
}

test('a schema that refers to itself ends where the objects do', () => {
  const tree = {
    type: 'object',
    properties: { child: { $ref: '#/components/schemas/Tree' }, size: { type: 'integer' } },
  }
  const document = documentOf({ $ref: '#/components/schemas/Tree' }, { Tree: tree })
  assert.deepEqual(compareWidgets(document, { child: { child: { size: 1 } } }, { child: { child: { size: 2 } } }), [
    'changed /spec/child/child/size',
  ])
  const knot = documentOf(
    { $ref: '#/components/schemas/A' },
    { A: { $ref: '#/components/schemas/B' }, B: { $ref: '#/components/schemas/A' } },
  )
  assert.deepEqual(compareWidgets(knot, { a: 1 }, { a: 2 }), ['changed /spec/a'])
})

test('a schema that is missing or contradicts the object hides no difference', () => {
  const schemas: readonly JsonObject[] = [
    documentOf({ $ref: '#/components/schemas/Nowhere' }),
    documentOf({ $ref: 'http://elsewhere/schema' }),
    documentOf({ type: 'array', items: { type: 'string' } }),
    documentOf({ type: 'string' }),
    documentOf({ type: 'object', properties: { a: { type: 'object' } } }),
    documentOf({ type: 'object', additionalProperties: { type: 'array', 'x-kubernetes-list-type': 'map' } }),
    documentOf({ type: 'object', properties: { a: 3 } }),
    { components: 'none' },
    {},
  ]
  for (const document of schemas)
    assert.deepEqual(compareWidgets(document, { a: 1 }, { a: 2 }), ['changed /spec/a'], JSON.stringify(document))
})

test('what the schema of the moment would prune but is there is compared', () => {
  const document = documentOf({ type: 'object', properties: { a: { type: 'integer' } } })
  assert.deepEqual(compareWidgets(document, { a: 1, b: 1 }, { a: 1, b: 2 }), ['changed /spec/b'])
})
