import assert from 'node:assert/strict'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openGit } from '../../src/git/git-service.ts'
import type { GitLimits } from '../../src/git/limits.ts'
import type { RepositorySpec } from '../../src/model/apps/inventory.ts'
import { Confidential } from '../../src/model/confidential.ts'
import { CodedError } from '../../src/model/failure.ts'
import { guardedLookup } from '../../src/net/address-guard.ts'
import { forbiddenAddress } from '../../src/net/forbidden-address.ts'
import { createCertificateAuthority } from '../servers/certificate.ts'
import { type TemporaryFolder, temporaryFolder } from '../servers/folder.ts'
import { type GitServerOptions, startGitServer, startProxy } from '../servers/git-http-backend.ts'
import { freePort } from '../servers/port.ts'
import { openGitUnderTest } from './git-under-test.ts'
import { createWorkingRepository, repositorySpec } from './working-repository.ts'

const BASIC = `Basic ${Buffer.from('deploy:s3cret').toString('base64')}`
const authority = createCertificateAuthority()
const tls = authority.issue({ commonName: 'git', hosts: ['127.0.0.1', 'localhost'] })

let folder: TemporaryFolder
let commit: string
let states = 0

before(async () => {
  folder = await temporaryFolder('git')
  const work = await createWorkingRepository(join(folder.path, 'repositories/platform'))
  commit = await work.commit({ a: '1', b: 'x'.repeat(100_000) })
  await writeFile(join(folder.path, 'ca.pem'), authority.certificate)
})
after(() => folder.close())

const startServer = (options: Omit<GitServerOptions, 'root'> = {}) =>
  startGitServer({ root: join(folder.path, 'repositories'), ...options })

/** Resolves main in a fresh state directory. */
async function resolveMain(spec: RepositorySpec, limits: Partial<GitLimits> = {}): Promise<string> {
  await using git = openGitUnderTest(join(folder.path, `state-${states++}`), spec, limits)
  return (await git.resolve('main')).commit
}

/** The failure must have the code, and no credential in it. */
async function assertFails(resolved: Promise<unknown>, code: string, message: RegExp = /./): Promise<void> {
  await assert.rejects(resolved, (error) => {
    assert.ok(error instanceof CodedError)
    assert.deepEqual(
      { code: error.failure.code, repository: error.failure.repository },
      { code, repository: repositorySpec('').url },
    )
    assert.match(error.failure.message, message)
    assert.doesNotMatch(JSON.stringify(error.failure) + error.stack, /s3cret|deploy/)
    return true
  })
}

