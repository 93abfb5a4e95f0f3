import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileSchemas } from '../../src/kubernetes/openapi/openapi.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { GITOPS, managed, object, RECORDED, summary, verdictOf } from './objects.ts'

const WHOLE = compileSchemas([
  {
    document: {
      components: {
        schemas: {
          'com.example.v1.Whole': {
            type: 'object',
            'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Whole' }],
            properties: {
              spec: {
                type: 'object',
                properties: {
                  outer: {
                    type: 'object',
                    default: { size: 1 },
                    properties: { size: { type: 'integer' }, mode: { type: 'string', default: 'auto' } },
                  },
                  steps: {
                    type: 'array',
                    default: [{ name: 'one' }],
                    items: {
                      type: 'object',
                      properties: { name: { type: 'string' }, wait: { type: 'string', default: '5m' } },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
])

function whole(spec: JsonObject, metadata: JsonObject = {}) {
  return object('Whole', { spec }, metadata, 'example.com/v1')
}

test('a default is given the defaults inside it', () => {
  const filled = { outer: { size: 1, mode: 'auto' }, steps: [{ name: 'one', wait: '5m' }] }
  const managedFields = [{ manager: 'somebody', operation: 'Update', fieldsV1: {} }]
  const live = (spec: JsonObject) => whole(spec, { managedFields })
  const known = { schemas: WHOLE, ...RECORDED }
  assert.deepEqual(summary(verdictOf(whole({}), live(filled), known)), [])
  assert.deepEqual(summary(verdictOf(whole({}), live({ ...filled, outer: { size: 1, mode: 'off' } }), known)), [
    'added /spec/outer',
  ])
  assert.deepEqual(summary(verdictOf(whole({}), live({ ...filled, outer: { size: 2, mode: 'auto' } }), known)), [
    'added /spec/outer',
  ])
  assert.deepEqual(summary(verdictOf(whole({}), live({ ...filled, steps: [{ name: 'one', wait: '1m' }] }), known)), [
    'added /spec/steps',
  ])
  // What the default left behind when a smaller object was declared in its place.
  assert.deepEqual(summary(verdictOf(whole({ outer: {} }), live(filled), known)), [])
})

test('without a schema, defaults of keys are guessed from the live items', () => {
  const fields = { 'k:{"port":80,"protocol":"TCP"}': {}, 'k:{"port":80,"protocol":"UDP"}': {} }
  const entry = { manager: GITOPS, apiVersion: 'example.com/v1', fields: { 'f:spec': { 'f:ports': fields } } }
  const verdict = (desired: readonly JsonObject[], live: readonly JsonObject[]) =>
    summary(
      verdictOf(
        whole({ ports: desired }),
        whole({ ports: live }, { managedFields: managed({ ...entry, operation: 'Apply' }) }),
      ),
    )
  const tcp = { port: 80, protocol: 'TCP' }
  const udp = { port: 80, protocol: 'UDP' }
  assert.deepEqual(verdict([{ port: 80 }, udp], [tcp, udp]), [])
  assert.deepEqual(verdict([udp, { port: 80 }], [udp, tcp]), [])
  assert.deepEqual(verdict([{ port: 80 }, udp], [tcp]), ['missing /spec/ports/1'])
  assert.deepEqual(verdict([{ port: 80 }, { port: 81 }], [tcp]), ['missing /spec/ports/1'])
})

test('what a LimitRange was filled with stays when the limit is changed', () => {
  const range = (item: JsonObject, metadata: JsonObject = {}) =>
    object('LimitRange', { spec: { limits: [{ type: 'Container', ...item }] } }, metadata)
  const person = { manager: 'kubectl-edit', apiVersion: 'v1', fields: { 'f:spec': { 'f:limits': {} } } }
  const filled = { default: { memory: '1Gi' }, defaultRequest: { memory: '1Gi' } }
  const live = range({ max: { memory: '2Gi' }, ...filled }, { managedFields: managed(person) })
  assert.deepEqual(summary(verdictOf(range({ max: { memory: '1024Mi' } }), live)), [
    'changed /spec/limits/0/max/memory',
  ])
  const set = range(
    { max: { memory: '1Gi' }, ...filled, default: { memory: '3Gi' } },
    { managedFields: managed(person) },
  )
  assert.deepEqual(summary(verdictOf(range({ max: { memory: '1024Mi' } }), set)), ['added /spec/limits/0/default'])
})
