import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { parse, stringify } from 'yaml'
import type { JsonObject } from '../../src/model/json.ts'
import { builtProgram } from '../commands/program.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { at } from '../servers/http-json.ts'
import { run } from '../servers/run.ts'
import { skipWithout, toolPath } from '../tools/build.ts'
import { askAs, definitions, FOUND_CONFIG, objectsOf, startGrantedFleet } from './granted-fleet.ts'

const ROOT = join(import.meta.dirname, '../..')
const COMPONENTS = join(ROOT, 'deploy/components')
const NAMESPACE = 'gitops-drift-exporter'
const skip = skipWithout('kustomize', 'kube-apiserver', 'etcd', 'kubectl')

/** The base with these components, as somebody has them who keeps a kustomization of their own. */
async function built(...components: readonly string[]): Promise<readonly JsonObject[]> {
  await using folder = await temporaryFolder('components')
  const path = (target: string): string => relative(folder.path, join(ROOT, 'deploy', target))
  const kustomization = {
    resources: [path('base')],
    components: components.map((name) => path(`components/${name}`)),
  }
  await writeFile(join(folder.path, 'kustomization.yaml'), stringify(kustomization))
  const { stdout } = await run(toolPath('kustomize'), ['build', folder.path])
  return objectsOf(stdout)
}

const named = (objects: readonly JsonObject[]): readonly string[] =>
  objects.map((one) => `${one.kind} ${at(one, 'metadata', 'namespace') ?? '-'}/${at(one, 'metadata', 'name')}`)

test('each component adds what it says to the namespace that it says', { skip }, async () => {
  const base = named(await built())
  const added = async (component: string) => named(await built(component)).filter((one) => !base.includes(one))
  const own = (...kinds: readonly string[]) => kinds.map((kind) => `${kind} ${NAMESPACE}/gitops-drift-exporter`)
  const dashboards = (kind: string) =>
    ['app', 'exporter', 'fleet'].map((name) => `${kind} ${NAMESPACE}/gitops-drift-exporter-${name}`)
  const expected: Readonly<Record<string, readonly string[]>> = {
    'access-reviews': ['ClusterRole', 'ClusterRoleBinding'].map(
      (kind) => `${kind} -/gitops-drift-exporter-access-reviews`,
    ),
    'argocd-secrets': ['Role', 'RoleBinding'].map((kind) => `${kind} argocd/gitops-drift-exporter-argocd-secrets`),
    'custom-resources': ['ClusterRole', 'ClusterRoleBinding'].map(
      (kind) => `${kind} -/gitops-drift-exporter-custom-resources`,
    ),
    dashboards: dashboards('ConfigMap'),
    'grafana-dashboards': [...dashboards('ConfigMap'), ...dashboards('GrafanaDashboard')],
    pair: own('PodDisruptionBudget'),
    'pod-monitor': own('PodMonitor'),
    'prometheus-rule': own('PrometheusRule'),
    'scrape-config': own('ScrapeConfig'),
    secrets: ['ClusterRole', 'ClusterRoleBinding'].map((kind) => `${kind} -/gitops-drift-exporter-secrets`),
    'service-monitor': own('ServiceMonitor'),
    shards: [],
    'web-config': [],
  }
  assert.deepEqual((await readdir(COMPONENTS)).toSorted(), Object.keys(expected))
  for (const [component, objects] of Object.entries(expected))
    assert.deepEqual((await added(component)).toSorted(), objects.toSorted(), component)
})

test('the kustomization that the README shows can be built', { skip }, async () => {
  await using folder = await temporaryFolder('overlay')
  const readme = await readFile(join(ROOT, 'deploy/README.md'), 'utf8')
  const [, shown = ''] = /```yaml\n(apiVersion: kustomize[\s\S]*?)```/.exec(readme) ?? []
  const overlay = join(folder.path, 'own')
  await mkdir(overlay)
  const text = shown.replaceAll('../gitops-drift-exporter/', `${relative(overlay, ROOT)}/`)
  await writeFile(join(overlay, 'kustomization.yaml'), text)
  await writeFile(join(overlay, 'config.yaml'), FOUND_CONFIG)
  const objects = objectsOf((await run(toolPath('kustomize'), ['build', overlay])).stdout)
  assert.ok(named(objects).includes('Role argocd/gitops-drift-exporter-argocd-secrets'))
  const map = objects.find(({ kind }) => kind === 'ConfigMap')
  assert.equal(at(map, 'data', 'config.yaml'), FOUND_CONFIG)
})

