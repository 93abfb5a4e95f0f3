import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { test } from 'node:test'
import { CodedError } from '../../src/model/failure.ts'
import { appReport, clusterReport } from '../metrics/reports.ts'
import { NOW, serve } from './serving.ts'

test('/metrics answers in the text format, in OpenMetrics and gzipped, as the client asks', async () => {
  await using serving = await serve({ updates: [{ type: 'app', report: appReport('shop') }] })
  await serving.flushed()
  const url = `${serving.http.metricsUrl}/metrics`
  const plain = await fetch(url, { headers: { 'accept-encoding': 'identity' } })
  assert.equal(plain.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  assert.equal(plain.headers.get('content-encoding'), null)
  const body = await plain.text()
  assert.equal(plain.headers.get('content-length'), String(Buffer.byteLength(body)))
  assert.match(body, /^gitops_app_info\{app_name="shop"/m)
  const open = await fetch(url, { headers: { accept: 'application/openmetrics-text;version=1.0.0' } })
  assert.equal(open.headers.get('content-type'), 'application/openmetrics-text; version=1.0.0; charset=utf-8')
  assert.equal(open.headers.get('content-encoding'), 'gzip')
  assert.match(await open.text(), /\n# EOF\n$/)
  assert.equal(open.headers.get('vary'), 'Accept, Accept-Encoding')
})

test('HEAD answers as GET does, without a body', async () => {
  await using serving = await serve()
  const head = await fetch(`${serving.http.metricsUrl}/metrics`, { method: 'HEAD' })
  assert.equal(head.status, 200)
  assert.match(head.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  assert.ok(Number(head.headers.get('content-length')) > 0)
  assert.equal(await head.text(), '')
})

test('requests are counted by route, never by path', async () => {
  await using serving = await serve({ updates: [{ type: 'app', report: appReport('shop') }] })
  const { metricsUrl, pagesUrl } = serving.http
  await (await fetch(`${metricsUrl}/livez`)).text()
  await (await fetch(`${metricsUrl}/some/where?x=1`)).text()
  await (await fetch(`${pagesUrl}/apps/nobody`)).text()
  const body = await (await fetch(`${metricsUrl}/metrics`)).text()
  for (const [route, code] of [
    ['/livez', 200],
    ['none', 404],
    ['/apps/:id', 404],
  ])
    assert.match(
      body,
      new RegExp(`gitops_exporter_http_request_duration_seconds_count\\{route="${route}",code="${code}"\\} 1`),
    )
  assert.doesNotMatch(body, /some|nobody/)
})

test('/-/healthy and /-/ready are what Prometheus calls them', async () => {
  await using serving = await serve()
  const { metricsUrl } = serving.http
  for (const [ours, theirs] of [
    ['/livez', '/-/healthy'],
    ['/readyz', '/-/ready'],
  ]) {
    const [one, two] = [await fetch(`${metricsUrl}${ours}`), await fetch(`${metricsUrl}${theirs}`)]
    assert.deepEqual([two.status, await two.text()], [one.status, await one.text()], theirs)
  }
  assert.equal((await fetch(`${metricsUrl}/-/ready`)).status, 503)
})

test('/-/reload is refused unless the config allows it, and takes PUT and POST alone', async () => {
  await using serving = await serve()
  const refused = await fetch(`${serving.http.metricsUrl}/-/reload`, { method: 'POST' })
  assert.deepEqual(
    [refused.status, await refused.text()],
    [403, 'Reloading is off: see metrics.reload in the config.\n'],
  )
  let reloads = 0
  const failures = [
    undefined,
    undefined,
    { code: 'GDE_CONFIG_SYNTAX', message: 'no YAML', file: 'config.yaml', line: 3 },
  ] as const
  await using open = await serve({ reload: async () => failures[reloads++] })
  const url = `${open.http.metricsUrl}/-/reload`
  for (const method of ['PUT', 'POST']) assert.equal((await fetch(url, { method })).status, 200)
  const broken = await fetch(url, { method: 'POST' })
  assert.equal(broken.status, 500)
  assert.match(await broken.text(), /^config.yaml:3: no YAML \(GDE_CONFIG_SYNTAX\)/)
  for (const method of ['GET', 'HEAD', 'DELETE'])
    assert.ok([404, 405].includes((await fetch(url, { method })).status), method)
  assert.equal(reloads, 3)
})

test('/livez answers whatever the fleet looks like', async () => {
  await using serving = await serve()
  const answer = await fetch(`${serving.http.metricsUrl}/livez`)
  assert.deepEqual([answer.status, await answer.text()], [200, 'ok\n'])
})

test('/readyz waits for the first pass, and says what it waits for', async () => {
  await using serving = await serve()
  const url = `${serving.http.metricsUrl}/readyz`
  const before = await fetch(url)
  assert.equal(before.status, 503)
  assert.equal(await before.text(), '[+]config ok\n[-]first-pass not done yet\n[+]shutdown ok\nreadyz check failed\n')
  serving.fleet.publish({ type: 'pass', first: true, endedAt: NOW })
  await serving.flushed()
  const after = await fetch(url)
  assert.deepEqual([after.status, await after.text()], [200, 'ok\n'])
  const verbose = await (await fetch(`${url}?verbose`)).text()
  assert.equal(verbose, '[+]config ok\n[+]first-pass ok\n[+]shutdown ok\nreadyz check passed\n')
})

test('/readyz does not wait for ever: one dead cluster must not hide all others', async () => {
  let now = NOW
  await using serving = await serve({ now: () => now, firstPassTimeoutSeconds: 60 })
  const url = `${serving.http.metricsUrl}/readyz?verbose`
  assert.equal((await fetch(url)).status, 503)
  now += 60
  const answer = await fetch(url)
  assert.equal(answer.status, 200)
  assert.match(await answer.text(), /^\[\+\]first-pass not done after 60 s, not waited for$/m)
})

const NOT_EVALUATED = {
  outcome: { status: 'Unknown', reason: { code: 'GDE_NOT_EVALUATED', message: 'not evaluated yet' } },
} as const

test('/readyz says how many apps of which clusters have no verdict yet, and why a cluster cannot be read', async () => {
  const { evaluatedAt: _never, lastSynced: _neither, ...judged } = appReport('x').verdict
  const verdict = { ...judged, ...NOT_EVALUATED }
  const waiting = (name: string, destination: string) => {
    const report = appReport(name, { destination })
    return { type: 'app', report: { ...report, verdict: { ...verdict, app: report.summary.id } } } as const
  }
  const failure = { code: 'GDE_CLUSTER_UNREACHABLE', message: '10.0.0.1 does not answer' } as const
  let now = NOW
  await using serving = await serve({
    now: () => now,
    firstPassTimeoutSeconds: 60,
    updates: [
      ...[waiting('a', 'far'), waiting('b', 'far'), waiting('c', 'near')],
      { type: 'cluster', report: clusterReport('far', { up: false, failure }) },
    ],
  })
  const readyz = async () => {
    const answer = await fetch(`${serving.http.metricsUrl}/readyz?verbose`)
    return { status: answer.status, text: await answer.text() }
  }
  const before = await readyz()
  assert.equal(before.status, 503)
  assert.match(before.text, /3 of 3 apps wait for their first verdict: far 2 \(GDE_CLUSTER_UNREACHABLE\), near 1$/m)
  assert.doesNotMatch(before.text, /10\.0\.0\.1/)
  now += 60
  const late = await readyz()
  assert.equal(late.status, 503, 'no app is judged')
  assert.match(late.text, /^\[-\]first-pass not done after 60 s, and no app is judged: 3 of 3/m)
  serving.fleet.publish({ type: 'app', report: appReport('c', { destination: 'near' }) })
  const one = await readyz()
  assert.equal(one.status, 200)
  assert.match(one.text, /^\[\+\]first-pass not done after 60 s, not waited for: 2 of 3 apps .*: far 2/m)
})

test('a first pass that takes long is logged, with what is missing', async () => {
  await using serving = await serve({ firstPassTimeoutSeconds: 0.02 })
  while (!serving.logged.includes('the first pass is not done')) await new Promise((resolve) => setTimeout(resolve, 5))
})

test('what is not there is 404, other methods are 405, and neither says who answers', async () => {
  await using serving = await serve()
  const { metricsUrl } = serving.http
  const missing = await fetch(`${metricsUrl}/nothing`)
  assert.equal(missing.status, 404)
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
    const answer = await fetch(`${metricsUrl}/metrics`, { method, ...(method === 'POST' ? { body: 'x=1' } : {}) })
    assert.equal(answer.status, 405, method)
    assert.equal(answer.headers.get('allow'), 'GET, HEAD')
    await answer.text()
  }
  for (const name of ['server', 'x-powered-by']) assert.equal(missing.headers.get(name), null)
})

test('the landing page links to what there is', async () => {
  await using serving = await serve()
  const answer = await fetch(serving.http.metricsUrl)
  assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
  const body = await answer.text()
  for (const path of ['/metrics', '/livez', '/readyz']) assert.ok(body.includes(`href="${path}`), path)
})

test('a request that is no HTTP is refused, and the next one is answered', async () => {
  await using serving = await serve()
  const { hostname, port } = new URL(serving.http.metricsUrl)
  const socket = connect(Number(port), hostname)
  socket.write(`GET /metrics HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`)
  assert.match(await readText(socket), /^HTTP\/1\.1 431 /)
  assert.equal((await fetch(`${serving.http.metricsUrl}/livez`)).status, 200)
})

/** Asks for /metrics and takes nothing of the answer. */
async function stalledClient(metricsUrl: string): Promise<Socket> {
  const { hostname, port } = new URL(metricsUrl)
  const socket = connect(Number(port), hostname)
  socket.write('GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  await once(socket, 'readable')
  return socket
}

test('clients that read nothing take up a few places, and give them back when they hang up', async () => {
  // Far more than the system's buffers hold.
  const updates = Array.from({ length: 3000 }, (_, index) => ({
    type: 'app' as const,
    report: appReport(`app-${index}`, { labels: {}, project: 'x'.repeat(900) }),
  }))
  await using serving = await serve({ updates })
  await serving.flushed()
  const { metricsUrl } = serving.http
  const clients: Socket[] = []
  for (let index = 0; index < 16; index += 1) clients.push(await stalledClient(metricsUrl))
  const refused = await fetch(`${metricsUrl}/metrics`)
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '1'])
  await refused.text()
  assert.equal((await fetch(`${metricsUrl}/livez`)).status, 200)
  for (const client of clients) client.destroy()
  let status = 503
  while (status === 503) {
    const answer = await fetch(`${metricsUrl}/metrics`)
    status = answer.status
    await answer.arrayBuffer()
  }
  assert.equal(status, 200)
})

test('an address in use is a coded error, and nothing is left listening', async () => {
  await using serving = await serve()
  const taken = { address: '127.0.0.1', port: Number(new URL(serving.http.pagesUrl).port) }
  const attempt = serve({ listen: { metrics: { address: '127.0.0.1', port: 0 }, pages: taken } })
  await assert.rejects(attempt, (error) => error instanceof CodedError && error.failure.code === 'GDE_LISTEN')
})

test('closing ends the listeners', async () => {
  const serving = await serve()
  const { metricsUrl, pagesUrl } = serving.http
  await (await fetch(`${metricsUrl}/livez`)).text()
  await serving[Symbol.asyncDispose]()
  await assert.rejects(fetch(`${metricsUrl}/livez`))
  await assert.rejects(fetch(pagesUrl))
})
