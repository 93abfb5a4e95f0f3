import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packObject, unpackObject, unpackShared } from '../../src/engine/desired/packed-object.ts'
import { packLive, unpackLive } from '../../src/engine/live/live-object.ts'
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
  assert.deepEqual(packLive(live('one', '1')), packLive(live('two', '2')))
  assert.deepEqual(unpackLive(packLive(live('one', '1'))), {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      managedFields: [{ manager: 'argocd', operation: 'Apply', fieldsV1: { 'f:spec': {} } }, { subresource: 'status' }],
    },
    spec: { replicas: 1 },
  })
})

/** An object of a cluster, written by Git's controller and by a person. */
function written(own: { readonly uid: string; readonly byGit: string; readonly byHand: string }, kindFirst = true) {
  const type = { apiVersion: 'v1', kind: 'ConfigMap' }
  const entry = (manager: string, time: string) => ({
    ...{ manager, operation: 'Update', time },
    fieldsV1: { 'f:data': { [`f:${manager}`]: {} } },
  })
  return asKubernetesObject({
    ...(kindFirst && type),
    metadata: {
      ...{ name: 'settings', uid: own.uid, creationTimestamp: own.byGit },
      managedFields: [entry('git', own.byGit), entry('hand', own.byHand)],
    },
    data: { git: 'one', hand: 'two' },
    ...type,
  })
}

const [EARLY, LATE] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z']

test('objects of two clusters that differ in UID and times alone share their content, and come out with their own', () => {
  const one = written({ uid: 'one', byGit: EARLY, byHand: LATE })
  const other = written({ uid: 'other', byGit: '2026-03-01T00:00:00Z', byHand: '2026-03-01T00:00:01Z' }, false)
  assert.equal(packLive(one).content, packLive(other).content)
  for (const object of [one, other]) assert.deepEqual(unpackLive(packLive(object)), object)
})

test('who wrote last is content, since it decides whose a field is', () => {
  const gitFirst = packLive(written({ uid: 'one', byGit: EARLY, byHand: LATE }))
  const handFirst = packLive(written({ uid: 'one', byGit: LATE, byHand: EARLY }))
  const atOnce = packLive(written({ uid: 'one', byGit: EARLY, byHand: EARLY }))
  assert.notEqual(gitFirst.content, handFirst.content)
  assert.notEqual(gitFirst.content, atOnce.content)
})

test('the mark of what is live tells contents apart, and not by whom they were written', () => {
  const object = written({ uid: 'one', byGit: EARLY, byHand: LATE })
  const { managedFields: _owners, ...ownerless } = object.metadata
  const { mark } = packLive(object).content
  assert.equal(packLive(written({ uid: 'one', byGit: LATE, byHand: EARLY })).content.mark, mark)
  assert.equal(packLive({ ...object, metadata: { ...ownerless, name: 'settings' } }).content.mark, mark)
  assert.notEqual(packLive({ ...object, data: { git: 'one', hand: 'three' } }).content.mark, mark)
  assert.notEqual(packLive({ ...object, metadata: { ...object.metadata, labels: {} } }).content.mark, mark)
})

test('UIDs and times that are no lines of text come out as they went in', () => {
  for (const uid of ['two\nlines', 5, null, {}, ''])
    for (const time of [EARLY, '\n', 7, null]) {
      const managedFields = [
        { manager: 'git', operation: 'Update', time },
        { manager: 'git', operation: 'Apply' },
        'none',
      ]
      const metadata = { name: 'odd', uid, creationTimestamp: time, managedFields }
      const object = asKubernetesObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata })
      assert.deepEqual(unpackLive(packLive(object)), object)
    }
})

test('a desired object that is asked for again and again is one value, and one that is asked for once is none that stays', () => {
  const packed = (name: string) => packObject(asKubernetesObject({ apiVersion: 'v1', kind: 'Any', metadata: { name } }))
  const [first, second, third] = [1, 2, 3].map(() => unpackShared(packed('shared')))
  assert.deepEqual(first, { apiVersion: 'v1', kind: 'Any', metadata: { name: 'shared' } })
  assert.deepEqual(second, first)
  assert.notEqual(second, first)
  assert.equal(third, second)
  assert.notEqual(unpackShared(packed('other')), unpackShared(packed('another')))
})
