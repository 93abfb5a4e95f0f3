import assert from 'node:assert/strict'
import { request } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { test } from 'node:test'
import { CLIENT_SCRIPT } from '../../src/http/pages/generated/client-script.ts'
import type { FleetUpdate } from '../../src/model/fleet.ts'
import type { Difference, ObjectVerdict } from '../../src/model/verdicts/difference.ts'
import { appReport, clusterReport, repositoryStatus } from '../metrics/reports.ts'
import { NOW, serve } from './serving.ts'

const SCRIPT = '<script>alert("x")</script>'

const deployment: ObjectVerdict = {
  key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'front' },
  version: 'v1',
  state: 'changed',
  differences: [
    {
      path: '/spec/replicas',
      class: 'changed',
      effect: 'drift',
      desired: 2,
      live: 5,
      actor: { manager: 'kubectl-scale', operation: 'Update', subresource: 'scale', time: '2024-11-22T18:30:00Z' },
    },
    { path: '/metadata/annotations/note', class: 'added', effect: 'report', live: SCRIPT },
    {
      path: '/spec/template/spec/nodeName',
      class: 'changed',
      effect: 'drift',
      desired: 9_007_199_254_740_993n,
      live: null,
    },
  ],
}
const secret: ObjectVerdict = {
  key: { group: '', kind: 'Secret', namespace: 'shop', name: 'token' },
  version: 'v1',
  state: 'changed',
  differences: [
    {
      path: '/data/token',
      class: 'changed',
      effect: 'drift',
      desired: 'redacted:aaaa',
      live: 'redacted:bbbb',
      redacted: true,
    },
  ],
}
const synced: ObjectVerdict = {
  key: { group: '', kind: 'Service', namespace: 'shop', name: 'front' },
  version: 'v1',
  state: 'synced',
  differences: [],
}

const shop = appReport(
  'shop',
  {},
  {
    outcome: { status: 'OutOfSync', cause: 'live' },
    outOfSyncSince: NOW - 600,
    objects: [deployment, secret],
    revisions: [
      {
        repository: 'a',
        path: 'apps/shop',
        targetRevision: 'main',
        commit: 'c0ffee1234567890c0ffee1234567890c0ffee12',
        commitTime: NOW - 86_400 * 3,
      },
    ],
  },
)
const updates: readonly FleetUpdate[] = [
  { type: 'app', report: shop },
  {
    type: 'app',
    report: appReport(
      'cart',
      { project: SCRIPT, destination: 'prod-eu' },
      {
        outcome: {
          status: 'Unknown',
          reason: { code: 'GDE_RENDER_YAML', message: `no YAML ${SCRIPT}`, file: 'cart/a.yaml', line: 7 },
        },
        unknownSince: NOW - 60,
      },
    ),
  },
  { type: 'app', report: appReport('blog') },
  { type: 'cluster', report: clusterReport('prod-us') },
  {
    type: 'cluster',
    report: clusterReport('prod-eu', {
      up: false,
      failure: { code: 'GDE_CLUSTER_UNREACHABLE', message: 'connection refused' },
    }),
  },
  { type: 'repository', status: repositoryStatus('a') },
  {
    type: 'problems',
    problems: [
      { subject: 'Application argocd/x', failure: { code: 'GDE_CLUSTER_UNKNOWN', message: 'no such cluster' } },
    ],
  },
]
const serveShop = () =>
  serve({ updates, objects: async (id) => (id === shop.summary.id ? [deployment, secret, synced] : []) })

