import assert from 'node:assert/strict'
import { request } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { test } from 'node:test'
import type { AccessReviews, AccessSettings, TrustedProxy } from '../../src/model/access.ts'
import { CodedError } from '../../src/model/failure.ts'
import { appReport } from '../metrics/reports.ts'
import { type Serving, serve } from './serving.ts'
import { ask as askByTls, CLIENTS, SERVER, webConfigFiles } from './web-config-files.ts'

const PROXY: TrustedProxy = {
  addresses: ['127.0.0.0/8'],
  clientNames: [],
  userHeader: 'x-forwarded-user',
  groupsHeader: 'x-forwarded-groups',
}
const WEB = { users: [], groups: ['team-web'], projects: ['web'], clusters: ['*'], values: false }
const BEHIND_PROXY: AccessSettings = { roles: [WEB], proxy: PROXY }
const updates = [appReport('shop'), appReport('cart', { project: 'sales' })].map(
  (report) => ({ type: 'app', report }) as const,
)

interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: Readonly<Record<string, unknown>>
}

/** With the headers as they are, several of one name included. */
function ask({ http }: Serving, path: string, headers: Readonly<Record<string, string | string[]>> = {}) {
  const { hostname, port } = new URL(http.pagesUrl)
  return new Promise<Answer>((resolve, reject) => {
    request({ hostname, port, path, headers: { ...headers } }, (answer) => {
      readText(answer).then(
        (text) => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }),
        reject,
      )
    })
      .on('error', reject)
      .end()
  })
}

const total = ({ text }: Answer): number => JSON.parse(text).total
const APPS = '/api/v1/apps'

test('on loopback nobody has to say who he is, and only names of this machine and the external one are answered', async () => {
  await using serving = await serve({ updates, externalUrl: () => 'https://drift.example.com/pages' })
  for (const host of ['localhost:8081', '127.0.0.1', '[::1]:1', 'DRIFT.example.com'])
    assert.equal((await ask(serving, APPS, { host })).status, 200, host)
  for (const host of ['evil.example.com', 'drift.example.com.evil.org', 'localhost.evil.org', '127.0.0.1.evil.org']) {
    for (const path of [APPS, '/', '/nothing']) {
      const { status, text } = await ask(serving, path, { host })
      assert.equal(status, 421, host)
      assert.doesNotMatch(text, /shop/)
    }
  }
})

test('a proxy of which nothing is known is nobody', async () => {
  const settings = { ...BEHIND_PROXY, proxy: { ...PROXY, addresses: [], clientNames: [] } }
  await using serving = await serve({ updates, access: { settings } })
  const web = { 'x-forwarded-user': 'alice', 'x-forwarded-groups': 'team-web' }
  assert.equal((await ask(serving, APPS, web)).status, 401)
})

test('a trusted proxy says who asks, and roles say what he sees', async () => {
  await using serving = await serve({ updates, access: { settings: BEHIND_PROXY } })
  const web = { 'x-forwarded-user': 'alice', 'x-forwarded-groups': 'team-api, team-web' }
  assert.equal(total(await ask(serving, APPS, web)), 1)
  assert.equal(total(await ask(serving, APPS, { ...web, 'x-forwarded-groups': ['team-api', 'team-web'] })), 1)
  assert.equal(total(await ask(serving, APPS, { 'x-forwarded-user': 'bob' })), 0)
  const page = await ask(serving, '/', web)
  assert.match(page.text, /shop/)
  assert.doesNotMatch(page.text, /cart|sales/)
  const line = serving.lines.find((text) => text.startsWith('["request"') && text.includes('alice')) ?? ''
  assert.match(line, /"route":"\/api\/v1\/apps"/)
  assert.match(line, /"status":200/)
})

test('whoever does not say who he is, or says it twice, gets nothing', async () => {
  await using serving = await serve({ updates, access: { settings: BEHIND_PROXY } })
  for (const headers of [
    {},
    { 'x-forwarded-groups': 'team-web' },
    { 'x-forwarded-user': '' },
    { 'x-forwarded-user': ['alice', 'bob'] },
    { authorization: 'Bearer abc' },
    { authorization: 'Basic YTpi' },
  ])
    for (const path of [APPS, `${APPS}/none`, '/api/v1/openapi.json', '/', '/apps/none', '/nothing']) {
      const { status, text } = await ask(serving, path, headers)
      assert.equal(status, 401, `${path} ${JSON.stringify(headers)}`)
      assert.doesNotMatch(text, /shop|cart/)
    }
})

test('the headers of a proxy mean nothing from anywhere else', async () => {
  const elsewhere = { ...PROXY, addresses: ['10.0.0.0/8', '::1', 'fd00::/8'] }
  await using serving = await serve({ updates, access: { settings: { roles: [WEB], proxy: elsewhere } } })
  assert.equal((await ask(serving, APPS, { 'x-forwarded-user': 'alice' })).status, 401)
  const withoutCertificate = { ...PROXY, clientNames: ['proxy.example.com'] }
  await using another = await serve({ updates, access: { settings: { roles: [WEB], proxy: withoutCertificate } } })
  assert.equal((await ask(another, APPS, { 'x-forwarded-user': 'alice' })).status, 401)
})

