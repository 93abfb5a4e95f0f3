import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessSettings } from '../../src/model/access.ts'
import { appReport } from '../metrics/reports.ts'
import { createBrowser, type OpenIdServer, startOpenIdProvider } from '../servers/openid-provider.ts'
import { freePort } from '../servers/port.ts'
import { NOW, type Serving, serve } from './serving.ts'

const WEB = { users: [], groups: ['team-web'], projects: ['web'], clusters: ['*'], values: false }
const updates = [appReport('shop'), appReport('cart', { project: 'sales' })].map(
  (report) => ({ type: 'app', report }) as const,
)
const CLAIMS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  alice: { email: 'alice@example.com', email_verified: true, groups: ['team-web', 'others'] },
  bob: { email: 'bob@example.com', email_verified: true, groups: [] },
  mallory: { email: 'alice@example.com', email_verified: false, groups: ['team-web'] },
  nobody: { groups: ['team-web'] },
}

interface Site extends AsyncDisposable {
  readonly url: string
  readonly serving: Serving
  now: number
}

/** Pages whose people sign in at a provider of their own. */
async function site(clientSecret?: string, given = clientSecret, sessionKey?: string): Promise<Site> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const provider: OpenIdServer = await startOpenIdProvider({
    clientId: 'drift',
    ...(clientSecret !== undefined && { clientSecret }),
    redirectUri: `${url}/auth/callback`,
    claimsOf: (user) => CLAIMS[user] ?? {},
  })
  const settings: AccessSettings = {
    roles: [WEB],
    oidc: {
      issuer: provider.issuer,
      clientId: 'drift',
      scopes: ['profile', 'email'],
      userClaim: 'email',
      groupsClaim: 'groups',
      sessionSeconds: 3600,
      externalUrl: url,
    },
  }
  const made = { now: NOW }
  const here = { address: '127.0.0.1', port: 0 }
  const serving = await serve({
    updates,
    now: () => made.now,
    listen: { metrics: here, pages: { ...here, port } },
    access: {
      settings,
      ...(sessionKey !== undefined && { sessionKey }),
      ...(given !== undefined && { clientSecret: async () => given }),
    },
  })
  return Object.assign(made, {
    url,
    serving,
    async [Symbol.asyncDispose]() {
      await serving[Symbol.asyncDispose]()
      await provider[Symbol.asyncDispose]()
    },
  })
}

for (const secret of [undefined, 'secret-of-the-client'])
  test(`people sign in ${secret === undefined ? 'as those of a public client' : 'with a secret'}, come back to where they were, and see what they may`, async () => {
    await using at = await site(secret)
    const browser = createBrowser()
    const { url, status, text } = await browser.open(`${at.url}/?sort=name`, 'alice')
    assert.deepEqual([url, status], [`${at.url}/?sort=name`, 200])
    assert.match(text, />shop</)
    assert.doesNotMatch(text, />cart</)
    const [cookie = ''] = browser.cookies(new URL(at.url).host).values()
    const api = await fetch(`${at.url}/api/v1/apps`, { headers: { cookie: `drift-session=${cookie}` } })
    assert.equal(JSON.parse(await api.text()).total, 1)
    assert.doesNotMatch(at.serving.lines.join('\n'), /secret-of-the-client|code=/)
    assert.ok(at.serving.lines.some((line) => line.includes('"user":"alice@example.com"')))
  })

test('whoever has no role signs in and sees nothing', async () => {
  await using at = await site()
  const { status, text } = await createBrowser().open(`${at.url}/`, 'bob')
  assert.equal(status, 200)
  assert.doesNotMatch(text, />shop<|>cart</)
})

test('an address that nobody has checked, and no name, let nobody in', async () => {
  await using at = await site()
  for (const user of ['mallory', 'nobody']) {
    const browser = createBrowser()
    assert.equal((await browser.open(`${at.url}/`, user)).status, 403)
    assert.equal(browser.cookies(new URL(at.url).host).has('drift-session'), false)
  }
})

