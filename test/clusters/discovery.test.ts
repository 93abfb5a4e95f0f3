import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, discovery, group, kind, sendJson, sendStatus } from '../servers/scripted-api-server.ts'
import { observe } from './collect.ts'
import { CONFIG_MAP, connect, LIST, listing, listsAndWatches, scripted, signal } from './scripted.ts'

test('a kind whose APIService does not answer is lost, and the other kinds are not', async (t) => {
  const server = await scripted(t)
  server.answer(LIST, listsAndWatches([listing('a')]))
  server.answer('/apis', (_, response) =>
    sendJson(response, discovery([group('metrics.k8s.io', 'v1beta1', [kind('PodMetrics', 'pods')], 'Stale')])),
  )
  const connector = await connect(t, { server: server.url })
  const metrics = { group: 'metrics.k8s.io', kind: 'PodMetrics' }
  await using broken = observe(connector, metrics)
  await using well = observe(connector, CONFIG_MAP)
  await broken.until('Lost GDE_CLUSTER_UNREACHABLE')
  assert.deepEqual(await well.until('Synced'), ['Upsert shop/a', 'Synced'])
  const capabilities = await connector.capabilities(signal())
  assert.equal(capabilities.kind(metrics), undefined)
  assert.match(capabilities.failure(metrics)?.message ?? '', /v1beta1\.metrics\.k8s\.io does not answer/)
  assert.equal(capabilities.failure(CONFIG_MAP), undefined)
  assert.equal(connector.status().up, true)
})

test('a kind without watch is listed again and again, and only differences are told', async (t) => {
  const server = await scripted(t)
  server.answer('/api', (_, response) =>
    sendJson(response, discovery([group('', 'v1', [kind('ConfigMap', 'configmaps', ['list', 'get'])])])),
  )
  server.answer(LIST, listsAndWatches([listing('a'), listing('a', 'b'), listing('b')]))
  const connector = await connect(t, { server: server.url }, undefined, { pollInterval: 10 })
  await using observation = observe(connector, CONFIG_MAP)
  assert.deepEqual(await observation.until('Delete shop/a'), [
    'Upsert shop/a',
    'Synced',
    'Upsert shop/b',
    'Delete shop/a',
  ])
})

test('a kind that can only be sent is not observed', async (t) => {
  const server = await scripted(t)
  server.answer('/api', (_, response) =>
    sendJson(response, discovery([group('', 'v1', [kind('Binding', 'bindings', ['create'])])])),
  )
  const connector = await connect(t, { server: server.url })
  await using observation = observe(connector, { group: '', kind: 'Binding' })
  await observation.until('Ended GDE_CLUSTER_KIND')
})

test('a server without aggregated discovery is asked group by group, and a broken group hides only itself', async (t) => {
  const server = await scripted(t)
  const resources = (names: readonly string[]) => ({
    kind: 'APIResourceList',
    resources: names.map((name) => ({
      name: name.includes('/') ? `deployments/${name.split('/')[1]}` : `${name.toLowerCase()}s`,
      kind: name.includes('/') ? 'Scale' : name,
      namespaced: true,
      verbs: ['get', 'list', 'watch'],
    })),
  })
  server.answer('/api', (_, response) => sendJson(response, { kind: 'APIVersions', versions: ['v1'] }))
  server.answer('/api/v1', (_, response) => sendJson(response, resources(['ConfigMap'])))
  server.answer('/apis', (_, response) =>
    sendJson(response, {
      kind: 'APIGroupList',
      groups: [
        {
          name: 'apps',
          versions: [{ groupVersion: 'apps/v1beta1' }, { groupVersion: 'apps/v1' }],
          preferredVersion: { groupVersion: 'apps/v1' },
        },
        {
          name: 'broken.example.com',
          versions: [{ groupVersion: 'broken.example.com/v1' }],
          preferredVersion: { groupVersion: 'broken.example.com/v1' },
        },
      ],
    }),
  )
  server.answer('/apis/apps/v1', (_, response) => sendJson(response, resources(['Deployment', 'Deployment/scale'])))
  server.answer('/apis/apps/v1beta1', (_, response) => sendJson(response, resources(['Deployment'])))
  server.answer('/apis/broken.example.com/v1', (_, response) => sendStatus(response, 503, 'service unavailable'))
  server.answer(LIST, listsAndWatches([listing('a')]))
  const connector = await connect(t, { server: server.url })
  const capabilities = await connector.capabilities(signal())
  assert.deepEqual(capabilities.kind({ group: 'apps', kind: 'Deployment' })?.versions, ['v1', 'v1beta1'])
  assert.deepEqual(capabilities.apiVersions, [
    'apps/v1',
    'apps/v1/Deployment',
    'apps/v1/Scale',
    'apps/v1beta1',
    'apps/v1beta1/Deployment',
    'broken.example.com/v1',
    'v1',
    'v1/ConfigMap',
  ])
  assert.equal(capabilities.failure({ group: 'broken.example.com', kind: 'Any' })?.code, 'GDE_CLUSTER_UNREACHABLE')
  await using observation = observe(connector, CONFIG_MAP)
  await observation.until('Synced')
})

