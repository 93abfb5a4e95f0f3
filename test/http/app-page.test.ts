import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { request } from 'undici'
import { objectAnchor } from '../../src/http/pages/app/objects/anchor.ts'
import type { ObjectVerdict } from '../../src/model/verdicts/difference.ts'
import { appReport } from '../metrics/reports.ts'
import { NOW, serve } from './serving.ts'
import { MANY, MANY_OBJECTS, OUT_OF_SYNC, OUT_OF_SYNC_OBJECTS, serveShownApps, UNKNOWN, urlOf } from './shown-apps.ts'

const textOf = async (url: string, headers: Readonly<Record<string, string>> = {}) =>
  (await fetch(url, { headers })).text()
const namesOf = (page: string) => [...page.matchAll(/<h5>([^<]+)<\/h5>/g)].map(([, name]) => name)

test('the page begins with what happened, and leads on', async () => {
  await using serving = await serveShownApps()
  const page = await textOf(urlOf(serving, OUT_OF_SYNC))
  const lead = /<p class="lead">(.*?)<\/p>/s.exec(page)?.[1]?.replaceAll(/<[^>]*>/g, '')
  assert.match(
    lead ?? '',
    /^OutOfSync: Deployment front: image 1\.4\.2→1\.5\.0 and 5 more · commit 67f9d6a, not applied, since 2 h ago/,
  )
  assert.match(page, /<title>shop OutOfSync · /)
  for (const url of [
    'https://github.com/acme/platform/commit/67f9d6a1c0ffee00000000000000000000000000',
    'https://github.com/acme/platform/compare/1b2c3d4e5f000000000000000000000000000000...67f9d6a1c0ffee00000000000000000000000000',
    'https://argocd.example.com/applications/argocd/shop',
    'https://wiki.example.com/web/runbooks/shop',
  ])
    assert.ok(page.includes(`<a href="${url}">`), url)
  assert.match(page, /<pre data-copy="the command of argocd app diff">argocd app diff argocd\/shop<\/pre>/)
  assert.match(
    page,
    /amtool silence add --duration 2h --comment &#39;drift of shop&#39; &#39;app_name=&quot;shop&quot;&#39;/,
  )
})

