import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRedacted, LAST_APPLIED, type RedactionKey, redactObject } from '../../src/kubernetes/redaction.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'

const key: RedactionKey = new Uint8Array(32).fill(7)

function secret(parts: JsonObject, annotations?: JsonObject): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db', ...(annotations && { annotations }) },
    ...parts,
  }
}

function dataOf(parts: JsonObject): unknown {
  return redactObject(secret(parts), key).data
}

test('nothing of a value is left, wherever it stands', () => {
  const applied = JSON.stringify(secret({ stringData: { password: 'hunter2' } }))
  const object = secret(
    { data: { password: btoa('hunter2') }, stringData: { user: 'hunter2' } },
    { [LAST_APPLIED]: applied },
  )
  const text = JSON.stringify(redactObject(object, key))
  assert.doesNotMatch(text, /hunter2|aHVudGVyMg/)
  assert.match(text, /"user":"redacted:[0-9a-f]{32}"/)
})

test('stringData and every base64 spelling of a value give the same hash', () => {
  const plain = dataOf({ stringData: { password: 'hunter22' } })
  assert.deepEqual(dataOf({ data: { password: btoa('hunter22') } }), plain)
  assert.deepEqual(dataOf({ data: { password: 'aHVu\ndGVy\r\nMjI=' } }), plain)
  assert.notDeepEqual(dataOf({ stringData: { password: 'hunter23' } }), plain)
})

test('stringData wins over data and is itself gone', () => {
  const object = redactObject(secret({ data: { a: btoa('old'), b: btoa('b') }, stringData: { a: 'new' } }), key)
  assert.deepEqual(object.data, dataOf({ stringData: { a: 'new', b: 'b' } }))
  assert.equal('stringData' in object, false)
})

test('last-applied is redacted without folding, so that what was applied as stringData is known', () => {
  const applied = JSON.stringify(secret({ data: { a: btoa('x') }, stringData: { b: 'y' }, type: 'Opaque' }))
  const object = redactObject(secret({ stringData: { a: 'x', b: 'y' } }, { [LAST_APPLIED]: applied }), key)
  const annotations = object.metadata.annotations
  assert.ok(typeof annotations === 'object' && annotations !== null && LAST_APPLIED in annotations)
  const redactedApplied = JSON.parse(String(Reflect.get(annotations, LAST_APPLIED)))
  assert.deepEqual({ ...redactedApplied.data, ...redactedApplied.stringData }, object.data)
  assert.deepEqual(Object.keys(redactedApplied.stringData), ['b'])
  assert.equal(redactedApplied.type, 'Opaque')
})

test('a last-applied that is no manifest is redacted as a whole', () => {
  for (const broken of ['{"data": {"p": hunter2', '"hunter2"', 'hunter2']) {
    const object = redactObject(secret({}, { [LAST_APPLIED]: broken }), key)
    assert.doesNotMatch(JSON.stringify(object), /hunter2/)
  }
})

test('what the server would reject is redacted too and equals nothing accepted', () => {
  const rejected = dataOf({ data: { a: 'not base64' } })
  assert.doesNotMatch(JSON.stringify(rejected), /base64/)
  assert.notDeepEqual(rejected, dataOf({ stringData: { a: 'not base64' } }))
  assert.doesNotMatch(JSON.stringify(redactObject(secret({ data: 'hunter2' }), key)), /hunter2/)
  assert.doesNotMatch(JSON.stringify(redactObject(secret({ stringData: ['hunter2'] }), key)), /hunter2/)
  assert.doesNotMatch(JSON.stringify(dataOf({ data: { a: 12345 } })), /12345/)
})

test('redacting twice is redacting once, and another key gives other hashes', () => {
  const applied = JSON.stringify(secret({ stringData: { a: 'x' } }))
  const once = redactObject(secret({ stringData: { a: 'x' } }, { [LAST_APPLIED]: applied }), key)
  assert.deepEqual(redactObject(once, key), once)
  assert.notDeepEqual(redactObject(secret({ stringData: { a: 'x' } }), new Uint8Array(32)), once)
})

test('a stringData that looks redacted is redacted all the same', () => {
  const text = `redacted:${'0'.repeat(32)}`
  assert.equal(isRedacted(text), true)
  assert.notDeepEqual(dataOf({ stringData: { a: text } }), { a: text })
  assert.deepEqual(dataOf({ stringData: { a: text } }), dataOf({ data: { a: btoa(text) } }))
})

test('null and the empty value hold no secret: they can be told from each other', () => {
  assert.deepEqual(dataOf({ data: { none: null, empty: '' } }), { none: null, empty: '' })
  assert.deepEqual(dataOf({ stringData: { none: null, empty: '' } }), { none: null, empty: '' })
  assert.deepEqual(dataOf({ data: { a: btoa('x') }, stringData: { a: null } }), dataOf({ data: { a: btoa('x') } }))
})

test('keys such as __proto__ are redacted like any other', () => {
  const object = redactObject(secret(JSON.parse('{"data":{"__proto__":"aHVudGVy","~/x":"aHVudGVy"}}')), key)
  const data = object.data
  assert.ok(typeof data === 'object' && data !== null)
  assert.deepEqual(Object.keys(data), ['__proto__', '~/x'])
  assert.ok(Object.values(data).every(isRedacted))
})

test('other kinds, and Secrets of other groups, are returned as they are', () => {
  const configMap = { ...secret({ data: { a: 'x' } }), kind: 'ConfigMap' }
  assert.equal(redactObject(configMap, key), configMap)
  const custom = { ...secret({ data: { a: 'x' } }), apiVersion: 'vault.example/v1' }
  assert.equal(redactObject(custom, key), custom)
})
