import assert from 'node:assert/strict'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { readYamlDocuments } from '../../../src/kubernetes/serialization/yaml.ts'
import { isJsonObject, type JsonObject } from '../../../src/model/json.ts'
import { builtProgram } from '../../commands/program.ts'
import { until } from '../../commands/until.ts'
import { startExporter } from '../../e2e/exporter.ts'
import { createWorkingRepository } from '../../git/working-repository.ts'
import { temporaryFolder } from '../../servers/folder.ts'
import { startGitServer } from '../../servers/git-http-backend.ts'
import { type KubeApiServer, startKubeApiServer } from '../../servers/kube-apiserver.ts'
import { run } from '../../servers/run.ts'
import { skipWithout, toolPath } from '../../tools/build.ts'
import { appliedBy, declaredValues } from './example-releases.ts'

/**
 * fluxcd/flux2-kustomize-helm-example as a whole fleet: two API servers with Flux's CRDs, Git over HTTP with the credentials of a Secret,
 * the built program. What Flux would have applied is that of its own code (the cases), and of the real helm.
 */
const CORPUS = join(import.meta.dirname, '../../render/corpus')
const EXAMPLE = join(CORPUS, 'flux2-kustomize-helm-example')
const CLUSTERS = ['production', 'staging'] as const
type Cluster = (typeof CLUSTERS)[number]
const KUSTOMIZATIONS = ['infra-controllers', 'infra-configs', 'apps'] as const
const RELEASES = [
  { name: 'podinfo', namespace: 'podinfo' },
  { name: 'cert-manager', namespace: 'cert-manager' },
  { name: 'envoy-gateway', namespace: 'envoy-gateway-system' },
]
const NAMES = [...KUSTOMIZATIONS, ...RELEASES.map(({ name }) => name)]
const READ = ['get', 'list', 'watch']

/** Of kinds whose definitions are not at hand: they take whatever comes. */
const OPEN_KINDS = [
  { group: 'helm.toolkit.fluxcd.io', version: 'v2', kind: 'HelmRelease', plural: 'helmreleases', scope: 'Namespaced' },
  { group: 'source.toolkit.fluxcd.io', version: 'v1', kind: 'HelmRepository', plural: 'helmrepositories' },
  { group: 'source.toolkit.fluxcd.io', version: 'v1', kind: 'OCIRepository', plural: 'ocirepositories' },
  { group: 'cert-manager.io', version: 'v1', kind: 'ClusterIssuer', plural: 'clusterissuers', scope: 'Cluster' },
  { group: 'gateway.networking.k8s.io', version: 'v1', kind: 'Gateway', plural: 'gateways' },
  { group: 'gateway.networking.k8s.io', version: 'v1', kind: 'HTTPRoute', plural: 'httproutes' },
  {
    group: 'gateway.networking.k8s.io',
    version: 'v1',
    kind: 'GatewayClass',
    plural: 'gatewayclasses',
    scope: 'Cluster',
  },
] as const

function openDefinition({ group, version, kind, plural, ...rest }: (typeof OPEN_KINDS)[number]): JsonObject {
  const scope = 'scope' in rest ? rest.scope : 'Namespaced'
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      // The API server wants to know that somebody looked at it.
      annotations: { 'api-approved.kubernetes.io': 'unapproved, test' },
    },
    spec: { group, scope, names: { kind, plural }, versions: [{ name: version, served: true, storage: true, schema }] },
  }
}

async function definition(name: string): Promise<string> {
  return gunzipSync(await readFile(join(import.meta.dirname, 'crds', `${name}.yaml.gz`))).toString('utf8')
}

/** The example's own Kustomizations, of the repository instead of the parts that another controller copies together. */
async function kustomizationsOf(cluster: Cluster): Promise<readonly JsonObject[]> {
  const files = ['apps.yaml', 'infrastructure.yaml'].map((file) => join(EXAMPLE, 'clusters', cluster, file))
  const documents = (await Promise.all(files.map((file) => readFile(file, 'utf8')))).flatMap((text) =>
    readYamlDocuments(text).map(({ value }) => value),
  )
  return documents.filter(isJsonObject).map((object) => {
    const { metadata, spec } = object
    assert.ok(isJsonObject(metadata) && isJsonObject(spec))
    const folder = metadata.name === 'apps' ? 'apps' : 'infrastructure'
    const sourceRef = { kind: 'GitRepository', name: 'flux-system' }
    return { ...object, spec: { ...spec, path: `./${folder}/${String(spec.path)}`, sourceRef } }
  })
}

async function fillCluster(server: KubeApiServer, cluster: Cluster, url: string, folder: string): Promise<void> {
  const { admin } = server
  await admin.installCrds([
    await definition('kustomize.toolkit.fluxcd.io_kustomizations'),
    await definition('source.toolkit.fluxcd.io_gitrepositories'),
  ])
  await admin.installCrds(OPEN_KINDS.map(openDefinition))
  await admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'flux-system' } })
  await login(server, 'first')
  await admin.apply({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: 'flux-system', namespace: 'flux-system' },
    spec: { interval: '1m', ref: { branch: 'main' }, secretRef: { name: 'flux-system' }, url },
  })
  for (const object of await kustomizationsOf(cluster)) await admin.apply(object, 'flux')
  const applied = (await Promise.all(KUSTOMIZATIONS.map((name) => appliedBy(cluster, name)))).flat()
  // In the controller's order.
  const inOrder = [...applied.filter(isNamespace), ...applied.filter((object) => !isNamespace(object))]
  for (const object of inOrder) await admin.apply(object, 'kustomize-controller')
  const kubeconfig = await server.kubeconfig()
  for (const { name, namespace } of RELEASES) {
    const chart = name === 'podinfo' ? join(CORPUS, 'podinfo/charts/podinfo') : join(folder, 'chart')
    const values = join(folder, `${cluster}-${name}.json`)
    await writeFile(values, JSON.stringify(await declaredValues(cluster, name)))
    const where = ['--namespace', namespace, '--kubeconfig', kubeconfig, '--values', values]
    await run(toolPath('helm'), ['install', name, chart, ...where], { env: { HOME: folder } })
  }
}

