import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CompareInput } from '../../src/drift/compare-object.ts'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import { schemasFromCrds } from '../../src/kubernetes/openapi/crds.ts'
import type { KnownTypeField } from '../../src/model/apps/policy.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { policyOf } from './judge-case.ts'
import { GITOPS, object, summary, verdictOf } from './objects.ts'

const OPEN: JsonObject = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
const QUANTITY: JsonObject = { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true }
const CONTAINERS: JsonObject = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
  items: {
    type: 'object',
    properties: {
      name: { type: 'string' },
      stdin: { type: 'boolean' },
      resources: {
        type: 'object',
        properties: { limits: { type: 'object', additionalProperties: QUANTITY } },
      },
    },
  },
}

function crd(group: string, kind: string, spec: JsonObject) {
  return asKubernetesObject({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.toLowerCase()}s.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural: `${kind.toLowerCase()}s` },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
        },
      ],
    },
  })
}

/** A map of properties, one inside the other. */
function nested(properties: JsonObject, ...keys: readonly string[]): JsonObject {
  return keys.reduceRight<JsonObject>((inner, key) => ({ type: 'object', properties: { [key]: inner } }), {
    type: 'object',
    properties,
  })
}

function rollout(container: JsonObject, pod: JsonObject = {}, kind = 'Rollout') {
  const containers = [{ name: 'web', image: 'nginx:1', ...container }]
  return object(kind, { spec: { template: { spec: { containers, ...pod } } } }, {}, 'argoproj.io/v1alpha1')
}

const limits = (cpu: string | number, memory = '1Gi') => ({ resources: { limits: { cpu, memory } } })
const LIMITS = '/spec/template/spec/containers/0/resources/limits'
const POD: JsonObject = { containers: CONTAINERS, hostNetwork: { type: 'boolean' } }
const ROLLOUT = schemasFromCrds([crd('argoproj.io', 'Rollout', nested(POD, 'template', 'spec'))])
const OPEN_ROLLOUT = schemasFromCrds([crd('argoproj.io', 'Rollout', OPEN)])

const SCHEMAS: readonly (readonly [string, Partial<CompareInput>])[] = [
  ['with the schema of the CRD', { schemas: ROLLOUT }],
  ['with a CRD that leaves it open', { schemas: OPEN_ROLLOUT }],
  ['without a schema', {}],
]

for (const [name, schemas] of SCHEMAS)
  test(`the pod template of a Rollout is one, ${name}`, () => {
    const told = (desired: JsonObject, live: JsonObject, ...pods: readonly JsonObject[]) =>
      summary(verdictOf(rollout(desired, pods[0]), rollout(live, pods[1]), schemas))
    assert.deepEqual(told(limits('1000m', '1024Mi'), limits('1')), [])
    assert.deepEqual(told(limits(1), limits('1')), [])
    assert.deepEqual(told(limits('1000m'), limits('2')), [`changed ${LIMITS}/cpu`])
    assert.deepEqual(told(limits('1000m', '1024Mi'), limits('1', '2Gi')), [`changed ${LIMITS}/memory`])
    // A typed client drops zero values, which are no pointers.
    assert.deepEqual(told({ stdin: false }, {}, { hostNetwork: false }, {}), [])
    assert.deepEqual(told({ stdin: true }, {}), ['missing /spec/template/spec/containers/0/stdin'])
  })

test('other custom resources keep their text', () => {
  const judge = (kind: string) => summary(verdictOf(rollout(limits('1000m'), {}, kind), rollout(limits('1'), {}, kind)))
  assert.deepEqual(judge('Rollout'), [])
  assert.deepEqual(judge('Workflow'), [`changed ${LIMITS}/cpu`])
})

function engine(spec: JsonObject) {
  return object('Engine', { spec }, {}, 'example.com/v1alpha1')
}

function known(...fields: readonly (readonly [string, string])[]): Pick<CompareInput, 'policy'> {
  const knownTypes = fields.map(([field, type]): KnownTypeField => {
    return { group: 'example.com', kind: 'Engine', field: field.split('.'), type }
  })
  return { policy: { ...policyOf(GITOPS), knownTypes } }
}

test('fields that the policy names are of their types, in lists as well', () => {
  const desired = engine({ cpu: '0.5', wait: '90m', pumps: [{ size: '1000m' }, { size: '2' }], text: '1000m' })
  const live = engine({ cpu: '500m', wait: '1h30m0s', pumps: [{ size: '1' }, { size: '2000m' }], text: '1' })
  const policy = known(
    ['spec.cpu', 'core/Quantity'],
    ['spec.wait', 'meta/v1/Duration'],
    ['spec.pumps.size', 'core/Quantity'],
  )
  assert.deepEqual(summary(verdictOf(desired, live, policy)), ['changed /spec/text'])
  const listed = nested({
    cpu: { type: 'string' },
    wait: { type: 'string' },
    text: { type: 'string' },
    pumps: { type: 'array', items: { type: 'object', properties: { size: { type: 'string' } } } },
  })
  const schemas = schemasFromCrds([crd('example.com', 'Engine', listed)])
  assert.deepEqual(summary(verdictOf(desired, live, { ...policy, schemas })), ['changed /spec/text'])
  assert.deepEqual(summary(verdictOf(engine({ wait: '90m' }), engine({ wait: '1h31m' }), { ...policy, schemas })), [
    'changed /spec/wait',
  ])
})
