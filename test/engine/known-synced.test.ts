import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comparisonOf, isKnownSynced, noteSynced } from '../../src/engine/compare/known-synced.ts'
import { packDesired } from '../../src/engine/desired/packed-rendering.ts'
import { packLive } from '../../src/engine/live/live-object.ts'
import { builtinSchemas } from '../../src/kubernetes/builtin/table.ts'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import type { App } from '../../src/model/apps/app.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { ObjectVerdict } from '../../src/model/verdicts/difference.ts'
import { createFixture, app as makeApp, POLICY } from './engine-fixture.ts'

const settings = (uid: string) =>
  asKubernetesObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', uid }, data: { a: 'one' } })
const CLUSTER = { redactionKey: new Uint8Array(32), schemas: { kind: () => undefined } }
const DECLARED = packDesired({ object: settings(''), action: 'apply' })
const KEY = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings' }
const SYNCED: ObjectVerdict = { key: KEY, version: 'v1', state: 'synced', differences: [] }

test('what was in sync in one cluster is so in another, for the same declaration, policy and tracking alone', async () => {
  await using fixture = await createFixture()
  const app = makeApp(fixture, { name: 'shop' })
  const { content } = packLive(settings('one'))
  const compare = (by: App, declared = DECLARED) => comparisonOf(by, declared, CLUSTER)
  assert.equal(isKnownSynced(content, compare(app)), false)
  noteSynced(content, compare(app), SYNCED, 'v1')
  const elsewhere = makeApp(fixture, { name: 'shop', cluster: 'two' })
  assert.equal(isKnownSynced(packLive(settings('two')).content, compare(elsewhere)), true)
  const others: readonly Partial<App>[] = [
    { policy: { ...POLICY, added: 'report' } },
    { tracking: { method: 'helm', release: 'shop', namespace: 'shop' } },
    { controller: 'flux' },
    { to: { ...app.to, namespace: 'elsewhere' } },
  ]
  for (const other of others) assert.equal(isKnownSynced(content, compare({ ...app, ...other })), false)
  assert.equal(isKnownSynced(content, compare(app, { ...DECLARED })), false)
  const upgraded = { ...CLUSTER, schemas: builtinSchemas() }
  assert.equal(isKnownSynced(content, comparisonOf(app, DECLARED, upgraded)), false)
})

test('what a server answers for, and what there is something to tell of, is compared each time', async () => {
  await using fixture = await createFixture()
  const app = makeApp(fixture, { name: 'shop' })
  const { content } = packLive(settings('one'))
  const asked = { ...app, policy: { ...POLICY, method: 'server-side' as const } }
  assert.equal(comparisonOf(asked, DECLARED, CLUSTER), undefined)
  assert.equal(comparisonOf(app, { ...DECLARED, managed: true }, CLUSTER), undefined)
  const comparison = comparisonOf(makeApp(fixture, { name: 'shop', policy: { ...POLICY } }), DECLARED, CLUSTER)
  const difference = { path: '/data/b', class: 'added', effect: 'report', live: 'two' } as const
  noteSynced(content, comparison, { ...SYNCED, differences: [difference] }, 'v1')
  noteSynced(content, comparison, { ...SYNCED, ownershipUnknown: true }, 'v1')
  noteSynced(content, comparison, { ...SYNCED, invalidFields: ['/data/c'] }, 'v1')
  noteSynced(content, comparison, { ...SYNCED, state: 'ignored' }, 'v1')
  noteSynced(content, comparison, SYNCED, 'v2')
  assert.equal(isKnownSynced(content, comparison), false)
})

test('a Service that is in sync in one cluster is so in another, unless Git declares its address', async () => {
  await using fixture = await createFixture()
  const app = makeApp(fixture, { name: 'shop' })
  const service = (spec: JsonObject) =>
    asKubernetesObject({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec })
  const one = packLive(service({ clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] }))
  const two = packLive(service({ clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'] }))
  assert.equal(one.content, two.content)
  assert.notEqual(one.own, two.own)
  const isShared = (declared: JsonObject): boolean => {
    const comparison = comparisonOf(app, packDesired({ object: service(declared), action: 'apply' }), CLUSTER)
    noteSynced(one.content, comparison, SYNCED, 'v1')
    return isKnownSynced(two.content, comparison)
  }
  assert.equal(isShared({ ports: [] }), true)
  assert.equal(isShared({ clusterIP: 'None', clusterIPs: ['None'] }), true)
  for (const declared of [
    { clusterIP: '10.0.0.1' },
    { clusterIPs: ['10.0.0.1'] },
    { clusterIP: '' },
    { clusterIPs: 5 },
  ])
    assert.equal(isShared(declared), false, JSON.stringify(declared))
})
