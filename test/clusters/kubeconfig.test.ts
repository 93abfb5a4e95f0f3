import assert from 'node:assert/strict'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { ServerAccess } from '../../src/clusters/server/credentials/access.ts'
import { loadKubeconfig } from '../../src/clusters/server/credentials/kubeconfig.ts'
import { ofSmallFiles } from '../../src/clusters/server/credentials/small-file.ts'
import { CodedError, type Failure } from '../../src/model/failure.ts'
import { createCertificateAuthority } from '../servers/certificate.ts'
import { temporaryFolder } from '../servers/folder.ts'

const NEVER = new AbortController().signal

async function write(t: TestContext, text: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await temporaryFolder('kubeconfig')
  t.after(() => folder.close())
  const path = join(folder.path, 'config')
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true })
    await writeFile(join(folder.path, name), content)
  }
  await writeFile(path, text)
  return path
}

function config(cluster: string, user: string, current = 'one'): string {
  return `
apiVersion: v1
kind: Config
current-context: ${current}
contexts:
- name: one
  context: { cluster: c, user: u }
- name: two
  context: { cluster: c, user: nobody }
- name: three
  context: { cluster: nowhere, user: u }
- name: anonymous
  context: { cluster: c }
clusters:
- name: c
  cluster: { ${cluster} }
users:
- name: u
  user: { ${user} }
`
}

async function load(path: string, context?: string): Promise<ServerAccess> {
  return loadKubeconfig(path, context, { PATH: process.env.PATH })(NEVER)
}

async function authorization(access: ServerAccess): Promise<string | undefined> {
  return (await access.credentials.current(NEVER)).authorization?.reveal()
}

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const thrown = await work.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof CodedError, String(thrown))
  assert.equal(thrown.failure.code, 'GDE_CLUSTER_KUBECONFIG')
  return thrown.failure
}

const SERVER = 'server: "https://api.example.com:6443/"'

const MISTAKES: readonly {
  readonly title: string
  readonly text: string
  readonly context?: string
  readonly message: RegExp
}[] = [
  { title: 'YAML that is none', text: 'users: [{name: u, token: "secret-value}]', message: /^not YAML$/ },
  { title: 'a document that is no mapping', text: '- a', message: /no mapping/ },
  { title: 'no context at all', text: 'kind: Config', message: /no context is given/ },
  {
    title: 'a context that is not there',
    text: config(SERVER, ''),
    context: 'prod',
    message: /context "prod" is not in the kubeconfig; it has "one", "two", "three", "anonymous"/,
  },
  { title: 'a current-context that is not there', text: config(SERVER, '', 'gone'), message: /context "gone"/ },
  { title: 'a user that is not there', text: config(SERVER, ''), context: 'two', message: /user "nobody" is not/ },
  { title: 'a cluster that is not there', text: config(SERVER, ''), context: 'three', message: /cluster "nowhere"/ },
  { title: 'a cluster without server', text: config('', ''), message: /server is not set/ },
  { title: 'a server that is no URL', text: config('server: "ftp://x"', ''), message: /no http\(s\) URL/ },
  { title: 'a server with user info', text: config('server: "https://a:secret@x"', ''), message: /user info/ },
  { title: 'a proxy that is none', text: config(`${SERVER}, proxy-url: "file:///x"`, ''), message: /proxy-url/ },
  {
    title: 'a CA that is not base64',
    text: config(`${SERVER}, certificate-authority-data: "%%%"`, ''),
    message: /certificate-authority-data is not base64/,
  },
  {
    title: 'a CA that is not PEM',
    text: config(`${SERVER}, certificate-authority-data: aGVsbG8=`, ''),
    message: /certificate-authority-data is not PEM/,
  },
  {
    title: 'a CA file that is not there',
    text: config(`${SERVER}, certificate-authority: no-such.crt`, ''),
    message: /certificate-authority cannot be read: ENOENT/,
  },
  {
    title: 'a client certificate without key',
    text: config(SERVER, 'client-certificate-data: LS0tLS1CRUdJTiBDRVJU'),
    message: /only useful together/,
  },
  { title: 'an exec plugin of another time', text: config(SERVER, 'exec: { command: x }'), message: /exec.apiVersion/ },
  {
    title: 'an exec plugin without command',
    text: config(SERVER, 'exec: { apiVersion: client.authentication.k8s.io/v1 }'),
    message: /exec.command is not set/,
  },
  {
    title: 'an exec plugin that asks a person',
    text: config(SERVER, 'exec: { apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always }'),
    message: /interactiveMode/,
  },
  { title: 'an exec that is no mapping', text: config(SERVER, 'exec: aws'), message: /user.exec is no mapping/ },
]

