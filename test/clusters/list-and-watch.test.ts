import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type Answer, sendJson, sendStatus } from '../servers/scripted-api-server.ts'
import { observe } from './collect.ts'
import {
  CONFIG_MAP,
  codeOf,
  configMap,
  connect,
  LIST,
  list,
  listing,
  listsAndWatches,
  scripted,
  signal,
  watchLines,
} from './scripted.ts'

test('a message names the kind that may not be read, and what the server says', async (t) => {
  const server = await scripted(t)
  server.answer(LIST, (_, response) => sendStatus(response, 403, 'User "reader" cannot list resource "configmaps"'))
  const connector = await connect(t, { server: server.url })
  await using observation = observe(connector, CONFIG_MAP)
  await observation.until('Ended GDE_CLUSTER_FORBIDDEN')
  assert.equal(observation.failure?.message, 'configmaps: not allowed: User "reader" cannot list resource "configmaps"')
  assert.equal(connector.status().up, true, 'a server that says no is there')
})

test('an object is missing only if the API server says so, not if some page is not found', async (t) => {
  const server = await scripted(t)
  const key = { ...CONFIG_MAP, namespace: 'shop', name: 'a' }
  const connector = await connect(t, { server: server.url })
  assert.equal(await connector.get(key, signal()), undefined)
  server.answer('/api/v1/namespaces/shop/configmaps/a', (_, response) => {
    response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not found</h1>')
  })
  assert.equal(await codeOf(connector.get(key, signal())), 'GDE_CLUSTER_KIND')
})

test('a list that ends in the middle tells no Synced, and is told whole when the server is well', async (t) => {
  const server = await scripted(t)
  const whole = JSON.stringify(list([configMap('a', '1'), configMap('b', '2')], '10'))
  server.answer(
    LIST,
    listsAndWatches([
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length })
        response.write(whole.slice(0, whole.length / 2))
        setTimeout(() => response.destroy(), 50)
      },
      (_, response) => void response.writeHead(200).end(whole),
    ]),
  )
  const connector = await connect(t, { server: server.url })
  await using observation = observe(connector, CONFIG_MAP)
  assert.deepEqual(await observation.until('Synced'), [
    'Lost GDE_CLUSTER_UNREACHABLE',
    'Upsert shop/a',
    'Upsert shop/b',
    'Synced',
  ])
})

test('a server that dies between two pages tells no Synced', async (t) => {
  const server = await scripted(t)
  server.answer(LIST, (_, response, url) => {
    if (url.searchParams.has('continue')) response.destroy()
    else sendJson(response, list([configMap('a', '1')], '10', { continue: 'next' }))
  })
  const connector = await connect(t, { server: server.url })
  await using observation = observe(connector, CONFIG_MAP)
  assert.deepEqual(await observation.until('Lost GDE_CLUSTER_UNREACHABLE'), [
    'Upsert shop/a',
    'Lost GDE_CLUSTER_UNREACHABLE',
  ])
})

test('a list whose continue token has expired begins anew', async (t) => {
  const server = await scripted(t)
  let expired = false
  server.answer(
    LIST,
    listsAndWatches([
      (_, response, url) => {
        if (!url.searchParams.has('continue'))
          sendJson(response, list([configMap(expired ? 'a2' : 'a1', '1')], '10', { continue: 'next' }))
        else if (!expired) {
          expired = true
          sendStatus(response, 410, 'The provided continue parameter is too old')
        } else sendJson(response, list([configMap('b', '2')], '10'))
      },
    ]),
  )
  const connector = await connect(t, { server: server.url })
  await using observation = observe(connector, CONFIG_MAP)
  assert.deepEqual(await observation.until('Synced'), [
    'Upsert shop/a1',
    'Upsert shop/a2',
    'Upsert shop/b',
    'Delete shop/a1',
    'Synced',
  ])
})

