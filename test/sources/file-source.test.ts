import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Confidential } from '../../src/model/confidential.ts'
import { createCertificateAuthority } from '../servers/certificate.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { startProxy } from '../servers/git-http-backend.ts'
import { type StaticServer, startStaticServer } from '../servers/static-server.ts'
import { basicCredentials, basicHeader, openSource, type SourceUnderTest, sourceSpec } from './source-under-test.ts'

interface Scene {
  readonly server: StaticServer
  readonly folder: string
  write(content: string): Promise<void>
  open(more?: Parameters<typeof sourceSpec>[2], options?: Parameters<typeof openSource>[2]): SourceUnderTest
}

async function withFile(body: (scene: Scene) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder('file')
  const path = join(folder.path, 'crds.yaml')
  await writeFile(path, 'kind: A\n')
  const authority = createCertificateAuthority()
  const tls = authority.issue({ commonName: 'files', hosts: ['127.0.0.1'] })
  await using server = await startStaticServer({ folder: folder.path, tls })
  let states = 0
  await body({
    server,
    folder: folder.path,
    write: (content) => writeFile(path, content),
    open: (more = {}, options = {}) => {
      const spec = sourceSpec('file', `${server.url}/crds.yaml`, { ca: authority.certificate, ...more })
      states += 1
      return openSource(join(folder.path, `state-${states}`), spec, options)
    },
  })
}

test('a file is a tree with one file, whose digest is its revision', () =>
  withFile(async ({ open }) => {
    await using source = open()
    const { commit, archive, tree } = await source.resolve('whatever')
    assert.match(commit, /^sha256:[0-9a-f]{64}$/)
    assert.equal(archive?.digest, commit)
    assert.equal(tree.commit, commit)
    assert.deepEqual(await source.files(''), { file: 'kind: A\n' })
  }))

test('a poll of an unchanged file moves nothing, and one of a changed file counts up', () =>
  withFile(async ({ server, write, open }) => {
    await using source = open()
    const before = await source.resolve('')
    const first = source.statuses.at(-1)
    const same = await source.poll()
    assert.equal(server.requests.at(-1)?.status, 304)
    assert.equal(same.refsVersion, first?.refsVersion)
    await write('kind: B\n')
    const moved = await source.poll()
    assert.ok(moved.up && moved.refsVersion > same.refsVersion)
    const after = await source.resolve('')
    assert.notEqual(after.commit, before.commit)
    assert.deepEqual(await source.files(''), { file: 'kind: B\n' })
  }))

test('a hundred who ask at once cost one request', () =>
  withFile(async ({ server, open }) => {
    await using source = open()
    await Promise.all(Array.from({ length: 100 }, (_, index) => source.resolve(`v${index % 7}`)))
    assert.equal(server.requests.length, 1)
  }))

for (const [status, code, message] of [
  [401, 'GDE_SOURCE_AUTH', /crds\.yaml answers 401/],
  [403, 'GDE_SOURCE_AUTH', /answers 403/],
  [404, 'GDE_SOURCE_NOT_FOUND', /answers 404/],
  [429, 'GDE_SOURCE_UNREACHABLE', /asked too often/],
  [500, 'GDE_SOURCE_UNREACHABLE', /answers 500/],
  [418, 'GDE_SOURCE_PROTOCOL', /answers 418/],
] as const)
  test(`an answer of ${status} is ${code}, and nothing of it is kept`, () =>
    withFile(async ({ server, open }) => {
      server.behaviour = (_request, response) => {
        response.writeHead(status).end('secret page')
        return true
      }
      await using source = open()
      await source.fails('', code, message)
      assert.equal(source.statuses.at(-1)?.up, false)
      server.behaviour = undefined
      await source.poll()
      assert.deepEqual(await source.files(''), { file: 'kind: A\n' })
    }))

test('a server that is gone, hangs, cuts or sends too much is told apart', () =>
  withFile(async ({ server, write, open }) => {
    server.behaviour = (request) => {
      request.socket.destroy()
      return true
    }
    await using gone = open()
    await gone.fails('', 'GDE_SOURCE_UNREACHABLE', /crds\.yaml: (ECONNRESET|UND_ERR_SOCKET)/)
    server.behaviour = () => true
    await using slow = open({}, { limits: { idleMs: 300 } })
    await slow.fails('', 'GDE_TIMEOUT', /does not answer/)
    server.behaviour = (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('half')
      setImmediate(() => response.destroy())
      return true
    }
    await using cut = open()
    await cut.fails('', 'GDE_SOURCE_UNREACHABLE', /crds\.yaml/)
    server.behaviour = undefined
    await write('x'.repeat(5000))
    await using large = open({}, { limits: { fileBytes: 4000 } })
    await large.fails('', 'GDE_TOO_LARGE', /more than 4000 bytes/)
  }))

test('a certificate of somebody else is refused, unless the spec says not to look', () =>
  withFile(async ({ open }) => {
    await using stranger = open({ ca: '' })
    await stranger.fails('', 'GDE_SOURCE_TLS', /127\.0\.0\.1/)
    await using trusting = open({ ca: '', insecureSkipVerify: true })
    assert.deepEqual(await trusting.files(''), { file: 'kind: A\n' })
  }))