/** Rows of the list of apps, by name. */
function appsOf(page: string): readonly string[] {
  return [...page.matchAll(/<a href="\/apps\/[^"]+">([^<]+)<\/a>/g)].map((match) => match[1] ?? '')
}

/** The one script that the pages' policy allows. */
function withoutOwnScript(page: string): string {
  const parts = page.split(`<script>${CLIENT_SCRIPT}</script>`)
  assert.equal(parts.length, 2)
  return parts.join('')
}

const appPath = (id: string) => `/apps/${encodeURIComponent(id)}`

test('the overview shows apps that need attention first, with reason and time, and what they depend on', async () => {
  await using serving = await serveShop()
  const answer = await fetch(serving.http.pagesUrl)
  assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
  const page = await answer.text()
  assert.deepEqual(appsOf(page), ['shop', 'cart', 'blog'])
  assert.match(page, /replicas 2→5 and 2 more · kubectl scale/)
  assert.match(page, /1 min ago/)
  assert.match(page, /GDE_CLUSTER_UNREACHABLE/)
  assert.match(page, /connection refused/)
  assert.match(page, /cart\/a\.yaml:7/)
  assert.match(page, /https:\/\/git\.example\.com\/platform\.git/)
  assert.match(page, /Application argocd\/x/)
  assert.match(page, /environment=prod, region=us-east/)
})

test('nothing that a repository or a cluster holds becomes markup', async () => {
  await using serving = await serveShop()
  for (const path of [
    '/',
    appPath(shop.summary.id),
    `/?name=${encodeURIComponent(SCRIPT)}&cluster=%22%3E%3Cscript%3E`,
  ]) {
    const page = withoutOwnScript(await (await fetch(serving.http.pagesUrl + path)).text())
    assert.ok(!page.includes('<script'), path)
  }
})

test('a name that is no text and one that a terminal would obey fail no page, and are visible', async () => {
  const updates: FleetUpdate[] = ['half-\ud800', 'bell-\u0007\u202e'].map((name) => ({
    type: 'app',
    report: appReport(name),
  }))
  await using serving = await serve({ updates })
  const response = await fetch(serving.http.pagesUrl)
  const page = await response.text()
  assert.equal(response.status, 200)
  assert.match(page, />half-\\ud800</)
  assert.match(page, />bell-\\u0007\\u202e</)
})

test('nothing but the own style and script may load: no other script, no frame, no other origin', async () => {
  await using serving = await serveShop()
  for (const [path, status] of Object.entries({ '/': 200, '/nowhere': 404, '/apps/%zz': 400 })) {
    const answer = await fetch(serving.http.pagesUrl + path)
    assert.equal(answer.status, status)
    const policy = answer.headers.get('content-security-policy') ?? ''
    assert.match(
      policy,
      /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    )
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.doesNotMatch(withoutOwnScript(await answer.text()), /<script|style="|onload|src=/)
  }
})

test('the query string chooses apps', async () => {
  await using serving = await serveShop()
  const names = async (query: string) => appsOf(await (await fetch(`${serving.http.pagesUrl}/?${query}`)).text())
  assert.deepEqual(await names('status=OutOfSync'), ['shop'])
  assert.deepEqual(await names('cluster=prod-eu'), ['cart'])
  assert.deepEqual(await names('name=O'), ['shop', 'blog'])
  assert.deepEqual(await names('project=web&status=Synced'), ['blog'])
  assert.deepEqual(await names('status=Nonsense&page=-3&status=x'), ['shop', 'cart', 'blog'])
  assert.deepEqual(await names('name=nobody'), [])
})

test('many apps are shown page by page', async () => {
  await using serving = await serve()
  for (let index = 0; index < 450; index += 1)
    serving.fleet.publish({ type: 'app', report: appReport(`app-${String(index).padStart(3, '0')}`) })
  const first = await (await fetch(serving.http.pagesUrl)).text()
  assert.equal(appsOf(first).length, 200)
  assert.match(first, /200 of 450 apps/)
  const last = await (await fetch(`${serving.http.pagesUrl}/?page=3`)).text()
  assert.deepEqual([appsOf(last).length, appsOf(last).at(-1)], [50, 'app-449'])
  const beyond = await (await fetch(`${serving.http.pagesUrl}/?page=99`)).text()
  assert.deepEqual(appsOf(beyond), appsOf(last))
})

test('the page of an app shows every difference: path, declared, live, who and when', async () => {
  await using serving = await serveShop()
  const page = await (await fetch(serving.http.pagesUrl + appPath(shop.summary.id))).text()
  assert.match(page, /<h3>Namespace shop<\/h3>[\s\S]*<h4>Deployment\.apps<\/h4>[\s\S]*<h5>front<\/h5>/)
  assert.match(
    page,
    /<code>\/spec\/replicas<\/code>[\s\S]*?<pre>2<\/pre>[\s\S]*?<pre>5<\/pre>[\s\S]*?kubectl-scale \(Update of scale\)/,
  )
  assert.match(page, /2024-11-22 18:30 UTC/)
  assert.match(page, /9007199254740993/)
  assert.match(page, /reported only/)
  assert.match(page, /c0ffee1/)
  assert.match(page, />2 to look at<\/a> <a [^>]*>all 3<\/a>/)
})

test('the page of an app shows what an apply would change as a unified YAML diff', async () => {
  await using serving = await serveShop()
  const page = await (await fetch(`${serving.http.pagesUrl}${appPath(shop.summary.id)}?view=unified`)).text()
  assert.match(page, /<pre class="diff"> spec:\n<del>- {2}replicas: 5<\/del>\n<ins>\+ {2}replicas: 2<\/ins>\n/)
})

test('a redacted value is shown as "differs", and nothing of it', async () => {
  await using serving = await serveShop()
  const page = await (await fetch(serving.http.pagesUrl + appPath(shop.summary.id))).text()
  assert.match(page, /<code>\/data\/token<\/code>[\s\S]*?differs[\s\S]*?differs/)
  assert.doesNotMatch(page, /redacted:/)
})

test('on another address than loopback states and paths are shown, values are not', async () => {
  await using serving = await serve({
    updates,
    objects: async () => [deployment],
    listen: { metrics: { address: '127.0.0.1', port: 0 }, pages: { address: '0.0.0.0', port: 0 } },
  })
  const { port } = new URL(serving.http.pagesUrl)
  const page = await (await fetch(`http://127.0.0.1:${port}${appPath(shop.summary.id)}`)).text()
  assert.match(page, /\/spec\/replicas/)
  assert.match(page, /kubectl-scale/)
  assert.doesNotMatch(page, /<pre>|alert\(/)
  assert.match(
    page,
    /Values are shown on this machine's own address only|Values are shown on this machine&#39;s own address only/,
  )
})

test('a request that names another host gets no values: a web page may point its name at 127.0.0.1', async () => {
  await using serving = await serveShop()
  const { hostname, port } = new URL(serving.http.pagesUrl)
  const ask = (host: string) =>
    new Promise<string>((resolve, reject) => {
      const path = appPath(shop.summary.id)
      request({ hostname, port, path, headers: { host } }, (answer) => resolve(readText(answer)))
        .on('error', reject)
        .end()
    })
  assert.doesNotMatch(await ask('evil.example.com'), /<pre>/)
  assert.doesNotMatch(await ask(`127.0.0.1.evil.example.com:${port}`), /<pre>/)
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`])
    assert.match(await ask(host), /<pre>5<\/pre>/)
})

test('however much differs in an app, its page stays one that a browser can show', async () => {
  const value = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`key-${index}`, 'x'.repeat(500)]))
  const differences = Array.from(
    { length: 60 },
    (_, index): Difference => ({
      path: `/data/${index}`,
      class: 'changed',
      effect: 'drift',
      desired: value,
      live: 'y'.repeat(1_000_000),
    }),
  )
  const objects = Array.from({ length: 400 }, (): ObjectVerdict => ({ ...deployment, differences }))
  await using serving = await serve({ updates, objects: async () => objects })
  const page = await (await fetch(serving.http.pagesUrl + appPath(shop.summary.id))).text()
  assert.ok(page.length < 3_000_000, `${page.length} characters`)
  assert.match(page, /10 more differences are not shown/)
  assert.match(page, /Page 1 of 100, 4 of 400 objects/)
})

test('when the engine cannot give all objects, those of the verdict are shown', async () => {
  await using serving = await serve({
    updates,
    objects: async () => {
      throw new Error('the engine is being started again')
    },
  })
  const answer = await fetch(serving.http.pagesUrl + appPath(shop.summary.id))
  assert.equal(answer.status, 200)
  assert.match(await answer.text(), /\/spec\/replicas/)
  assert.equal(serving.logged.length, 2)
})

test('an app that is not there is a page that says so', async () => {
  await using serving = await serveShop()
  for (const [id, status] of [
    ['nobody', 404],
    ['__proto__', 404],
    ['%00', 404],
    ['x'.repeat(3000), 404],
    ['%zz', 400],
  ] as const) {
    const answer = await fetch(`${serving.http.pagesUrl}/apps/${id}`)
    assert.equal(answer.status, status)
    assert.ok((await answer.text()).includes(`<h1>${status}</h1>`))
  }
})