function isNamespace({ kind }: JsonObject): boolean {
  return kind === 'Namespace'
}

function login(server: KubeApiServer, password: string): Promise<JsonObject> {
  return server.admin.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'flux-system', namespace: 'flux-system' },
    stringData: { username: 'git', password },
  })
}

function basic(password: string): string {
  return `Basic ${Buffer.from(`git:${password}`).toString('base64')}`
}

const skip = skipWithout('kube-apiserver', 'etcd', 'kubectl', 'helm')

test('the example’s fleet: both clusters, all Kustomizations and HelmReleases', {
  skip,
  timeout: 115_000,
}, async (t) => {
  await using parts = new AsyncDisposableStack()
  await builtProgram()
  const folder = parts.use(await temporaryFolder('example')).path
  const [production, staging] = await Promise.all(CLUSTERS.map(async () => parts.use(await startKubeApiServer())))
  assert.ok(production !== undefined && staging !== undefined)
  const fleet = await createWorkingRepository(join(folder, 'git/fleet'))
  await cp(EXAMPLE, fleet.path, { recursive: true })
  await fleet.commit({ 'README.md': 'A fleet.\n' })
  const git = parts.use(await startGitServer({ root: join(folder, 'git'), authorization: basic('first') }))
  const url = `${git.url}/fleet`
  await mkdir(join(folder, 'chart/templates'), { recursive: true })
  await writeFile(join(folder, 'chart/Chart.yaml'), 'apiVersion: v2\nname: small\nversion: 1.9.0\n')
  await writeFile(
    join(folder, 'chart/templates/a.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {a: b}\n',
  )
  await Promise.all([fillCluster(production, 'production', url, folder), fillCluster(staging, 'staging', url, folder)])
  const reader = async (name: Cluster, server: KubeApiServer) => {
    const clusterRules = [{ apiGroups: ['*'], resources: ['*'], verbs: READ }]
    return { name, kubeconfig: { path: (await server.addUser('reader', { clusterRules })).kubeconfig } }
  }
  const config = join(folder, 'config.yaml')
  await writeFile(
    config,
    JSON.stringify({
      metrics: { address: '127.0.0.1', port: 0 },
      pages: { port: 0 },
      stateDirectory: './state',
      repositories: [{ url, pollInterval: '1s' }],
      clusters: [await reader('production', production), await reader('staging', staging)],
      discovery: { flux: CLUSTERS.map((cluster) => ({ cluster })) },
    }),
  )
  let exporter = await startExporter(config)
  parts.defer(() => exporter.stop())
  const scale = (server: KubeApiServer, replicas: number) =>
    server.kubectl(['scale', '--namespace=podinfo', 'deployment/podinfo', `--replicas=${replicas}`])

  await t.test('all of it is in sync', async () => {
    for (const cluster of CLUSTERS)
      for (const name of NAMES) await exporter.untilApp(`${name}@${cluster}`, { status: 'Synced' })
    assert.equal((await exporter.apps()).size, CLUSTERS.length * NAMES.length)
  })

  await t.test('an edit in one cluster and a commit for the other are told apart', async () => {
    await scale(staging, 7)
    await exporter.untilApp('podinfo@staging', { status: 'OutOfSync', cause: 'live' })
    const values = await readFile(join(EXAMPLE, 'apps/production/podinfo-values.yaml'), 'utf8')
    await fleet.commit({
      'apps/production/podinfo-values.yaml': values.replace('podinfo.production', 'podinfo.example'),
    })
    await exporter.untilApp('apps@production', { status: 'OutOfSync', cause: 'git' })
    const apps = await exporter.apps()
    for (const other of ['apps@staging', 'podinfo@production']) assert.equal(apps.get(other)?.status, 'Synced')
  })

  await t.test('killed and started again, it tells the same, and what happened meanwhile', async () => {
    const before = (await exporter.apps()).get('podinfo@staging')
    await exporter.kill()
    await scale(production, 5)
    exporter = await startExporter(config)
    const first = await until('the first apps', async () => (await exporter.apps()).get('podinfo@staging'))
    assert.deepEqual([first.status, first.since], ['OutOfSync', before?.since])
    await exporter.untilApp('podinfo@production', { status: 'OutOfSync', cause: 'live' })
    await exporter.untilApp('podinfo@staging', { status: 'OutOfSync', cause: 'live' })
    await scale(production, 1)
    await exporter.untilApp('podinfo@production', { status: 'Synced' })
  })

  await t.test('rotated credentials are taken as soon as their Secret says so', async () => {
    git.authorization = basic('second')
    await until('Git to be down', async () => {
      const samples = await exporter.samples()
      return samples.find(({ name, value }) => name === 'gitops_repo_up' && value === 0)
    })
    for (const server of [production, staging]) await login(server, 'second')
    await fleet.git('revert', '--no-edit', 'HEAD')
    await exporter.untilApp('apps@production', { status: 'Synced' })
    assert.equal(git.requests.at(-1)?.authorization, basic('second'))
  })
})