test('what differs is open, what is in sync is a name, and everything has an anchor of its own', async () => {
  await using serving = await serveShownApps()
  const page = await textOf(urlOf(serving, OUT_OF_SYNC))
  assert.deepEqual(namesOf(page), ['settings', 'front', 'old', 'credentials', 'front', 'db'])
  const all = await textOf(urlOf(serving, OUT_OF_SYNC, '?show=all'))
  assert.deepEqual(namesOf(all), namesOf(page))
  const ids = [...all.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  assert.equal(new Set(ids).size, ids.length)
  for (const { key } of OUT_OF_SYNC_OBJECTS) assert.ok(ids.includes(objectAnchor(key)), key.name)
  for (const [, id] of all.matchAll(/href="#([^"]+)"/g)) assert.ok(ids.includes(id), id)
})

test('values are side by side with what differs in them marked, or a unified diff', async () => {
  await using serving = await serveShownApps()
  const side = await textOf(urlOf(serving, OUT_OF_SYNC))
  assert.match(side, /<td data-label="Declared"><pre>\[server\]\nport = 8080\n<ins>log = info<\/ins>\n/)
  assert.match(side, /<td data-label="Live"><pre>\[server\]\nport = 8080\n<del>log = debug<\/del>\n/)
  assert.doesNotMatch(side, /<pre class="diff">/)
  const unified = await textOf(urlOf(serving, OUT_OF_SYNC, '?view=unified'))
  assert.match(unified, /<del>- {4}log = debug<\/del>\n<ins>\+ {4}log = info<\/ins>\n/)
  assert.doesNotMatch(unified, /data-label="Declared"/)
})

test('secret values are called redacted, those of others withheld, each with its reason', async () => {
  await using serving = await serveShownApps()
  const page = await textOf(urlOf(serving, OUT_OF_SYNC))
  assert.match(page, /differs \(redacted\)[\s\S]*Values are not shown \(redacted\), since they are those of a Secret/)
  assert.match(page, /Values are not shown \(withheld\), since the object does not carry the mark of this app/)
})

test('a search is over kind, namespace, name, state and fields of all objects, and stays in links', async () => {
  await using serving = await serveShownApps()
  const found = async (query: string) => namesOf(await textOf(urlOf(serving, OUT_OF_SYNC, query)))
  assert.deepEqual(await found('?q=FRONT%20deployment'), ['front'])
  assert.deepEqual(await found('?q=app.ini'), ['settings'])
  assert.deepEqual(await found('?q=missing'), ['front'])
  assert.match(
    await textOf(urlOf(serving, OUT_OF_SYNC, '?q=api')),
    /<li><details open><summary><h4>Deployment\.apps<\/h4> <span class="quiet">1<\/span><\/summary>\n<ul>\n<li id="[^"]+">api /,
  )
  assert.match(await textOf(urlOf(serving, OUT_OF_SYNC, '?q=nobody')), /No object has these words/)
  const page = await textOf(urlOf(serving, OUT_OF_SYNC, '?q=front&view=unified&days=30'))
  assert.match(page, /\?days=1&amp;q=front&amp;view=unified#history/)
  assert.match(page, /<input type="hidden" name="days" value="30"><input type="hidden" name="view" value="unified">/)
})

test('2,000 objects that differ are pages of less than 200 KB packed, with an index', async () => {
  await using serving = await serveShownApps()
  const answer = await request(urlOf(serving, MANY), { headers: { 'accept-encoding': 'gzip' } })
  const packed = Buffer.from(await answer.body.arrayBuffer())
  assert.ok(packed.length < 200_000, `${packed.length} bytes`)
  const page = gunzipSync(packed).toString()
  assert.match(page, /Page 1 of 20, 100 of 2000 objects/)
  assert.match(
    page,
    /<a href="[^"]*\?q=Deployment\.apps\+team-0%2F#objects">team-0 \/ Deployment\.apps<\/a> <span class="quiet">100</,
  )
  const seen = new Set<string | undefined>()
  for (let number = 1; number <= 20; number += 1)
    for (const name of namesOf(await textOf(urlOf(serving, MANY, `?page=${number}`)))) seen.add(name)
  assert.equal(seen.size, 2000)
})

test('the link to an object leads to the page where it is, whatever else differs by then', async () => {
  await using serving = await serveShownApps()
  const last = MANY_OBJECTS.at(-1)
  assert.ok(last !== undefined)
  const id = objectAnchor(last.key)
  const page = await textOf(urlOf(serving, MANY, `?object=${id}`))
  assert.ok(page.includes(`<li id="${id}">`))
  assert.ok(page.includes(`?object=${id}#${id}"`))
  const synced = objectAnchor(OUT_OF_SYNC_OBJECTS.find(({ key }) => key.kind === 'ServiceAccount')?.key ?? last.key)
  assert.ok((await textOf(urlOf(serving, OUT_OF_SYNC, `?object=${synced}`))).includes(`<li id="${synced}">`))
})

test('an Unknown app says which step failed, where, what shows the same, and what was known before', async () => {
  await using serving = await serveShownApps()
  const [render, source, read] = await Promise.all(
    UNKNOWN.map(async (report) => (await textOf(urlOf(serving, report))).replaceAll(/<(?!a )[^>]*>/g, '')),
  )
  assert.match(render ?? '', /Sources are fetched\nrendering failed\nThe cluster is read \(not reached\)\n/)
  assert.match(
    render ?? '',
    /<a href="https:\/\/github\.com\/acme\/platform\/blob\/67f9d6a[0-9a-f]+\/apps\/shop\/deployment\.yaml#L7">apps\/shop\/deployment\.yaml:7:12/,
  )
  assert.match(
    render ?? '',
    /To see it againgitops-drift-exporter render --config config\.yaml --app broken-render --cluster prod-us --kind Application --namespace argocd/,
  )
  assert.match(render ?? '', /Last verdictSynced, 8 min ago/)
  assert.match(source ?? '', /the source cannot be fetched\n[\s\S]*They are rendered \(not reached\)/)
  assert.match(source ?? '', /Last verdictOutOfSync since 2 h ago .*, until 4 min ago/)
  assert.match(read ?? '', /Wherecluster prod-us/)
  assert.match(
    read ?? '',
    /gitops-drift-exporter check --config config\.yaml --app broken-read --cluster prod-us --diff/,
  )
})

