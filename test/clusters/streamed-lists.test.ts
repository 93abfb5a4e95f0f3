import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, type TestContext, test } from 'node:test'
import { connectCluster } from '../../src/clusters/connect.ts'
import type { ServerLimits } from '../../src/clusters/options.ts'
import type { ClusterConnector } from '../../src/model/clusters/cluster.ts'
import { definitionOf } from '../servers/custom-resource-definition.ts'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { type Answer, type ScriptedApiServer, sendJson, sendStatus } from '../servers/scripted-api-server.ts'
import { skipWithout } from '../tools/build.ts'
import { observe } from './collect.ts'
import { object } from './conformance.ts'
import { CONFIG_MAP, configMap, connect, LIST, list, scripted } from './scripted.ts'

const END = {
  type: 'BOOKMARK',
  object: {
    kind: 'ConfigMap',
    metadata: { resourceVersion: '10', annotations: { 'k8s.io/initial-events-end': 'true' } },
  },
}
const added = (name: string, version = '1') => ({ type: 'ADDED', object: configMap(name, version) })

function requested(connector: ClusterConnector, verb: string): number {
  const entries = connector.status().requests.filter((entry) => entry.verb === verb && entry.code === '200')
  return entries.reduce((sum, { count }) => sum + count, 0)
}

for (const { gate, title } of [
  { gate: 'WatchList=true', title: 'that streams lists' },
  { gate: 'WatchList=false', title: 'that does not stream lists' },
])
  describe(`a real API server ${title}`, { skip: skipWithout('etcd', 'kube-apiserver', 'kubectl') }, () => {
    const streams = gate === 'WatchList=true'
    const names = Array.from({ length: 30 }, (_, index) => `one-${String(index).padStart(2, '0')}`)
    let server: KubeApiServer
    before(async () => {
      server = await startKubeApiServer([`--feature-gates=${gate}`])
      for (const namespace of ['shop', 'other']) await server.admin.apply(object('Namespace', '', namespace))
      await Promise.all(names.map((name) => server.admin.apply(object('ConfigMap', 'shop', name))))
    })
    after(() => server.close())

    async function connectReal(t: TestContext, limits: Partial<ServerLimits> = {}): Promise<ClusterConnector> {
      const access = { type: 'kubeconfig', path: await server.kubeconfig() } as const
      const options = { redactionKey: randomBytes(32), server: { pageSize: 7, ...limits } }
      const connector = connectCluster({ name: 'real', labels: {}, access }, options)
      t.after(() => connector.close())
      return connector
    }

    test(
      streams ? 'a list is one request' : 'a list comes in pages, and the server is asked only once whether it streams',
      async (t) => {
        const connector = await connectReal(t)
        await using observation = observe(connector, CONFIG_MAP, { namespaces: ['shop'] })
        const told = await observation.until('Synced')
        assert.deepEqual(
          told.filter((text) => text.includes('/one-')).toSorted(),
          names.map((name) => `Upsert shop/${name}`),
        )
        await server.admin.apply({ ...object('ConfigMap', 'shop', 'later') })
        await observation.until('Upsert shop/later')
        await using second = observe(connector, { group: 'apps', kind: 'Deployment' })
        assert.deepEqual(await second.until('Synced'), ['Synced'])
        const lists = connector.status().requests.filter(({ verb }) => verb === 'list')
        if (streams) assert.deepEqual(lists, [{ verb: 'list', code: '200', count: 2 }])
        else {
          assert.ok(requested(connector, 'list') >= 5 + 1, JSON.stringify(lists))
          assert.equal(lists.find(({ code }) => code === '422')?.count, 1)
        }
      },
    )

    test('selectors hold, Secrets are redacted, and custom resources come as others do', async (t) => {
      const connector = await connectReal(t)
      await server.admin.apply(object('Secret', 'shop', 'password', { stringData: { password: 'hunter2-hunter2' } }))
      await using chosen = observe(connector, CONFIG_MAP, {
        namespaces: ['shop'],
        fieldSelector: 'metadata.name=one-03',
      })
      assert.deepEqual(await chosen.until('Synced'), ['Upsert shop/one-03', 'Synced'])
      await using secrets = observe(connector, { group: '', kind: 'Secret' }, { namespaces: ['shop'] })
      await secrets.until('Synced')
      assert.ok(secrets.eventTexts.includes('Upsert shop/password'))
      assert.doesNotMatch(JSON.stringify(secrets.events), new RegExp(Buffer.from('hunter2-hunter2').toString('base64')))
      await server.admin.installCrds([definitionOf({ group: 'example.org', kind: 'Widget', scope: 'Cluster' })])
      await server.admin.apply({ apiVersion: 'example.org/v1', kind: 'Widget', metadata: { name: 'w' } })
      const later = await connectReal(t)
      await using widgets = observe(later, { group: 'example.org', kind: 'Widget' })
      assert.deepEqual(await widgets.until('Synced'), ['Upsert /w', 'Synced'])
    })

    test('where metadata are enough nothing else is sent, and every change is told', async (t) => {
      const connector = await connectReal(t)
      const secret = (value: string) => object('Secret', 'other', 'seen', { stringData: { password: value } })
      await server.admin.apply(secret('hunter2-hunter2'))
      await using secrets = observe(
        connector,
        { group: '', kind: 'Secret' },
        { namespaces: ['other'], metadataOnly: true },
      )
      await secrets.until('Synced')
      await server.admin.apply(secret('hunter3-hunter3'))
      await secrets.until('Upsert other/seen')
      const seen = secrets.events.flatMap((event) => (event.type === 'Upsert' ? [event.object] : []))
      assert.ok(seen.length >= 2)
      for (const { apiVersion, kind, data } of seen)
        assert.deepEqual([apiVersion, kind, data], ['v1', 'Secret', undefined])
      await server.admin.request('DELETE', '/api/v1/namespaces/other/secrets/seen')
      await secrets.until('Delete other/seen')
    })

    test('after its restart, only what changed meanwhile is told', async (t) => {
      const connector = await connectReal(t, { lostAfter: 600_000, firstPause: 20, longestPause: 200 })
      await using observation = observe(connector, CONFIG_MAP, { namespaces: ['other'] })
      await observation.until('Synced')
      await server.admin.apply(object('ConfigMap', 'other', 'kept'))
      await observation.until('Upsert other/kept')
      await server.stop()
      await server.start()
      await server.admin.apply(object('ConfigMap', 'other', 'new'))
      assert.deepEqual(await observation.until('Upsert other/new'), ['Upsert other/new'])
    })
  })

