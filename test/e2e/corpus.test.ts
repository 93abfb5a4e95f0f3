import assert from 'node:assert/strict'
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createLog } from '../../src/commands/cli/log.ts'
import { onePass } from '../../src/commands/run/one-pass.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { printJson } from '../../src/kubernetes/serialization/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import { builtProgram, MAIN } from '../commands/program.ts'
import { until } from '../commands/until.ts'
import { objectsOf } from '../deploy/granted-fleet.ts'
import { createWorkingRepository } from '../git/working-repository.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { run } from '../servers/run.ts'
import { skipWithout } from '../tools/build.ts'
import { type CheckedApp, check, objectLines } from './check.ts'
import { CORPUS_APPS, foreignDefinitions } from './corpus-apps.ts'
import { deployedReader } from './deployed-reader.ts'

/**
 * Real applications on real API servers, applied from what the exporter itself renders: server-side as Flux does it to one, client-side
 * as Argo CD does it to the other. Then people come with kubectl.
 */
const skip = skipWithout('kube-apiserver', 'etcd', 'kubectl')
const RENDERED = join(import.meta.dirname, '../render/corpus')
const MORE = join(import.meta.dirname, 'corpus/more.tar.gz')
const CLUSTERS = ['server-side', 'client-side'] as const
type Cluster = (typeof CLUSTERS)[number]
const MANAGERS = { 'server-side': 'kustomize-controller', 'client-side': 'argocd-controller' } as const

const parts = new AsyncDisposableStack()
const servers = new Map<string, KubeApiServer>()
let folder = ''
let config = ''
/** By `app@cluster`. */
let desired: ReadonlyMap<string, readonly KubernetesObject[]>

const serverOf = (cluster: string): KubeApiServer => {
  const server = servers.get(cluster)
  assert.ok(server !== undefined)
  return server
}

before(
  async () => {
    if (skip !== false) return
    await builtProgram()
    folder = parts.use(await temporaryFolder('corpus')).path
    const repository = await createWorkingRepository(join(folder, 'repository'))
    await cp(RENDERED, repository.path, { recursive: true, verbatimSymlinks: true })
    await run('tar', ['--extract', '--gzip', '--file', MORE, '--directory', repository.path])
    await repository.commit({})
    const definitions = join(folder, 'definitions.yaml')
    const defined = await definitionsIn(repository.path)
    await writeFile(definitions, defined)
    const started = await Promise.all(CLUSTERS.map((name) => startCluster(name, defined)))
    config = join(folder, 'config.yaml')
    await writeFile(
      config,
      JSON.stringify({
        clusters: started,
        apps: CORPUS_APPS.map(({ name, path, source }) => ({
          name,
          source: { repository: repository.url, revision: 'main', path, ...source },
          destination: { clusterSelector: { matchLabels: { corpus: 'yes' } }, namespace: name },
        })),
      }),
    )
    // Large CRDs do not fit into the annotation of client-side apply: Argo CD's users apply them server-side, too.
    await Promise.all(CLUSTERS.map((cluster) => applyServerSide(cluster, definitions)))
    for (const server of servers.values()) await untilEstablished(server)
    desired = await render()
    await Promise.all(CLUSTERS.map(install))
  },
  { timeout: 300_000 },
)
after(() => parts.disposeAsync())

/** A cluster of the config, with a token that may read what deploy/ grants and what is defined. */
async function startCluster(name: Cluster, definitions: string): Promise<object> {
  const server = parts.use(await startKubeApiServer())
  servers.set(name, server)
  const kubeconfig = await deployedReader(server, { secrets: true, definitions: objectsOf(definitions) })
  return { name, labels: { corpus: 'yes' }, kubeconfig: { path: kubeconfig } }
}