test('values are shown to whom a role says so, and to nobody because he comes by loopback', async () => {
  const object = {
    key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'front' },
    version: 'v1',
    state: 'changed',
    differences: [{ path: '/spec/replicas', class: 'changed', effect: 'drift', desired: 3, live: 11 }],
  } as const
  const shop = appReport('shop', {}, { outcome: { status: 'OutOfSync', cause: 'live' }, objects: [object] })
  const roles = [WEB, { ...WEB, groups: ['admins'], values: true }]
  await using serving = await serve({
    updates: [{ type: 'app', report: shop }],
    access: { settings: { roles, proxy: PROXY } },
  })
  const path = `${APPS}/${encodeURIComponent(shop.summary.id)}`
  for (const [group, shown] of [
    ['team-web', false],
    ['admins', true],
  ] as const) {
    const { text } = await ask(serving, path, { 'x-forwarded-user': 'alice', 'x-forwarded-groups': group })
    const { valuesShown, objects } = JSON.parse(text)
    assert.deepEqual([valuesShown, objects[0].differences[0].live], [shown, shown ? 11 : undefined])
  }
})

test('a proxy is known by its client certificate, if that is verified', async () => {
  const settings = { roles: [WEB], proxy: { ...PROXY, addresses: [], clientNames: ['proxy.example.com'] } }
  const headers = { 'x-forwarded-user': 'alice', 'x-forwarded-groups': 'team-web' }
  for (const [type, isKnown] of [
    ['RequireAndVerifyClientCert', true],
    ['VerifyClientCertIfGiven', true],
    ['RequireAnyClientCert', false],
  ] as const) {
    const verifies = isKnown ? { client_ca_file: 'clients.crt' } : {}
    await using files = await webConfigFiles({
      tls_server_config: { ...SERVER, client_auth_type: type, ...verifies },
    })
    const pages = { address: '127.0.0.1', port: 0, webConfigFile: files.file }
    await using serving = await serve({
      updates,
      listen: { metrics: { address: '127.0.0.1', port: 0 }, pages },
      access: { settings },
    })
    const by = (host: string) =>
      askByTls(`${serving.http.pagesUrl}${APPS}`, {
        headers,
        client: CLIENTS.issue({ commonName: host, hosts: [host] }),
      })
    assert.equal((await by('proxy.example.com')).status, isKnown ? 200 : 401, type)
    assert.equal((await by('other.example.com')).status, 401, type)
  }
})

const TOKENS: AccessSettings = { roles: [WEB], tokens: { cluster: 'control', audiences: [] } }
const APPLICATION = { controller: 'argocd', kind: 'Application', declaredIn: 'control', namespace: 'argocd' } as const

/** An API server that knows `good-<user>` and lets `reader` read one Application. */
function reviews(asked: string[]): AccessReviews {
  return {
    async identify(token) {
      asked.push(`token ${token}`)
      if (token === 'down') throw new CodedError('GDE_CLUSTER_UNREACHABLE', 'connection refused')
      return token.startsWith('good-') ? { user: token.slice('good-'.length), groups: [] } : undefined
    },
    async permits({ user }, right) {
      asked.push(`${user} ${right.resource} ${right.namespace}/${right.name ?? '*'}`)
      return (
        (user === 'reader' && right.name === 'mine') ||
        (user === 'tenant' && right.namespace === 'argocd' && right.name === undefined)
      )
    },
  }
}
const applications = ['mine', 'theirs'].map(
  (name) => ({ type: 'app', report: appReport(name, { ...APPLICATION, project: 'x' }) }) as const,
)

test('a token sees what its owner may get, asked from the widest right to the narrowest, and each once', async () => {
  const asked: string[] = []
  await using serving = await serve({
    updates: [...updates, ...applications],
    access: { settings: TOKENS, reviews: reviews(asked) },
  })
  const seen = async (token: string): Promise<readonly string[]> =>
    JSON.parse((await ask(serving, APPS, { authorization: `Bearer ${token}` })).text).apps.map(
      ({ identity }: { identity: { name: string } }) => identity.name,
    )
  assert.deepEqual(await seen('good-reader'), ['mine'])
  assert.deepEqual(await seen('good-tenant'), ['mine', 'theirs'])
  const first = [
    'token good-reader',
    'reader applications /*',
    'reader applications argocd/*',
    'reader applications argocd/mine',
    'reader applications argocd/theirs',
    'token good-tenant',
    'tenant applications /*',
    'tenant applications argocd/*',
  ]
  assert.deepEqual(asked, first)
  assert.deepEqual(await seen('good-reader'), ['mine'])
  assert.deepEqual(asked, first)
})

test('wrong tokens are refused, a flood of them is not asked about, and a server that is down is no 500', async () => {
  const asked: string[] = []
  await using serving = await serve({ updates, access: { settings: TOKENS, reviews: reviews(asked) } })
  const status = async (token: string): Promise<number> =>
    (await ask(serving, APPS, { authorization: `Bearer ${token}` })).status
  assert.equal((await ask(serving, APPS)).headers['www-authenticate'], 'Bearer')
  assert.equal(await status('bad'), 401)
  assert.equal(await status('bad'), 401)
  assert.deepEqual(asked, ['token bad'])
  assert.equal(await status('down'), 503)
  const flood = await Promise.all(Array.from({ length: 200 }, (_, index) => status(`bad-${index}`)))
  assert.ok(flood.includes(429))
  assert.ok(asked.length < 200, String(asked.length))
  assert.doesNotMatch(serving.lines.join('\n'), /bad-\d|good-/)
})

test('somebody who asks without end is stopped, and nobody else', async () => {
  await using serving = await serve({ updates, access: { settings: BEHIND_PROXY } })
  const status = async (user: string): Promise<number> =>
    (await ask(serving, '/api/v1/problems', { 'x-forwarded-user': user })).status
  const flood = await Promise.all(Array.from({ length: 1000 }, () => status('mallory')))
  assert.ok(flood.includes(429) && flood.includes(200))
  assert.equal(await status('alice'), 200)
})