for (const { title, text, context, message } of MISTAKES)
  test(`a kubeconfig with ${title} says so`, async (t) => {
    const path = await write(t, text)
    const failure = await failureOf(load(path, context))
    assert.match(failure.message, message)
    assert.equal(failure.file?.startsWith(dirname(path)), true)
    assert.ok(!JSON.stringify(failure).includes('secret'))
  })

test('a kubeconfig that is not YAML is named with its line', async (t) => {
  const failure = await failureOf(load(await write(t, 'kind: Config\nusers: [\n  }')))
  assert.equal(failure.line, 3)
})

test('a kubeconfig that is not there, a folder, or huge, is a coded error', async (t) => {
  const path = await write(t, 'x'.repeat(5 * 1024 * 1024))
  assert.match((await failureOf(load(path))).message, /larger than 4 MB/)
  assert.match((await failureOf(load(`${path}-gone`))).message, /ENOENT/)
  assert.match((await failureOf(load(dirname(path)))).message, /EISDIR/)
})

test('the URL loses its slash, keeps its path, and is https where it names no scheme', async (t) => {
  const url = async (server: string) => (await load(await write(t, config(`server: "${server}"`, '')))).address.url
  assert.equal(await url('https://api.example.com:6443/'), 'https://api.example.com:6443')
  assert.equal(
    await url('https://rancher.example.com/k8s/clusters/c-1/'),
    'https://rancher.example.com/k8s/clusters/c-1',
  )
  assert.equal(await url('api.example.com:6443'), 'https://api.example.com:6443')
})

test('paths are relative to the kubeconfig, and inline data wins over them', async (t) => {
  const authority = createCertificateAuthority('in a file')
  const inline = createCertificateAuthority('inline')
  const files = { 'pki/ca.crt': authority.certificate }
  const cluster = `${SERVER}, certificate-authority: pki/ca.crt`
  const fromFile = await load(await write(t, config(cluster, ''), files))
  assert.equal(fromFile.address.ca, authority.certificate)
  const data = Buffer.from(inline.certificate).toString('base64')
  const fromData = await load(await write(t, config(`${cluster}, certificate-authority-data: ${data}`, ''), files))
  assert.equal(fromData.address.ca, inline.certificate)
})

test('tokens, basic credentials and no credentials at all are sent as Kubernetes wants them', async (t) => {
  const sent = async (user: string, context?: string) =>
    authorization(await load(await write(t, config(SERVER, user)), context))
  assert.equal(await sent('token: abc'), 'Bearer abc')
  assert.equal(await sent('token: 123456'), 'Bearer 123456')
  assert.equal(await sent('username: a, password: b'), `Basic ${Buffer.from('a:b').toString('base64')}`)
  assert.equal(await sent('token: abc', 'anonymous'), undefined)
  assert.equal(await sent(''), undefined)
})

test('a token file wins over a token, and its white space does not count', async (t) => {
  const path = await write(t, config(SERVER, 'token: inline, tokenFile: token'), { token: 'from-file\n' })
  assert.equal(await authorization(await load(path)), 'Bearer from-file')
})

test('impersonation goes into headers', async (t) => {
  const access = await load(await write(t, config(SERVER, 'as: alice, as-groups: [dev, ops]')))
  assert.deepEqual(access.address.headers, { 'impersonate-user': 'alice', 'impersonate-group': ['dev', 'ops'] })
})

test('access stays the same object while nothing changes, and is another one when a file it names does', async (t) => {
  const authority = createCertificateAuthority()
  const path = await write(t, config(`${SERVER}, certificate-authority: ca.crt`, 'token: a'), {
    'ca.crt': authority.certificate,
  })
  const again = loadKubeconfig(path, undefined, {})
  const first = await again(NEVER)
  assert.equal(await again(NEVER), first)
  await writeFile(join(dirname(path), 'ca.crt'), createCertificateAuthority().certificate)
  assert.notEqual(await again(NEVER), first)
})

