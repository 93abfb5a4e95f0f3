import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import type { ErrorCode } from '../../src/model/errors.ts'
import { createCertificateAuthority } from '../servers/certificate.ts'
import { startProxy } from '../servers/git-http-backend.ts'
import { freePort } from '../servers/port.ts'
import { type Answer, sendJson, sendStatus } from '../servers/scripted-api-server.ts'
import { observe } from './collect.ts'
import { CONFIG_MAP, codeOf, connect, LIST, scripted, signal } from './scripted.ts'

test('a server that refuses connections is unreachable', async (t) => {
  const connector = await connect(t, { server: `http://127.0.0.1:${await freePort()}` })
  assert.equal(await codeOf(connector.capabilities(signal())), 'GDE_CLUSTER_UNREACHABLE')
  const status = connector.status()
  assert.equal(status.up, false)
  assert.equal(status.lastContact, undefined)
  assert.match(status.failure?.message ?? '', /refused/)
})

test('a name that cannot be resolved is unreachable', async (t) => {
  const connector = await connect(t, { server: 'https://no-such-host.invalid' })
  assert.equal(await codeOf(connector.capabilities(signal())), 'GDE_CLUSTER_UNREACHABLE')
})

test('a token that cannot be sent is a fault of the kubeconfig, and is not in the message', async (t) => {
  const server = await scripted(t)
  const connector = await connect(t, { server: server.url }, { token: 'secret-token\nwith a second line' })
  assert.equal(await codeOf(connector.capabilities(signal())), 'GDE_CLUSTER_KUBECONFIG')
  assert.deepEqual(server.requests, [])
})

test('a server that accepts and never answers is unreachable', async (t) => {
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  t.after(() => silent.close())
  const address = silent.address()
  assert.ok(address !== null && typeof address === 'object')
  const connector = await connect(t, { server: `http://127.0.0.1:${address.port}` })
  assert.equal(await codeOf(connector.capabilities(signal())), 'GDE_CLUSTER_UNREACHABLE')
})

test('a server that stops in the middle of an answer is unreachable', async (t) => {
  const server = await scripted(t)
  server.answer('/version', (_, response) => void response.writeHead(200).write('{"gitVersion":'))
  const connector = await connect(t, { server: server.url })
  assert.equal(await codeOf(connector.capabilities(signal())), 'GDE_CLUSTER_UNREACHABLE')
})

test('bytes that are no HTTP are a fault of the protocol', async (t) => {
  const garbage = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end('SSH-2.0-OpenSSH_9.2\r\n')
  })
  await new Promise<void>((resolve) => garbage.listen(0, '127.0.0.1', resolve))
  t.after(() => garbage.close())
  const address = garbage.address()
  assert.ok(address !== null && typeof address === 'object')
  const connector = await connect(t, { server: `http://127.0.0.1:${address.port}` })
  assert.equal(await codeOf(connector.capabilities(signal())), 'GDE_CLUSTER_PROTOCOL')
})

test('certificates that are not to be trusted are refused', async (t) => {
  const authority = createCertificateAuthority()
  const stranger = createCertificateAuthority('stranger')
  const host = { commonName: 'server', hosts: ['127.0.0.1'] }
  const cases = {
    'signed by another authority': stranger.issue(host),
    'for another host': authority.issue({ commonName: 'server', hosts: ['elsewhere.example.com'] }),
    expired: authority.issue({ ...host, notAfter: new Date(Date.now() - 60_000) }),
  }
  for (const [name, certificate] of Object.entries(cases))
    await t.test(name, async (t) => {
      const server = await scripted(t, certificate)
      const connector = await connect(t, { server: server.url, caData: authority.certificate })
      assert.equal(await codeOf(connector.capabilities(signal())), 'GDE_CLUSTER_TLS')
      assert.deepEqual(server.requests, [], 'no request, and so no token, went out')
    })
})

