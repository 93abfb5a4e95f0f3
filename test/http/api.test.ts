import assert from 'node:assert/strict'
import { request } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { FleetUpdate } from '../../src/model/fleet.ts'
import type { ObjectVerdict } from '../../src/model/verdicts/difference.ts'
import { appReport, clusterReport, repositoryStatus } from '../metrics/reports.ts'
import { NOW, type Serving, serve } from './serving.ts'

const CANARY = 'canary-of-a-secret'

const deployment: ObjectVerdict = {
  key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'front' },
  version: 'v1',
  state: 'changed',
  differences: [
    {
      path: '/spec/replicas',
      class: 'changed',
      effect: 'drift',
      desired: 3,
      live: 11,
      actor: { manager: 'kubectl-scale', operation: 'Update', subresource: 'scale', time: '2024-11-22T18:30:00Z' },
    },
    { path: '/metadata/labels/a', class: 'added', effect: 'report', live: 'b', unattributed: 'nobody' },
  ],
}
const secret: ObjectVerdict = {
  key: { group: '', kind: 'Secret', namespace: 'shop', name: 'token' },
  version: 'v1',
  state: 'changed',
  differences: [
    { path: '/data/token', class: 'changed', effect: 'drift', desired: CANARY, live: CANARY, redacted: true },
  ],
}
const unread: ObjectVerdict = {
  key: { group: '', kind: 'Service', namespace: 'shop', name: 'front' },
  version: 'v1',
  state: 'unknown',
  differences: [],
  reason: { code: 'GDE_CLUSTER_UNREACHABLE', message: 'connection refused' },
}

const shop = appReport(
  'shop',
  {
    controller: 'argocd',
    kind: 'Application',
    declaredIn: 'control',
    namespace: 'argocd',
    labels: { team: 'web' },
    reportedStatus: { status: 'Synced', applied: ['c0ffee'], suspended: false, disagrees: false, health: 'Healthy' },
  },
  {
    outcome: { status: 'OutOfSync', cause: 'live' },
    outOfSyncSince: NOW - 600,
    objects: [deployment],
    warnings: [{ code: 'GDE_RENDER_YAML', message: 'declared twice', file: 'a.yaml' }],
    revisions: [
      { repository: 'https://user:pass@git/a', path: 'a', targetRevision: 'main', commit: 'c0ffee', commitTime: 1 },
    ],
  },
)
const cart = appReport(
  'cart',
  { project: 'sales', destination: 'prod-eu', labels: { team: 'web', tier: '1' } },
  {
    outcome: { status: 'Unknown', reason: { code: 'GDE_RENDER_YAML', message: 'no YAML', file: 'a.yaml', line: 7 } },
    unknownSince: NOW - 60,
  },
)
const updates: readonly FleetUpdate[] = [
  ...[shop, cart, appReport('blog')].map((report): FleetUpdate => ({ type: 'app', report })),
  { type: 'cluster', report: clusterReport('prod-us') },
  {
    type: 'cluster',
    report: {
      ...clusterReport('prod-eu', {
        up: false,
        failure: { code: 'GDE_CLUSTER_UNREACHABLE', message: 'connection refused' },
      }),
      labels: { environment: 'prod', region: 'eu' },
    },
  },
  { type: 'repository', status: repositoryStatus('a', { url: 'https://user:pass@git.example.com/a.git' }) },
  {
    type: 'problems',
    problems: [
      { subject: 'Application argocd/x', failure: { code: 'GDE_CLUSTER_UNKNOWN', message: 'no such cluster' } },
    ],
  },
]
const serveFleet = () =>
  serve({ updates, objects: async (id) => (id === shop.summary.id ? [deployment, secret, unread] : []) })

const appPath = (id: string) => `/apps/${encodeURIComponent(id)}`

async function get(serving: Serving, path: string, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(`${serving.http.pagesUrl}/api/v1${path}`, { headers })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, json: text === '' ? undefined : JSON.parse(text) }
}

const namesOf = ({ json }: Awaited<ReturnType<typeof get>>): readonly string[] =>
  json.apps.map((app: { identity: { name: string } }) => app.identity.name)

test('every answer is as the description of the API says', async () => {
  await using serving = await serveFleet()
  const { json: description } = await get(serving, '/openapi.json')
  assert.equal(description.openapi, '3.1.0')
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true })
  const id = encodeURIComponent(shop.summary.id)
  for (const [path, { get: operation }] of Object.entries<{ get: { responses: Record<string, never> } }>(
    description.paths,
  )) {
    if (path === '/events') continue
    const schemaOf = (code: number) =>
      Object(operation.responses[String(code)]).content['application/json'].schema as object
    const answer = await get(serving, path.replace('{id}', id))
    assert.equal(answer.status, 200, path)
    assert.ok(ajv.validate(schemaOf(200), answer.json), `${path}: ${ajv.errorsText()}`)
    if ('404' in operation.responses) {
      const failed = await get(serving, path.replace('{id}', 'none'))
      assert.ok(failed.status === 404 && ajv.validate(schemaOf(404), failed.json), `${path}: ${ajv.errorsText()}`)
    }
  }
  const parameters: readonly { name: string; schema: object }[] = description.paths['/apps'].get.parameters
  assert.ok(parameters.some(({ name }) => name === 'cursor'))
  for (const { schema } of parameters) ajv.compile(schema)
})

