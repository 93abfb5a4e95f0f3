import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { connectCluster } from '../../src/clusters/connect.ts'
import type { ServerLimits } from '../../src/clusters/options.ts'
import type { ClusterConnector, WatchCursor } from '../../src/model/clusters/cluster.ts'
import type { ObjectKey } from '../../src/model/object.ts'
import { until } from '../commands/until.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { kubeconfigText } from '../servers/kubeconfig.ts'
import { startMeddlingProxy } from '../servers/meddling-proxy.ts'
import { skipWithout } from '../tools/build.ts'
import { type Observation, observe } from './collect.ts'
import { object } from './conformance.ts'

const CONFIG_MAP = { group: '', kind: 'ConfigMap' }
const keyOf = (namespace: string, name: string): ObjectKey => ({ ...CONFIG_MAP, namespace, name })
const newCursor = (): WatchCursor => ({ lineage: '', versions: new Map() })

/** An observation that begins where another one ended, on a real API server. */
describe('an observation that resumes another one', { skip: skipWithout('etcd', 'kube-apiserver') }, () => {
  let server: KubeApiServer
  before(async () => {
    server = await startKubeApiServer()
    for (const name of ['shop', 'web']) await server.admin.apply(object('Namespace', '', name))
  })
  after(() => server.close())

  async function connect(t: TestContext, limits: Partial<ServerLimits> = {}, path?: string): Promise<ClusterConnector> {
    const access = { type: 'kubeconfig', path: path ?? (await server.kubeconfig()) } as const
    const connector = connectCluster(
      { name: 'one', labels: {}, access },
      { redactionKey: new Uint8Array(32), server: { firstPause: 20, longestPause: 200, ...limits } },
    )
    t.after(() => connector.close())
    return connector
  }

  /** Observes until all is told, and ends. */
  async function ended(connector: ClusterConnector, namespaces: readonly string[]): Promise<WatchCursor> {
    const cursor = newCursor()
    await using observation = observe(connector, CONFIG_MAP, { namespaces, cursor })
    await observation.until('Synced')
    await until('the cursor', async () =>
      cursor.lineage !== '' && cursor.versions.size === namespaces.length ? true : undefined,
    )
    return cursor
  }

  function resume(
    connector: ClusterConnector,
    cursor: WatchCursor,
    known: readonly ObjectKey[],
  ): { readonly observation: Observation; readonly refusals: readonly string[] } {
    const refusals: string[] = []
    const namespaces = [...cursor.versions.keys()]
    const onRefused = (why: string) => refusals.push(why)
    const observation = observe(connector, CONFIG_MAP, { namespaces, cursor, resume: { known, onRefused } })
    return { observation, refusals }
  }

  const isResumed = ({ events }: Observation): boolean =>
    events.some((event) => event.type === 'Synced' && event.resumed === true)

  test('what happened meanwhile is told before it is synced, and nothing else', async (t) => {
    for (const name of ['kept', 'changed', 'removed']) await server.admin.apply(object('ConfigMap', 'shop', name))
    const cursor = await ended(await connect(t), ['shop'])
    await server.admin.apply(object('ConfigMap', 'shop', 'changed', { data: { a: '1' } }))
    await server.admin.request('DELETE', '/api/v1/namespaces/shop/configmaps/removed')
    const known = ['kept', 'changed', 'removed'].map((name) => keyOf('shop', name))
    const connector = await connect(t)
    const { observation, refusals } = resume(connector, cursor, known)
    t.after(() => observation.stop())
    assert.deepEqual(await observation.until('Synced'), ['Upsert shop/changed', 'Delete shop/removed', 'Synced'])
    assert.ok(isResumed(observation), refusals.join())
    await server.admin.apply(object('ConfigMap', 'shop', 'later'))
    await observation.until('Upsert shop/later')
    assert.notEqual(cursor.versions.get('shop'), undefined)
  })

  test('what it was not told of, since the versions in between are gone, is told by a later list', async (t) => {
    await using proxy = await startMeddlingProxy(server)
    for (const name of ['stays', 'goes']) await server.admin.apply(object('ConfigMap', 'shop', name))
    const folder = await temporaryFolder('resume')
    t.after(() => folder.close())
    const path = join(folder.path, 'kubeconfig')
    await writeFile(path, kubeconfigText({ server: proxy.url }, { token: server.adminToken }))
    const cursor = await ended(await connect(t, {}, path), ['shop'])
    const { observation } = resume(await connect(t, { lostAfter: 600_000 }, path), cursor, [
      keyOf('shop', 'stays'),
      keyOf('shop', 'goes'),
    ])
    t.after(() => observation.stop())
    await observation.until('Synced')
    assert.ok(isResumed(observation))
    let isExpired = true
    proxy.refuse = (url) =>
      url.searchParams.has('resourceVersion') && isExpired ? { status: 410, message: 'too old' } : undefined
    proxy.meddle = () => ({ text: '', cut: true })
    await server.admin.request('DELETE', '/api/v1/namespaces/shop/configmaps/goes')
    proxy.meddle = (text) => ({ text: `${text}\n` })
    await observation.until('Delete shop/goes')
    isExpired = false
  })

  for (const [what, spoil, why] of [
    ['a version that the server has not come to', { version: '99999999999' }, /has not come to that version/],
    ['a version that is no number', { version: 'abc' }, /has not come to that version/],
    ['another cluster', { lineage: 'other' }, /is another/],
    ['no lineage', { lineage: '' }, /is another/],
  ] as const)
    test(`it lists for ${what}`, async (t) => {
      await server.admin.apply(object('ConfigMap', 'shop', 'listed'))
      const cursor = await ended(await connect(t), ['shop'])
      if ('version' in spoil) cursor.versions.set('shop', spoil.version)
      else cursor.lineage = spoil.lineage
      const { observation, refusals } = resume(await connect(t), cursor, [keyOf('shop', 'gone')])
      t.after(() => observation.stop())
      const texts = await observation.until('Synced')
      assert.ok(texts.includes('Upsert shop/listed'))
      assert.equal(isResumed(observation), false)
      assert.match(refusals.join(), why)
    })

  test('of several namespaces one is listed and the others are resumed', async (t) => {
    for (const namespace of ['shop', 'web']) await server.admin.apply(object('ConfigMap', namespace, 'both'))
    const cursor = await ended(await connect(t), ['shop', 'web'])
    cursor.versions.set('web', '99999999999')
    await server.admin.apply(object('ConfigMap', 'shop', 'both', { data: { a: '2' } }))
    const known = [keyOf('shop', 'both'), keyOf('web', 'both'), keyOf('web', 'gone')]
    const { observation } = resume(await connect(t), cursor, known)
    t.after(() => observation.stop())
    const texts = await observation.until('Synced')
    assert.ok(isResumed(observation))
    for (const text of ['Upsert shop/both', 'Upsert web/both', 'Delete web/gone']) assert.ok(texts.includes(text), text)
    assert.equal(texts.filter((text) => text === 'Upsert shop/kept').length, 0, 'the other namespace is not listed')
  })

  test('who may not read kube-system has no cursor that anybody resumes from', async (t) => {
    const { kubeconfig } = await server.addUser('tenant', {
      namespaceRules: { shop: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }] },
    })
    const connector = await connect(t, {}, kubeconfig)
    const cursor = newCursor()
    await using observation = observe(connector, CONFIG_MAP, { namespaces: ['shop'], cursor })
    await observation.until('Synced')
    await server.admin.apply(object('ConfigMap', 'shop', 'by-tenant'))
    await observation.until('Upsert shop/by-tenant')
    assert.equal(cursor.lineage, '')
  })
})