test('a certificate for another host is accepted where tls-server-name says so', async (t) => {
  const authority = createCertificateAuthority()
  const server = await scripted(t, authority.issue({ commonName: 'server', hosts: ['api.example.com'] }))
  const connector = await connect(t, {
    server: server.url,
    caData: authority.certificate,
    tlsServerName: 'api.example.com',
  })
  assert.equal((await connector.capabilities(signal())).kubeVersion, 'v1.33.0')
})

test('a server behind the proxy of the kubeconfig is asked through it, by its own certificate', async (t) => {
  const authority = createCertificateAuthority()
  const proxy = await startProxy()
  t.after(() => proxy[Symbol.asyncDispose]())
  const host = { commonName: 'server', hosts: ['127.0.0.1'] }
  for (const certificate of [undefined, authority.issue(host)]) {
    const server = await scripted(t, certificate)
    const address = { server: server.url, caData: authority.certificate }
    const connector = await connect(t, { ...address, proxyUrl: proxy.url })
    assert.equal((await connector.capabilities(signal())).kubeVersion, 'v1.33.0')
    assert.ok(proxy.targets.some((target) => target.endsWith(new URL(server.url).host)))
    const none = await connect(t, { ...address, proxyUrl: `http://127.0.0.1:${await freePort()}` })
    assert.equal(await codeOf(none.capabilities(signal())), 'GDE_CLUSTER_UNREACHABLE')
  }
  const stranger = await scripted(t, createCertificateAuthority('stranger').issue(host))
  const refused = await connect(t, { server: stranger.url, caData: authority.certificate, proxyUrl: proxy.url })
  assert.equal(await codeOf(refused.capabilities(signal())), 'GDE_CLUSTER_TLS')
})

test('plain HTTP where TLS is expected is a fault of TLS', async (t) => {
  const server = await scripted(t)
  const connector = await connect(t, { server: server.url.replace('http:', 'https:') })
  assert.equal(await codeOf(connector.capabilities(signal())), 'GDE_CLUSTER_TLS')
})

const REFUSALS: readonly { readonly title: string; readonly answer: Answer; readonly code: ErrorCode }[] = [
  { title: '401', answer: (_, response) => sendStatus(response, 401, 'Unauthorized'), code: 'GDE_CLUSTER_AUTH' },
  { title: '403', answer: (_, response) => sendStatus(response, 403, 'forbidden'), code: 'GDE_CLUSTER_FORBIDDEN' },
  {
    title: '429 for ever',
    answer: (_, response) => sendStatus(response, 429, 'slow'),
    code: 'GDE_CLUSTER_UNREACHABLE',
  },
  { title: '500', answer: (_, response) => sendStatus(response, 500, 'etcd'), code: 'GDE_CLUSTER_UNREACHABLE' },
  {
    title: 'a redirect, which is not followed',
    answer: (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/login' }).end(),
    code: 'GDE_CLUSTER_PROTOCOL',
  },
  {
    title: 'a page instead of JSON',
    answer: (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>'),
    code: 'GDE_CLUSTER_PROTOCOL',
  },
  { title: 'JSON of another shape', answer: (_, response) => sendJson(response, [1, 2]), code: 'GDE_CLUSTER_PROTOCOL' },
  {
    title: 'broken gzip',
    answer: (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip'),
    code: 'GDE_CLUSTER_PROTOCOL',
  },
]

for (const { title, answer, code } of REFUSALS) {
  test(`discovery answered with ${title} is ${code}`, async (t) => {
    const server = await scripted(t)
    server.answer('/api', answer)
    const connector = await connect(t, { server: server.url })
    assert.equal(await codeOf(connector.capabilities(signal())), code)
  })

  test(`a list answered with ${title} is never believed`, async (t) => {
    const server = await scripted(t)
    server.answer(LIST, answer)
    const connector = await connect(t, { server: server.url })
    await using observation = observe(connector, CONFIG_MAP)
    const eventTexts = await observation.until(code === 'GDE_CLUSTER_FORBIDDEN' ? `Ended ${code}` : `Lost ${code}`)
    assert.deepEqual(eventTexts.slice(0, -1), [])
  })
}
