import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { compareObject } from '../../src/drift/compare-object.ts'
import { readManagedFields } from '../../src/kubernetes/managed-fields.ts'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import type { SchemaIndex } from '../../src/kubernetes/schema/schema-index.ts'
import { isJsonObject, type JsonObject } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import type { ObjectVerdict } from '../../src/model/verdicts/difference.ts'
import type { KubeApiServer } from '../servers/kube-apiserver.ts'
import { skipWithout } from '../tools/build.ts'
import { policyOf } from './judge-case.ts'
import { applyServerSide, createClientSide, edit, readLive, startBefore, urlsOf } from './real-cluster.ts'

const options = { skip: skipWithout('etcd', 'kube-apiserver') }

let server: KubeApiServer
let schemas: SchemaIndex

startBefore(options.skip, (started, itsSchemas) => {
  server = started
  schemas = itsSchemas
})

const FLUX = 'kustomize-controller'
const ARGO = 'argocd-controller'

function configMap(name: string, data: JsonObject): KubernetesObject {
  return object('v1', 'ConfigMap', name, { data })
}

function object(apiVersion: string, kind: string, name: string, parts: JsonObject, metadata: JsonObject = {}) {
  return asKubernetesObject({ apiVersion, kind, metadata: { name, namespace: 'default', ...metadata }, ...parts })
}

async function verdictOf(desired: KubernetesObject, manager: string): Promise<ObjectVerdict> {
  return compareObject({ desired, live: await readLive(server, desired), schemas, policy: policyOf(manager) })
}

/** Class, path, effect, and who wrote it or why nobody is named. */
function told({ differences }: ObjectVerdict): readonly string[] {
  return differences.map(({ class: found, path, effect, actor, unattributed }) =>
    [found, path, effect, actor?.manager ?? unattributed].join(' '),
  )
}

async function managersOf(desired: KubernetesObject): Promise<readonly string[]> {
  const entries = readManagedFields(await readLive(server, desired)) ?? []
  return entries.map(({ manager }) => manager)
}

test(
  'of more than ten managers the first are forgotten by the server, and are neither a program nor a person',
  options,
  async () => {
    const before = configMap('eleven', { a: '1', dropped: '2' })
    const desired = configMap('eleven', { a: '1' })
    await createClientSide(server, before, ARGO)
    await edit(server, desired, { data: { mine: 'x' } })
    // With the tool and the person these are twelve: the server keeps ten, one of which is what it merged the others into.
    const forgotten = ['added /data/mine report forgotten', 'added /data/of-1 report forgotten']
    for (let count = 3; count <= 12; count++) {
      await edit(server, desired, { data: { [`of-${count - 2}`]: 'x' } }, `operator-${count - 2}`)
      assert.equal((await managersOf(desired)).length, Math.min(count, 10))
      const expected = count > 10 ? forgotten.slice(0, count - 10) : ['added /data/mine drift kubectl-edit']
      assert.deepEqual(told(await verdictOf(before, ARGO)), expected, `${count} managers`)
    }
    // What was declared once, the record of the tool still tells.
    assert.deepEqual(told(await verdictOf(desired, ARGO)), ['removed /data/dropped drift forgotten', ...forgotten])
    await edit(server, desired, { data: { a: '3' } }, 'writer')
    assert.equal(told(await verdictOf(before, ARGO))[0], 'changed /data/a drift writer')
  },
)

test('a first apply over an object whose writes were not recorded leaves who wrote it unknown', options, async () => {
  const desired = configMap('untracked', { a: '1' })
  await createClientSide(server, configMap('untracked', { a: '1', b: '2' }), ARGO)
  await edit(server, desired, { metadata: { managedFields: [{}] } })
  await edit(server, desired, { data: { c: '3' } })
  assert.deepEqual(await managersOf(desired), [])
  const cleared = await verdictOf(desired, FLUX)
  assert.deepEqual([told(cleared), cleared.state, cleared.ownershipUnknown], [[], 'synced', true])

  await applyServerSide(server, desired, FLUX)
  assert.deepEqual((await managersOf(desired)).toSorted(), ['before-first-apply', FLUX])
  const applied = await verdictOf(desired, FLUX)
  assert.deepEqual(told(applied), ['added /data/b report forgotten', 'added /data/c report forgotten'])
  assert.deepEqual([applied.state, applied.ownershipUnknown], ['synced', undefined])
  // From here on writes are recorded again.
  await edit(server, desired, { data: { c: '4' } })
  assert.deepEqual(told(await verdictOf(desired, FLUX)), [
    'added /data/b report forgotten',
    'added /data/c drift kubectl-edit',
  ])
})