const GONE: readonly { readonly title: string; readonly answer: Answer }[] = [
  { title: 'HTTP 410', answer: (_, response) => sendStatus(response, 410, 'too old resource version') },
  {
    title: 'an ERROR event 410',
    answer: watchLines({ type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old resource version' } }),
  },
]
for (const { title, answer } of GONE)
  test(`a watch that ends with ${title} is followed by a list of which only the differences are told`, async (t) => {
    const server = await scripted(t)
    const second = [configMap('kept', '1'), configMap('changed', '5'), configMap('new', '6')]
    server.answer(
      LIST,
      listsAndWatches(
        [
          (_, response) =>
            sendJson(response, list([configMap('kept', '1'), configMap('changed', '2'), configMap('gone', '3')], '4')),
          (_, response) => sendJson(response, list(second, '7')),
        ],
        [answer, watchLines({ type: 'ADDED', object: configMap('last', '8') })],
      ),
    )
    const connector = await connect(t, { server: server.url })
    await using observation = observe(connector, CONFIG_MAP)
    await observation.until('Synced')
    assert.deepEqual(await observation.until('Upsert shop/last'), [
      'Upsert shop/changed',
      'Upsert shop/new',
      'Delete shop/gone',
      'Upsert shop/last',
    ])
    assert.ok(server.requests.some((request) => request.includes('resourceVersion=7')))
    assert.ok(connector.status().watchRestarts > 0)
  })

test('a watch is taken up where its last bookmark was', async (t) => {
  const server = await scripted(t)
  const bookmark = { type: 'BOOKMARK', object: { kind: 'ConfigMap', metadata: { resourceVersion: '42' } } }
  server.answer(
    LIST,
    listsAndWatches(
      [listing('a')],
      [
        (request, response, url) => {
          watchLines(bookmark)(request, response, url)
          response.end()
        },
        watchLines({ type: 'DELETED', object: configMap('a', '43') }),
      ],
    ),
  )
  const connector = await connect(t, { server: server.url })
  await using observation = observe(connector, CONFIG_MAP)
  assert.deepEqual(await observation.until('Delete shop/a'), ['Upsert shop/a', 'Synced', 'Delete shop/a'])
  const watches = server.requests.filter((request) => request.includes('watch=1'))
  assert.match(watches[0] ?? '', /resourceVersion=10&allowWatchBookmarks=true&timeoutSeconds=\d+/)
  assert.match(watches[1] ?? '', /resourceVersion=42&/)
  assert.equal(server.requests.filter((request) => request.includes('limit=500')).length, 1)
})

test('a watch on which nothing comes any more is given up and taken up again', async (t) => {
  const server = await scripted(t)
  const half: Answer = (_, response) => response.writeHead(200).flushHeaders()
  server.answer(
    LIST,
    listsAndWatches([listing('a')], [half, watchLines({ type: 'ADDED', object: configMap('b', '11') })]),
  )
  const connector = await connect(t, { server: server.url })
  await using observation = observe(connector, CONFIG_MAP)
  assert.deepEqual(await observation.until('Upsert shop/b'), ['Upsert shop/a', 'Synced', 'Upsert shop/b'])
})

const NONSENSE: Readonly<Record<string, Answer>> = {
  'no JSON': (_, response) => void response.writeHead(200).write('hello\n'),
  'an event without an object': watchLines({ type: 'ADDED' }),
  'an unknown event': watchLines({ type: 'RENAMED', object: configMap('a', '11') }),
  'an object without a name': watchLines({
    type: 'ADDED',
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} },
  }),
  'an object without a resourceVersion': watchLines({
    type: 'ADDED',
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } },
  }),
}
for (const [title, answer] of Object.entries(NONSENSE))
  test(`a watch that sends ${title} is lost, and what was told is told anew afterwards`, async (t) => {
    const server = await scripted(t)
    const watches = Array.from({ length: 40 }, () => answer)
    server.answer(LIST, listsAndWatches([listing('a')], watches))
    const connector = await connect(t, { server: server.url })
    await using observation = observe(connector, CONFIG_MAP)
    await observation.until('Synced')
    assert.deepEqual(await observation.until('Lost GDE_CLUSTER_PROTOCOL'), ['Lost GDE_CLUSTER_PROTOCOL'])
    assert.deepEqual(await observation.until('Synced'), ['Upsert shop/a', 'Synced'])
  })

test('a line without an end is cut off at its limit', async (t) => {
  const server = await scripted(t)
  const endless: Answer = (_, response) => {
    response.writeHead(200)
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    }
    response.on('drain', more)
    more()
  }
  server.answer(
    LIST,
    listsAndWatches(
      [listing('a')],
      Array.from({ length: 40 }, () => endless),
    ),
  )
  const connector = await connect(t, { server: server.url }, undefined, { objectBytes: 1024 * 1024 })
  await using observation = observe(connector, CONFIG_MAP)
  await observation.until('Lost GDE_TOO_LARGE')
})

