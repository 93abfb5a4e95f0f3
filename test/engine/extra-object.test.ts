import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPrunable, type PruningRecords } from '../../src/engine/compare/extra-object.ts'
import { createInventoryIndex } from '../../src/engine/live/inventory-index.ts'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import type { App, Pruning, Tracking } from '../../src/model/apps/app.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { createFixture, type Fixture, app as makeApp } from './engine-fixture.ts'

const GROUP = 'kustomize.toolkit.fluxcd.io'
const FLUX: Tracking = { method: 'flux', group: GROUP, name: 'shop', namespace: 'flux-system' }
const HELM: Tracking = { method: 'helm', release: 'shop', namespace: 'shop' }
const KEY = '/ConfigMap/shop/web'

const inventory = (...texts: readonly string[]): Pruning => ({ by: 'inventory', inventory: texts, isEnabled: true })

/** An entry of managedFields that owns these fields of the metadata. */
const entry = (manager: string, operation: string, metadata: JsonObject): JsonObject => ({
  manager,
  operation,
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:metadata': metadata },
})

const FLUX_LABELS = { 'f:labels': { [`f:${GROUP}/name`]: {}, [`f:${GROUP}/namespace`]: {} } }
const HELM_MARK = { 'f:annotations': { 'f:meta.helm.sh/release-name': {} } }

function live(managedFields: readonly JsonObject[] = [], kind = 'ConfigMap') {
  return asKubernetesObject({ apiVersion: 'v1', kind, metadata: { name: 'web', namespace: 'shop', managedFields } })
}

const records = (apps: readonly App[], former: readonly string[] = []): PruningRecords => {
  const inventories = createInventoryIndex()
  for (const app of apps) inventories.set(app)
  return { inventories, former: new Set(former) }
}

function flux(fixture: Fixture, name: string, pruning: Pruning): App {
  return { ...makeApp(fixture, { name, tracking: FLUX }), pruning }
}

test('a Kustomization prunes what its inventory lists', async () => {
  await using fixture = await createFixture()
  const app = flux(fixture, 'shop', inventory(KEY))
  assert.equal(isPrunable(app, live(), KEY, records([app])), true)
  assert.equal(isPrunable(app, live(), '/ConfigMap/shop/other', records([app])), false)
})

test('what the inventory forgot is its own where its controller applied the labels, and no other inventory has it', async () => {
  await using fixture = await createFixture()
  const app = flux(fixture, 'shop', inventory())
  const applied = live([entry('kustomize-controller', 'Apply', FLUX_LABELS)])
  assert.equal(isPrunable(app, applied, KEY, records([app])), true)
  const other = flux(fixture, 'other', inventory(KEY))
  assert.equal(isPrunable(app, applied, KEY, records([app, other])), false)
  for (const managedFields of [
    [],
    [entry('kube-controller-manager', 'Update', FLUX_LABELS)],
    [entry('kustomize-controller', 'Update', FLUX_LABELS)],
    [entry('kustomize-controller', 'Apply', { 'f:labels': { [`f:${GROUP}/name`]: {} } })],
  ])
    assert.equal(isPrunable(app, live(managedFields), KEY, records([app])), false)
})

test('a newer inventory replaces the one before, and goes with its app', async () => {
  await using fixture = await createFixture()
  const inventories = createInventoryIndex()
  const app = flux(fixture, 'shop', inventory(KEY))
  inventories.set(app)
  assert.equal(inventories.lists(app.id, KEY), true)
  inventories.set({ ...app, pruning: inventory('/ConfigMap/shop/new') })
  assert.equal(inventories.lists(app.id, KEY), false)
  assert.equal(inventories.lists(app.id, '/ConfigMap/shop/new'), true)
  inventories.remove(app.id)
  assert.equal(inventories.lists(app.id, '/ConfigMap/shop/new'), false)
})

test('Helm deletes what the manifest of the revision before has, whoever wrote the marks', async () => {
  await using fixture = await createFixture()
  const app: App = { ...makeApp(fixture, { name: 'shop', tracking: HELM }), pruning: { by: 'manifest' } }
  const written = live([entry('helm', 'Update', HELM_MARK)])
  assert.equal(isPrunable(app, written, KEY, records([app])), false)
  assert.equal(isPrunable(app, live(), KEY, records([app], [KEY])), true)
})

test('without its storage, what Helm itself marked is its own, but for CRDs, which it never deletes', async () => {
  await using fixture = await createFixture()
  const base = makeApp(fixture, { name: 'shop', tracking: HELM })
  const app: App = { ...base, policy: { ...base.policy, managers: ['helm'] }, pruning: { by: 'writer' } }
  const written = [entry('helm', 'Update', HELM_MARK)]
  assert.equal(isPrunable(app, live(written), KEY, records([app])), true)
  assert.equal(isPrunable(app, live(written, 'CustomResourceDefinition'), KEY, records([app])), false)
  assert.equal(isPrunable(app, live([entry('external-secrets', 'Update', HELM_MARK)]), KEY, records([app])), false)
})

test('Argo CD deletes whatever names the app', async () => {
  await using fixture = await createFixture()
  const app = makeApp(fixture, { name: 'shop' })
  assert.equal(isPrunable(app, live(), KEY, records([app])), true)
})
