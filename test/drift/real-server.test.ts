import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { causeOf } from '../../src/drift/cause-of.ts'
import { compareDryRun } from '../../src/drift/compare-dry-run.ts'
import { type CompareInput, compareObject } from '../../src/drift/compare-object.ts'
import { asKubernetesObject, expandLists } from '../../src/kubernetes/object.ts'
import type { SchemaIndex } from '../../src/kubernetes/schema/schema-index.ts'
import { parseJson } from '../../src/kubernetes/serialization/json.ts'
import { readYamlDocuments } from '../../src/kubernetes/serialization/yaml.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import type { ObjectVerdict } from '../../src/model/verdicts/difference.ts'
import type { KubeApiServer } from '../servers/kube-apiserver.ts'
import { skipWithout } from '../tools/build.ts'
import { policyOf } from './judge-case.ts'
import { applyServerSide, createClientSide, edit, readLive, startBefore, urlsOf } from './real-cluster.ts'

const options = { skip: skipWithout('etcd', 'kube-apiserver', 'kubectl') }
const MANIFESTS = join(import.meta.dirname, '../render/corpus/microservices-demo/kubernetes-manifests')

let server: KubeApiServer
let schemas: SchemaIndex

startBefore(options.skip, (started, itsSchemas) => {
  server = started
  schemas = itsSchemas
})

const FLUX = 'kustomize-controller'
const ARGO = 'argocd-controller'

interface Manner {
  readonly name: string
  readonly manager: string
  /** Makes or updates the object as the controller would. */
  readonly apply: (object: KubernetesObject) => Promise<void>
}

const MANNERS: readonly Manner[] = [
  { name: 'server-side', manager: FLUX, apply: (object) => applyServerSide(server, object, FLUX) },
  { name: 'client-side', manager: ARGO, apply: (object) => applyClientSide(object) },
]

/** `kubectl apply`, under Argo CD's name. */
async function applyClientSide(object: KubernetesObject): Promise<void> {
  await server.kubectl(['apply', `--field-manager=${ARGO}`, '--filename=-'], { input: JSON.stringify(object) })
}

function app(namespace: string): readonly KubernetesObject[] {
  const objects = readdirSync(MANIFESTS)
    .filter((file) => file !== 'kustomization.yaml')
    .flatMap((file) => readYamlDocuments(readFileSync(join(MANIFESTS, file), 'utf8')))
    .flatMap(({ value }) => expandLists(value))
    .map((object) => ({ ...object, metadata: { ...object.metadata, namespace } }))
  return [asKubernetesObject({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }), ...objects]
}

function find(objects: readonly KubernetesObject[], kind: string, name: string): KubernetesObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name)
  assert.ok(found !== undefined)
  return found
}

async function inputOf(desired: KubernetesObject, manager: string): Promise<CompareInput> {
  return { desired, live: await readLive(server, desired), schemas, policy: policyOf(manager) }
}

async function verdictOf(desired: KubernetesObject, manager: string): Promise<ObjectVerdict> {
  return compareObject(await inputOf(desired, manager))
}

function summary({ differences }: ObjectVerdict): readonly string[] {
  return differences.map(({ class: found, path, actor }) => `${found} ${path} ${actor?.manager ?? '?'}`)
}

/** Whether `kubectl diff` sees what an apply would change. */
async function kubectlSeesDiff(desired: KubernetesObject, manager: string): Promise<boolean> {
  const args = ['diff', '--server-side', '--force-conflicts', `--field-manager=${manager}`, '--filename=-']
  const { code } = await server.kubectl(args, { input: JSON.stringify(desired), accept: [0, 1] })
  return code === 1
}

const CONTAINER = '/spec/template/spec/containers/0'