test('pages that are too large are asked for in smaller ones', async (t) => {
  const server = await scripted(t)
  server.answer(
    LIST,
    listsAndWatches([
      (_, response, url) => {
        const limit = Number(url.searchParams.get('limit'))
        const from = Number(url.searchParams.get('continue') ?? 0)
        const items = Array.from({ length: Math.min(limit, 40 - from) }, (_, index) => ({
          ...configMap(`c${from + index}`, '1'),
          data: { filler: 'x'.repeat(1000) },
        }))
        const next = from + items.length
        const body = gzipSync(JSON.stringify(list(items, '10', next < 40 ? { continue: String(next) } : {})))
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(body)
      },
    ]),
  )
  const connector = await connect(t, { server: server.url }, undefined, { pageSize: 20, answerBytes: 10_000 })
  await using observation = observe(connector, CONFIG_MAP)
  assert.equal((await observation.until('Synced')).length, 41)
  assert.ok(server.requests.some((request) => request.includes('limit=5&continue=5')))
})

test('one object that is larger than any answer may be is a coded error', async (t) => {
  const server = await scripted(t)
  server.answer(LIST, (_, response) =>
    sendJson(response, list([{ ...configMap('a', '1'), data: { filler: 'x'.repeat(100_000) } }], '10')),
  )
  const connector = await connect(t, { server: server.url }, undefined, { answerBytes: 10_000 })
  await using observation = observe(connector, CONFIG_MAP)
  await observation.until('Lost GDE_TOO_LARGE')
})

test('a server that is overloaded is asked again when it says', async (t) => {
  const server = await scripted(t)
  server.answer(
    LIST,
    listsAndWatches([
      (_, response) => sendStatus(response, 429, 'too many requests', { 'retry-after': '1' }),
      listing('a'),
    ]),
  )
  const connector = await connect(t, { server: server.url })
  await using observation = observe(connector, CONFIG_MAP)
  assert.deepEqual(await observation.until('Synced'), ['Upsert shop/a', 'Synced'])
  const codes = connector.status().requests.filter(({ verb }) => verb === 'list')
  assert.deepEqual(codes, [
    { verb: 'list', code: '429', count: 1 },
    { verb: 'list', code: '200', count: 1 },
  ])
})

test('connections that are cut are no loss while the server comes back at once', async (t) => {
  const server = await scripted(t)
  server.answer(
    LIST,
    listsAndWatches(
      [listing('a')],
      [
        (_, response) => response.writeHead(200).flushHeaders(),
        watchLines({ type: 'ADDED', object: configMap('b', '11') }),
      ],
    ),
  )
  const connector = await connect(t, { server: server.url }, undefined, { lostAfter: 10_000 })
  await using observation = observe(connector, CONFIG_MAP)
  await observation.until('Synced')
  while (!server.requests.some((request) => request.includes('watch=1'))) await new Promise(setImmediate)
  server.cut()
  assert.deepEqual(await observation.until('Upsert shop/b'), ['Upsert shop/b'])
})

test('a server that stays away is a loss, told once', async (t) => {
  const server = await scripted(t)
  server.answer(LIST, listsAndWatches([listing('a')]))
  const connector = await connect(t, { server: server.url })
  await using observation = observe(connector, CONFIG_MAP)
  await observation.until('Synced')
  await server.close()
  assert.deepEqual(await observation.until('Lost GDE_CLUSTER_UNREACHABLE'), ['Lost GDE_CLUSTER_UNREACHABLE'])
  assert.equal(connector.status().up, false)
  const { requests } = connector.status()
  assert.ok(requests.some(({ code, count }) => code === '0' && count > 0))
})

test('two namespaces are one stream: Synced when both are, Lost when one is, and then both tell all anew', async (t) => {
  const server = await scripted(t)
  let healthy = true
  const answer =
    (name: string, mayFail: boolean): Answer =>
    (_, response, url) => {
      if (mayFail && !healthy) sendStatus(response, 500, 'down')
      else if (url.searchParams.has('watch')) response.writeHead(200).flushHeaders()
      else
        sendJson(
          response,
          list(
            [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: name, resourceVersion: '1' } }],
            '10',
          ),
        )
    }
  server.answer('/api/v1/namespaces/a/configmaps', answer('a', false))
  server.answer('/api/v1/namespaces/b/configmaps', answer('b', true))
  const connector = await connect(t, { server: server.url })
  await using observation = observe(connector, CONFIG_MAP, { namespaces: ['a', 'b', 'a'] })
  const first = await observation.until('Synced')
  assert.deepEqual([...first].sort(), ['Synced', 'Upsert a/a', 'Upsert b/b'])
  healthy = false
  server.cut()
  await observation.until('Lost GDE_CLUSTER_UNREACHABLE')
  healthy = true
  const again = await observation.until('Synced')
  assert.deepEqual([...new Set(again)].sort(), ['Synced', 'Upsert a/a', 'Upsert b/b'])
})