test('who may not see values gets none by rules, commands or links', async () => {
  const canary = 'canary-9f3'
  const objects: readonly ObjectVerdict[] = [
    {
      key: { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings' },
      ...{ version: 'v1', state: 'changed' },
      differences: [{ path: '/data/a', class: 'changed', effect: 'drift', desired: canary, live: `${canary}\nx` }],
    },
  ]
  const verdict = { outcome: { status: 'OutOfSync', cause: 'live' }, objects } as const
  const role = { users: ['*'], groups: [], projects: ['web'], clusters: ['*'], values: false }
  const proxy = { addresses: ['127.0.0.0/8'], clientNames: [], userHeader: 'x-user', groupsHeader: 'x-groups' }
  await using serving = await serve({
    updates: [
      { type: 'app', report: appReport('shop', {}, verdict) },
      { type: 'app', report: appReport('other', { project: 'of-others' }, verdict) },
    ],
    links: () => [{ name: 'x', url: 'https://example.com/{app}' }],
    access: { settings: { roles: [role], proxy } },
    now: () => NOW,
  })
  for (const query of ['', '?view=unified', '?q=canary', `?q=${canary}`]) {
    const page = await textOf(urlOf(serving, appReport('shop'), query), { 'x-user': 'bob' })
    assert.ok(page.includes('https://example.com/shop'))
    const shown = page.replaceAll(/value="[^"]*"|q=canary[^&"#]*/g, '')
    assert.ok(!shown.includes(canary), query)
  }
  assert.match(await textOf(urlOf(serving, appReport('shop'), `?q=${canary}`), { 'x-user': 'bob' }), /No object has/)
  const other = await fetch(urlOf(serving, appReport('other')), { headers: { 'x-user': 'bob' } })
  assert.equal(other.status, 404)
  assert.doesNotMatch(await other.text(), /example\.com/)
})

test('names that look alike, and names that are markup, have anchors of their own and stay text', async () => {
  const names = ['a.b', 'a-b', 'A.B', '<script>alert(1)</script>', '"><b>', '', '\u202e', 'ü', 'x'.repeat(5000)]
  const objects = names.map((name): ObjectVerdict => {
    const differences = names.map((key) => ({
      ...({ path: `/data/${key}`, class: 'changed', effect: 'drift' } as const),
      ...{ displayPath: ['data', key], desired: `${key}\n${key}`, live: key },
    }))
    return { key: { group: name, kind: name, namespace: name, name }, version: 'v1', state: 'changed', differences }
  })
  const verdict = { outcome: { status: 'OutOfSync', cause: 'live' }, objects } as const
  const hostile = appReport('<script>', { controller: 'argocd', namespace: '"><b>' }, verdict)
  await using serving = await serve({ updates: [{ type: 'app', report: hostile }] })
  for (const query of ['', '?view=unified', '?q=<script>', `?object="><b>`]) {
    const page = await textOf(urlOf(serving, hostile, query))
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id = '']) => id)
    assert.equal(new Set(ids).size, ids.length)
    for (const id of ids) assert.match(id, /^[A-Za-z][A-Za-z0-9-]{0,70}$/)
    assert.equal(page.split('<script>').length, 2)
    assert.ok(!page.includes('<b>'))
  }
})