test('an object of which Git declares nothing but the name never gets a record', options, async () => {
  const desired = object('v1', 'ServiceAccount', 'bare', {})
  await applyServerSide(server, desired, FLUX)
  assert.deepEqual(told(await verdictOf(desired, FLUX)), [])
  await edit(server, desired, { metadata: { labels: { owner: 'me' } } })
  assert.equal((await readLive(server, desired)).metadata.managedFields, undefined)
  const edited = await verdictOf(desired, FLUX)
  assert.deepEqual([told(edited), edited.state], [['added /metadata/labels report untracked'], 'synced'])
})

test('what a mutating policy adds has no owner, what a person adds beside it has', options, async () => {
  await addPolicy()
  // The server takes up policies some time after they are there.
  const deadline = Date.now() + 60_000
  let desired = configMap('admitted-0', { a: '1' })
  for (let attempt = 1; !(await isAdmitted(desired)); attempt++) {
    assert.ok(Date.now() < deadline, 'the policy is not in force')
    await setTimeout(100)
    desired = configMap(`admitted-${attempt}`, { a: '1' })
  }
  await edit(server, desired, { metadata: { annotations: { note: 'mine' } } })
  assert.deepEqual(told(await verdictOf(desired, FLUX)), [
    'added /metadata/annotations drift kubectl-edit',
    'added /metadata/labels report nobody',
  ])
})

/** Whether the policy had its say when the object was made. */
async function isAdmitted(desired: KubernetesObject): Promise<boolean> {
  await applyServerSide(server, desired, FLUX)
  const { labels } = (await readLive(server, desired)).metadata
  return isJsonObject(labels) && labels['cost-center'] === 'shop'
}

/** A policy that labels ConfigMaps of such names. */
async function addPolicy(): Promise<void> {
  const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] }]
  const expression = 'Object{metadata: Object.metadata{labels: {"cost-center": "shop"}}}'
  const policy = object('admissionregistration.k8s.io/v1', 'MutatingAdmissionPolicy', 'label', {
    spec: {
      matchConstraints: { resourceRules: rules },
      matchConditions: [{ name: 'name', expression: 'object.metadata.name.startsWith("admitted-")' }],
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
    },
  })
  const binding = object('admissionregistration.k8s.io/v1', 'MutatingAdmissionPolicyBinding', 'label', {
    spec: { policyName: 'label' },
  })
  for (const one of [policy, binding]) {
    const { namespace: _namespace, ...metadata } = one.metadata
    await server.admin.request('POST', urlsOf(one).collection, { ...one, metadata })
  }
}

for (const [name, manager] of [
  ['server-side', FLUX],
  ['client-side', ARGO],
] as const) {
  const make = (desired: KubernetesObject) =>
    manager === FLUX ? applyServerSide(server, desired, FLUX) : createClientSide(server, desired, ARGO)

  test(`a ReplicationController has the labels of its pods where it has none, ${name}`, options, async () => {
    const controller = (labels?: JsonObject) =>
      object(
        'v1',
        'ReplicationController',
        `pods-${name}`,
        {
          spec: {
            replicas: 0,
            template: {
              metadata: { labels: { app: 'x', tier: 'y' } },
              spec: { containers: [{ name: 'main', image: 'nginx:1' }] },
            },
          },
        },
        labels === undefined ? {} : { labels },
      )
    await make(controller())
    assert.deepEqual(told(await verdictOf(controller(), manager)), [])
    // Git declares a label later, and the copied ones stay.
    await edit(server, controller(), { metadata: { labels: { own: '1' } } }, manager)
    assert.deepEqual(told(await verdictOf(controller({ own: '1' }), manager)), [])
    await edit(server, controller(), { metadata: { labels: { mine: '1' } } })
    assert.deepEqual(told(await verdictOf(controller({ own: '1' }), manager)), [
      'added /metadata/labels/mine drift kubectl-edit',
    ])
  })

  test(`rules of an aggregated ClusterRole are a person's where managedFields say so, ${name}`, options, async () => {
    const desired = asKubernetesObject({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: `sum-${name}` },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { sum: 'yes' } }] },
      rules: [],
    })
    await make(desired)
    const rules = (verb: string) => [{ apiGroups: [''], resources: ['pods'], verbs: [verb] }]
    const filled = { ...desired, rules: rules('get') }
    await applyServerSide(server, filled, 'clusterrole-aggregation-controller')
    assert.deepEqual(told(await verdictOf(desired, manager)), [])
    await edit(server, desired, { rules: rules('delete') })
    assert.deepEqual(told(await verdictOf(desired, manager)), ['changed /rules drift kubectl-edit'])
    await applyServerSide(server, filled, 'clusterrole-aggregation-controller')
    assert.deepEqual(told(await verdictOf(desired, manager)), [])
  })
}
