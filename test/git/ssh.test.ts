import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { GitLimits } from '../../src/git/limits.ts'
import type { RepositorySpec, SshCredentials } from '../../src/model/apps/inventory.ts'
import { Confidential } from '../../src/model/confidential.ts'
import { CodedError } from '../../src/model/failure.ts'
import { type TemporaryFolder, temporaryFolder } from '../servers/folder.ts'
import {
  createSshKey,
  type Sshd,
  type SshKey,
  type SshKeyOptions,
  skipWithoutSshd,
  startSshd,
} from '../servers/sshd.ts'
import { openGitUnderTest } from './git-under-test.ts'
import { createWorkingRepository, repositorySpec, type WorkingRepository } from './working-repository.ts'

const PASSPHRASE = 'correct horse'

describe('a repository over SSH', { skip: skipWithoutSshd() }, () => {
  let folder: TemporaryFolder
  let work: WorkingRepository
  let commit: string
  let server: Sshd
  const keys = new Map<string, SshKey>()
  let states = 0

  const KINDS: Readonly<Record<string, SshKeyOptions>> = {
    ed25519: {},
    encrypted: { passphrase: PASSPHRASE },
    ecdsa: { type: 'ecdsa' },
    rsa: { type: 'rsa' },
    'rsa in PEM': { type: 'rsa', format: 'PEM' },
    'rsa in PKCS#8': { type: 'rsa', format: 'PKCS8' },
    'ecdsa in PKCS#8, encrypted': { type: 'ecdsa', format: 'PKCS8', passphrase: PASSPHRASE },
    stranger: {},
    host: {},
    'host, rsa': { type: 'rsa' },
    'another host': {},
  }
  const key = (name: string): SshKey => keys.get(name) ?? assert.fail(`there is no key ${name}`)

  before(async () => {
    folder = await temporaryFolder('ssh')
    work = await createWorkingRepository(join(folder.path, "it's a repository"))
    commit = await work.commit({ a: '1', b: randomBytes(2 << 20) })
    for (const [name, options] of Object.entries(KINDS))
      keys.set(name, await createSshKey(join(folder.path, `key-${keys.size}`), options))
    const known = Object.keys(KINDS).filter((name) => !/host|stranger/.test(name))
    server = await startSshd({
      folder: join(folder.path, 'sshd'),
      authorizedKeys: known.map((name) => key(name).publicKey),
      hostKeys: [key('host'), key('host, rsa')],
    })
  })
  after(async () => {
    await server?.close()
    await folder.close()
  })

  const login = (name: string, passphrase?: string): SshCredentials => ({
    type: 'ssh',
    privateKey: new Confidential(key(name).privateKey),
    ...(passphrase !== undefined && { passphrase: new Confidential(passphrase) }),
  })
  const specOf = (more: Partial<RepositorySpec> = {}, url = server.url(encodeURI(work.path))): RepositorySpec =>
    repositorySpec(url, { credentials: login('ed25519'), knownHosts: server.knownHosts, ...more })
  const resolveMain = async (spec: RepositorySpec, limits: Partial<GitLimits> = {}): Promise<string> => {
    await using git = openGitUnderTest(join(folder.path, `state-${states++}`), spec, limits)
    return (await git.resolve('main')).commit
  }
  /** The failure must have the code, and no line of a key and no passphrase in it. */
  const assertFails = (resolved: Promise<unknown>, code: string, message: RegExp): Promise<void> =>
    assert.rejects(resolved, (error) => {
      assert.ok(error instanceof CodedError, String(error))
      assert.equal(error.failure.code, code, error.failure.message)
      assert.match(error.failure.message, message)
      const shown = JSON.stringify(error.failure) + error.stack
      assert.ok(!shown.includes(PASSPHRASE) && !/PRIVATE KEY/.test(shown), shown)
      return true
    })

  for (const name of Object.keys(KINDS).filter((kind) => !/host|stranger/.test(kind)))
    test(`is read with a key: ${name}`, async () => {
      const passphrase = KINDS[name]?.passphrase
      assert.equal(await resolveMain(specOf({ credentials: login(name, passphrase) })), commit)
    })

  test('is read with a key and known_hosts of files', async () => {
    const knownHostsFile = join(folder.path, 'known_hosts')
    await writeFile(knownHostsFile, server.knownHosts)
    const credentials = { type: 'ssh', privateKey: { file: key('ed25519').path } } as const
    const { knownHosts: _, ...spec } = specOf({ credentials, knownHostsFile })
    assert.equal(await resolveMain(spec), commit)
  })

  test('a key that the server does not know, or that its passphrase does not open, is refused', async () => {
    await assertFails(
      resolveMain(specOf({ credentials: login('stranger') })),
      'GDE_GIT_AUTH',
      /does not accept the key/,
    )
    const encrypted = (passphrase?: string) => resolveMain(specOf({ credentials: login('encrypted', passphrase) }))
    await assertFails(encrypted(), 'GDE_GIT_AUTH', /is encrypted: give its passphrase/)
    await assertFails(encrypted('wrong'), 'GDE_GIT_AUTH', /not opened by the passphrase/)
    const pkcs8 = resolveMain(specOf({ credentials: login('ecdsa in PKCS#8, encrypted', 'wrong') }))
    await assertFails(pkcs8, 'GDE_GIT_AUTH', /not opened by the passphrase/)
    const nonsense = { type: 'ssh', privateKey: new Confidential('nonsense') } as const
    await assertFails(resolveMain(specOf({ credentials: nonsense })), 'GDE_GIT_AUTH', /none that is understood/)
    await assertFails(resolveMain(specOf({ credentials: { type: 'none' } })), 'GDE_GIT_AUTH', /no private key/)
  })

  test('a key of a billion rounds is refused before anything is computed', async () => {
    const [first = '', ...lines] = key('encrypted').privateKey.trim().split('\n')
    const last = lines.pop() ?? ''
    const bytes = Buffer.from(lines.join(''), 'base64')
    const salt = bytes.indexOf('bcrypt') + 'bcrypt'.length + 4
    bytes.writeUInt32BE(1_000_000_000, salt + 4 + bytes.readUInt32BE(salt))
    const body = bytes.toString('base64').match(/.{1,70}/g) ?? []
    const text = [first, ...body, last].join('\n')
    const credentials = { ...login('encrypted', PASSPHRASE), privateKey: new Confidential(text) }
    await assertFails(resolveMain(specOf({ credentials })), 'GDE_GIT_AUTH', /1000000000 rounds/)
  })

  test('a host that is unknown, changed, revoked or certified only is refused, and its fingerprint is told', async () => {
    const at = `[127.0.0.1]:${server.port}`
    const { publicKey, fingerprint } = key('host')
    const other = key('another host').publicKey
    const refused = (knownHosts: string | undefined, message: RegExp) => {
      const { knownHosts: _, ...spec } = specOf()
      const told = new RegExp(`${message.source}.*`)
      return assertFails(
        resolveMain({ ...spec, ...(knownHosts !== undefined && { knownHosts }) }),
        'GDE_GIT_HOST_KEY',
        told,
      )
    }
    await refused(undefined, /no known_hosts/)
    await refused('', /is not in known_hosts/)
    await refused(`127.0.0.1 ${publicKey}\n`, /is not in known_hosts/)
    await refused(`${at} ${other}\n`, /another one of that type: the server changed/)
    await refused(`@cert-authority ${at} ${publicKey}\n`, /@cert-authority/)
    await refused(`${at} ${publicKey}\n@revoked * ${publicKey}\n`, /revokes/)
    await refused('', new RegExp(fingerprint.replaceAll(/[+/]/g, '.')))
  })

  test('a host is known by any of its keys, by a pattern, and by a hash', async () => {
    const at = `[127.0.0.1]:${server.port}`
    const knownBy = (knownHosts: string) => resolveMain(specOf({ knownHosts }))
    assert.equal(await knownBy(`${at} ${key('host, rsa').publicKey}\n`), commit)
    assert.equal(await knownBy(`[127.0.0.*]:${server.port} ${key('host').publicKey}\n`), commit)
    const salt = randomBytes(20)
    const hash = createHmac('sha1', salt).update(at).digest('base64')
    assert.equal(await knownBy(`|1|${salt.toString('base64')}|${hash} ${key('host').publicKey}\n`), commit)
  })

  test('a host key is not looked at where the config allows it, unless it is revoked', async () => {
    assert.equal(await resolveMain(specOf({ knownHosts: '', insecureSkipVerify: true })), commit)
    const revoked = `@revoked * ${key('host').publicKey}\n`
    await assertFails(
      resolveMain(specOf({ knownHosts: revoked, insecureSkipVerify: true })),
      'GDE_GIT_HOST_KEY',
      /revokes/,
    )
  })

  test('what the server says of a repository that is not there is told', async () => {
    const gone = resolveMain(specOf({}, server.url('/no/such/repository')))
    await assertFails(gone, 'GDE_GIT_AUTH', /does not give the repository: it says: .*no\/such\/repository/)
  })

  test('one connection serves a poll and the fetch after it', async () => {
    const sessions = () => server.log().match(/Accepted publickey/g)?.length ?? 0
    const start = sessions()
    assert.equal(await resolveMain(specOf()), commit)
    assert.equal(sessions() - start, 1)
  })

  test('a URL of a resource does not lead to this machine, and SSH goes through no proxy', async () => {
    await assertFails(resolveMain(specOf({ untrusted: true })), 'GDE_NOT_PERMITTED', /loopback/)
    const named = server.url(encodeURI(work.path)).replace('127.0.0.1', 'localhost')
    await assertFails(resolveMain(specOf({ untrusted: true }, named)), 'GDE_NOT_PERMITTED', /loopback/)
    const decimal = server.url(encodeURI(work.path)).replace('127.0.0.1', '2130706433')
    await assertFails(resolveMain(specOf({ untrusted: true }, decimal)), 'GDE_NOT_PERMITTED', /loopback/)
    await assertFails(resolveMain(specOf({ proxy: 'http://127.0.0.1:1' })), 'GDE_GIT_UNSUPPORTED', /proxy/)
  })

  test('a pack that is larger than its limit is left', async () => {
    await assertFails(resolveMain(specOf(), { packBytes: 100_000 }), 'GDE_TOO_LARGE', /more than/)
  })

  test('a connection that breaks in the middle of a pack is made anew, once', async () => {
    await using middle = await startMiddle(server.port, { type: 'cut', bytes: 300_000, times: 1 })
    const spec = (port: number) =>
      specOf(
        { knownHosts: server.knownHosts.replaceAll(`:${server.port}`, `:${port}`) },
        server.url(encodeURI(work.path)).replace(`:${server.port}`, `:${port}`),
      )
    assert.equal(await resolveMain(spec(middle.port)), commit)
    assert.equal(middle.cuts(), 1)
    await using always = await startMiddle(server.port, { type: 'cut', bytes: 300_000, times: 1000 })
    await assertFails(resolveMain(spec(always.port)), 'GDE_GIT_UNREACHABLE', /breaks off the connection/)
  })

  test('a server that says nothing, or says something without an end, is left', async () => {
    const limits = { connectMs: 1000, idleMs: 500 }
    const urlAt = (port: number) => `ssh://git@127.0.0.1:${port}/r`
    await using silent = await startMiddle(server.port, { type: 'silent' })
    await assertFails(resolveMain(specOf({}, urlAt(silent.port)), limits), 'GDE_TIMEOUT', /signing in/)
    await using endless = await startMiddle(server.port, { type: 'endless' })
    await assertFails(resolveMain(specOf({}, urlAt(endless.port))), 'GDE_GIT_PROTOCOL', /it sends too much/)
  })
})

type Middle =
  /** Passes everything on, but breaks so many connections after so many bytes of the server. */
  | { readonly type: 'cut'; readonly bytes: number; readonly times: number }
  /** Takes connections and says nothing. */
  | { readonly type: 'silent' }
  /** Greets for ever, before the version. */
  | { readonly type: 'endless' }

/** Stands between a client and a server on loopback. */
async function startMiddle(target: number, middle: Middle) {
  const sockets = new Set<Socket>()
  let cuts = 0
  const hold = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  }
  const server = createServer((client) => {
    hold(client)
    if (middle.type === 'silent') return
    if (middle.type === 'endless') {
      const greet = (): void => {
        while (!client.destroyed && client.write(`${'welcome '.repeat(100)}\r\n`));
      }
      client.on('drain', greet)
      greet()
      return
    }
    const upstream = hold(connect(target, '127.0.0.1'))
    let passed = 0
    client.pipe(upstream)
    upstream.on('close', () => client.destroy())
    upstream.on('data', (chunk: Buffer) => {
      passed += chunk.length
      client.write(chunk)
      if (passed < middle.bytes || cuts >= middle.times) return
      cuts += 1
      client.resetAndDestroy()
      upstream.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    port: address.port,
    cuts: () => cuts,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