for (const { name, manager, apply } of MANNERS) {
  test(`an app that was applied ${name} is in sync, and drifts by each tool's write`, options, async () => {
    const namespace = `tools-${name}`
    const objects = app(namespace)
    for (const object of objects) await apply(object)
    for (const object of objects) assert.deepEqual(summary(await verdictOf(object, manager)), [], object.metadata.name)

    const kubectl = (...args: readonly string[]) => server.kubectl([...args, `--namespace=${namespace}`])
    const deployment = (of: string) => find(objects, 'Deployment', of)
    const cases: readonly (readonly [string, KubernetesObject, () => Promise<unknown>, readonly string[]])[] = [
      [
        'set image',
        deployment('adservice'),
        () => kubectl('set', 'image', 'deployment/adservice', 'server=nginx:1'),
        [`changed ${CONTAINER}/image kubectl-set`],
      ],
      [
        'scale',
        deployment('cartservice'),
        () => kubectl('scale', 'deployment/cartservice', '--replicas=3'),
        // On objects that are applied server-side scaling leaves no trace, be it by a person or by an autoscaler.
        name === 'client-side' ? ['added /spec/replicas kubectl'] : [],
      ],
      [
        'label',
        deployment('checkoutservice'),
        () => kubectl('label', 'deployment/checkoutservice', 'owner=me'),
        ['added /metadata/labels/owner kubectl-label'],
      ],
      [
        'annotate',
        find(objects, 'Service', 'frontend'),
        () => kubectl('annotate', 'service/frontend', 'note=mine'),
        [`added /metadata/annotations${name === 'client-side' ? '/note' : ''} kubectl-annotate`],
      ],
      [
        'patch',
        find(objects, 'Service', 'cartservice'),
        () => kubectl('patch', 'service/cartservice', '--patch={"spec":{"ports":[{"port":7070,"targetPort":1}]}}'),
        ['changed /spec/ports/0/targetPort kubectl-patch'],
      ],
      [
        'edit',
        deployment('emailservice'),
        () =>
          editWithKubectl(
            `deployment/emailservice`,
            namespace,
            's/terminationGracePeriodSeconds: 5/terminationGracePeriodSeconds: 6/',
          ),
        ['changed /spec/template/spec/terminationGracePeriodSeconds kubectl-edit'],
      ],
      [
        'set env',
        deployment('frontend'),
        () => kubectl('set', 'env', 'deployment/frontend', 'DEBUG=1', 'PORT-'),
        [`missing ${CONTAINER}/env/0 ?`, `added ${CONTAINER}/env/9 kubectl-set`],
      ],
      [
        'rollout restart',
        deployment('shippingservice'),
        () => kubectl('rollout', 'restart', 'deployment/shippingservice'),
        ['added /spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt kubectl-rollout'],
      ],
    ]
    for (const [tool, desired, write, expected] of cases) {
      await write()
      const verdict = await verdictOf(desired, manager)
      assert.deepEqual(summary(verdict), expected, tool)
      // What was added nobody's apply takes away, so kubectl does not show it.
      const isApplied = verdict.differences.some((difference) => difference.class !== 'added')
      if (name === 'server-side') assert.equal(await kubectlSeesDiff(desired, manager), isApplied, tool)
    }
    const restarted = await verdictOf(deployment('shippingservice'), manager)
    assert.deepEqual([restarted.state, restarted.differences[0]?.effect], ['synced', 'report'])
  })

  test(`the cause is known of objects that were applied ${name}`, options, async () => {
    const namespace = `causes-${name}`
    const objects = app(namespace)
    for (const object of objects) await apply(object)
    const before = find(objects, 'Deployment', 'adservice')
    const changed = (path: 'minReadySeconds' | 'revisionHistoryLimit', value: number): KubernetesObject => ({
      ...before,
      spec: { ...Object(before.spec), [path]: value },
    })
    const causes = async (desired: KubernetesObject) => {
      const input = await inputOf(desired, manager)
      const verdict = compareObject(input)
      if (verdict.state === 'synced') return 'synced'
      // Both ways: by the records of the live object, and by what Git declared at the revision applied.
      assert.equal(causeOf(verdict, input, before), verdict.cause)
      return verdict.cause
    }

    assert.equal(await causes(changed('revisionHistoryLimit', 3)), 'git', 'a commit that is not applied yet')
    assert.equal(await causes(before), 'synced', 'reverted in Git before it was applied')

    await edit(server, before, { spec: { template: { spec: { terminationGracePeriodSeconds: 9 } } } })
    assert.equal(await causes(before), 'live', 'a live edit')
    // A declared field that nobody owns: only the time of the last edit shows the cause.
    const released = asKubernetesObject(
      parseJson(JSON.stringify(before).replace('"image":"adservice"', '"image":"adservice:2"')),
    )
    assert.equal(await causes(released), 'both', 'a live edit and a commit')

    await apply(before)
    assert.equal(await causes(before), 'synced', 'healed')
  })

  test(`objects that are new in Git or deleted live have a cause, applied ${name}`, options, async () => {
    const metadata = { name: `new-${name}`, namespace: 'default' }
    const desired = asKubernetesObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata })
    const input: CompareInput = { desired, live: undefined, schemas, policy: policyOf(manager) }
    const verdict = compareObject(input)
    assert.equal(verdict.state, 'missing')
    assert.equal(causeOf(verdict, input, undefined), 'git')
    assert.equal(causeOf(verdict, input, desired), 'live')
  })

  test(`what Git drops is removed until it is applied ${name}`, options, async () => {
    const object = (data: JsonObject): KubernetesObject =>
      asKubernetesObject({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `drops-${name}`, namespace: 'default' },
        data,
      })
    await apply(object({ a: '1', b: '2' }))
    const verdict = await verdictOf(object({ a: '1' }), manager)
    assert.deepEqual(summary(verdict), [`removed /data/b ${manager}`])
    assert.equal(verdict.cause, 'git')
    await apply(object({ a: '1' }))
    assert.deepEqual(summary(await verdictOf(object({ a: '1' }), manager)), [])
  })
}

