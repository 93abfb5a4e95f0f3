import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  fieldsAt,
  type ItemStep,
  listShape,
  type ManagedEntry,
  ownsItself,
} from '../../src/kubernetes/managed-fields.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'

function entryOf(fields: JsonObject): ManagedEntry {
  return { manager: 'm', operation: 'Apply', subresource: undefined, time: undefined, apiVersion: 'v1', fields }
}

function step(item: Json, list: ItemStep['list']['list'], ...names: readonly string[]): ItemStep {
  const keys = names.map((name) => ({ name, default: name === 'protocol' ? 'TCP' : undefined }))
  return { desired: 0, live: 0, list: { list, keys }, item }
}

test('fields, keyed items, set items and places are found', () => {
  const entry = entryOf({
    'f:spec': {
      'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {} } },
      'f:finalizers': { 'v:"a"': {} },
      'f:list': { 'i:0': {} },
    },
  })
  const port = step({ port: 80, name: 'web' }, 'map', 'port', 'protocol')
  assert.deepEqual(fieldsAt(entry, ['spec', 'ports', port, 'name']), {})
  assert.equal(fieldsAt(entry, ['spec', 'ports', port, 'targetPort']), undefined)
  assert.deepEqual(fieldsAt(entry, ['spec', 'finalizers', step('a', 'set')]), {})
  assert.equal(fieldsAt(entry, ['spec', 'finalizers', step('b', 'set')]), undefined)
  assert.deepEqual(fieldsAt(entry, ['spec', 'list', step('x', 'atomic')]), {})
  assert.equal(fieldsAt(entry, ['spec', 'other']), undefined)
})

test('keys that Go escapes are found', () => {
  const entry = entryOf({ 'f:env': { 'k:{"name":"a\\u003cb"}': { '.': {} } } })
  assert.deepEqual(fieldsAt(entry, ['env', step({ name: 'a<b' }, 'map', 'name')]), { '.': {} })
  assert.equal(fieldsAt(entry, ['env', step({ name: 'a<c' }, 'map', 'name')]), undefined)
})

test('a set holds the value itself when it is empty or has a dot', () => {
  assert.ok(ownsItself({}))
  assert.ok(ownsItself({ '.': {}, 'f:a': {} }))
  assert.ok(!ownsItself({ 'f:a': {} }))
})

test('the shape of a list is read from the elements of its set', () => {
  assert.deepEqual(listShape({ 'k:{"name":"a","port":1}': {} }), {
    list: 'map',
    keys: [
      { name: 'name', default: undefined },
      { name: 'port', default: undefined },
    ],
  })
  assert.equal(listShape({ '.': {}, 'v:"a"': {} }).list, 'set')
  assert.equal(listShape({}).list, 'atomic')
  assert.equal(listShape({ 'k:broken': {} }).list, 'atomic')
})
