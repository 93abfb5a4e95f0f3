import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { connectCluster } from '../../src/clusters/connect.ts'
import type { ServerLimits } from '../../src/clusters/options.ts'
import type { ClusterConnector } from '../../src/model/clusters/cluster.ts'
import { CodedError } from '../../src/model/failure.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { until } from '../commands/until.ts'
import { definitionOf } from '../servers/custom-resource-definition.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { kubeconfigText } from '../servers/kubeconfig.ts'
import { startMeddlingProxy } from '../servers/meddling-proxy.ts'
import { startRelay } from '../servers/relay.ts'
import { skipWithout } from '../tools/build.ts'
import { observe } from './collect.ts'
import { object } from './conformance.ts'

/** What happens to real clusters, on a real API server. A server that hangs, and lists and watches that break, are in the tests beside. */
describe('faults of a real API server', { skip: skipWithout('etcd', 'kube-apiserver', 'kubectl') }, () => {
  const CONFIG_MAP = { group: '', kind: 'ConfigMap' }
  let server: KubeApiServer
  before(async () => {
    server = await startKubeApiServer()
    await server.admin.apply(object('Namespace', '', 'shop'))
  })
  after(() => server.close())

  async function connect(t: TestContext, more: Partial<ServerLimits> = {}, path?: string): Promise<ClusterConnector> {
    const limits = {
      missingKindAge: 50,
      firstPause: 20,
      longestPause: 500,
      lostAfter: 500,
      connect: 1000,
      answer: 5000,
      discoveryAge: 200,
      ...more,
    }
    const access = { type: 'kubeconfig', path: path ?? (await server.kubeconfig()) } as const
    const connector = connectCluster(
      { name: 'real', labels: {}, access },
      { redactionKey: randomBytes(32), server: limits },
    )
    t.after(() => connector.close())
    return connector
  }

  test('a server that comes back with everything lost is believed, and what it had is told to be gone', async (t) => {
    const connector = await connect(t)
    // The versions that were seen are far beyond those that begin anew.
    for (let version = 0; version < 50; version += 1)
      await server.admin.apply({ ...object('ConfigMap', 'shop', 'lost'), data: { version: String(version) } })
    await using observation = observe(connector, CONFIG_MAP, { namespaces: ['shop'] })
    await observation.until('Synced')
    await server.stop()
    await observation.until('Lost GDE_CLUSTER_UNREACHABLE')
    await server.startEmpty()
    await server.admin.apply(object('Namespace', '', 'shop'))
    await server.admin.apply(object('ConfigMap', 'shop', 'anew'))
    await until('the new object', async () => (observation.eventTexts.includes('Upsert shop/anew') ? true : undefined))
    await until('a complete list', async () =>
      observation.eventTexts.lastIndexOf('Synced') > observation.eventTexts.lastIndexOf('Lost GDE_CLUSTER_UNREACHABLE')
        ? true
        : undefined,
    )
    const since = observation.eventTexts.slice(observation.eventTexts.lastIndexOf('Lost GDE_CLUSTER_UNREACHABLE'))
    // After a loss all that is there is told again: what is not told is gone.
    assert.ok(!since.includes('Upsert shop/lost'), since.join())
  })

  test('a server that lost everything and is back before that was noticed is not waited for until it is as far again', async (t) => {
    const connector = await connect(t, { lostAfter: 600_000, watchSilence: 3000 })
    for (let version = 0; version < 300; version += 1)
      await server.admin.apply({ ...object('ConfigMap', 'shop', 'lost'), data: { version: String(version) } })
    await using observation = observe(connector, CONFIG_MAP, { namespaces: ['shop'] })
    await observation.until('Synced')
    await server.kill()
    await server.startEmpty()
    await server.admin.apply(object('Namespace', '', 'shop'))
    await observation.until('Delete shop/lost')
    assert.ok(!observation.eventTexts.some((text) => text.startsWith('Lost')))
  })

  test('a kind that is deleted and made anew with another version is read in that version', async (t) => {
    const crd = (version: string) => definitionOf({ group: 'example.org', kind: 'Widget', scope: 'Cluster', version })
    const widget = (version: string) => ({
      apiVersion: `example.org/${version}`,
      kind: 'Widget',
      metadata: { name: `of-${version}` },
    })
    const kind = { group: 'example.org', kind: 'Widget' }
    await server.admin.installCrds([crd('v1')])
    await server.admin.apply(widget('v1'))
    const connector = await connect(t)
    {
      await using observation = observe(connector, kind)
      assert.deepEqual(await observation.until('Synced'), ['Upsert /of-v1', 'Synced'])
      await server.admin.request(
        'DELETE',
        '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.org',
      )
      await observation.until('Ended GDE_CLUSTER_KIND')
    }
    await until('the CRD to be gone', async () => {
      const { stdout } = await server.kubectl(['get', 'crd', '--output=name'])
      return stdout.includes('widgets') ? undefined : true
    })
    await server.admin.installCrds([crd('v2')])
    await server.admin.apply(widget('v2'))
    await until('the kind in its new version', async () => {
      await using observation = observe(connector, kind)
      await until('an end', async () =>
        observation.eventTexts.includes('Synced') || observation.failure !== undefined ? true : undefined,
      )
      return observation.eventTexts.includes('Upsert /of-v2') ? true : undefined
    })
  })

  test('an object that is being deleted and cannot go is told as it is, until it goes', async (t) => {
    const connector = await connect(t)
    const stuck = { ...object('ConfigMap', 'shop', 'stuck') }
    await server.admin.apply(stuck)
    await server.kubectl([
      'patch',
      'configmap',
      'stuck',
      '--namespace=shop',
      '--type=merge',
      '--patch={"metadata":{"finalizers":["example.org/wait"]}}',
    ])
    await using observation = observe(connector, CONFIG_MAP, { namespaces: ['shop'] })
    await observation.until('Synced')
    await server.kubectl(['delete', 'configmap', 'stuck', '--namespace=shop', '--wait=false'])
    assert.deepEqual(await observation.until('Upsert shop/stuck'), ['Upsert shop/stuck'])
    await server.kubectl([
      'patch',
      'configmap',
      'stuck',
      '--namespace=shop',
      '--type=merge',
      '--patch={"metadata":{"finalizers":null}}',
    ])
    assert.deepEqual(await observation.until('Delete shop/stuck'), ['Delete shop/stuck'])
  })

  test('a namespace that is being deleted and cannot go is told as that, and what lies in it is told, too', async (t) => {
    const connector = await connect(t)
    await server.admin.apply(object('Namespace', '', 'stuck'))
    await server.admin.apply(object('ConfigMap', 'stuck', 'inside'))
    await using namespaces = observe(connector, { group: '', kind: 'Namespace' })
    await using inside = observe(connector, CONFIG_MAP, { namespaces: ['stuck'] })
    await namespaces.until('Synced')
    assert.deepEqual(await inside.until('Synced'), ['Upsert stuck/inside', 'Synced'])
    // No controller runs that would empty it.
    await server.kubectl(['delete', 'namespace', 'stuck', '--wait=false'])
    await namespaces.until('Upsert /stuck')
    const last = namespaces.events.findLast(
      (event) => event.type === 'Upsert' && event.object.metadata.name === 'stuck',
    )
    assert.ok(last?.type === 'Upsert' && typeof last.object.metadata.deletionTimestamp === 'string')
    await server.admin.request('DELETE', '/api/v1/namespaces/stuck/configmaps/inside')
    assert.deepEqual(await inside.until('Delete stuck/inside'), ['Delete stuck/inside'])
    await using anew = observe(connector, CONFIG_MAP, { namespaces: ['stuck'] })
    assert.deepEqual(await anew.until('Synced'), ['Synced'])
  })

  test('a server that is killed and comes back has lost nothing, and only what changed is told', async (t) => {
    const connector = await connect(t, { lostAfter: 600_000 })
    await server.admin.apply(object('ConfigMap', 'shop', 'survivor'))
    await using observation = observe(connector, CONFIG_MAP, { namespaces: ['shop'] })
    await observation.until('Synced')
    await server.kill()
    await server.start()
    await server.admin.apply(object('ConfigMap', 'shop', 'after-the-kill'))
    assert.deepEqual(await observation.until('Upsert shop/after-the-kill'), ['Upsert shop/after-the-kill'])
  })

  test('what etcd forgot while the server was away is no loss', async (t) => {
    const connector = await connect(t, { lostAfter: 600_000 })
    await server.admin.apply(object('ConfigMap', 'shop', 'gone'))
    await using observation = observe(connector, CONFIG_MAP, { namespaces: ['shop'] })
    await observation.until('Synced')
    await server.pause()
    await server.kill()
    await server.start()
    await server.admin.request('DELETE', '/api/v1/namespaces/shop/configmaps/gone')
    for (let version = 0; version < 5; version += 1)
      await server.admin.apply({ ...object('ConfigMap', 'shop', 'often'), data: { version: String(version) } })
    await server.compact()
    await server.kill()
    await server.start()
    const since = [...(await observation.until('Delete shop/gone'))]
    await server.admin.apply(object('ConfigMap', 'shop', 'last'))
    since.push(...(await observation.until('Upsert shop/last')))
    assert.ok(since.includes('Upsert shop/often'), since.join())
    assert.ok(!since.some((text) => text.startsWith('Lost')), since.join())
  })

  test('a list in pages whose version etcd forgets between two pages begins anew', async (t) => {
    await using proxy = await startMeddlingProxy(server)
    const names = Array.from({ length: 9 }, (_, index) => `page-${index}`)
    for (const name of names) await server.admin.apply(object('ConfigMap', 'shop', name))
    let expired = 0
    proxy.refuse = (url) => {
      if (url.searchParams.has('sendInitialEvents')) return { status: 422, message: 'no' }
      if (!url.searchParams.has('continue') || expired > 0) return undefined
      expired += 1
      return { status: 410, message: 'The provided continue parameter is too old' }
    }
    const connector = await connect(t, { pageSize: 4 }, await kubeconfigOf(t, proxy.url))
    await using observation = observe(connector, CONFIG_MAP, { namespaces: ['shop'] })
    await observation.until('Synced')
    assert.equal(expired, 1)
    for (const name of names) assert.ok(observation.eventTexts.includes(`Upsert shop/${name}`))
  })

  test('while every watch is refused as expired, lists tell what changes, ever less often', async (t) => {
    await using proxy = await startMeddlingProxy(server)
    let refused = 0
    proxy.refuse = (url) => {
      if (!url.searchParams.has('watch')) return undefined
      refused += 1
      return { status: 410, message: 'too old resource version' }
    }
    const connector = await connect(t, { firstPause: 20, longestPause: 200 }, await kubeconfigOf(t, proxy.url))
    await using observation = observe(connector, CONFIG_MAP, { namespaces: ['shop'] })
    await observation.until('Synced')
    for (const name of ['while-expired-1', 'while-expired-2']) {
      await server.admin.apply(object('ConfigMap', 'shop', name))
      await observation.until(`Upsert shop/${name}`)
    }
    await until('some more tries', async () => (refused > 8 ? true : undefined))
    assert.ok(!observation.eventTexts.some((text) => text.startsWith('Lost')))
    proxy.refuse = () => undefined
    await server.admin.apply(object('ConfigMap', 'shop', 'watched-again'))
    await observation.until('Upsert shop/watched-again')
    assert.equal(observation.eventTexts.filter((text) => text === 'Upsert shop/while-expired-1').length, 1)
  })

  test('a watch that is cut inside an event loses nothing', async (t) => {
    await using proxy = await startMeddlingProxy(server)
    const connector = await connect(t, { lostAfter: 600_000 }, await kubeconfigOf(t, proxy.url))
    await using observation = observe(connector, CONFIG_MAP, { namespaces: ['shop'] })
    await observation.until('Synced')
    for (const part of [0.01, 0.5, 0.99, 1]) {
      const name = `cut-${part * 100}`
      let cuts = 0
      proxy.meddle = (line) => {
        if (cuts > 0 || !line.includes(name)) return { text: `${line}\n` }
        cuts += 1
        return { text: line.slice(0, Math.ceil(line.length * part)), cut: true }
      }
      await server.admin.apply(object('ConfigMap', 'shop', name))
      await observation.until(`Upsert shop/${name}`)
      assert.equal(cuts, 1)
    }
    assert.ok(!observation.eventTexts.some((text) => text.startsWith('Lost')))
  })

  test('an event that is malformed once, and right when it is asked for again, is a fault for a moment only', async (t) => {
    await using proxy = await startMeddlingProxy(server)
    const connector = await connect(t, { lostAfter: 600_000 }, await kubeconfigOf(t, proxy.url))
    await using observation = observe(connector, CONFIG_MAP, { namespaces: ['shop'] })
    await observation.until('Synced')
    for (const [index, broken] of [
      '{"type":"ADDED"',
      '{"type":"RENAMED","object":{}}',
      'null',
      '\u0000\ufffd',
    ].entries()) {
      const name = `malformed-${index}`
      let times = 0
      proxy.meddle = (line) => {
        if (times > 0 || !line.includes(name)) return { text: `${line}\n` }
        times += 1
        return { text: `${broken}\n` }
      }
      await server.admin.apply(object('ConfigMap', 'shop', name))
      await observation.until(`Upsert shop/${name}`)
      assert.equal(times, 1)
    }
    assert.ok(!observation.eventTexts.some((text) => text.startsWith('Lost')))
    assert.ok(connector.status().watchRestarts >= 4)
  })

  test('a server that has too many requests by its own priority and fairness is asked again when it says', async (t) => {
    const { kubeconfig } = await server.addUser('throttled', {
      clusterRules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }],
    })
    const api = 'flowcontrol.apiserver.k8s.io'
    const apply = (object: JsonObject) => server.admin.apply({ apiVersion: `${api}/v1`, ...object })
    // One request at a time, and nobody waits for his turn.
    await apply({
      kind: 'PriorityLevelConfiguration',
      metadata: { name: 'one-at-a-time' },
      spec: {
        type: 'Limited',
        limited: { nominalConcurrencyShares: 0, borrowingLimitPercent: 0, limitResponse: { type: 'Reject' } },
      },
    })
    await apply({
      kind: 'FlowSchema',
      metadata: { name: 'throttled' },
      spec: {
        priorityLevelConfiguration: { name: 'one-at-a-time' },
        matchingPrecedence: 2,
        rules: [
          {
            subjects: [{ kind: 'ServiceAccount', serviceAccount: { name: 'throttled', namespace: 'default' } }],
            resourceRules: [
              { verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] },
            ],
          },
        ],
      },
    })
    const answers = (connector: ClusterConnector, code: string): number =>
      connector.status().requests.reduce((sum, one) => sum + (one.code === code ? one.count : 0), 0)
    const connector = await connect(t, { concurrency: 100 }, kubeconfig)
    const { kinds } = await connector.capabilities(AbortSignal.timeout(30_000))
    const watched = kinds.filter(({ verbs }) => verbs.includes('list') && verbs.includes('watch'))
    // The server takes the rules a moment after it has them.
    await until('the server to refuse some', async () => {
      const began = performance.now()
      const observations = watched.map((kind) => observe(connector, kind))
      await Promise.all(observations.map((one) => one.until('Synced')))
      const took = performance.now() - began
      await Promise.all(observations.map((one) => one.stop()))
      if (answers(connector, '429') === 0) return undefined
      // It says to come again after a second.
      assert.ok(took >= 1000, `after ${took} ms`)
      return true
    })
    assert.equal(connector.status().up, true)
    await server.admin.request('DELETE', `/apis/${api}/v1/flowschemas/throttled`)
  })

  test('a certificate of the server that was replaced is trusted once the kubeconfig says so', async (t) => {
    await using own = await startKubeApiServer()
    await own.admin.apply(object('Namespace', '', 'shop'))
    await using relay = await startRelay(Number(new URL(own.url).port))
    const address = `https://127.0.0.1:${relay.port}`
    const path = await kubeconfigOf(t, address, own.caData, own.adminToken)
    const connector = await connect(t, {}, path)
    await using observation = observe(connector, CONFIG_MAP, { namespaces: ['shop'] })
    await observation.until('Synced')
    const authority = await own.rotateCertificate()
    await until('the server to show it', async () =>
      (await shownBy(own.url)) === 'serving authority' ? true : undefined,
    )
    relay.cut()
    await observation.until('Lost GDE_CLUSTER_TLS')
    assert.equal(connector.status().up, false)
    await writeFile(path, kubeconfigText({ server: address, caData: authority }, { token: own.adminToken }))
    await observation.until('Synced')
    assert.equal(connector.status().up, true)
  })

  test('a client certificate that expires is read again from its files', async (t) => {
    const folder = await temporaryFolder('client-certificate')
    t.after(() => folder.close())
    const write = async (notAfter?: Date): Promise<void> => {
      const { certificate, key } = server.clientCertificate('alice', ['system:masters'], notAfter)
      await writeFile(join(folder.path, 'tls.key'), key)
      await writeFile(join(folder.path, 'tls.crt'), certificate)
    }
    const expiry = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3000)
    await write(expiry)
    const config = JSON.parse(kubeconfigText({ server: server.url, caData: server.caData }, { token: '' }))
    config.users[0].user = { 'client-certificate': 'tls.crt', 'client-key': 'tls.key' }
    const path = join(folder.path, 'config')
    await writeFile(path, JSON.stringify(config))
    const connector = await connect(t, {}, path)
    const read = () => connector.get({ ...CONFIG_MAP, namespace: 'shop', name: 'none' }, AbortSignal.timeout(20_000))
    assert.equal(await read(), undefined)
    await until('the old one to be refused', async () =>
      read().then(
        () => undefined,
        (error: unknown) =>
          error instanceof CodedError && error.failure.code === 'GDE_CLUSTER_AUTH' ? true : undefined,
      ),
    )
    assert.ok(Date.now() >= expiry.getTime())
    await write()
    await until('the new one to be taken', async () =>
      read().then(
        () => true,
        () => undefined,
      ),
    )
    assert.equal(connector.status().up, true)
  })

  test('of a cluster that is closed nothing is left in memory', async () => {
    const path = await server.kubeconfig()
    const closed = async (): Promise<WeakRef<ClusterConnector>> => {
      const connector = connectCluster(
        { name: 'gone', labels: {}, access: { type: 'kubeconfig', path } },
        { redactionKey: randomBytes(32), environment: {} },
      )
      for await (const { type } of connector.observe(CONFIG_MAP, {}, new AbortController().signal))
        if (type === 'Synced') break
      await connector.close()
      return new WeakRef(connector)
    }
    const connectors = await Promise.all(Array.from({ length: 5 }, closed))
    await until('all to be collected', async () => {
      await collectGarbage()
      return connectors.some((one) => one.deref() !== undefined) ? undefined : true
    })
  })

  async function kubeconfigOf(
    t: TestContext,
    url: string,
    caData?: string,
    token = server.adminToken,
  ): Promise<string> {
    const folder = await temporaryFolder('kubeconfig')
    t.after(() => folder.close())
    const path = join(folder.path, 'config')
    await writeFile(path, kubeconfigText({ server: url, ...(caData !== undefined && { caData }) }, { token }))
    return path
  }
})

/** Who signed the certificate that a server shows. */
async function shownBy(url: string): Promise<string | undefined> {
  const { hostname: host, port } = new URL(url)
  const socket = connectTls({ host, port: Number(port), rejectUnauthorized: false })
  try {
    await once(socket, 'secureConnect')
    return String(socket.getPeerCertificate().issuer.CN)
  } finally {
    socket.destroy()
  }
}

setFlagsFromString('--expose-gc')
const gc: () => Promise<void> = runInNewContext('() => gc({ execution: "async" })')

async function collectGarbage(): Promise<void> {
  await gc()
}
