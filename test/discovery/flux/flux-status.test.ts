import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inventoryKeys, lastActivity, reportedStatus } from '../../../src/discovery/flux/flux-status.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { kustomization } from './resources.ts'

const COMMIT = '4f1a5b1051b469108d1bdf0ebec6c814427e3834'

function reportedStatusOf(status: JsonObject, generation = 2) {
  return reportedStatus(
    kustomization({}, { metadata: { name: 'shop', namespace: 'flux-system', generation }, status }),
    false,
  )
}

function ready(status: string, reason: string): JsonObject {
  const condition = { type: 'Ready', status, reason, message: 'said so', lastTransitionTime: '2026-01-01T00:00:00Z' }
  return { observedGeneration: 2, conditions: [{ type: 'Reconciling', status: 'False' }, condition] }
}

test('Ready of what is declared now is in sync', () => {
  assert.deepEqual(
    reportedStatusOf({ ...ready('True', 'ReconciliationSucceeded'), lastAppliedRevision: `main@sha1:${COMMIT}` }),
    {
      status: 'Synced',
      applied: [COMMIT],
      suspended: false,
      lastOperation: { phase: 'Succeeded', message: 'said so', finishedAt: Date.UTC(2026, 0, 1) / 1000 },
      health: 'Healthy',
    },
  )
})

test('Ready of what was declared before says nothing', () => {
  assert.equal(reportedStatusOf(ready('True', 'ReconciliationSucceeded'), 3).status, 'Unknown')
})

test('a failed build or apply is out of sync, a failed health check is not', () => {
  assert.equal(reportedStatusOf(ready('False', 'BuildFailed')).status, 'OutOfSync')
  assert.equal(reportedStatusOf(ready('False', 'ReconciliationFailed')).status, 'OutOfSync')
  assert.equal(reportedStatusOf(ready('False', 'PruneFailed')).status, 'OutOfSync')
  assert.equal(reportedStatusOf(ready('False', 'HealthCheckFailed')).status, 'Synced')
  assert.equal(reportedStatusOf(ready('False', 'HealthCheckFailed')).health, 'Degraded')
})

test('a controller that waits for something knows nothing', () => {
  assert.equal(reportedStatusOf(ready('False', 'DependencyNotReady')).status, 'Unknown')
  assert.equal(reportedStatusOf(ready('False', 'ArtifactFailed')).status, 'Unknown')
  assert.equal(reportedStatusOf(ready('Unknown', 'Progressing')).status, 'Unknown')
  assert.equal(reportedStatusOf(ready('Unknown', 'Progressing')).health, 'Progressing')
})

test('revisions of every age name their commit', () => {
  const applied = (lastAppliedRevision: string) => reportedStatusOf({ lastAppliedRevision }).applied
  assert.deepEqual(applied(`sha1:${COMMIT}`), [COMMIT])
  assert.deepEqual(applied(`main/${COMMIT}`), [COMMIT])
  assert.deepEqual(applied(`refs/pull/7/head@sha1:${COMMIT}`), [COMMIT])
  assert.deepEqual(applied('latest@sha256:123'), [])
})

test('the controller was at work when Ready changed, or when it noted so', () => {
  const at = (status: JsonObject) => lastActivity(kustomization({}, { status }))
  assert.equal(at(ready('True', 'ReconciliationSucceeded')), Date.UTC(2026, 0, 1) / 1000)
  const history = [{ lastReconciled: '2026-01-03T00:00:00Z' }, { lastReconciled: '2026-01-02T00:00:00Z' }]
  assert.equal(at({ ...ready('True', 'X'), history }), Date.UTC(2026, 0, 3) / 1000)
  assert.equal(at({ conditions: [{ type: 'Ready', lastTransitionTime: 'soon' }], history: [{}, 'x'] }), undefined)
})

test('nonsense says nothing', () => {
  for (const status of [{ conditions: 7 }, { conditions: [null, { type: 'Ready' }] }, { lastAppliedRevision: {} }])
    assert.equal(reportedStatusOf(status).status, 'Unknown')
})

test('the inventory names objects as cli-utils writes them', () => {
  const entries = [
    { id: 'shop_web_apps_Deployment', v: 'v1' },
    { id: '_shop__Namespace', v: 'v1' },
    { id: '_system__aggregate_rbac.authorization.k8s.io_ClusterRole', v: 'v1' },
    { id: 'broken' },
    null,
  ]
  assert.deepEqual(inventoryKeys(kustomization({}, { status: { inventory: { entries } } })), [
    { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
    { group: '', kind: 'Namespace', namespace: '', name: 'shop' },
    { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', namespace: '', name: 'system:aggregate' },
  ])
})
