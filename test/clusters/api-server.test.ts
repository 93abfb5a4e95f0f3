import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { connectCluster } from '../../src/clusters/connect.ts'
import type { ConnectOptions, ServerLimits } from '../../src/clusters/options.ts'
import type { ClusterAccess } from '../../src/model/apps/inventory.ts'
import type { ClusterConnector } from '../../src/model/clusters/cluster.ts'
import { CodedError, type Failure } from '../../src/model/failure.ts'
import { isJsonObject, type Json } from '../../src/model/json.ts'
import { definitionOf } from '../servers/custom-resource-definition.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { type KubeApiServer, type Rule, startKubeApiServer } from '../servers/kube-apiserver.ts'
import type { KubeconfigUser } from '../servers/kubeconfig.ts'
import { skipWithout } from '../tools/build.ts'
import { observe } from './collect.ts'
import { object } from './conformance.ts'

const NEVER = new AbortController().signal
const CONFIG_MAP = { group: '', kind: 'ConfigMap' }
const DEPLOYMENT = { group: 'apps', kind: 'Deployment' }
const READ = ['get', 'list', 'watch'] as const

function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((found, key) => (isJsonObject(found) ? found[key] : undefined), value)
}

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const thrown = await work.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof CodedError, String(thrown))
  return thrown.failure
}