/** A server of a version that streams lists, which are answered in order; what is not streamed comes in pages. */
async function streaming(t: TestContext, streams: readonly Answer[], pages: readonly string[] = ['paged']) {
  const server = await scripted(t)
  server.answer('/version', (_, response) => sendJson(response, { gitVersion: 'v1.36.0' }))
  let streamed = 0
  server.answer(LIST, (request, response, url) => {
    if (url.searchParams.has('sendInitialEvents')) {
      const answer = streams[Math.min(streamed++, streams.length - 1)]
      answer?.(request, response, url)
    } else if (url.searchParams.has('watch')) response.writeHead(200).flushHeaders()
    else
      sendJson(
        response,
        list(
          pages.map((name) => configMap(name, '1')),
          '10',
        ),
      )
  })
  return server
}

const sends =
  (events: readonly object[], then: 'end' | 'cut' | 'stay' = 'stay'): Answer =>
  (_, response) => {
    response.writeHead(200).flushHeaders()
    for (const event of events) response.write(`${JSON.stringify(event)}\n`)
    if (then === 'end') response.end()
    if (then === 'cut') {
      response.write('{"type":"ADD')
      setTimeout(() => response.destroy(), 20)
    }
  }

const asked = ({ requests }: ScriptedApiServer, what: string) =>
  requests.filter((request) => request.startsWith(`GET ${LIST}?`) && request.includes(what)).length

test('a list is asked for as upstream says, and its watch goes on', async (t) => {
  const server = await streaming(t, [sends([added('a'), added('b'), END, added('c', '11')])])
  const connector = await connect(t, { server: server.url })
  await using observation = observe(connector, CONFIG_MAP)
  assert.deepEqual(await observation.until('Upsert shop/c'), [
    'Upsert shop/a',
    'Upsert shop/b',
    'Synced',
    'Upsert shop/c',
  ])
  const [first = ''] = server.requests.filter((request) => request.startsWith(`GET ${LIST}?`))
  const query = new URL(first.slice('GET '.length), server.url).searchParams
  assert.deepEqual([query.get('sendInitialEvents'), query.get('resourceVersionMatch')], ['true', 'NotOlderThan'])
  assert.deepEqual([query.get('allowWatchBookmarks'), query.get('resourceVersion')], ['true', null])
  assert.equal(asked(server, 'limit='), 0)
})

test('what changes or goes while a list is streamed is told as it is at its end', async (t) => {
  const changes = [
    added('a'),
    added('b'),
    { type: 'MODIFIED', object: configMap('a', '8') },
    { type: 'DELETED', object: configMap('b', '9') },
  ]
  const server = await streaming(t, [sends([...changes, END])])
  const connector = await connect(t, { server: server.url })
  await using observation = observe(connector, CONFIG_MAP)
  assert.deepEqual(await observation.until('Synced'), [
    'Upsert shop/a',
    'Upsert shop/b',
    'Upsert shop/a',
    'Delete shop/b',
    'Synced',
  ])
})

