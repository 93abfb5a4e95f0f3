import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packObject, unpackObject } from '../../src/engine/desired/packed-object.ts'
import { packLive } from '../../src/engine/live/live-object.ts'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import { parseJson, printJson } from '../../src/kubernetes/serialization/json.ts'
import fc from '../fast-check.ts'

test('an object comes out as it went in, whatever it holds', () => {
  const value = fc.jsonValue().map((json) => parseJson(JSON.stringify(json)))
  fc.assert(
    fc.property(value, fc.string({ unit: 'binary' }), fc.bigInt(), (spec, text, integer) => {
      const object = asKubernetesObject({ apiVersion: 'v1', kind: 'Any', metadata: { name: text }, spec, integer })
      assert.equal(printJson(unpackObject(packObject(object))), printJson(object))
    }),
  )
})

test('a new status, a new version, and who wrote the status do not change the packed object', () => {
  const live = (status: string, resourceVersion: string) =>
    asKubernetesObject({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name: 'web',
        resourceVersion,
        generation: Number(resourceVersion),
        managedFields: [
          { manager: 'argocd', operation: 'Apply', fieldsV1: { 'f:spec': {} } },
          {
            manager: 'controller',
            operation: 'Update',
            subresource: 'status',
            time: status,
            fieldsV1: { 'f:status': {} },
          },
        ],
      },
      spec: { replicas: 1 },
      status: { phase: status },
    })
  assert.equal(packLive(live('one', '1')), packLive(live('two', '2')))
  assert.deepEqual(unpackObject(packLive(live('one', '1'))), {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      managedFields: [{ manager: 'argocd', operation: 'Apply', fieldsV1: { 'f:spec': {} } }, { subresource: 'status' }],
    },
    spec: { replicas: 1 },
  })
})
