import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_MANUAL_MANAGERS } from '../../src/config/default-managers.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import { policyOf } from './judge-case.ts'
import { configMap, GITOPS, managed, object, verdictOf } from './objects.ts'

const policy = { ...policyOf(GITOPS), manualManagers: DEFAULT_MANUAL_MANAGERS }

/** What is told of a live object that the manager wrote to: class, path and effect. */
function told(desired: KubernetesObject, live: KubernetesObject, manager: string, fields: Json, marks = policy) {
  const managedFields = managed({ manager, fields, apiVersion: live.apiVersion })
  const { differences } = verdictOf(
    desired,
    { ...live, metadata: { ...live.metadata, managedFields } },
    { policy: marks },
  )
  return differences.map(({ class: found, path, effect }) => `${found} ${path} ${effect}`)
}

test("Rancher's books are no person's, what people change on its page is", () => {
  const metadata = {
    annotations: { 'cattle.io/status': '{}', 'lifecycle.cattle.io/create.namespace-auth': 'true', owner: 'me' },
    labels: { 'field.cattle.io/projectId': 'p-1', 'cattle.io.example.com/x': 'y' },
    finalizers: ['controller.cattle.io/namespace-auth', 'example.com/wait'],
  }
  const fields = {
    'f:metadata': {
      'f:annotations': {
        'f:cattle.io/status': {},
        'f:lifecycle.cattle.io/create.namespace-auth': {},
        'f:owner': {},
      },
      'f:labels': { 'f:field.cattle.io/projectId': {}, 'f:cattle.io.example.com/x': {} },
      'f:finalizers': { 'v:"controller.cattle.io/namespace-auth"': {}, 'v:"example.com/wait"': {} },
    },
  }
  const differences = told(object('Namespace'), object('Namespace', {}, metadata), 'rancher', fields)
  assert.deepEqual(differences, [
    'added /metadata/annotations/owner drift',
    'added /metadata/finalizers/1 drift',
    'added /metadata/labels/cattle.io.example.com~1x drift',
  ])
  // Under another name they are a person's.
  assert.equal(told(object('Namespace'), object('Namespace', {}, metadata), 'kubectl-edit', fields).length, 3)
})

const application = (spec: JsonObject, more: JsonObject = {}) =>
  object('Application', { spec, ...more }, {}, 'argoproj.io/v1alpha1')

test("a sync that was asked for is Argo CD at work, what people change on its page is a person's", () => {
  const live = application({ project: 'default', path: 'x' }, { operation: { sync: { revision: 'abc' } } })
  const fields = { 'f:operation': { 'f:sync': { 'f:revision': {} } }, 'f:spec': { 'f:path': {} } }
  assert.deepEqual(told(application({ project: 'default' }), live, 'argocd-server', fields), ['added /spec/path drift'])
})

test('what Argo CD makes at its start is its own', () => {
  const secret = (name: string, data: JsonObject) => object('Secret', { data }, { name })
  const data = { 'server.secretkey': 'a', 'tls.crt': 'b', 'admin.password': 'c', 'webhook.github.secret': 'd' }
  const fields = { 'f:data': Object.fromEntries(Object.keys(data).map((key) => [`f:${key}`, {}])) }
  assert.deepEqual(told(secret('argocd-secret', {}), secret('argocd-secret', data), 'argocd-server', fields), [
    'added /data/webhook.github.secret drift',
  ])
  assert.equal(told(secret('other', {}), secret('other', data), 'argocd-server', fields).length, 4)
  const project = (spec: JsonObject) => object('AppProject', { spec }, { name: 'default' }, 'argoproj.io/v1alpha1')
  const all = [{ group: '*', kind: '*' }]
  const owned = { 'f:spec': { 'f:clusterResourceWhitelist': {}, 'f:sourceRepos': {} } }
  const made = project({ clusterResourceWhitelist: all, sourceRepos: ['https://git.example.com/x.git'] })
  assert.deepEqual(
    told(
      project({ description: 'x' }),
      { ...made, spec: { ...Object(made.spec), description: 'x' } },
      'argocd-server',
      owned,
    ),
    ['added /spec/sourceRepos drift'],
  )
})

test('marks of operation are reported by kind and path, those of the config as well', () => {
  const rollout = (spec: JsonObject, kind = 'Rollout') => object(kind, { spec }, {}, 'argoproj.io/v1alpha1')
  const fields = { 'f:spec': { 'f:restartAt': {}, 'f:paused': {} } }
  const live = { restartAt: 'now', paused: true }
  assert.deepEqual(told(rollout({}), rollout(live), 'kubectl-argo-rollouts', fields), [
    'added /spec/paused drift',
    'added /spec/restartAt report',
  ])
  assert.equal(
    told(rollout({}, 'Workflow'), rollout(live, 'Workflow'), 'kubectl', fields).includes(
      'added /spec/restartAt report',
    ),
    false,
  )

  const annotated = (key: string, apiVersion: string, kind: string) =>
    told(
      object(kind, {}, {}, apiVersion),
      object(kind, {}, { annotations: { [key]: '1' } }, apiVersion),
      'kubectl-annotate',
      { 'f:metadata': { 'f:annotations': { '.': {}, [`f:${key}`]: {} } } },
    ).map((text) => text.split(' ').at(-1))
  assert.deepEqual(annotated('force-sync', 'external-secrets.io/v1', 'ExternalSecret'), ['report'])
  assert.deepEqual(annotated('force-sync', 'v1', 'ConfigMap'), ['drift'])
  assert.deepEqual(annotated('cert-manager.io/force-renewal', 'cert-manager.io/v1', 'Certificate'), ['report'])
  assert.deepEqual(annotated('velero.io/restore-name', 'apps/v1', 'Deployment'), ['report'])

  const own = {
    ...policy,
    operationalMarks: [{ key: 'example.com/poked-*' }, { group: '', kind: 'ConfigMap', path: '/data/*' }],
  }
  const poked = configMap({ x: '1' }, { labels: { 'example.com/poked-at': '1', other: '2' } })
  const written = {
    'f:data': { 'f:x': {} },
    'f:metadata': { 'f:labels': { 'f:example.com/poked-at': {}, 'f:other': {} } },
  }
  assert.deepEqual(told(configMap({}), poked, 'kubectl', written, own), [
    'added /data/x report',
    'added /metadata/labels/example.com~1poked-at report',
    'added /metadata/labels/other drift',
  ])
})

test('a mark is reported whatever policy says of what is added', () => {
  const key = 'kubectl.kubernetes.io/restartedAt'
  const live = configMap({}, { annotations: { [key]: 'now' } })
  const fields = { 'f:metadata': { 'f:annotations': { [`f:${key}`]: {} } } }
  for (const added of ['drift', 'report', 'ignore'] as const)
    assert.equal(told(configMap({}), live, 'kubectl-rollout', fields, { ...policy, added }).length, 1)
})
