import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ConfigError } from '../../src/config/config-error.ts'
import { loadWebConfig } from '../../src/config/web/load-web-config.ts'
import { CodedError } from '../../src/model/failure.ts'
import {
  CLIENTS,
  HASH,
  SERVER,
  serverCertificate,
  type WebConfigFiles,
  webConfigFiles,
} from '../http/web-config-files.ts'

let files: WebConfigFiles
before(async () => {
  files = await webConfigFiles({})
})
after(() => files.close())

async function load(config: object | string) {
  await files.write('web.yaml', typeof config === 'string' ? config : JSON.stringify(config))
  return loadWebConfig(files.file)
}

/** What is wrong, one line a mistake. */
async function mistakes(config: object | string): Promise<string> {
  try {
    await load(config)
  } catch (error) {
    if (error instanceof ConfigError) return error.failures.map(({ code, message }) => `${code} ${message}`).join('\n')
    if (error instanceof CodedError) return `${error.failure.code} ${error.failure.file}: ${error.failure.message}`
    throw error
  }
  return assert.fail('it can be used')
}

test('what is left out has the defaults of the toolkit', async () => {
  for (const empty of ['', '# nothing\n\n', '{}']) {
    const { tls, users, rateLimit } = await load(empty)
    assert.deepEqual([tls, users.size, rateLimit], [undefined, 0, undefined])
  }
  const { tls } = await load({ tls_server_config: SERVER })
  assert.equal(tls?.clientAuth, 'none')
  const { minVersion, maxVersion, honorCipherOrder, ciphers } = tls?.context ?? {}
  assert.deepEqual([minVersion, maxVersion, honorCipherOrder, ciphers], ['TLSv1.2', 'TLSv1.3', true, undefined])
})

test('certificates and keys may be in the file itself', async () => {
  const { certificate: cert, key } = serverCertificate()
  const own = { cert, key, client_ca: CLIENTS.certificate, client_auth_type: 'RequireAndVerifyClientCert' }
  const { tls } = await load({ tls_server_config: own })
  assert.deepEqual([tls?.context.cert, tls?.clientAuth], [cert, 'verify'])
})

test('suites, curves and versions have the names that Go gives them', async () => {
  const suites = {
    cipher_suites: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
    curve_preferences: ['CurveP384', 'X25519'],
  }
  const { tls } = await load({ tls_server_config: { ...SERVER, ...suites, min_version: 'TLS13' } })
  assert.match(String(tls?.context.ciphers), /:ECDHE-ECDSA-AES256-GCM-SHA384$/)
  assert.match(String(tls?.context.ciphers), /^TLS_AES_128_GCM_SHA256:/)
  assert.equal(tls?.context.ecdhCurve, 'secp384r1:X25519')
  assert.equal(tls?.context.minVersion, 'TLSv1.3')
})