test('a watch that expired is followed by a list of which only the differences are told', async (t) => {
  const gone = { type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old resource version' } }
  const server = await streaming(t, [
    sends([added('kept'), added('changed'), added('gone'), END, gone], 'end'),
    sends([added('kept'), added('changed', '5'), END]),
  ])
  const connector = await connect(t, { server: server.url })
  await using observation = observe(connector, CONFIG_MAP)
  await observation.until('Synced')
  assert.deepEqual(await observation.until('Delete shop/gone'), ['Upsert shop/changed', 'Delete shop/gone'])
  assert.equal(asked(server, 'limit='), 0)
})

for (const [title, answer] of [
  ['ends', sends([added('a')], 'end')],
  ['is cut in the middle of an object', sends([added('a')], 'cut')],
  ['says 410', (_, response) => sendStatus(response, 410, 'too old')],
  ['says 500', (_, response) => sendStatus(response, 500, 'no')],
] satisfies readonly (readonly [string, Answer])[])
  test(`a stream that ${title} before its end is followed by pages, and later lists are streamed again`, async (t) => {
    const server = await streaming(t, [answer, sends([added('b'), END])])
    const connector = await connect(t, { server: server.url }, undefined, { lostAfter: 600_000 })
    await using observation = observe(connector, CONFIG_MAP)
    await observation.until('Upsert shop/paged')
    await observation.until('Synced')
    assert.equal(asked(server, 'limit='), 1)
    await using second = observe(connector, CONFIG_MAP)
    assert.deepEqual(await second.until('Synced'), ['Upsert shop/b', 'Synced'])
  })

for (const [title, answer] of [
  ['refuses the parameters', (_, response) => sendStatus(response, 422, 'sendInitialEvents: Forbidden')],
  ['does not know the parameters', (_, response) => sendStatus(response, 400, 'unknown')],
  ['sends the objects, but never says that these were all', sends([added('a')])],
  ['sends nothing', sends([])],
  [
    'marks no end',
    sends([added('a'), { type: 'BOOKMARK', object: { kind: 'ConfigMap', metadata: { resourceVersion: '10' } } }]),
  ],
] satisfies readonly (readonly [string, Answer])[])
  test(`a server that ${title} is asked for pages, and not asked to stream again`, async (t) => {
    const server = await streaming(t, [answer])
    const connector = await connect(t, { server: server.url }, undefined, { listSilence: 200 })
    await using observation = observe(connector, CONFIG_MAP)
    await observation.until('Upsert shop/paged')
    await observation.until('Synced')
    assert.ok(!observation.eventTexts.some((text) => text.startsWith('Lost')))
    await using second = observe(connector, CONFIG_MAP)
    assert.deepEqual(await second.until('Synced'), ['Upsert shop/paged', 'Synced'])
    assert.equal(asked(server, 'sendInitialEvents'), 1)
  })

test('a reader who takes his time is no silence of the server', async (t) => {
  const server = await streaming(t, [sends([added('a'), added('b'), added('c'), END])])
  const connector = await connect(t, { server: server.url }, undefined, { listSilence: 50 })
  const stop = new AbortController()
  const seen: string[] = []
  for await (const event of connector.observe(CONFIG_MAP, {}, stop.signal)) {
    seen.push(event.type)
    if (event.type === 'Synced') break
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  stop.abort()
  assert.deepEqual(seen, ['Upsert', 'Upsert', 'Upsert', 'Synced'])
  assert.equal(asked(server, 'limit='), 0)
})

test('no more lists are streamed at a time than may be', async (t) => {
  let open = 0
  let most = 0
  const answer: Answer = (_, response) => {
    open += 1
    most = Math.max(most, open)
    response.writeHead(200).flushHeaders()
    setTimeout(() => {
      open -= 1
      response.write(`${JSON.stringify(END)}\n`)
    }, 50)
  }
  const server = await streaming(t, [answer])
  const connector = await connect(t, { server: server.url }, undefined, { concurrency: 3 })
  const observations = Array.from({ length: 9 }, () => observe(connector, CONFIG_MAP))
  await Promise.all(observations.map((one) => one.until('Synced')))
  await Promise.all(observations.map((one) => one.stop()))
  assert.equal(most, 3)
})

test('a server older than those that stream is not asked to', async (t) => {
  const server = await streaming(t, [sends([END])])
  server.answer('/version', (_, response) => sendJson(response, { gitVersion: 'v1.33.9-gke.1' }))
  const connector = await connect(t, { server: server.url })
  await using observation = observe(connector, CONFIG_MAP)
  assert.deepEqual(await observation.until('Synced'), ['Upsert shop/paged', 'Synced'])
  assert.equal(asked(server, 'sendInitialEvents'), 0)
})
