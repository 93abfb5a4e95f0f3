import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createCredentialResolver } from '../../src/credentials/credential-resolver.ts'
import { DEFAULT_GIT_LIMITS } from '../../src/git/limits.ts'
import { createHttpRemote } from '../../src/git/transport/http-remote.ts'
import type { CredentialHelper, GitHubAppCredentials, RepositorySpec } from '../../src/model/apps/inventory.ts'
import { Confidential } from '../../src/model/confidential.ts'
import { CodedError } from '../../src/model/failure.ts'
import { createCertificateAuthority } from '../servers/certificate.ts'
import { type TemporaryFolder, temporaryFolder } from '../servers/folder.ts'
import { type GitServer, startGitServer } from '../servers/git-http-backend.ts'
import { startGitHubApi } from '../servers/github.ts'
import { createWorkingRepository, repositorySpec } from './working-repository.ts'

const authority = createCertificateAuthority()
const tls = authority.issue({ commonName: 'git', hosts: ['127.0.0.1'] })
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const APP_KEY = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()

let folder: TemporaryFolder
let commit: string
before(async () => {
  folder = await temporaryFolder('sign-in')
  for (const name of ['one', 'two'])
    commit = await (await createWorkingRepository(join(folder.path, 'acme', name))).commit({ a: '1' })
})
after(() => folder.close())

const startApi = () => startGitHubApi({ tls, appId: '7', publicKey })
const startServer = (options: { readonly authorization?: string; readonly clientAuthority?: string } = {}) =>
  startGitServer({ root: folder.path, tls, ...options })
const specOf = (server: GitServer, more: Partial<RepositorySpec>, name = 'one') =>
  repositorySpec(`${server.url}/acme/${name}/.git`, { ca: authority.certificate, ...more })

/** The branch main, with a resolver that may be shared. */
async function mainOf(spec: RepositorySpec, resolver = createCredentialResolver()): Promise<string | undefined> {
  const remote = createHttpRemote(spec, DEFAULT_GIT_LIMITS, resolver)
  try {
    return (await remote.listRefs([], AbortSignal.timeout(60_000))).refs.get('refs/heads/main')?.id
  } finally {
    await remote.close()
  }
}

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

async function failure(made: Promise<unknown>): Promise<string> {
  try {
    await made
  } catch (error) {
    assert.ok(error instanceof CodedError, String(error))
    return `${error.failure.code}: ${error.failure.message}`
  }
  return assert.fail('it did not fail')
}

describe('a client certificate', () => {
  test('is shown to a server that asks who is there', async () => {
    const clients = createCertificateAuthority('clients')
    await using server = await startServer({ clientAuthority: clients.certificate })
    const { certificate, key } = clients.issue({ commonName: 'exporter' })
    const own = { certificate: new Confidential(certificate), key: new Confidential(key) }
    assert.ok((await mainOf(specOf(server, { clientCertificate: own }))) !== undefined)
    const files = { certificate: { file: join(folder.path, 'c.pem') }, key: { file: join(folder.path, 'k.pem') } }
    await writeFile(files.certificate.file, certificate)
    await writeFile(files.key.file, key)
    assert.ok((await mainOf(specOf(server, { clientCertificate: files }))) !== undefined)
    assert.match(await failure(mainOf(specOf(server, {}))), /^GDE_GIT_(?:TLS|UNREACHABLE): /)
    const strange = createCertificateAuthority('strangers').issue({ commonName: 'x' })
    const other = { certificate: new Confidential(strange.certificate), key: new Confidential(strange.key) }
    assert.match(await failure(mainOf(specOf(server, { clientCertificate: other }))), /^GDE_GIT_(?:TLS|UNREACHABLE): /)
  })
})

describe('a GitHub App', () => {
  test('has one token for all repositories of its installation, until shortly before it ends', async () => {
    await using server = await startServer({ authorization: basic('x-access-token', 'ghs_token1') })
    await using api = await startApi()
    let now = Date.now()
    const resolver = createCredentialResolver(() => now)
    const credentials = appOf(api.url, { installationId: '9' })
    const both = ['one', 'two'].map((name) => mainOf(specOf(server, { credentials }, name), resolver))
    assert.equal((await Promise.all(both))[1], commit)
    assert.deepEqual(api.requests, ['POST /api/v3/app/installations/9/access_tokens'])
    now += 50 * 60_000
    await mainOf(specOf(server, { credentials }), resolver)
    assert.equal(api.requests.length, 1)
    now += 6 * 60_000
    server.authorization = basic('x-access-token', 'ghs_token2')
    await mainOf(specOf(server, { credentials }), resolver)
    assert.equal(api.requests.length, 2)
  })

  test('finds its installation by the owner of the repository', async () => {
    await using server = await startServer({ authorization: basic('x-access-token', 'ghs_token1') })
    await using api = await startApi()
    assert.ok((await mainOf(specOf(server, { credentials: appOf(api.url) }))) !== undefined)
    assert.deepEqual(api.requests, [
      'GET /api/v3/app/installations?per_page=100&page=1',
      'POST /api/v3/app/installations/11/access_tokens',
    ])
    const nobody = appOf(api.url, { installationOwner: 'nobody' })
    assert.match(await failure(mainOf(specOf(server, { credentials: nobody }))), /^GDE_CREDENTIALS: .*for nobody/)
  })

  test('gets no token that the server refuses twice, and the token goes to no other host', async () => {
    await using server = await startServer({ authorization: basic('x-access-token', 'ghs_token2') })
    await using api = await startApi()
    const resolver = createCredentialResolver()
    const credentials = appOf(api.url, { installationId: '9' })
    assert.match(await failure(mainOf(specOf(server, { credentials }), resolver)), /^GDE_GIT_AUTH: .*401/)
    assert.ok((await mainOf(specOf(server, { credentials }), resolver)) !== undefined, 'a new token is asked for')
    const elsewhere = appOf('https://api.github.com', { installationId: '9' })
    assert.match(
      await failure(mainOf(specOf(server, { credentials: elsewhere }))),
      /^GDE_NOT_PERMITTED: .*github\.com.*127\.0\.0\.1/,
    )
  })

  test('with a wrong key, or another API than it says, is told so', async () => {
    await using server = await startServer()
    await using api = await startApi()
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const wrong = new Confidential(other.export({ type: 'pkcs1', format: 'pem' }).toString())
    const withKey = (key: Confidential) => appOf(api.url, { installationId: '9', privateKey: key })
    assert.match(
      await failure(mainOf(specOf(server, { credentials: withKey(wrong) }))),
      /^GDE_CREDENTIALS: .*do not fit/,
    )
    const none = withKey(new Confidential('nonsense'))
    assert.match(await failure(mainOf(specOf(server, { credentials: none }))), /^GDE_CREDENTIALS: .*no RSA key/)
    const gone = appOf(api.url, { installationId: '404' })
    assert.match(
      await failure(mainOf(specOf(server, { credentials: gone }))),
      /^GDE_CREDENTIALS: .*no such installation/,
    )
  })
})