describe('credentials', () => {
  const file = async (name: string, content: string) => {
    await mkdir(join(folder.path, 'secrets'), { recursive: true })
    const path = join(folder.path, 'secrets', name)
    await writeFile(path, content)
    return path
  }

  test('user and password come from files, which are read again at each use', async () => {
    await using server = await startServer({ authorization: BASIC })
    const usernameFile = await file('username', 'deploy\n')
    const passwordFile = await file('password', 'wrong')
    const spec = repositorySpec(`${server.url}/platform/.git`, {
      credentials: { type: 'basicFiles', usernameFile, passwordFile },
    })
    await using git = openGitUnderTest(join(folder.path, `state-${states++}`), spec)
    await assertFails(git.resolve('main'), 'GDE_GIT_AUTH')
    await file('password', 's3cret\n')
    const up = git.statusWhere((status) => status.up)
    git.git.poll(spec.id)
    await up
    assert.equal((await git.resolve('main')).commit, commit)
  })

  test('a token from a file is a bearer, or the password of git', async () => {
    const path = await file('token', 'ghp_abc\n')
    await using bearer = await startServer({ authorization: 'Bearer ghp_abc' })
    const bearerSpec = repositorySpec(`${bearer.url}/platform/.git`, {
      credentials: { type: 'bearerFile', tokenFile: path },
    })
    assert.equal(await resolveMain(bearerSpec), commit)
    await using basic = await startServer({ authorization: `Basic ${Buffer.from('git:ghp_abc').toString('base64')}` })
    const basicSpec = repositorySpec(`${basic.url}/platform/.git`, {
      credentials: { type: 'basicFiles', passwordFile: path },
    })
    assert.equal(await resolveMain(basicSpec), commit)
  })

  test('those that came from a Secret work without a file', async () => {
    await using server = await startServer({ authorization: BASIC })
    const credentials = { type: 'basic', username: 'deploy', password: new Confidential('s3cret') } as const
    assert.equal(await resolveMain(repositorySpec(`${server.url}/platform/.git`, { credentials })), commit)
    server.authorization = 'Bearer tok'
    const token = { type: 'bearer', token: new Confidential('tok') } as const
    assert.equal(await resolveMain(repositorySpec(`${server.url}/platform/.git`, { credentials: token })), commit)
  })

  test('missing, wrong and unreadable ones are GDE_GIT_AUTH', async () => {
    await using server = await startServer({ authorization: BASIC })
    const url = `${server.url}/platform/.git`
    await assertFails(resolveMain(repositorySpec(url)), 'GDE_GIT_AUTH', /401/)
    const tokenFile = join(folder.path, 'gone')
    await assertFails(
      resolveMain(repositorySpec(url, { credentials: { type: 'bearerFile', tokenFile } })),
      'GDE_GIT_AUTH',
      /ENOENT/,
    )
    const broken = { type: 'bearer', token: new Confidential('s3cret\r\nx: y') } as const
    await assertFails(resolveMain(repositorySpec(url, { credentials: broken })), 'GDE_GIT_AUTH', /header/)
  })

  test('user info in a URL is not sent and not shown', async () => {
    await using server = await startServer()
    const url = `${server.url.replace('//', '//deploy:s3cret@')}/platform/.git`
    assert.equal(await resolveMain(repositorySpec(url)), commit)
    assert.ok(server.requests.every(({ authorization }) => authorization === undefined))
    server.behave({ type: 'html' })
    await assertFails(resolveMain(repositorySpec(url)), 'GDE_GIT_PROTOCOL')
  })
})

describe('TLS', () => {
  test('a server with an authority of its own is trusted with a CA file, or when nothing is verified', async () => {
    await using server = await startServer({ tls })
    const url = `${server.url}/platform/.git`
    assert.equal(await resolveMain(repositorySpec(url, { caFile: join(folder.path, 'ca.pem') })), commit)
    assert.equal(await resolveMain(repositorySpec(url, { insecureSkipVerify: true })), commit)
  })

  test('an unknown authority, another name, an old certificate, a CA file that is not there are GDE_GIT_TLS', async () => {
    const caFile = join(folder.path, 'ca.pem')
    await using server = await startServer({ tls })
    await assertFails(resolveMain(repositorySpec(`${server.url}/platform/.git`)), 'GDE_GIT_TLS')
    const gone = join(folder.path, 'gone.pem')
    await assertFails(
      resolveMain(repositorySpec(`${server.url}/platform/.git`, { caFile: gone })),
      'GDE_GIT_TLS',
      /ENOENT/,
    )
    await using named = await startServer({
      tls: authority.issue({ commonName: 'git', hosts: ['git.example.com', 'www.example.com'] }),
    })
    await assertFails(resolveMain(repositorySpec(`${named.url}/platform/.git`, { caFile })), 'GDE_GIT_TLS', /ALTNAME/)
    const hosts = ['127.0.0.1', 'localhost']
    const expired = authority.issue({ commonName: 'git', hosts, notAfter: new Date(Date.now() - 60_000) })
    await using old = await startServer({ tls: expired })
    await assertFails(resolveMain(repositorySpec(`${old.url}/platform/.git`, { caFile })), 'GDE_GIT_TLS', /EXPIRED/)
  })

  test('plain HTTP where TLS is expected is GDE_GIT_TLS', async () => {
    await using server = await startServer()
    const url = server.url.replace('http:', 'https:')
    await assertFails(resolveMain(repositorySpec(`${url}/platform/.git`)), 'GDE_GIT_TLS')
  })
})