test('an exec plugin may be a path beside the kubeconfig, and gives client certificates too', async (t) => {
  const certificate = createCertificateAuthority().issue({ commonName: 'alice' })
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    kind: 'ExecCredential',
    status: { clientCertificateData: certificate.certificate, clientKeyData: certificate.key },
  }
  const plugin = `#!/bin/sh\ncat <<'END'\n${JSON.stringify(credential)}\nEND\n`
  const exec = 'exec: { apiVersion: client.authentication.k8s.io/v1beta1, command: ./plugin.sh }'
  const path = await write(t, config(SERVER, exec), { 'plugin.sh': plugin })
  await chmod(join(dirname(path), 'plugin.sh'), 0o755)
  const credentials = await (await load(path)).credentials.current(NEVER)
  assert.equal(credentials.certificate?.certificate, certificate.certificate)
  assert.equal(credentials.authorization, undefined)
})

const OUTPUTS: readonly { readonly title: string; readonly output: string; readonly message: RegExp }[] = [
  { title: 'no JSON', output: 'token: secret-value', message: /did not print JSON/ },
  { title: 'JSON of another kind', output: '{"kind":"Pod","token":"secret-value"}', message: /ExecCredential/ },
  {
    title: 'another apiVersion',
    output:
      '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"token":"secret-value"}}',
    message: /another apiVersion/,
  },
  {
    title: 'a status without credentials',
    output: '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{}}',
    message: /neither a token nor a client certificate/,
  },
]
for (const { title, output, message } of OUTPUTS)
  test(`an exec plugin that prints ${title} is refused without what it printed`, async (t) => {
    const exec = 'exec: { apiVersion: client.authentication.k8s.io/v1, command: cat, args: [output] }'
    const path = await write(t, config(SERVER, exec.replace('[output]', '[OUTPUT]')), { output })
    await writeFile(path, config(SERVER, exec).replace('[output]', JSON.stringify([join(dirname(path), 'output')])))
    const access = await load(path)
    const failure = await failureOf(access.credentials.current(NEVER))
    assert.match(failure.message, message)
    assert.ok(!JSON.stringify(failure).includes('secret-value'))
  })

test('an exec plugin that is not there, or prints without end, is refused', async (t) => {
  const exec = (command: string, args: string) =>
    config(SERVER, `exec: { apiVersion: client.authentication.k8s.io/v1, command: ${command}, args: ${args} }`)
  const missing = await load(await write(t, exec('no-such-plugin', '[]')))
  assert.match((await failureOf(missing.credentials.current(NEVER))).message, /no-such-plugin is not there/)
  const endless = await load(await write(t, exec('cat', '[/dev/zero]')))
  assert.match((await failureOf(endless.credentials.current(NEVER))).message, /more than 1 MB/)
})

test('an OIDC auth-provider gives its token as long as it lasts', async (t) => {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const token = `${encode({ alg: 'none' })}.${encode({ exp: Math.floor(Date.now() / 1000) + 3600 })}.x`
  const provider = `auth-provider: { name: oidc, config: { id-token: ${token} } }`
  assert.equal(await authorization(await load(await write(t, config(SERVER, provider)))), `Bearer ${token}`)
  const none = await load(await write(t, config(SERVER, 'auth-provider: { name: oidc, config: {} }')))
  assert.match((await failureOf(none.credentials.current(NEVER))).message, /gives no token/)
})

test('a file that vanishes while it is being rewritten is an error only to whoever has nothing yet', async (t) => {
  const path = await write(t, config(SERVER, 'token: a'))
  await rm(path)
  await failureOf(load(path))
})

test('files are read again when they may be others, when what they held was refused, and else not', async (t) => {
  const path = await write(t, 'one')
  let made = 0
  const current = ofSmallFiles(async (read) => {
    made += 1
    return await read(path, 'a file')
  })
  const deadline = performance.now() + 20_000
  const untilTrusted = async (): Promise<void> => {
    for (let before = Number.NaN; before !== made; await pause(50)) {
      assert.ok(performance.now() < deadline, 'a file that nobody writes is read again and again')
      before = made
      await current()
    }
  }
  assert.equal(await current(), 'one')
  await untilTrusted()
  await writeFile(path, 'two')
  assert.equal(await current(), 'two')
  await writeFile(path, 'six')
  assert.equal(await current(), 'six', 'written again in the same moment, and as long')
  await untilTrusted()
  const before = made
  assert.equal(await current(true), 'six')
  assert.equal(made, before + 1)
  await rm(path)
  assert.match((await failureOf(current())).message, /ENOENT/)
  await writeFile(path, 'one')
  assert.equal(await current(), 'one')
})
