import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findEvent } from '../../src/clusters/server/api/sent-object.ts'
import { isJsonObject, type Json } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import fc from '../fast-check.ts'

/** @param entries of managedFields, as text */
function sent(entries: readonly string[], rest = '"data":{"fieldsV1":0}') {
  const metadata = `{"name":"a","managedFields":[${entries.join()}],"uid":"1"}`
  const object = `{"kind":"ConfigMap","apiVersion":"v1","metadata":${metadata},${rest}}`
  const event = findEvent(Buffer.from(`{"type":"ADDED","object":${object}}`), 'test')
  assert(event !== undefined)
  return { read: () => event.object.read(), object }
}

const fieldsOf = (read: () => KubernetesObject): Json | undefined => {
  const { managedFields } = read().metadata
  const [entry] = Array.isArray(managedFields) ? managedFields : []
  return isJsonObject(entry) ? entry.fieldsV1 : undefined
}

const nested = (levels: number): string => `${'{"f:a":'.repeat(levels)}{}${'}'.repeat(levels)}`

test('an object is read as parsing all of it would, whatever its managers own', () => {
  const fields = fc.oneof(
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.constantFrom(
      '{"f:data":{"f:ü":{}}}',
      '{ "f:data" : { } }',
      '{"__proto__":{}}',
      '{"f:\\u0061":12345678901234567890}',
    ),
    fc.constantFrom(nested(99), nested(150), nested(900), `{"f:long":"${'x'.repeat(20_000)}"}`),
  )
  const entry = fc
    .array(fc.tuple(fc.constantFrom('fieldsV1', 'manager', 'time', 'fields\\u0056'), fields), { maxLength: 3 })
    .map((members) => `{${members.map(([key, value]) => `"${key}":${value}`).join()}}`)
  const entries = fc.array(fc.oneof({ weight: 5, arbitrary: entry }, fc.constantFrom('null', '"fieldsV1"', '[]')), {
    maxLength: 20,
  })
  const exact = (_key: string, value: Json, { source }: { readonly source?: string }): Json =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '')
      ? BigInt(source ?? '')
      : value
  fc.assert(
    fc.property(entries, (all) => {
      const { read, object } = sent(all)
      assert.deepEqual(read(), JSON.parse(object, exact))
    }),
  )
})

test('two objects have the same fields as one value', () => {
  const own = '{"manager":"a","fieldsV1":{"f:data":{"f:shared":{}}}}'
  const fields = fieldsOf(sent([own]).read)
  assert.deepEqual(fields, { 'f:data': { 'f:shared': {} } })
  assert.equal(fieldsOf(sent([own], '"data":{}').read), fields)
})

test('fields that are no JSON, or nested too deep, are refused as anywhere in an object', () => {
  assert.throws(sent(['{"fieldsV1":{"f:a":{]}}']).read, { name: 'GDE_CLUSTER_PROTOCOL' })
  assert.throws(sent([`{"fieldsV1":${nested(1100)}}`]).read, /nested deeper/)
  assert.throws(sent([`{"fieldsV1":${nested(3000)}}`]).read, /nested/)
})