test('apps are filtered by what they are and by labels, also of their cluster', async () => {
  await using serving = await serveFleet()
  for (const [query, names] of [
    ['', ['blog', 'cart', 'shop']],
    ['status=OutOfSync', ['shop']],
    ['status=OutOfSync&cause=git', []],
    ['reason=GDE_RENDER_YAML', ['cart']],
    ['controller=argocd&declaredIn=control&namespace=argocd', ['shop']],
    ['name=blog', ['blog']],
    ['project=sales', ['cart']],
    ['cluster=prod-us', ['blog', 'shop']],
    ['label=team%3Dweb', ['cart', 'shop']],
    ['label=team%3Dweb&label=tier%3D1', ['cart']],
    ['label=toString%3D', []],
    ['clusterLabel=region%3Deu', ['cart']],
    ['kind=Application', ['shop']],
    ['health=Healthy', ['shop']],
    ['suspended=false&disagrees=false&sort=-kind', ['shop', 'cart', 'blog']],
    ['suspended=true', []],
    ['repository=https%3A%2F%2Fgit.example.com%2Fplatform.git', ['blog', 'cart', 'shop']],
    ['repository=https%3A%2F%2Fgit.example.com%2Fother.git', []],
    ['sort=-reason', ['cart', 'blog', 'shop']],
    ['sort=-name', ['shop', 'cart', 'blog']],
    ['sort=since', ['shop', 'cart', 'blog']],
    ['sort=status', ['shop', 'blog', 'cart']],
  ] as const)
    assert.deepEqual(namesOf(await get(serving, `/apps?${query}`)), names, query)
})

test('what is no query is refused with what is wrong', async () => {
  await using serving = await serveFleet()
  for (const [query, part] of [
    ['stauts=OutOfSync', 'stauts'],
    ['status=outofsync', 'status'],
    ['limit=0', 'limit'],
    ['limit=1000', 'limit'],
    ['limit=many', 'limit'],
    ['label=team', 'label'],
    ['fields=id,nothing', '"nothing"'],
    ['cursor=nonsense', 'cursor'],
    ['name=a&name=b', 'name'],
    ['suspended=maybe', 'suspended'],
  ] as const) {
    const { status, json } = await get(serving, `/apps?${query}`)
    assert.equal(status, 400, query)
    assert.ok(json.message.includes(part), json.message)
  }
  const { status, headers, json } = await get(serving, '/nothing')
  assert.equal(status, 404)
  assert.match(headers.get('content-type') ?? '', /^application\/json/)
  assert.match(json.message, /openapi\.json/)
})

test('pages hold every app once, while others come and go', async () => {
  await using serving = await serve()
  const add = (name: string) => serving.fleet.publish({ type: 'app', report: appReport(name) })
  const expected = Array.from({ length: 25 }, (_, index) => `app-${String(index).padStart(2, '0')}`)
  for (const name of expected) add(name)
  for (const sort of ['name', '-name', 'status', '-since']) {
    const seen: string[] = []
    let cursor = ''
    do {
      const page = await get(serving, `/apps?limit=7&fields=identity&sort=${sort}${cursor}`)
      assert.deepEqual(Object.keys(page.json.apps[0]).sort(), ['id', 'identity'])
      seen.push(...namesOf(page).filter((name) => name.startsWith('app-')))
      // Before all in the one order, and after all in the other.
      add(`a-${sort}-${seen.length}`)
      cursor = page.json.next === null ? '' : `&cursor=${page.json.next}`
    } while (cursor !== '')
    assert.deepEqual(seen.sort(), expected, sort)
  }
})

test('an app has its objects with differences, and no value of a Secret', async () => {
  await using serving = await serveFleet()
  const { json, text } = await get(serving, appPath(shop.summary.id))
  assert.equal(json.valuesShown, true)
  assert.equal(json.objectsComplete, true)
  const [front, token] = json.objects
  assert.deepEqual([front.differences[0].desired, front.differences[0].live], [3, 11])
  assert.equal(front.differences[0].actor.manager, 'kubectl-scale')
  assert.equal(token.differences[0].redacted, true)
  assert.doesNotMatch(text, new RegExp(`${CANARY}|user:pass`))
  assert.doesNotMatch((await get(serving, '/repositories')).text, /user:pass/)
})

test('who comes by the external name sees what differs, and not the values', async () => {
  await using serving = await serve({ updates, externalUrl: () => 'https://drift.example.com/pages' })
  const { hostname, port } = new URL(serving.http.pagesUrl)
  const path = `/api/v1${appPath(shop.summary.id)}`
  const text = await new Promise<string>((resolve, reject) => {
    const asked = request({ hostname, port, path, headers: { host: 'drift.example.com' } }, (answer) =>
      resolve(readText(answer)),
    )
    asked.on('error', reject).end()
  })
  const { valuesShown, objects } = JSON.parse(text)
  assert.equal(valuesShown, false)
  assert.deepEqual(Object.keys(objects[0].differences[0]).sort(), ['actor', 'class', 'effect', 'path'])
})

test('an answer that is known already is not sent again, until it changes', async () => {
  await using serving = await serveFleet()
  const first = await get(serving, '/apps')
  const tag = first.headers.get('etag') ?? ''
  assert.match(tag, /^(?:W\/)?"[\w-]+"$/)
  const again = await get(serving, '/apps', { 'if-none-match': `"other", W/${tag.replace(/^W\//, '')}` })
  assert.deepEqual([again.status, again.text], [304, ''])
  serving.fleet.publish({ type: 'app', report: appReport('news') })
  const changed = await get(serving, '/apps', { 'if-none-match': tag })
  assert.equal(changed.status, 200)
  assert.notEqual(changed.headers.get('etag'), tag)
})
