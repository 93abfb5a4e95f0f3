import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareObject } from '../../src/drift/compare-object.ts'
import { builtinKinds, builtinSchemas, builtinType } from '../../src/kubernetes/builtin/table.ts'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import { schemasFromCrds } from '../../src/kubernetes/openapi/crds.ts'
import { combineSchemas } from '../../src/kubernetes/schema/schema-index.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { policyOf } from '../drift/judge-case.ts'
import { recorded } from '../drift/objects.ts'

test('the built-in table knows kinds, their versions, resources and scopes', () => {
  const kinds = new Map(builtinKinds().map((kind) => [`${kind.group}/${kind.kind}`, kind]))
  assert.deepEqual(kinds.get('autoscaling/HorizontalPodAutoscaler')?.versions, ['v2', 'v1'])
  assert.deepEqual(kinds.get('/Namespace')?.namespaced, false)
  assert.equal(kinds.get('networking.k8s.io/NetworkPolicy')?.resource, 'networkpolicies')
  for (const { group, kind, versions } of kinds.values())
    for (const version of versions)
      assert.ok(builtinSchemas().kind(group, version, kind) !== undefined, `${kind} ${version}`)
  assert.equal(builtinSchemas().kind('apps', 'v9', 'Deployment'), undefined)
})

test('the built-in table knows list keys with defaults, zero values and quantities', () => {
  const container = builtinType('io.k8s.api.core.v1.Container')
  const ports = container?.fields.get('ports')?.node
  assert.ok(ports?.type === 'list')
  assert.deepEqual(ports.keys, [
    { name: 'containerPort', default: undefined },
    { name: 'protocol', default: 'TCP' },
  ])
  assert.equal(container?.fields.get('stdin')?.keepsZero, false)
  assert.equal(container?.fields.get('securityContext')?.keepsZero, true)
  const limits = builtinType('io.k8s.api.core.v1.ResourceRequirements')?.fields.get('limits')?.node
  assert.ok(limits?.type === 'object' && limits.values?.node.type === 'scalar')
  assert.equal(limits.values.node.scalar, 'quantity')
})

function crd(schema: JsonObject, spec: JsonObject = {}) {
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }]
  const names = { kind: 'Widget', plural: 'widgets' }
  return asKubernetesObject({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: { group: 'example.com', names, scope: 'Namespaced', versions, ...spec },
  })
}

function widgetDifferences(schema: JsonObject, desired: JsonObject, live: JsonObject, spec: JsonObject = {}) {
  const widget = (parts: JsonObject) =>
    asKubernetesObject({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'x' }, ...parts })
  const { differences, invalidFields } = compareObject({
    desired: widget(desired),
    live: recorded(widget(live), widget(desired)),
    schemas: schemasFromCrds([crd(schema, spec)]),
    policy: policyOf('x'),
  })
  return [differences.map((difference) => `${difference.class} ${difference.path}`), invalidFields]
}

const SCHEMA: JsonObject = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        size: { type: 'string', default: '1Gi' },
        mode: { type: 'object', default: {}, properties: { fast: { type: 'boolean', default: true } } },
        rules: { type: 'array', items: { type: 'object', properties: { weight: { type: 'integer', default: 1 } } } },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port', 'protocol'],
          items: {
            type: 'object',
            properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' } },
          },
        },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
  },
}

test('schemas inside CRDs give custom resources their defaults, in atomic lists too', () => {
  const live = { spec: { size: '1Gi', mode: { fast: true }, rules: [{ weight: 1 }] } }
  assert.deepEqual(widgetDifferences(SCHEMA, { spec: { rules: [{}] } }, live), [[], undefined])
  assert.deepEqual(
    widgetDifferences(SCHEMA, { spec: { rules: [{}] } }, { spec: { ...live.spec, mode: { fast: false } } }),
    [['added /spec/mode'], undefined],
  )
})

test('custom resources keep their text: a quantity is not another, an empty list not an absent one', () => {
  assert.deepEqual(widgetDifferences(SCHEMA, { spec: { size: '1024Mi' } }, { spec: { size: '1Gi' } })[0], [
    'changed /spec/size',
  ])
  assert.deepEqual(widgetDifferences(SCHEMA, { spec: { rules: [] } }, { spec: {} })[0], ['missing /spec/rules'])
  assert.deepEqual(widgetDifferences(SCHEMA, { spec: { labels: {} } }, { spec: {} })[0], ['missing /spec/labels'])
  assert.deepEqual(widgetDifferences(SCHEMA, { spec: { labels: null } }, { spec: {} })[0], [])
})

test('list keys of a CRD have defaults', () => {
  const desired = { spec: { ports: [{ port: 1 }] } }
  assert.deepEqual(widgetDifferences(SCHEMA, desired, { spec: { ports: [{ port: 1, protocol: 'TCP' }] } })[0], [])
  assert.deepEqual(widgetDifferences(SCHEMA, desired, { spec: { ports: [{ port: 1, protocol: 'UDP' }] } })[0], [
    'added /spec/ports/0',
    'missing /spec/ports/0',
  ])
})

test('unknown fields of a custom resource are invalid, unless the schema preserves them', () => {
  const desired = { spec: { other: 1, free: { anything: { at: 'all' } } } }
  const live = { spec: { free: { anything: { at: 'all' } } } }
  assert.deepEqual(widgetDifferences(SCHEMA, desired, live), [[], ['/spec/other']])
  const changed = { spec: { free: { anything: { at: 'once' } } } }
  assert.deepEqual(widgetDifferences(SCHEMA, live, changed)[0], ['changed /spec/free/anything/at'])
  assert.deepEqual(widgetDifferences({ type: 'object' }, { odd: 1 }, {}, { preserveUnknownFields: true })[0], [
    'missing /odd',
  ])
})

test('what is no CRD, or has no schema, is unknown', () => {
  const index = schemasFromCrds([
    asKubernetesObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }),
    crd({ type: 'object' }, { versions: [{ name: 'v1' }, null, 3] }),
    crd({ type: 'object' }, { names: 'x' }),
    crd({ type: 'object' }, { versions: 'x' }),
  ])
  assert.equal(index.kind('example.com', 'v1', 'Widget'), undefined)
})

test('the first of combined indexes that knows a kind is used', () => {
  const own = schemasFromCrds([crd({ type: 'object', properties: { a: { type: 'string' } } })])
  const combined = combineSchemas(own, builtinSchemas())
  assert.ok(combined.kind('example.com', 'v1', 'Widget')?.fields.has('a'))
  assert.ok(combined.kind('apps', 'v1', 'Deployment')?.fields.has('spec'))
  assert.equal(combined.kind('example.com', 'v2', 'Widget'), undefined)
})