test('a session ends with its time, and at once where somebody signs out', async () => {
  await using at = await site()
  const browser = createBrowser()
  await browser.open(`${at.url}/`, 'alice')
  assert.equal((await browser.open(`${at.url}/nothing`)).status, 404)
  const [cookie = ''] = browser.cookies(new URL(at.url).host).values()
  const status = async (): Promise<number> =>
    (await fetch(`${at.url}/api/v1/apps`, { headers: { cookie: `drift-session=${cookie}` } })).status
  at.now += 3599
  assert.equal(await status(), 200)
  at.now += 1
  assert.equal(await status(), 401)
  // The provider still knows her: she is signed in without being asked.
  assert.equal((await browser.open(`${at.url}/`)).status, 200)
  const { host } = new URL(at.url)
  await browser.open(`${at.url}/auth/logout`)
  assert.equal(browser.cookies(host).has('drift-session'), false)
})

test('a cookie that somebody else made or changed is none', async () => {
  await using at = await site()
  const browser = createBrowser()
  await browser.open(`${at.url}/`, 'bob')
  const session = browser.cookies(new URL(at.url).host).get('drift-session') ?? ''
  const [text = '', signature = ''] = session.split('.')
  const admin = Buffer.from(JSON.stringify([NOW + 9999, { user: 'bob@example.com', groups: ['team-web'] }]))
  for (const value of [
    `${admin.toString('base64url')}.${signature}`,
    `${text}.${signature}.x`,
    `${text}.`,
    text,
    '',
    `${text}.${signature.slice(0, -2)}`,
  ]) {
    const { status } = await fetch(`${at.url}/api/v1/apps`, { headers: { cookie: `drift-session=${value}` } })
    assert.equal(status, 401, value)
  }
  const login = await fetch(`${at.url}/auth/login`, { redirect: 'manual' })
  const [, pending = ''] = /drift-login=([^;]+)/.exec(login.headers.get('set-cookie') ?? '') ?? []
  assert.notEqual(pending, '')
  const swapped = await fetch(`${at.url}/api/v1/apps`, { headers: { cookie: `drift-session=${pending}` } })
  assert.equal(swapped.status, 401)
})

test('a callback that nobody here began, or with another state, signs nobody in', async () => {
  await using at = await site()
  const plain = await fetch(`${at.url}/auth/callback?code=x&state=y`, { redirect: 'manual' })
  assert.equal(plain.status, 400)
  const login = await fetch(`${at.url}/auth/login`, { redirect: 'manual' })
  const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const forged = await fetch(`${at.url}/auth/callback?code=x&state=y`, { redirect: 'manual', headers: { cookie } })
  assert.equal(forged.status, 502)
  assert.equal(forged.headers.get('set-cookie'), null)
})

test('nobody is sent elsewhere after he has signed in', async () => {
  await using at = await site()
  for (const to of [
    'https://evil.example.com',
    '//evil.example.com',
    '/\\evil.example.com',
    '/\t/evil.example.com',
    'javascript:alert(1)',
    '/https://evil.example.com',
  ]) {
    const { url } = await createBrowser().open(`${at.url}/auth/login?to=${encodeURIComponent(to)}`, 'alice')
    assert.ok(url.startsWith(`${at.url}/`), `${to}: ${url}`)
  }
})

test('a session of one replica is one of the other that has the same key, and of no other', async () => {
  const key = 'a key that all replicas have, and nobody else'
  await using at = await site()
  await using one = await site(undefined, undefined, key)
  await using other = await site(undefined, undefined, key)
  const browser = createBrowser()
  await browser.open(`${one.url}/`, 'alice')
  const [cookie = ''] = browser.cookies(new URL(one.url).host).values()
  const status = async ({ url }: Site): Promise<number> =>
    (await fetch(`${url}/api/v1/apps`, { headers: { cookie: `drift-session=${cookie}` } })).status
  assert.deepEqual([await status(one), await status(other), await status(at)], [200, 200, 401])
})

test('programs are not sent to a provider, and a provider that refuses the client is no 500', async () => {
  await using at = await site('secret', 'another')
  const api = await fetch(`${at.url}/api/v1/apps`, { redirect: 'manual', headers: { accept: 'text/html' } })
  assert.equal(api.status, 401)
  assert.equal((await fetch(`${at.url}/`, { redirect: 'manual', headers: { accept: '*/*' } })).status, 401)
  assert.equal((await createBrowser().open(`${at.url}/`, 'alice')).status, 502)
})