test('two replicas have a budget and avoid each other', { skip }, async () => {
  const set = (await built('pair')).find(({ kind }) => kind === 'StatefulSet')
  assert.equal(at(set, 'spec', 'replicas'), 2)
  assert.ok(at(set, 'spec', 'template', 'spec', 'affinity', 'podAntiAffinity') !== undefined)
})

test('shards are told their place by the name of their pod', { skip }, async () => {
  const set = (await built('shards')).find(({ kind }) => kind === 'StatefulSet')
  assert.equal(at(set, 'spec', 'replicas'), 4)
  const containers = at(set, 'spec', 'template', 'spec', 'containers')
  assert.match(JSON.stringify(containers), /"name":"GITOPS_SHARD","value":"\$\(POD_NAME\)\/4"/)
})

test('the base names the image of the release script, in the version of the package', { skip }, async () => {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  const { images } = parse(await readFile(join(ROOT, 'deploy/base/kustomization.yaml'), 'utf8'))
  assert.deepEqual(images, [{ name: 'gitops-drift-exporter', newTag: version }])
})

test('all components are accepted by the API server, and rights that they grant are enough', { skip }, async (t) => {
  await builtProgram()
  await using folder = await temporaryFolder('components')
  await using server = await startGrantedFleet(folder.path)
  await server.admin.installCrds(await definitions(join(import.meta.dirname, 'crds')))
  const apply = async (objects: readonly JsonObject[], ...args: readonly string[]) => {
    const input = objects.map((object) => stringify(object)).join('---\n')
    return server.kubectl(['apply', '--server-side', '--filename', '-', ...args], { input })
  }
  await t.test('server-side, strictly', async () => {
    // `grafana-dashboards` has `dashboards` in it.
    const objects = await built(...(await readdir(COMPONENTS)).filter((name) => name !== 'dashboards'))
    const { stdout, stderr } = await apply(objects, '--dry-run=server', '--validate=strict')
    assert.equal(stdout.trim().split('\n').length, objects.length)
    assert.equal(stderr, '')
  })
  const check = async () => {
    const token = await server.kubectl(['create', 'token', 'gitops-drift-exporter', '--namespace', NAMESPACE])
    return askAs(await server.kubeconfig({ token: token.stdout.trim() }), folder.path, 'check')
  }
  const granting = (objects: readonly JsonObject[]) =>
    objects.filter(({ kind }) => kind === 'ServiceAccount' || /Role/.test(String(kind)))
  await t.test('the base alone judges built-in kinds and says what it lacks', async () => {
    await apply(granting(await built()))
    const { out } = await check()
    assert.match(out, /^web +test +Synced/m)
    assert.match(out, /^widgets +test +Unknown/m)
  })
  await t.test('custom resources by their names', async () => {
    // As somebody does who copies the component.
    const objects = await built('custom-resources')
    const role = objects.find(
      (one) => at(one, 'metadata', 'name') === 'gitops-drift-exporter-custom-resources' && one.kind === 'ClusterRole',
    )
    const rules = [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get', 'list', 'watch'] }]
    await apply([...granting(objects).filter((one) => one !== role), { ...role, rules }])
    assert.match((await check()).out, /^widgets +test +Synced/m)
  })
  await t.test('with all Secrets nothing is missing', async () => {
    await apply(granting(await built('secrets')))
    const { out } = await check()
    assert.doesNotMatch(out, /GDE_RIGHT_MISSING|GDE_CLUSTER_FORBIDDEN/)
  })
})