describe('a real API server', { skip: skipWithout('etcd', 'kube-apiserver', 'kubectl') }, () => {
  let server: KubeApiServer
  before(async () => {
    server = await startKubeApiServer()
    for (const namespace of ['shop', 'other']) await server.admin.apply(object('Namespace', '', namespace))
  })
  after(() => server.close())

  function connectTo(
    t: TestContext,
    access: ClusterAccess,
    limits: Partial<ServerLimits> = {},
    more: Partial<ConnectOptions> = {},
  ): ClusterConnector {
    const options = { redactionKey: randomBytes(32), server: { missingKindAge: 50, ...limits }, ...more }
    const connector = connectCluster({ name: 'real', labels: {}, access }, options)
    t.after(() => connector.close())
    return connector
  }

  async function connect(
    t: TestContext,
    user?: KubeconfigUser,
    limits: Partial<ServerLimits> = {},
  ): Promise<ClusterConnector> {
    return connectTo(t, { type: 'kubeconfig', path: await server.kubeconfig(user) }, limits)
  }

  test('a token that may only get, list and watch is enough', async (t) => {
    const everything: Rule = { apiGroups: ['*'], resources: ['*'], verbs: READ }
    const { token } = await server.addUser('reader', { clusterRules: [everything] })
    const connector = await connect(t, { token })
    await server.admin.apply(object('ConfigMap', 'shop', 'readable', { data: { a: '1' } }))
    await using observation = observe(connector, CONFIG_MAP)
    assert.ok((await observation.until('Synced')).includes('Upsert shop/readable'))
    await server.admin.apply(object('ConfigMap', 'shop', 'readable', { data: { a: '2' } }))
    await observation.until('Upsert shop/readable')
    const { uid } = (await server.admin.request('GET', '/api/v1/namespaces/kube-system')).metadata as { uid: string }
    assert.equal(await connector.identity(NEVER), uid)
    assert.ok((await connector.openapi('apps', 'v1', NEVER)) !== undefined)
  })

  test('rights in one namespace are enough for what lies there, and what may not be read is named', async (t) => {
    const rules: Rule[] = [{ apiGroups: [''], resources: ['configmaps'], verbs: READ }]
    const { token } = await server.addUser('tenant', { namespaceRules: { shop: rules } })
    const connector = await connect(t, { token })
    await using own = observe(connector, CONFIG_MAP, { namespaces: ['shop'] })
    await own.until('Synced')
    await using all = observe(connector, CONFIG_MAP)
    await all.until('Ended GDE_CLUSTER_FORBIDDEN')
    assert.match(all.failure?.message ?? '', /^configmaps: not allowed: .*cannot list resource "configmaps"/)
    await using some = observe(connector, CONFIG_MAP, { namespaces: ['shop', 'other'] })
    await some.until('Ended GDE_CLUSTER_FORBIDDEN')
    assert.match(some.failure?.message ?? '', /^configmaps in other: not allowed/)
    await using kinds = observe(connector, DEPLOYMENT, { namespaces: ['shop'] })
    await kinds.until('Ended GDE_CLUSTER_FORBIDDEN')
    assert.match(kinds.failure?.message ?? '', /deployments\.apps in shop/)
    const identity = await connector.identity(NEVER)
    assert.match(identity, /^[0-9a-f]{64}$/, 'without the right to read kube-system, a hash of server and CA')
    assert.equal(connector.status().up, true)
  })

  test('a key without a namespace names no object of a kind that has namespaces', async (t) => {
    await server.admin.apply(object('ConfigMap', 'shop', 'placed', { data: { a: '1' } }))
    const connector = await connect(t)
    assert.equal(await connector.get({ ...CONFIG_MAP, namespace: '', name: 'placed' }, NEVER), undefined)
    assert.notEqual(await connector.get({ ...CONFIG_MAP, namespace: 'shop', name: 'placed' }, NEVER), undefined)
  })

  test('a watch that the server ends is taken up again, and nothing is told twice', async (t) => {
    const connector = await connect(t, undefined, { watchDuration: 1000, firstPause: 10 })
    await server.admin.apply(object('ConfigMap', 'shop', 'steady'))
    await using observation = observe(connector, CONFIG_MAP, { namespaces: ['shop'] })
    await observation.until('Synced')
    const watches = () => connector.status().requests.find(({ verb }) => verb === 'watch')?.count ?? 0
    while (watches() < 3) await new Promise((resolve) => setTimeout(resolve, 50))
    await server.admin.apply(object('ConfigMap', 'shop', 'later'))
    assert.deepEqual(await observation.until('Upsert shop/later'), ['Upsert shop/later'])
    assert.equal(connector.status().watchRestarts, 0)
    assert.equal(connector.status().requests.find(({ verb }) => verb === 'list')?.count, 1)
  })

  test('while nothing happens, bookmarks keep the contact', async (t) => {
    // The server sends a bookmark shortly before it ends a watch.
    const connector = await connect(t, undefined, { watchDuration: 4000, discoveryAge: 600_000 })
    await using observation = observe(connector, { group: 'batch', kind: 'CronJob' })
    await observation.until('Synced')
    const first = connector.status().lastContact ?? 0
    while ((connector.status().lastContact ?? 0) === first) await new Promise((resolve) => setTimeout(resolve, 100))
    assert.deepEqual(observation.eventTexts, ['Synced'])
  })

  test('a server that hangs is noticed, and what was told is told anew when it goes on', async (t) => {
    const limits = { watchSilence: 1000, answer: 1000, connect: 1000, lostAfter: 500, firstPause: 50 }
    const connector = await connect(t, undefined, limits)
    await using observation = observe(connector, CONFIG_MAP, { namespaces: ['shop'] })
    await observation.until('Synced')
    server.pause()
    try {
      await observation.until('Lost GDE_CLUSTER_UNREACHABLE')
      assert.equal(connector.status().up, false)
    } finally {
      server.resume()
    }
    assert.ok((await observation.until('Synced')).includes('Upsert shop/steady'))
  })

  test('a client certificate says who asks', async (t) => {
    const connector = await connect(t, server.clientCertificate('alice', ['system:masters']))
    assert.equal((await connector.capabilities(NEVER)).kubeVersion, 'v1.36.3')
    const stranger = await connect(t, server.clientCertificate('mallory'))
    assert.equal(
      (
        await failureOf(
          stranger
            .identity(NEVER)
            .then(() => stranger.get({ ...CONFIG_MAP, namespace: 'shop', name: 'steady' }, NEVER)),
        )
      ).code,
      'GDE_CLUSTER_FORBIDDEN',
    )
  })

  test('credentials that are wrong are an error of their own, without them in the message', async (t) => {
    const connector = await connect(t, { token: 'not-the-token' })
    const failure = await failureOf(connector.capabilities(NEVER))
    assert.equal(failure.code, 'GDE_CLUSTER_AUTH')
    assert.ok(!JSON.stringify(failure).includes('not-the-token'))
  })

  test('a token in a file that was rotated is read again after it was refused', async (t) => {
    await using folder = await temporaryFolder('token')
    const tokenFile = join(folder.path, 'token')
    await writeFile(tokenFile, 'old')
    const connector = await connect(t, { tokenFile })
    assert.equal((await failureOf(connector.capabilities(NEVER))).code, 'GDE_CLUSTER_AUTH')
    await using second = await temporaryFolder('token')
    const rotated = join(second.path, 'token')
    await writeFile(rotated, `${server.adminToken}\n`)
    const reader = await connect(t, { tokenFile: rotated })
    await reader.capabilities(NEVER)
    const { token } = await server.addUser('rotated', {
      clusterRules: [{ apiGroups: ['*'], resources: ['*'], verbs: READ }],
    })
    await writeFile(rotated, token)
    assert.ok((await reader.get({ ...CONFIG_MAP, namespace: 'shop', name: 'steady' }, NEVER)) !== undefined)
  })

  test('an exec plugin gives the credentials, is told the cluster, and is asked again before they end', async (t) => {
    await using folder = await temporaryFolder('exec')
    const log = join(folder.path, 'log')
    const script = `
      const { appendFileSync } = require('node:fs')
      appendFileSync(process.env.LOG, process.env.KUBERNETES_EXEC_INFO + '\\n')
      const expirationTimestamp = new Date(Date.now() + Number(process.env.LIFE_MS)).toISOString()
      console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential',
        status: { token: process.env.TOKEN, expirationTimestamp } }))`
    const exec = (lifetimeMs: number) => ({
      command: process.execPath,
      args: ['-e', script],
      provideClusterInfo: true,
      env: [
        { name: 'LOG', value: log },
        { name: 'TOKEN', value: server.adminToken },
        { name: 'LIFE_MS', value: String(lifetimeMs) },
      ],
    })
    const calls = async () => {
      const { readFile } = await import('node:fs/promises')
      return (await readFile(log, 'utf8')).trim().split('\n')
    }
    const lasting = await connect(t, { exec: exec(3_600_000) })
    await Promise.all([lasting.capabilities(NEVER), lasting.identity(NEVER), lasting.capabilities(NEVER)])
    await lasting.identity(NEVER)
    const [info, ...others] = await calls()
    assert.deepEqual(others, [], 'asked once')
    const spec = JSON.parse(info ?? '').spec
    assert.equal(spec.cluster.server, server.url)
    assert.equal(spec.interactive, false)

    const ending = await connect(t, { exec: exec(0) })
    await ending.identity(NEVER)
    await ending.identity(NEVER)
    assert.ok((await calls()).length >= 3)
  })

  test('an exec plugin that refuses is named, with what it complains of', async (t) => {
    const script = 'console.error("session expired, run login"); process.exit(7)'
    const connector = await connect(t, { exec: { command: process.execPath, args: ['-e', script] } })
    const failure = await failureOf(connector.capabilities(NEVER))
    assert.equal(failure.code, 'GDE_CLUSTER_KUBECONFIG')
    assert.match(failure.message, /failed \(7\): session expired, run login/)
  })

  test('two clusters whose users have one name keep their credentials apart', async (t) => {
    const tokenOf = (token: string) => ({
      exec: {
        command: process.execPath,
        args: [
          '-e',
          `console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: '${token}' } }))`,
        ],
      },
    })
    const right = await connect(t, tokenOf(server.adminToken))
    const wrong = await connect(t, tokenOf('wrong'))
    await right.capabilities(NEVER)
    assert.equal((await failureOf(wrong.capabilities(NEVER))).code, 'GDE_CLUSTER_AUTH')
    await right.identity(NEVER)
  })

  test('inside a pod, the ServiceAccount is used', async (t) => {
    await using folder = await temporaryFolder('pod')
    await mkdir(folder.path, { recursive: true })
    await writeFile(join(folder.path, 'token'), server.adminToken)
    await writeFile(join(folder.path, 'ca.crt'), server.caData)
    const { hostname, port } = new URL(server.url)
    const connector = connectTo(
      t,
      { type: 'inCluster' },
      {},
      {
        serviceAccountFolder: folder.path,
        environment: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
      },
    )
    assert.equal((await connector.capabilities(NEVER)).kubeVersion, 'v1.36.3')
    const outside = connectTo(t, { type: 'inCluster' }, {}, { environment: {} })
    assert.equal((await failureOf(outside.capabilities(NEVER))).code, 'GDE_CLUSTER_KUBECONFIG')
  })

  test('a broken APIService hides only its own group', async (t) => {
    await server.admin.apply({
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1.broken.example.com' },
      spec: {
        group: 'broken.example.com',
        version: 'v1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { name: 'nobody', namespace: 'shop' },
      },
    })
    const connector = await connect(t, undefined, { discoveryAge: 0 })
    const kind = { group: 'broken.example.com', kind: 'Thing' }
    let capabilities = await connector.capabilities(NEVER)
    for (let tries = 0; tries < 200 && capabilities.failure(kind) === undefined; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      capabilities = await connector.capabilities(NEVER)
    }
    assert.equal(capabilities.failure(kind)?.code, 'GDE_CLUSTER_UNREACHABLE')
    assert.ok(capabilities.kind(DEPLOYMENT) !== undefined)
    await using observation = observe(connector, DEPLOYMENT)
    await observation.until('Synced')
    await server.admin.request('DELETE', '/apis/apiregistration.k8s.io/v1/apiservices/v1.broken.example.com')
  })

  test('what a server serves is asked for in two requests while it is the same, and a kind that comes is found by them', async (t) => {
    const connector = await connect(t, undefined, { discoveryAge: 0 })
    let before = await connector.capabilities(NEVER)
    const count = (code: string): number =>
      connector.status().requests.reduce((sum, one) => sum + (one.code === code ? one.count : 0), 0)
    const deadline = performance.now() + 20_000
    // What came up with the server last may still change its schemas.
    for (let asked = { ok: 0, same: 0 }; asked.same !== 1 || asked.ok !== 1; ) {
      const [ok, same] = [count('200'), count('304')]
      before = await connector.capabilities(NEVER)
      asked = { ok: count('200') - ok, same: count('304') - same }
      assert.ok(performance.now() < deadline, JSON.stringify(asked))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    assert.equal(await connector.capabilities(NEVER), before)
    const gizmo = { group: 'example.net', kind: 'Gizmo' }
    assert.equal(before.kind(gizmo), undefined)
    await server.admin.installCrds([definitionOf({ ...gizmo, scope: 'Cluster' })])
    let after = before
    while (after.kind(gizmo) === undefined) {
      assert.ok(performance.now() < deadline, 'the kind is not found')
      after = await connector.capabilities(NEVER)
    }
    assert.equal(after.kubeVersion, before.kubeVersion)
    assert.ok(after.kind(CONFIG_MAP) !== undefined)
  })

  test('a kind that vanishes ends its observation', async (t) => {
    const crd = definitionOf({ group: 'example.org', kind: 'Gadget', scope: 'Cluster' })
    await server.admin.installCrds([crd])
    const connector = await connect(t, undefined, { firstPause: 20, lostAfter: 200 })
    await using observation = observe(connector, { group: 'example.org', kind: 'Gadget' })
    await observation.until('Synced')
    await server.admin.request('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.example.org')
    await observation.until('Ended GDE_CLUSTER_KIND')
  })

  test('a dry run shows what an apply would make and changes nothing', async (t) => {
    const connector = await connect(t)
    const dryRun = connector.dryRunApply
    assert.ok(dryRun !== undefined)
    const config = object('ConfigMap', 'shop', 'dry', { data: { a: '1' } })
    const result = await dryRun(config, 'argocd-controller', NEVER)
    const managed = result.metadata.managedFields
    assert.equal(Array.isArray(managed) ? at(managed[0], 'manager') : undefined, 'argocd-controller')
    assert.equal(await connector.get({ ...CONFIG_MAP, namespace: 'shop', name: 'dry' }, NEVER), undefined)

    const invalid = { ...object('ConfigMap', 'shop', 'dry'), data: { 'not a key!': 'x' } }
    assert.equal((await failureOf(dryRun(invalid, 'm', NEVER))).code, 'GDE_CLUSTER_REFUSED')
    const secret = object('Secret', 'shop', 'dry', { stringData: { a: 'x' } })
    assert.equal((await failureOf(dryRun(secret, 'm', NEVER))).code, 'GDE_NOT_PERMITTED')

    const { token } = await server.addUser('looker', {
      clusterRules: [{ apiGroups: ['*'], resources: ['*'], verbs: READ }],
    })
    const readOnly = await connect(t, { token })
    const refused = readOnly.dryRunApply?.(config, 'm', NEVER)
    assert.ok(refused !== undefined)
    assert.equal((await failureOf(refused)).code, 'GDE_CLUSTER_FORBIDDEN')
  })

  test('two servers are two clusters', async (t) => {
    await using second = await startKubeApiServer()
    const one = await connect(t)
    const two = connectTo(t, { type: 'kubeconfig', path: await second.kubeconfig() })
    await second.admin.apply(object('ConfigMap', 'default', 'only-here'))
    assert.notEqual(await one.identity(NEVER), await two.identity(NEVER))
    await using first = observe(one, CONFIG_MAP)
    await using other = observe(two, CONFIG_MAP)
    assert.ok(!(await first.until('Synced')).includes('Upsert default/only-here'))
    assert.ok((await other.until('Synced')).includes('Upsert default/only-here'))
    await second.close()
    await server.admin.apply(object('ConfigMap', 'shop', 'untouched'))
    await first.until('Upsert shop/untouched')
  })
})