test("Helm's objects, which have no last-applied, show what was dropped", options, async () => {
  const object = (data: JsonObject): KubernetesObject =>
    asKubernetesObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'of-helm', namespace: 'default' },
      data,
    })
  await server.admin.request('POST', `${urlsOf(object({})).collection}?fieldManager=helm`, object({ a: '1', b: '2' }))
  assert.deepEqual(summary(await verdictOf(object({ a: '1', b: '2' }), 'helm')), [])
  assert.deepEqual(summary(await verdictOf(object({ a: '1' }), 'helm')), ['removed /data/b helm'])
  await edit(server, object({}), { data: { c: '3' } })
  assert.deepEqual(summary(await verdictOf(object({ a: '1', b: '2' }), 'helm')), ['added /data/c kubectl-edit'])
})

test('a dry run gives the same verdict as comparing', options, async () => {
  const objects = app('dry-run')
  for (const object of objects) await applyServerSide(server, object, FLUX)
  const desired = find(objects, 'Deployment', 'adservice')
  const dryRun = async (object: KubernetesObject) => {
    const query = `fieldManager=${FLUX}&force=true&dryRun=All`
    const type = 'application/apply-patch+yaml'
    return asKubernetesObject(await server.admin.request('PATCH', `${urlsOf(object).object}?${query}`, object, type))
  }
  const compareBoth = async () => {
    const input = await inputOf(desired, FLUX)
    const own = compareObject(input)
    assert.deepEqual(compareDryRun(input, await dryRun(desired)), own)
    return summary(own)
  }
  assert.deepEqual(await compareBoth(), [])
  await edit(server, desired, { spec: { template: { spec: { terminationGracePeriodSeconds: 9, hostNetwork: true } } } })
  assert.deepEqual(await compareBoth(), [
    'added /spec/template/spec/hostNetwork kubectl-edit',
    'changed /spec/template/spec/terminationGracePeriodSeconds kubectl-edit',
  ])
})

/** `kubectl edit` with an editor that replaces text. */
async function editWithKubectl(object: string, namespace: string, script: string): Promise<void> {
  await server.kubectl(['edit', object, `--namespace=${namespace}`], { env: { KUBE_EDITOR: `sed -i '${script}'` } })
}

test('client-side creation and kubectl apply leave the same record', options, async () => {
  const object = asKubernetesObject({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'record', namespace: 'default' },
    data: { a: '1' },
  })
  await createClientSide(server, object, ARGO)
  assert.deepEqual(summary(await verdictOf(object, ARGO)), [])
  await applyClientSide(object)
  assert.deepEqual(summary(await verdictOf(object, ARGO)), [])
})