describe('a proxy', () => {
  test('makes the tunnel for https and passes http on', async () => {
    await using proxy = await startProxy()
    await using secure = await startServer({ tls })
    const caFile = join(folder.path, 'ca.pem')
    assert.equal(await resolveMain(repositorySpec(`${secure.url}/platform/.git`, { caFile, proxy: proxy.url })), commit)
    await using plain = await startServer()
    assert.equal(await resolveMain(repositorySpec(`${plain.url}/platform/.git`, { proxy: proxy.url })), commit)
    const targets = new Set(proxy.targets)
    assert.ok(targets.has(`CONNECT ${new URL(secure.url).host}`))
    assert.ok([...targets].some((target) => target.endsWith(new URL(plain.url).host)))
  })

  test('that is not there is GDE_GIT_UNREACHABLE', async () => {
    await using server = await startServer()
    const proxy = `http://127.0.0.1:${await freePort()}`
    await assertFails(
      resolveMain(repositorySpec(`${server.url}/platform/.git`, { proxy })),
      'GDE_GIT_UNREACHABLE',
      /ECONNREFUSED/,
    )
  })
})

describe('a server', () => {
  test('that is not there or has no such name is GDE_GIT_UNREACHABLE', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}/platform.git`
    await assertFails(resolveMain(repositorySpec(nobody)), 'GDE_GIT_UNREACHABLE', /ECONNREFUSED/)
    await assertFails(
      resolveMain(repositorySpec('https://git.invalid/platform.git')),
      'GDE_GIT_UNREACHABLE',
      /ENOTFOUND|EAI_AGAIN/,
    )
  })

  test('that hangs is GDE_TIMEOUT', async () => {
    await using server = await startServer()
    server.behave({ type: 'hang' })
    await assertFails(resolveMain(repositorySpec(`${server.url}/platform/.git`), { idleMs: 200 }), 'GDE_TIMEOUT')
    await assertFails(resolveMain(repositorySpec(`${server.url}/platform/.git`), { listMs: 200 }), 'GDE_TIMEOUT')
  })

  test('that sends a drop at a time is GDE_TIMEOUT, not a fetch without end', async () => {
    await using server = await startServer()
    const spec = repositorySpec(`${server.url}/platform/.git`)
    await using git = openGitUnderTest(join(folder.path, `state-${states++}`), spec, { fetchMs: 300 })
    await git.statusWhere((status) => status.up)
    server.behave({ type: 'drip', bytes: 1, delayMs: 50 })
    await assertFails(git.resolve('main'), 'GDE_TIMEOUT')
  })

  test('that hangs does not keep others waiting', async () => {
    await using hanging = await startServer()
    hanging.behave({ type: 'hang' })
    await using server = await startServer()
    const git = openGit({ stateDirectory: join(folder.path, `state-${states++}`), now: Date.now, random: () => 0 })
    const bad = Array.from({ length: 20 }, (_, index) => ({
      ...repositorySpec(`${hanging.url}/r${index}/.git`),
      id: `bad-${index}` as RepositorySpec['id'],
    }))
    const good = repositorySpec(`${server.url}/platform/.git`)
    git.configure([...bad, good])
    assert.equal((await git.resolve(good.id, 'main', AbortSignal.timeout(20_000))).commit, commit)
    await git.close()
  })

  test('that answers HTML, garbage or the dumb protocol is GDE_GIT_PROTOCOL', async () => {
    await using server = await startServer()
    server.behave({ type: 'html' })
    await assertFails(resolveMain(repositorySpec(`${server.url}/platform/.git`)), 'GDE_GIT_PROTOCOL', /text\/html/)
    server.behave({ type: 'serve' })
    const spec = repositorySpec(`${server.url}/platform/.git`)
    await using git = openGitUnderTest(join(folder.path, `state-${states++}`), spec)
    await git.statusWhere((status) => status.up)
    server.behave({ type: 'html' })
    await assertFails(git.resolve('main'), 'GDE_GIT_PROTOCOL', /text\/html/)
  })

  test('that answers with an error is told apart', async () => {
    await using server = await startServer()
    const codes = [
      [401, 'GDE_GIT_AUTH'],
      [403, 'GDE_GIT_AUTH'],
      [404, 'GDE_GIT_AUTH'],
      [203, 'GDE_GIT_AUTH'],
      [429, 'GDE_GIT_UNREACHABLE'],
      [500, 'GDE_GIT_UNREACHABLE'],
      [503, 'GDE_GIT_UNREACHABLE'],
      [204, 'GDE_GIT_PROTOCOL'],
    ] as const
    for (const [status, code] of codes) {
      server.behave({ type: 'status', status })
      await assertFails(resolveMain(repositorySpec(`${server.url}/platform/.git`)), code)
    }
    server.behave({ type: 'serve' })
    await assertFails(resolveMain(repositorySpec(`${server.url}/gone/.git`)), 'GDE_GIT_AUTH', /404/)
  })

  test('whose answer breaks off leaves nothing half believed', async () => {
    await using server = await startServer()
    for (const bytes of [0, 3, 20, 60, 300]) {
      server.behave({ type: 'cut', bytes })
      await assertFails(resolveMain(repositorySpec(`${server.url}/platform/.git`)), 'GDE_GIT_UNREACHABLE')
    }
    for (const bytes of [0, 10, 50, 200, 400]) {
      server.behave({ type: 'cut', bytes, only: 'POST' })
      await assertFails(resolveMain(repositorySpec(`${server.url}/platform/.git`)), 'GDE_GIT_UNREACHABLE')
    }
  })

  test('that sends more than a limit is GDE_TOO_LARGE', async () => {
    await using server = await startServer()
    const spec = repositorySpec(`${server.url}/platform/.git`)
    await assertFails(resolveMain(spec, { listBytes: 100 }), 'GDE_TOO_LARGE')
    await assertFails(resolveMain(spec, { packBytes: 200 }), 'GDE_TOO_LARGE')
    await assertFails(resolveMain(spec, { inflatedBytes: 50_000 }), 'GDE_TOO_LARGE')
  })
})

describe('a redirect', () => {
  test('within the host is followed, and the credentials go along', async () => {
    await using server = await startServer({ authorization: BASIC })
    await using front = await startRedirector(`${server.url}/old`, '/platform')
    const credentials = { type: 'basic', username: 'deploy', password: new Confidential('s3cret') } as const
    assert.equal(await resolveMain(repositorySpec(`${front.url}/old/.git`, { credentials })), commit)
  })

  test('to another host is GDE_GIT_REDIRECT, and that host sees nothing', async () => {
    await using other = await startServer()
    await using server = await startServer()
    server.behave({ type: 'redirect', to: other.url })
    const credentials = { type: 'basic', username: 'deploy', password: new Confidential('s3cret') } as const
    const spec = repositorySpec(`${server.url}/platform/.git`, { credentials })
    await assertFails(resolveMain(spec), 'GDE_GIT_REDIRECT', new RegExp(new URL(other.url).host))
    server.behave({ type: 'redirect', to: other.url.replace('127.0.0.1', 'localhost'), status: 307 })
    await assertFails(resolveMain(spec), 'GDE_GIT_REDIRECT')
    assert.deepEqual(other.requests, [])
  })

  test('without an end, to nowhere, or to a page is refused', async () => {
    await using server = await startServer()
    server.behave({ type: 'redirect', to: server.url })
    await assertFails(resolveMain(repositorySpec(`${server.url}/platform/.git`)), 'GDE_GIT_REDIRECT', /without an end/)
    server.behave({ type: 'redirect', to: `${server.url}/users/sign_in?to=` })
    await assertFails(resolveMain(repositorySpec(`${server.url}/platform/.git`)), 'GDE_GIT_PROTOCOL', /users\/sign_in/)
    server.behave({ type: 'redirect', to: 'http://[' })
    await assertFails(resolveMain(repositorySpec(`${server.url}/platform/.git`)), 'GDE_GIT_REDIRECT', /nowhere/)
  })

  test('in the middle of a conversation is refused', async () => {
    await using server = await startServer()
    const spec = repositorySpec(`${server.url}/platform/.git`)
    await using git = openGitUnderTest(join(folder.path, `state-${states++}`), spec)
    await git.statusWhere((status) => status.up)
    server.behave({ type: 'redirect', to: `${server.url}/elsewhere` })
    await assertFails(git.resolve('main'), 'GDE_GIT_REDIRECT')
  })
})

test('a request whose connection is closed under it is sent once more', async () => {
  await using server = await startServer()
  server.behave({ type: 'reset' })
  assert.equal(await resolveMain(repositorySpec(`${server.url}/platform/.git`)), commit)
  assert.ok(server.requests.length > 2, 'some were sent twice')
})

describe('a URL that comes from a resource', () => {
  test('may not be anything but https, nor lead to this machine', async () => {
    await using server = await startServer({ tls })
    const port = new URL(server.url).port
    const insecureSkipVerify = true
    for (const [url, message] of [
      [`http://git.example.com/platform.git`, /must be https/],
      [`file:///etc`, /must be https/],
      [`https://127.0.0.1:${port}/platform/.git`, /loopback/],
      [`https://[::1]:${port}/platform/.git`, /loopback/],
      [`https://[::ffff:127.0.0.1]:${port}/platform/.git`, /loopback/],
      [`https://2130706433:${port}/platform/.git`, /loopback/],
      [`https://localhost:${port}/platform/.git`, /loopback/],
      [`https://169.254.169.254/platform.git`, /link-local/],
    ] as const)
      await assertFails(
        resolveMain(repositorySpec(url, { untrusted: true, insecureSkipVerify })),
        'GDE_NOT_PERMITTED',
        message,
      )
    assert.deepEqual(server.requests, [])
  })

  test('is looked at again for the connection, after its name was resolved', async (context) => {
    const name = hostname()
    const addresses = await lookup(name, { all: true }).catch(() => [])
    if (!addresses.some(({ address }) => forbiddenAddress(address) === 'loopback'))
      return context.skip('the name of this machine does not lead to itself')
    await using server = await startServer({ tls })
    const spec = repositorySpec(`https://${name}:${new URL(server.url).port}/platform/.git`, { untrusted: true })
    await assertFails(resolveMain(spec), 'GDE_NOT_PERMITTED', /loopback/)
    assert.deepEqual(server.requests, [])
  })

  test('whose name leads to this machine in any family is refused by the lookup', async () => {
    const found = await new Promise((resolve) => guardedLookup('localhost', { all: true }, (error) => resolve(error)))
    assert.ok(found instanceof CodedError)
    assert.equal(found.failure.code, 'GDE_NOT_PERMITTED')
  })
})

/** A server that redirects what begins with `from` to the same path below `to`, and passes on what does not. */
async function startRedirector(upstream: string, to: string) {
  const server = createServer((incoming, outgoing) => {
    const url = incoming.url ?? ''
    if (url.startsWith('/old/')) {
      outgoing.writeHead(301, { location: `${to}${url.slice('/old'.length)}` }).end()
      return
    }
    const { origin } = new URL(upstream)
    const passed = request(
      `${origin}${url}`,
      { method: incoming.method ?? 'GET', headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(outgoing)
      },
    )
    incoming.pipe(passed)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
