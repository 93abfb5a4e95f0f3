import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { connectCluster } from '../../src/clusters/connect.ts'
import type { ServerLimits } from '../../src/clusters/options.ts'
import type { ClusterConnector } from '../../src/model/clusters/cluster.ts'
import { CodedError } from '../../src/model/failure.ts'
import { until } from '../commands/until.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { kubeconfigText } from '../servers/kubeconfig.ts'
import { type Relay, startRelay } from '../servers/relay.ts'
import { skipWithout } from '../tools/build.ts'
import { type Observation, observe } from './collect.ts'
import { object } from './conformance.ts'

const CONFIG_MAP = { group: '', kind: 'ConfigMap' }

describe('connections to a real API server', { skip: skipWithout('etcd', 'kube-apiserver', 'kubectl') }, () => {
  let server: KubeApiServer
  let applied = 0
  before(async () => {
    server = await startKubeApiServer()
    await server.admin.apply(object('Namespace', '', 'shop'))
  })
  after(() => server.close())

  async function connect(
    t: TestContext,
    limits: Partial<ServerLimits> = {},
    token = server.adminToken,
  ): Promise<{ readonly connector: ClusterConnector; readonly relay: Relay }> {
    const relay = await startRelay(Number(new URL(server.url).port))
    const folder = await temporaryFolder('kubeconfig')
    const path = join(folder.path, 'config')
    await writeFile(
      path,
      kubeconfigText({ server: `https://127.0.0.1:${relay.port}`, caData: server.caData }, { token }),
    )
    const connector = connectCluster(
      { name: 'real', labels: {}, access: { type: 'kubeconfig', path } },
      { redactionKey: randomBytes(32), environment: {}, server: { firstPause: 20, longestPause: 200, ...limits } },
    )
    t.after(async () => {
      await connector.close()
      await until('no connection to be left', async () => relay.open === 0 || undefined)
      await relay[Symbol.asyncDispose]()
      await folder.close()
    })
    return { connector, relay }
  }

  /** A new object, and that it is told of. */
  async function tellsChanges(observation: Observation): Promise<void> {
    const name = `change-${++applied}`
    await server.admin.apply(object('ConfigMap', 'shop', name))
    await observation.until(`Upsert shop/${name}`)
  }

  test('a cluster that is only asked what it can do costs one', async (t) => {
    const { connector, relay } = await connect(t)
    await connector.capabilities(AbortSignal.timeout(30_000))
    await connector.identity(AbortSignal.timeout(30_000))
    assert.equal(relay.open, 1)
  })

  test('all kinds are watched over one, and over few where there are very many', async (t) => {
    const { connector, relay } = await connect(t)
    const { kinds } = await connector.capabilities(AbortSignal.timeout(30_000))
    const watched = kinds.filter(({ verbs }) => verbs.includes('list') && verbs.includes('watch'))
    assert.ok(watched.length > 50)
    const first = watched.map((kind) => observe(connector, kind))
    await Promise.all(first.map((one) => one.until('Synced')))
    assert.equal(relay.open, 1)
    const more = [...watched, ...watched].map((kind) => observe(connector, kind))
    await Promise.all(more.map((one) => one.until('Synced')))
    assert.ok(relay.open <= 3, `${relay.open} connections`)
    await Promise.all([...first, ...more].map((one) => one.stop()))
  })

  test('one whose other end is gone is given up, and nothing is lost', async (t) => {
    const { connector, relay } = await connect(t, { answer: 500, watchSilence: 1500, discoveryAge: 0 })
    await using observation = observe(connector, CONFIG_MAP)
    await observation.until('Synced')
    await tellsChanges(observation)
    relay.forget()
    await tellsChanges(observation)
    await connector.capabilities(AbortSignal.timeout(30_000))
  })

  test('one that is cut is made anew, and nothing is lost or told twice', async (t) => {
    const { connector, relay } = await connect(t, { lostAfter: 600_000 })
    await using observation = observe(connector, CONFIG_MAP)
    await observation.until('Synced')
    const before = observation.eventTexts.length
    for (let turn = 0; turn < 5; turn += 1) {
      relay.cut()
      await tellsChanges(observation)
    }
    assert.equal(observation.eventTexts.length, before + 5, observation.eventTexts.slice(before).join())
  })

  test('lists and watches that are cut anywhere come to their end nevertheless', async (t) => {
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        server.admin.apply(object('ConfigMap', 'shop', `many-${index}`, { data: { filler: 'x'.repeat(2000) } })),
      ),
    )
    const { connector, relay } = await connect(t, { lostAfter: 600_000 })
    await connector.capabilities(AbortSignal.timeout(30_000))
    await using observation = observe(connector, CONFIG_MAP)
    relay.cut()
    // Each of them gets somewhat further.
    for (const bytes of [3000, 9000, 20_000, 50_000, 90_000]) {
      relay.cutAfter(bytes)
      relay.cut()
      await new Promise((resolve) => setTimeout(resolve, 150))
    }
    relay.cutAfter(undefined)
    relay.cut()
    await observation.until('Synced')
    await tellsChanges(observation)
    const there = new Set(observation.eventTexts.filter((text) => text.startsWith('Upsert shop/many-')))
    assert.equal(there.size, 40)
  })

  test('credentials that are refused are told as that, though the server closes the connection for it', async (t) => {
    const { connector } = await connect(t, {}, 'nobody-has-this-token')
    for (let turn = 0; turn < 5; turn += 1) {
      const thrown: unknown = await connector.capabilities(AbortSignal.timeout(30_000)).catch((error: unknown) => error)
      assert.ok(thrown instanceof CodedError, String(thrown))
      assert.equal(thrown.failure.code, 'GDE_CLUSTER_AUTH', thrown.message)
    }
  })
})