test('intervals are durations of Go', async () => {
  for (const [interval, ms] of [
    ['1s', 1000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
    [1_000_000, 1],
  ] as const)
    assert.equal((await load({ rate_limit: { interval, burst: 2 } })).rateLimit?.intervalMs, ms, String(interval))
  assert.equal((await load({ rate_limit: { interval: 0, burst: 2 } })).rateLimit, undefined)
  for (const interval of ['1', '1 s', '-1s', 'soon', -5])
    assert.match(await mistakes({ rate_limit: { interval, burst: 2 } }), /rate_limit\.interval/, String(interval))
})

const tls = (more: object) => ({ tls_server_config: { ...SERVER, ...more } })
const WRONG: readonly (readonly [object, RegExp])[] = [
  [{ tls_config: {} }, /unknown key "tls_config"/],
  [tls({ cert_fil: 'x' }), /unknown key "cert_fil"; did you mean|unknown key "cert_fil"/],
  [{ tls_server_config: { min_version: 'TLS13' } }, /needs cert or cert_file\n.*needs key or key_file/],
  [tls({ cert: 'x' }), /only one of cert and cert_file/],
  [tls({ client_ca_file: 'clients.crt' }), /client CA is of no use/],
  [tls({ client_allowed_sans: ['a'] }), /client_allowed_sans: needs client_auth_type/],
  [tls({ client_allowed_sans: [], client_auth_type: 'RequireAnyClientCert' }), /must not be empty/],
  [tls({ client_auth_type: 'Sometimes' }), /client_auth_type must be one of NoClientCert/],
  [tls({ min_version: 'TLS10' }), /TLS10 cannot be served here/],
  [tls({ min_version: 'SSL3' }), /must be TLS10, TLS11/],
  [tls({ min_version: 'TLS13', max_version: 'TLS12' }), /max_version: is below min_version/],
  [tls({ cipher_suites: ['TLS_RSA_WITH_RC4_128_SHA'] }), /cipher_suites\[0\].*cannot be served/],
  [tls({ curve_preferences: ['CurveP257'] }), /"CurveP257" cannot be served here.*CurveP256/],
  [{ http_server_config: { http2: true } }, /HTTP\/2 is not served here/],
  [{ http_server_config: { headers: { Server: 'x' } } }, /unknown key "Server"/],
  [{ http_server_config: { headers: { 'X-Frame-Options': 'maybe' } } }, /must be deny or sameorigin/],
  [
    { http_server_config: { headers: { 'X-XSS-Protection': '0\r\nSet-Cookie: a=b' } } },
    /X-XSS-Protection: holds a character that no header can have/,
  ],
  [{ rate_limit: { interval: '1s' } }, /burst must be at least 1/],
  [{ basic_auth_users: { 'a:b': HASH } }, /cannot sign in/],
]

test('what cannot be meant, and what cannot be served, is an error that says so', async () => {
  for (const [config, message] of WRONG) assert.match(await mistakes(config), message, JSON.stringify(config))
})

test('a hash that would take for ever, or is none, is refused, and no message shows it', async () => {
  const body = HASH.slice(7)
  for (const [hash, message] of [
    [`$2y$31$${body}`, /the cost of the hash is 31, but must be 4 to 14/],
    [`$2y$15$${body}`, /the cost of the hash is 15/],
    [`$2x$10$${body}`, /no bcrypt hash/],
    ['plain-password', /no bcrypt hash/],
    ['', /no bcrypt hash/],
  ] as const) {
    const told = await mistakes({ basic_auth_users: { alice: hash } })
    assert.match(told, message)
    assert.doesNotMatch(told, new RegExp(`plain-password|${body.slice(0, 10).replaceAll(/[.$/]/g, '\\$&')}`))
  }
  assert.equal((await load({ basic_auth_users: { alice: `$2b$14$${body}` } })).users.size, 1)
})

test('files that are no certificates and no keys are told by the key that names them', async () => {
  const { certificate, key } = serverCertificate()
  const secret = Buffer.from(key).toString('base64')
  await files.write('other.crt', certificate)
  await files.write('other.key', key)
  await files.write('broken.key', `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`)
  await files.write('text', 'hello')
  await mkdir(join(files.path, 'folder'), { recursive: true })
  const verify = { client_auth_type: 'RequireAndVerifyClientCert' }
  for (const [config, message] of [
    [tls({ cert_file: 'text' }), /cert_file: holds no certificate/],
    [tls({ cert_file: 'server.key' }), /cert_file: holds no certificate/],
    [tls({ key_file: 'broken.key' }), /key_file: holds no private key/],
    [tls({ key_file: 'server.crt' }), /key_file: holds no private key/],
    [tls({ key_file: 'other.key' }), /key_file: is not the key of the certificate/],
    [tls({ key_file: 'folder' }), /^GDE_CONFIG_READ folder: .*it is a folder/],
    [tls({ key_file: 'missing' }), /^GDE_CONFIG_READ missing: .*there is no such file/],
    [tls({ ...verify, client_ca_file: 'text' }), /client_ca_file: holds no certificate/],
    [tls({ ...verify, client_ca_file: 'missing' }), /^GDE_CONFIG_READ missing/],
  ] as const) {
    const told = await mistakes(config)
    assert.match(told, message)
    assert.ok(!told.includes(secret.slice(10, 40)))
  }
})

test('a file that is a pipe keeps nobody waiting, and one of 100 MB is not read', async () => {
  execFileSync('mkfifo', [join(files.path, 'pipe')])
  assert.match(await mistakes(tls({ key_file: 'pipe' })), /^GDE_CONFIG_READ pipe: .*no regular file/)
  await using large = await open(join(files.path, 'large'), 'w')
  await large.truncate(100_000_000)
  assert.match(await mistakes(tls({ cert_file: 'large' })), /^GDE_TOO_LARGE large/)
  await assert.rejects(loadWebConfig(join(files.path, 'large')), { name: 'GDE_TOO_LARGE' })
  await assert.rejects(loadWebConfig('/dev/zero'), { name: 'GDE_CONFIG_READ' })
})

test('YAML that is none, or that grows, is told with its line', async () => {
  assert.match(await mistakes('basic_auth_users: [\n'), /^GDE_CONFIG_SYNTAX/)
  assert.match(await mistakes('basic_auth_users: {a: b, a: c}\n'), /given twice/)
  assert.match(await mistakes('[a, b]'), /the file must be a map/)
  assert.match(await mistakes('basic_auth_users:\n  alice: 1\n'), /must be text, not a number/)
})