describe('a credential helper', () => {
  const helper = async (name: string, script: string, more: Partial<CredentialHelper> = {}) => {
    const path = join(folder.path, name)
    await writeFile(path, `#!/bin/sh\necho x >> ${path}.runs\n${script}\n`)
    await chmod(path, 0o700)
    const variables = ['PATH', 'GDE_TEST_SHOWN']
    return { type: 'helper', helper: { command: [path], protocol: 'git', variables, ...more } } as const
  }
  const runsOf = (name: string) => readFile(join(folder.path, `${name}.runs`), 'utf8')

  test('of git is told protocol and host, and asked once for all repositories of the host', async () => {
    await using server = await startServer({ authorization: basic('bot', 'pass word=1') })
    const { host } = new URL(server.url)
    const credentials = await helper(
      'git-helper',
      `test "$1" = get || exit 3; input=$(cat); case "$input" in *path=*) exit 4;; *"protocol=https"*"host=${host}"*) ;; *) exit 5;; esac
printf 'username=bot\\npassword=pass word=1\\n'`,
    )
    const resolver = createCredentialResolver()
    for (const name of ['one', 'two', 'one']) await mainOf(specOf(server, { credentials }, name), resolver)
    assert.equal(await runsOf('git-helper'), 'x\n')
  })

  test('of git is told the path where the config says so', async () => {
    await using server = await startServer({ authorization: 'Bearer token-1' })
    const script = `grep -q '^path=acme/one/.git$' && printf 'authtype=Bearer\\ncredential=token-1\\n'`
    const credentials = await helper('path-helper', script, { useHttpPath: true })
    assert.ok((await mainOf(specOf(server, { credentials }))) !== undefined)
    assert.match(await failure(mainOf(specOf(server, { credentials }, 'two'))), /^GDE_CREDENTIALS: .*failed \(1\)/)
  })

  test('of docker is told the host', async () => {
    await using server = await startServer({ authorization: basic('AWS', 'secret') })
    const script = `test "$(cat)" = "${new URL(server.url).host}" && echo '{"ServerURL":"x","Username":"AWS","Secret":"secret"}'`
    const credentials = await helper('docker-helper', script, { protocol: 'docker' })
    assert.ok((await mainOf(specOf(server, { credentials }))) !== undefined)
  })

  test('gets the variables that are listed, and no others', async () => {
    process.env.GDE_TEST_SHOWN = 'shown'
    process.env.GDE_TEST_HIDDEN = 'hidden'
    await using server = await startServer({ authorization: basic('shown', 'none') })
    const script = `printf 'username=%s\\npassword=%s\\n' "$GDE_TEST_SHOWN" "\${GDE_TEST_HIDDEN-none}"`
    assert.ok((await mainOf(specOf(server, { credentials: await helper('variables', script) }))) !== undefined)
  })

  test('that fails, prints too much, or is not there is told, without what it was given or gave', async () => {
    await using server = await startServer()
    const fails = async (name: string, script: string) =>
      failure(mainOf(specOf(server, { credentials: await helper(name, script) })))
    const said = await fails('failing', `echo password=hunter2hunter2; echo "no hunter2hunter2 here" >&2; exit 7`)
    assert.match(said, /^GDE_CREDENTIALS: .*failed \(7\): no \[hidden\] here/)
    assert.match(await fails('empty', 'true'), /^GDE_CREDENTIALS: .*has no credentials for 127\.0\.0\.1/)
    assert.match(await fails('endless', 'yes'), /^GDE_CREDENTIALS: .*printed more than/)
    const missing = {
      type: 'helper',
      helper: { command: ['/no/such/helper'], protocol: 'git', variables: [] },
    } as const
    assert.match(await failure(mainOf(specOf(server, { credentials: missing }))), /^GDE_CREDENTIALS: .*is not there/)
  })
})

function appOf(apiUrl: string, more: Partial<GitHubAppCredentials> = {}): GitHubAppCredentials {
  return { type: 'githubApp', appId: '7', privateKey: new Confidential(APP_KEY), apiUrl, ...more }
}
