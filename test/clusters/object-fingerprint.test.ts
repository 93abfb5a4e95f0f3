import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findEvent, findList } from '../../src/clusters/server/api/sent-object.ts'
import { packLive, unpackLive } from '../../src/engine/live/live-object.ts'
import { isJsonObject, type JsonObject } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import fc from '../fast-check.ts'

const [EARLY, LATE] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z']

function sent(object: JsonObject) {
  const event = findEvent(Buffer.from(JSON.stringify({ type: 'ADDED', object })), 'test')
  assert(event !== undefined)
  return event.object
}

const printed = (object: JsonObject) =>
  findEvent(Buffer.from(JSON.stringify({ type: 'ADDED', object })), 'test')?.object.fingerprint()

function web(metadata: JsonObject = {}, rest: JsonObject = {}): JsonObject {
  const own = { name: 'web', uid: 'one', resourceVersion: '1', generation: 1, creationTimestamp: EARLY }
  return {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    metadata: { ...own, ...metadata },
    spec: { replicas: 1 },
    ...rest,
  }
}

/** Of what owns only status nothing is kept but that it does. */
function withoutStatusOwners(object: KubernetesObject): KubernetesObject {
  const { managedFields } = object.metadata
  if (!Array.isArray(managedFields)) return object
  const kept = managedFields.filter((entry) => !isJsonObject(entry) || entry.subresource !== 'status')
  return { ...object, metadata: { ...object.metadata, managedFields: kept } }
}

const managed = (one: string, other: string, status = '') => ({
  managedFields: [
    { manager: 'git', operation: 'Apply', time: one, fieldsV1: { 'f:spec': {} } },
    ...(status === '' ? [] : [{ manager: 'x', subresource: 'status', time: status, fieldsV1: { [status]: {} } }]),
    { manager: 'hand', operation: 'Update', time: other, fieldsV1: { 'f:spec': {} } },
  ],
})

test('a fingerprint leaves out what changes all the time, and says what is the own of an object', () => {
  const fingerprint = printed(web(managed(EARLY, LATE, EARLY), { status: { replicas: 1 } }))
  assert.equal(fingerprint?.own, `one\n${EARLY}\n${EARLY}\n${LATE}`)
  const later = managed(LATE, '2026-05-01T00:00:00Z', LATE)
  const own = { uid: 'two', resourceVersion: '22', generation: 22, creationTimestamp: LATE }
  const other = printed(web({ ...own, ...later }, { status: { replicas: [2, '}'] } }))
  assert.equal(other?.digest, fingerprint.digest)
  assert.equal(other.own, `two\n${LATE}\n${LATE}\n2026-05-01T00:00:00Z`)
})

test('a fingerprint tells apart what comparing does', () => {
  const all = [
    web(),
    web({}, { spec: { replicas: 2 } }),
    web({}, { data: {} }),
    web({ labels: {} }),
    web({ name: 'db' }),
    web({ managedFields: [] }),
    web({ managedFields: [{}] }),
    web({ managedFields: [{ subresource: 'status' }] }),
    web({ managedFields: [{ subresource: 'status' }, { subresource: 'status' }] }),
    web({ managedFields: [{ manager: 'status' }] }),
    web(managed(EARLY, LATE)),
    web(managed(LATE, EARLY)),
    web(managed(EARLY, EARLY)),
    web(managed(EARLY, LATE, LATE)),
  ]
  assert.equal(new Set(all.map((object) => printed(object)?.digest)).size, all.length)
  const item = JSON.stringify({ metadata: { name: 'a' } })
  const digestAs = (kind: string): string | undefined => {
    const page = Buffer.from(`{"metadata":{},"items":[${item}]}`)
    const [object] = findList(page, { apiVersion: 'v1', kind }, 'test')?.objects ?? []
    return object?.fingerprint()?.digest
  }
  assert.equal(digestAs('ConfigMap'), digestAs('ConfigMap'))
  assert.notEqual(digestAs('ConfigMap'), digestAs('ServiceAccount'))
})

test('what servers do not write has no fingerprint, and neither has a Secret', () => {
  const odd = [
    { ...web(), kind: 'Secret', apiVersion: 'v1' },
    web({ uid: 'two\nlines' }),
    web({ uid: 'é' }),
    web({ uid: 5 }),
    web({ creationTimestamp: null }),
    web({ managedFields: null }),
    web({ managedFields: ['none'] }),
    web({ managedFields: [{ time: 7 }] }),
    web({ managedFields: [{ subresource: 'a"b' }] }),
  ]
  for (const object of odd) assert.equal(printed(object), undefined, JSON.stringify(object))
})

function service(spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  return { kind: 'Service', apiVersion: 'v1', metadata: { name: 'web', ...metadata }, spec }
}