/** The CRDs in the folders of the apps, as they lie there, and those that the corpus lacks. */
async function definitionsIn(repository: string): Promise<string> {
  const found: string[] = foreignDefinitions().map((definition) => JSON.stringify(definition))
  for (const { path } of CORPUS_APPS)
    for (const entry of await readdir(join(repository, path), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.yaml')) continue
      const text = await readFile(join(entry.parentPath, entry.name), 'utf8')
      found.push(...text.split(/^---$/m).filter((document) => /^kind: CustomResourceDefinition$/m.test(document)))
    }
  return [...new Set(found)].join('\n---\n')
}

async function untilEstablished({ kubectl }: KubeApiServer): Promise<void> {
  await until('the CRDs to be served', async () => {
    // kubectl gives up on one that has no conditions yet.
    const wait = ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']
    const { code } = await kubectl(wait, { accept: [0, 1], timeoutSeconds: 90 })
    return code === 0 ? true : undefined
  })
}

/** What `render` prints for each app, all of them in one pass. */
async function render(): Promise<ReadonlyMap<string, readonly KubernetesObject[]>> {
  const settings = await loadConfig(config)
  const options = {
    log: createLog('warn'),
    logLevel: 'warn' as const,
    signal: AbortSignal.timeout(120_000),
    timeoutSeconds: 120,
    showSecrets: true,
  }
  await using pass = await onePass(settings, {}, options)
  const found = pass.apps.map(async ({ id, name, destination }) => {
    const objects = await pass.runtime.desired(id)
    return [
      `${name}@${destination}`,
      objects.filter(({ action }) => action !== 'skip').map(({ object }) => object),
    ] as const
  })
  return new Map(await Promise.all(found))
}

async function writeObjects(name: string, objects: readonly KubernetesObject[]): Promise<string> {
  const file = join(folder, `${name}.json`)
  await writeFile(file, objects.map((object) => printJson(object)).join('\n---\n'))
  return file
}

function applyServerSide(cluster: Cluster, file: string): Promise<unknown> {
  const manager = `--field-manager=${MANAGERS[cluster]}`
  return serverOf(cluster).kubectl(['apply', '--server-side', manager, `--filename=${file}`], { timeoutSeconds: 120 })
}

function applyClientSide(cluster: Cluster, file: string): Promise<unknown> {
  const manager = `--field-manager=${MANAGERS[cluster]}`
  return serverOf(cluster).kubectl(['apply', manager, `--filename=${file}`], { timeoutSeconds: 120 })
}

/** Applies everything to one cluster, namespaces first. */
async function install(cluster: Cluster): Promise<void> {
  const objects = [...desired].flatMap(([instance, own]) => (instance.endsWith(`@${cluster}`) ? own : []))
  const namespaces = new Set(objects.map(({ metadata }) => String(metadata.namespace ?? '')))
  for (const existing of ['', 'default', 'kube-system']) namespaces.delete(existing)
  for (const { kind, metadata } of objects) if (kind === 'Namespace') namespaces.delete(String(metadata.name))
  const made = [...namespaces].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))
  const declared = objects.filter(({ kind }) => kind === 'Namespace')
  await applyServerSide(cluster, await writeObjects(`namespaces-${cluster}`, [...made, ...declared]))
  // CRDs are there since before rendering, by the same manager.
  const rest = objects.filter(({ kind }) => kind !== 'Namespace' && kind !== 'CustomResourceDefinition')
  const file = await writeObjects(`objects-${cluster}`, rest)
  if (cluster === 'server-side') await applyServerSide(cluster, file)
  else await applyClientSide(cluster, file)
}

/** What is not as it should be: status, and every difference of every object with who made it. */
function summarize(app: CheckedApp): readonly string[] {
  const { status, reason } = app
  return status === 'Synced' ? objectLines(app) : [`${status} ${reason ?? ''}`.trim(), ...objectLines(app)]
}

/** What is not as it should be, by `app@cluster`. */
function notSynced(apps: readonly CheckedApp[]): Readonly<Record<string, readonly string[]>> {
  const all = apps.map((app) => [`${app.identity.name}@${app.identity.destination}`, summarize(app)] as const)
  return Object.fromEntries(all.filter(([, lines]) => lines.length > 0))
}

test('every app that was freshly applied is Synced, without a difference', { skip }, async () => {
  const { apps } = await check(config)
  assert.deepEqual(notSynced(apps), {})
  assert.equal(apps.length, CORPUS_APPS.length * CLUSTERS.length)
  const empty = apps.filter(({ objects }) => objects.length === 0).map(({ identity }) => identity.name)
  assert.deepEqual(empty, [])
})

test('render prints what was applied', { skip }, async () => {
  for (const name of ['podinfo-chart', 'boutique-kustomize', 'argo-jsonnet-tla']) {
    const args = ['render', '--config', config, '--app', name, '--cluster', 'server-side', '--output', 'json']
    const { stdout } = await run(process.execPath, [MAIN, ...args])
    const objects: readonly { readonly object: unknown }[] = JSON.parse(stdout).objects
    const applied = desired.get(`${name}@server-side`)?.map((object) => JSON.parse(printJson(object)))
    assert.deepEqual(
      objects.map(({ object }) => object),
      applied,
    )
  }
})

/** What people and controllers do, each to an app of its own, and what is to be found of it. */
interface Mutation {
  readonly app: string
  readonly kubectl: readonly string[]
  readonly editor?: string
  readonly found: readonly string[]
  /** The API server says the same of the object: server-side apply would change it. */
  readonly applyChanges?: string
}

