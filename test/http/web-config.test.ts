import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { alternativeNames } from '../../src/http/web/tls-connections.ts'
import { appReport } from '../metrics/reports.ts'
import { createCertificateAuthority } from '../servers/certificate.ts'
import { type ServingOptions, serve } from './serving.ts'
import {
  ask,
  basic,
  CLIENTS,
  HASH,
  PASSWORD,
  SERVER,
  serverCertificate,
  type WebConfigFiles,
  webConfigFiles,
} from './web-config-files.ts'

const HERE = { address: '127.0.0.1', port: 0 }

function serveBy(files: WebConfigFiles, options: ServingOptions = {}) {
  const listen = { metrics: { ...HERE, webConfigFile: files.file }, pages: { ...HERE, webConfigFile: files.file } }
  return serve({ listen, ...options })
}

const DEADLINE_MS = 20_000
/** Asks again until it is so: files are read again a second after the last time. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, 'it did not come about')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

test('both listeners answer by TLS alone, with their limits', async () => {
  await using files = await webConfigFiles({ tls_server_config: SERVER })
  await using serving = await serveBy(files, { updates: [{ type: 'app', report: appReport('shop') }] })
  await serving.flushed()
  const { metricsUrl, pagesUrl } = serving.http
  assert.match(metricsUrl, /^https:/)
  const scrape = await ask(`${metricsUrl}/metrics`)
  assert.equal(scrape.status, 200)
  assert.match(scrape.body, /^gitops_app_info\{app_name="shop"/m)
  assert.equal((await ask(pagesUrl)).status, 200)
  assert.equal(scrape.protocol, 'TLSv1.3')
  assert.equal((await ask(`${metricsUrl}/livez`, { maxVersion: 'TLSv1.2' })).protocol, 'TLSv1.2')
  await assert.rejects(fetch(`${metricsUrl.replace('https', 'http')}/metrics`))
  const { hostname, port } = new URL(metricsUrl)
  const socket = connect(Number(port), hostname)
  socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
  assert.doesNotMatch(await text(socket).catch(() => ''), /200 OK/)
})

test('a certificate that is rotated is served to the next connections, without a restart', async () => {
  await using files = await webConfigFiles({ tls_server_config: SERVER })
  await using serving = await serveBy(files)
  const url = `${serving.http.metricsUrl}/livez`
  const next = serverCertificate()
  const { fingerprint256 } = new X509Certificate(next.certificate)
  assert.notEqual((await ask(url)).fingerprint, fingerprint256)
  await files.writeServer(next)
  await until(async () => (await ask(url)).fingerprint === fingerprint256)
})

test('a web config that becomes unusable is told, once, and the last one goes on', async () => {
  await using files = await webConfigFiles({ tls_server_config: SERVER, basic_auth_users: { prom: HASH } })
  await using serving = await serveBy(files)
  const authorization = basic('prom', PASSWORD)
  const url = `${serving.http.metricsUrl}/metrics`
  const metric = async (): Promise<string | undefined> => {
    const { status, body } = await ask(url, { authorization })
    assert.equal(status, 200)
    return /^gitops_exporter_config_last_reload_successful (\d)$/m.exec(body)?.[1]
  }
  await files.write('server.key', 'no key')
  await until(async () => (await metric()) === '0')
  await new Promise((resolve) => setTimeout(resolve, 1100))
  assert.equal(await metric(), '0')
  const told = serving.logged.filter((line) => line.startsWith('web config refused'))
  assert.equal(told.length, 1, 'the pages were not asked, and the metrics tell it once')
  assert.match(told[0] ?? '', /web\.yaml:1:\d+: tls_server_config\.key_file: holds no private key/)
  await files.writeServer(serverCertificate())
  await until(async () => (await metric()) === '1')
})

test('TLS can be begun while it runs, and who was let in by password is not any more', async () => {
  await using files = await webConfigFiles({ basic_auth_users: { prom: HASH } })
  await using serving = await serveBy(files)
  const { metricsUrl } = serving.http
  assert.match(metricsUrl, /^http:/)
  const headers = { authorization: basic('prom', PASSWORD), connection: 'close' }
  assert.equal((await fetch(`${metricsUrl}/livez`, { headers })).status, 200)
  await files.write('web.yaml', JSON.stringify({ tls_server_config: SERVER, basic_auth_users: { other: HASH } }))
  const secure = `${metricsUrl.replace('http', 'https')}/livez`
  await until(async () => (await ask(secure).catch(() => undefined)) !== undefined)
  assert.equal((await ask(secure, { authorization: basic('prom', PASSWORD) })).status, 401)
  assert.equal((await ask(secure, { authorization: basic('other', PASSWORD) })).status, 200)
})

const known = CLIENTS.issue({ commonName: 'prometheus', hosts: ['prometheus.monitoring', '10.0.0.7'] })
const stranger = createCertificateAuthority('stranger').issue({ commonName: 'x', hosts: ['prometheus.monitoring'] })
const expired = CLIENTS.issue({ commonName: 'old', notAfter: new Date(Date.now() - 60_000) })
const CLIENT_AUTH = {
  NoClientCert: { none: true, known: true, stranger: true, expired: true },
  RequestClientCert: { none: true, known: true, stranger: true, expired: true },
  RequireAnyClientCert: { none: false, known: true, stranger: true, expired: true },
  RequireClientCert: { none: false, known: true, stranger: true, expired: true },
  VerifyClientCertIfGiven: { none: true, known: true, stranger: false, expired: false },
  RequireAndVerifyClientCert: { none: false, known: true, stranger: false, expired: false },
} as const

for (const [type, expected] of Object.entries(CLIENT_AUTH))
  test(`client_auth_type ${type} lets in whom Go's would let in`, async () => {
    const authorities = type === 'NoClientCert' ? {} : { client_ca_file: 'clients.crt' }
    await using files = await webConfigFiles({
      tls_server_config: { ...SERVER, client_auth_type: type, ...authorities },
    })
    await using serving = await serveBy(files)
    const url = `${serving.http.metricsUrl}/livez`
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const isLetIn = async (client?: typeof known): Promise<boolean> =>
        ask(url, { maxVersion, ...(client && { client }) }).then(
          () => true,
          () => false,
        )
      assert.deepEqual(
        {
          none: await isLetIn(),
          known: await isLetIn(known),
          stranger: await isLetIn(stranger),
          expired: await isLetIn(expired),
        },
        expected,
        maxVersion,
      )
    }
  })

test('client_allowed_sans lets in certificates with one of the names', async () => {
  const tls = { ...SERVER, client_auth_type: 'RequireAndVerifyClientCert', client_ca_file: 'clients.crt' }
  for (const [names, isLetIn] of [
    [['prometheus.monitoring'], true],
    [['10.0.0.7', 'other'], true],
    [['prometheus'], false],
    [['monitoring'], false],
  ] as const) {
    await using files = await webConfigFiles({ tls_server_config: { ...tls, client_allowed_sans: names } })
    await using serving = await serveBy(files)
    const asked = ask(`${serving.http.metricsUrl}/livez`, { client: known })
    if (isLetIn) assert.equal((await asked).status, 200)
    else await assert.rejects(asked)
  }
})

test('names are read as they are written, and none is found inside of another', () => {
  const names = (subjectAltName: string) => alternativeNames({ subjectAltName })
  assert.deepEqual(
    names('DNS:a.b, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1, email:a@b, URI:spiffe://x/y'),
    [...['a.b', '10.0.0.1', '2001:db8::1', 'a@b', 'spiffe://x/y']],
  )
  assert.deepEqual(names('DirName:"CN = x, DNS:evil", DNS:ok'), ['ok'])
  assert.deepEqual(names('URI:"http://a, DNS:evil", URI:"\\", DNS:evil"'), [])
  assert.deepEqual(names(''), [])
})

test('without user and password nothing is answered, whatever is asked for', async () => {
  await using files = await webConfigFiles({ basic_auth_users: { prom: HASH } })
  await using serving = await serveBy(files, { reload: async () => assert.fail('it was reloaded') })
  const { metricsUrl, pagesUrl } = serving.http
  const paths = ['/', '/metrics', '/livez', '/readyz', '/-/healthy', '/-/ready', '/nothing']
  for (const url of [...paths.map((path) => metricsUrl + path), pagesUrl, `${pagesUrl}/api/v1/apps`]) {
    const answer = await fetch(url)
    assert.equal(answer.status, 401, url)
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Basic /)
    await answer.text()
  }
  assert.equal((await fetch(`${metricsUrl}/-/reload`, { method: 'POST' })).status, 401)
  const wrong = ['prom:wrong', 'prom:', 'prom', `nobody:${PASSWORD}`, '', `__proto__:${PASSWORD}`]
  for (const credentials of wrong) {
    const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
    const answer = await fetch(`${metricsUrl}/metrics`, { headers: { authorization } })
    assert.equal(answer.status, 401, credentials)
    await answer.text()
  }
  for (const authorization of ['Basic', 'Basic !', 'Bearer x', `Basic ${'A'.repeat(8000)}`])
    assert.equal((await fetch(`${metricsUrl}/metrics`, { headers: { authorization } })).status, 401)
  const headers = { authorization: basic('prom', PASSWORD) }
  assert.equal((await fetch(`${metricsUrl}/metrics`, { headers })).status, 200)
  assert.equal((await fetch(`${metricsUrl}/nothing`, { headers })).status, 404)
  assert.doesNotMatch(serving.lines.join('\n'), /correct horse|\$2/)
})

test('the webhook of API servers asks for its own token instead of a password', async () => {
  await using files = await webConfigFiles({ basic_auth_users: { prom: HASH } })
  await files.write('token', 'secret')
  const sources = [{ cluster: 'prod', tokenFile: `${files.path}/token` }]
  await using serving = await serveBy(files, { audit: { sources, receive: () => true } })
  const post = (authorization: string) =>
    fetch(`${serving.http.pagesUrl}/audit/prod`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: '{}',
    })
  assert.equal((await post('Bearer secret')).status, 204)
  assert.equal((await post(basic('prom', PASSWORD))).status, 401)
})

test('headers of the web config are on every answer, and what a page says itself stays', async () => {
  const headers = {
    'Strict-Transport-Security': 'max-age=3600',
    'X-Frame-Options': 'deny',
    'X-XSS-Protection': '',
    'Content-Security-Policy': "default-src 'self'",
  }
  await using files = await webConfigFiles({ http_server_config: { http2: false, headers } })
  await using serving = await serveBy(files)
  for (const path of ['/livez', '/nothing']) {
    const answer = await fetch(serving.http.metricsUrl + path)
    assert.equal(answer.headers.get('strict-transport-security'), 'max-age=3600', path)
    assert.equal(answer.headers.get('x-frame-options'), 'deny')
    assert.equal(answer.headers.get('x-xss-protection'), null)
    assert.equal(answer.headers.get('content-security-policy'), "default-src 'self'")
    await answer.text()
  }
  assert.match((await fetch(serving.http.pagesUrl)).headers.get('content-security-policy') ?? '', /^default-src 'none'/)
})

test('a rate limit answers so many requests and no more', async () => {
  await using files = await webConfigFiles({ rate_limit: { interval: '1h', burst: 3 } })
  await using serving = await serveBy(files)
  const statuses: number[] = []
  for (let index = 0; index < 5; index += 1) statuses.push((await fetch(`${serving.http.metricsUrl}/livez`)).status)
  assert.deepEqual(statuses, [200, 200, 200, 429, 429])
})

test('a web config that cannot be used is an error at the start, and nothing listens', async () => {
  await using files = await webConfigFiles({ tls_server_config: { cert_file: 'server.crt' } })
  await assert.rejects(serveBy(files), { name: 'GDE_CONFIG_INVALID', message: /needs key or key_file/ })
  await writeFile(files.file, '')
  await using serving = await serveBy(files)
  assert.equal((await fetch(`${serving.http.metricsUrl}/livez`)).status, 200)
})