test('discovery that has not changed is not sent again', async (t) => {
  const server = await scripted(t)
  const withTag: Answer = (request, response) => {
    if (request.headers['if-none-match'] === '"tag"') response.writeHead(304).end()
    else sendJson(response, discovery([group('', 'v1', [kind('ConfigMap', 'configmaps')])]), 200, { etag: '"tag"' })
  }
  server.answer('/api', withTag)
  const connector = await connect(t, { server: server.url }, undefined, { discoveryAge: 0 })
  const first = await connector.capabilities(signal())
  const second = await connector.capabilities(signal())
  assert.equal(second, first)
  assert.ok(connector.status().requests.some(({ code }) => code === '304'))
})

test('a list of schemas that the server does not tag is read again only when its text is another', async (t) => {
  const server = await scripted(t)
  let text = '{"paths":{"api/v1":{"serverRelativeURL":"/openapi/v3/api/v1?hash=AA"}}}'
  server.answer('/api', (_, response) =>
    sendJson(response, discovery([group('', 'v1', [kind('ConfigMap', 'configmaps')])])),
  )
  server.answer('/openapi/v3', (_, response) => sendJson(response, JSON.parse(text)))
  const connector = await connect(t, { server: server.url }, undefined, { discoveryAge: 0 })
  const first = await connector.capabilities(signal())
  assert.equal(await connector.capabilities(signal()), first)
  text = text.replace('AA', 'BB')
  const second = await connector.capabilities(signal())
  assert.notEqual(second.version, first.version)
  assert.equal((await connector.openapi('', 'v1', signal()))?.hash, 'BB')
  text = text.replace('{"api/v1"', '{ "api/v1"')
  assert.equal(await connector.capabilities(signal()), second, 'printed otherwise it says the same')
})

test('schemas are asked only from the server itself', async (t) => {
  const server = await scripted(t)
  const elsewhere = await scripted(t)
  server.answer('/openapi/v3', (_, response) =>
    sendJson(response, {
      paths: {
        'api/v1': { serverRelativeURL: '/openapi/v3/api/v1?hash=AB' },
        'apis/apps/v1': { serverRelativeURL: `${elsewhere.url}/openapi/v3/apis/apps/v1` },
      },
    }),
  )
  server.answer('/openapi/v3/api/v1', (_, response) =>
    sendJson(response, { openapi: '3.0.0', paths: { '/api/v1': {} }, components: { schemas: {} } }),
  )
  const connector = await connect(t, { server: server.url })
  const found = await connector.openapi('', 'v1', signal())
  assert.equal(found?.hash, 'AB')
  const document = { openapi: '3.0.0', components: { schemas: {} } }
  assert.deepEqual(await found?.read(signal()), { document, isProven: false })
  assert.equal(await connector.openapi('apps', 'v1', signal()), undefined)
  assert.deepEqual(elsewhere.requests, [])
})