test('credentials go to the host of the URL alone, and http is never gone back to', () =>
  withFile(async ({ server, folder, open }) => {
    server.authorization = basicHeader('ada', 'secret-of-ada')
    await using other = await startStaticServer({ folder })
    await using own = open(basicCredentials('ada', 'secret-of-ada'))
    assert.deepEqual(await own.files(''), { file: 'kind: A\n' })
    const redirectTo = (target: string) => (_request: unknown, response: import('node:http').ServerResponse) => {
      response.writeHead(302, { location: target }).end()
      return true as const
    }
    server.behaviour = redirectTo(`${other.url}/crds.yaml`)
    await using down = open(basicCredentials('ada', 'secret-of-ada'))
    await down.fails('', 'GDE_SOURCE_REDIRECT', /redirects to http:/)
    assert.equal(other.requests.length, 0)
    server.behaviour = redirectTo(`${server.url}/crds.yaml`)
    await using circle = open()
    await circle.fails('', 'GDE_SOURCE_REDIRECT', /without an end/)
    await using plain = openSource(
      join(folder, 'state-plain'),
      sourceSpec('file', `${other.url}/crds.yaml`, basicCredentials('ada', 'secret-of-ada')),
    )
    server.behaviour = undefined
    other.behaviour = redirectTo(`${server.url}/crds.yaml`)
    await plain.fails('', 'GDE_SOURCE_TLS', /127/)
    await using third = await startStaticServer({ folder })
    other.behaviour = redirectTo(`${third.url}/crds.yaml`)
    await plain.poll()
    assert.deepEqual(await plain.files(''), { file: 'kind: A\n' })
    assert.equal(other.requests.at(-1)?.authorization, basicHeader('ada', 'secret-of-ada'))
    assert.deepEqual(
      third.requests.map(({ authorization }) => authorization),
      [undefined],
    )
  }))

test('a proxy is asked for what it is declared for', () =>
  withFile(async ({ server, open }) => {
    await using proxy = await startProxy()
    await using source = open({ proxy: proxy.url })
    assert.deepEqual(await source.files(''), { file: 'kind: A\n' })
    assert.deepEqual([...new Set(proxy.targets)], [`CONNECT ${new URL(server.url).host}`])
  }))

test('a URL of a resource leads to no address of this host', () =>
  withFile(async ({ server, open }) => {
    await using source = open({ untrusted: true })
    await source.fails('', 'GDE_NOT_PERMITTED', /loopback/)
    assert.equal(server.requests.length, 0)
  }))

test('a server that says when to come back is left alone until then', () =>
  withFile(async ({ server, open }) => {
    let now = Date.now()
    server.behaviour = (_request, response) => {
      response.writeHead(429, { 'retry-after': '600' }).end()
      return true
    }
    await using source = open({}, { now: () => now })
    await source.fails('', 'GDE_SOURCE_UNREACHABLE', /left alone/)
    server.behaviour = undefined
    assert.equal((await source.poll()).up, false)
    assert.equal(server.requests.length, 1)
    now += 601_000
    assert.equal((await source.poll()).up, true)
    assert.equal(server.requests.length, 2)
  }))

test('after a restart the last content is there while the server is not', () =>
  withFile(async ({ server, folder }) => {
    const spec = sourceSpec('file', `${server.url}/crds.yaml`, { insecureSkipVerify: true })
    const state = join(folder, 'state-kept')
    const first = openSource(state, spec)
    const { commit } = await first.resolve('')
    await first.git.close()
    server.behaviour = (_request, response) => {
      response.writeHead(500).end()
      return true
    }
    await using second = openSource(state, spec)
    assert.equal((await second.resolve('')).commit, commit)
    assert.deepEqual(await second.files(''), { file: 'kind: A\n' })
    assert.equal(second.statuses.at(-1)?.up, false)
  }))

test('a client certificate is shown to a server that asks who is there', async () => {
  await using folder = await temporaryFolder('file')
  await writeFile(join(folder.path, 'crds.yaml'), 'kind: A\n')
  const [authority, clients] = [createCertificateAuthority(), createCertificateAuthority('clients')]
  const tls = authority.issue({ commonName: 'files', hosts: ['127.0.0.1'] })
  await using server = await startStaticServer({ folder: folder.path, tls, clientAuthority: clients.certificate })
  const { certificate, key } = clients.issue({ commonName: 'exporter' })
  const clientCertificate = { certificate: new Confidential(certificate), key: new Confidential(key) }
  const spec = sourceSpec('file', `${server.url}/crds.yaml`, { ca: authority.certificate })
  await using known = openSource(join(folder.path, 'known'), { ...spec, clientCertificate })
  assert.deepEqual(await known.files(''), { file: 'kind: A\n' })
  await using unknown = openSource(join(folder.path, 'unknown'), spec)
  await assert.rejects(unknown.resolve(''), ({ failure }) => /^GDE_SOURCE_(?:TLS|UNREACHABLE)$/.test(failure.code))
})