const CONTAINER = '/spec/template/spec/containers/0'
const MUTATIONS: readonly Mutation[] = [
  {
    app: 'podinfo-chart',
    kubectl: ['scale', 'deployment/podinfo-chart', '--replicas=4'],
    found: ['OutOfSync', 'Deployment/podinfo-chart changed /spec/replicas drift kubectl'],
    applyChanges: 'apps.v1.Deployment.podinfo-chart.podinfo-chart',
  },
  {
    app: 'boutique-manifests',
    kubectl: ['set', 'image', 'deployment/frontend', 'server=nginx:9'],
    found: ['OutOfSync', `Deployment/frontend changed ${CONTAINER}/image drift kubectl-set`],
    applyChanges: 'apps.v1.Deployment.boutique-manifests.frontend',
  },
  {
    app: 'boutique-kustomize',
    kubectl: ['set', 'env', 'deployment/frontend', 'DEBUG=1'],
    found: ['OutOfSync', `Deployment/frontend added ${CONTAINER}/env/10 drift kubectl-set`],
  },
  {
    app: 'boutique-memorystore',
    kubectl: ['label', 'service/frontend', 'team=shop'],
    found: ['OutOfSync', 'Service/frontend added /metadata/labels/team drift kubectl-label'],
  },
  {
    app: 'boutique-spanner',
    kubectl: ['annotate', 'serviceaccount/cartservice', 'owner=me'],
    found: ['OutOfSync', 'ServiceAccount/cartservice added /metadata/annotations/owner drift kubectl-annotate'],
  },
  {
    app: 'argo-config-map',
    kubectl: ['edit', 'configmap/my-map'],
    editor: 'sed -i "s/foo: bar/foo: other/"',
    found: ['OutOfSync', 'ConfigMap/my-map changed /data/foo drift kubectl-edit'],
    applyChanges: 'v1.ConfigMap.argo-config-map.my-map',
  },
  {
    app: 'argo-guestbook',
    kubectl: [
      ...['patch', 'deployment/guestbook-ui', '--type=json'],
      `--patch=[{"op":"remove","path":"${CONTAINER}/ports"}]`,
    ],
    found: ['OutOfSync', `Deployment/guestbook-ui missing ${CONTAINER}/ports drift`],
    applyChanges: 'apps.v1.Deployment.argo-guestbook.guestbook-ui',
  },
  {
    app: 'argo-service',
    kubectl: ['patch', 'service/my-service', '--field-manager=k9s', '--patch={"metadata":{"labels":{"seen":"yes"}}}'],
    found: ['OutOfSync', 'Service/my-service added /metadata/labels drift k9s'],
  },
  {
    app: 'argo-two-nice-pods',
    kubectl: ['delete', 'pod/pod-1', '--grace-period=0', '--force'],
    found: ['OutOfSync', 'Pod/pod-1 missing'],
    applyChanges: 'v1.Pod.argo-two-nice-pods.pod-1',
  },
  {
    app: 'argo-secrets',
    kubectl: ['patch', 'secret/test-secret', '--patch={"stringData":{"username":"mallory"}}'],
    found: ['OutOfSync', 'Secret/test-secret changed /data/username drift kubectl-patch'],
    applyChanges: 'v1.Secret.argo-secrets.test-secret',
  },
  {
    app: 'argo-guestbook-logs',
    kubectl: ['rollout', 'restart', 'deployment/guestbook-ui'],
    found: [
      'Deployment/guestbook-ui added /spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt report kubectl-rollout',
    ],
  },
  {
    app: 'podinfo-kustomize',
    kubectl: [
      ...['patch', 'deployment/podinfo', '--field-manager=kube-controller-manager'],
      '--patch={"metadata":{"annotations":{"deployment.kubernetes.io/revision":"2"}},"spec":{"replicas":3}}',
    ],
    found: [],
  },
]

test('what people do to the live objects is found, where it is, of which class and by whom', { skip }, async () => {
  for (const { app, kubectl, editor } of MUTATIONS)
    for (const server of servers.values())
      await server.kubectl(
        [...kubectl, `--namespace=${app}`],
        editor === undefined ? {} : { env: { KUBE_EDITOR: editor } },
      )
  const { apps, code } = await check(config)
  assert.equal(code, 1)
  const instances = CLUSTERS.flatMap((cluster) =>
    MUTATIONS.map(({ app, found }) => [`${app}@${cluster}`, found] as const),
  )
  assert.deepEqual(notSynced(apps), Object.fromEntries(instances.filter(([, found]) => found.length > 0)))
})

test('where an apply would change something, kubectl diff says the same of it', { skip }, async () => {
  for (const { app, applyChanges } of MUTATIONS)
    for (const cluster of CLUSTERS) {
      const file = await writeObjects('diff', desired.get(`${app}@${cluster}`) ?? [])
      const flags = ['--server-side', '--force-conflicts', `--field-manager=${MANAGERS[cluster]}`]
      const { stdout } = await serverOf(cluster).kubectl(['diff', ...flags, `--filename=${file}`], { accept: [0, 1] })
      const changed = [...stdout.matchAll(/^diff .*\/(\S+)$/gm)].map(([, name]) => name)
      assert.deepEqual(changed, applyChanges === undefined ? [] : [applyChanges], `${app} in ${cluster}`)
    }
})