test('the addresses that a cluster gives a Service are its own, and nothing else of it is', () => {
  const one = printed(service({ ports: [{ port: 80 }], clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', 'fd00::1'] }))
  assert.equal(one?.own, '@10.0.0.1\n@10.0.0.1\n@fd00::1')
  const two = printed(service({ ports: [{ port: 80 }], clusterIP: '10.9.0.2', clusterIPs: ['10.9.0.2', 'fd00::2'] }))
  assert.equal(two?.digest, one.digest)
  assert.equal(two.own, '@10.9.0.2\n@10.9.0.2\n@fd00::2')
  const others = [
    service({ clusterIP: 'None', clusterIPs: ['None'] }),
    service({ clusterIP: '10.0.0.1', clusterIPs: ['None'] }),
    service({ clusterIP: '10.0.0.1' }),
    service({ clusterIPs: ['10.0.0.1'] }),
    service({ clusterIPs: ['10.0.0.1', '10.0.0.2'] }),
    service({ clusterIPs: '10.0.0.1' }),
    service({ externalIPs: ['10.0.0.1'] }),
    service({ externalIPs: ['10.0.0.2'] }),
    service({ ports: [{ clusterIP: '10.0.0.1' }] }),
    service({ ports: [{ clusterIP: '10.0.0.2' }] }),
    { ...service({ clusterIP: '10.0.0.1' }), apiVersion: 'serving.knative.dev/v1' },
    { ...service({ clusterIP: '10.0.0.2' }), apiVersion: 'serving.knative.dev/v1' },
  ]
  assert.equal(new Set(others.map((object) => printed(object)?.digest)).size, others.length)
  const written = (object: string) =>
    findEvent(Buffer.from(`{"type":"ADDED","object":${object}}`), 'test')?.object.fingerprint()
  const sorted =
    '{"apiVersion":"v1","kind":"Service","spec":{"clusterIP":"10.0.0.1"},"metadata":{"uid":"u","name":"web"}}'
  assert.equal(written(sorted)?.own, 'u\n@10.0.0.1')
  const odd = sorted.replace('{"clusterIP"', '{"cluster\\u0049P"')
  assert.equal(written(odd), undefined)
})

test('objects of one fingerprint have one content, and each its own, whatever they hold', () => {
  const time = fc.constantFrom(EARLY, LATE, '')
  const entry = fc.record(
    { manager: fc.constantFrom('a', 'b'), time, subresource: fc.constantFrom('status', 'scale') },
    { requiredKeys: [] },
  )
  const metadata = fc.record(
    {
      name: fc.constantFrom('web', 'db'),
      uid: fc.constantFrom('1', '2', ''),
      creationTimestamp: time,
      generation: fc.constantFrom(1, 2),
      managedFields: fc.array(entry, { maxLength: 3 }),
    },
    { requiredKeys: ['name'] },
  )
  const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '', 'None', 5, null)
  const object = fc.record(
    {
      ...{ apiVersion: fc.constant('v1'), kind: fc.constantFrom('ConfigMap', 'Service'), metadata },
      data: fc.constantFrom({}, { status: ',"uid":""' }),
      spec: fc.oneof(
        fc.record(
          {
            type: fc.constantFrom('', '@'),
            clusterIP: address,
            clusterIPs: fc.oneof(address, fc.array(address, { maxLength: 2 })),
          },
          { requiredKeys: [] },
        ),
        address,
      ),
      status: fc.constantFrom({}, { '}': '{' }),
    },
    { requiredKeys: ['apiVersion', 'kind', 'metadata'] },
  ) as fc.Arbitrary<JsonObject>
  fc.assert(
    fc.property(fc.array(object, { minLength: 2, maxLength: 40 }), (objects) => {
      const contents = new Map<string, unknown>()
      for (const one of objects.map(sent)) {
        const fingerprint = one.fingerprint()
        const live = packLive(one.read())
        assert(fingerprint !== undefined)
        assert.equal(fingerprint.own, live.own)
        const known = contents.get(fingerprint.digest) ?? live.content
        contents.set(fingerprint.digest, known)
        assert.equal(live.content, known)
        const { status: _status, ...read } = one.read()
        const { generation: _generation, resourceVersion: _version, ...metadata } = read.metadata
        assert.deepEqual(withoutStatusOwners(unpackLive(live)), withoutStatusOwners({ ...read, metadata }))
      }
    }),
  )
})

const metadataOf = (object: JsonObject) => sent(object).metadata()

test('the digest of metadata is the same whatever status, specification and version are', () => {
  const one = web(managed(EARLY, LATE, EARLY), { status: { replicas: 1 } })
  const own = { resourceVersion: '22', generation: 22 }
  const other = web({ ...own, ...managed(EARLY, LATE, LATE) }, { spec: { replicas: 2 }, status: { replicas: 2 } })
  assert.equal(metadataOf(other), metadataOf(one))
})

test('the digest of metadata tells apart hands, times, owned fields, and whatever else is said there', () => {
  const fields = { managedFields: [{ manager: 'git', operation: 'Apply', time: EARLY, fieldsV1: { 'f:data': {} } }] }
  const all = [
    web(),
    web({ uid: 'two' }),
    web({ creationTimestamp: LATE }),
    web({ labels: { app: 'web' } }),
    web({ annotations: { note: 'x' } }),
    web({ ownerReferences: [{ kind: 'Owner', name: 'a' }] }),
    web({ deletionTimestamp: LATE }),
    web({ finalizers: ['one'] }),
    web(managed(EARLY, LATE)),
    web(managed(LATE, EARLY)),
    web(managed(EARLY, EARLY)),
    web(managed(EARLY, LATE, EARLY)),
    web(fields),
  ].map(metadataOf)
  assert.equal(new Set(all).size, all.length)
})
