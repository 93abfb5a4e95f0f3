import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AppReport, FleetUpdate } from '../../src/model/fleet.ts'
import type { ObjectVerdict } from '../../src/model/verdicts/difference.ts'
import { appReport, clusterReport, repositoryStatus } from '../metrics/reports.ts'
import { NOW, type Serving, serve } from './serving.ts'

const PLATFORM = 'https://git.example.com/platform.git'
const scaled: ObjectVerdict = {
  key: { group: 'apps', kind: 'Deployment', namespace: 'pay', name: 'api' },
  version: 'v1',
  state: 'changed',
  differences: [
    {
      path: '/spec/replicas',
      class: 'changed',
      effect: 'drift',
      desired: 3,
      live: 11,
      actor: {
        manager: 'kubectl-scale',
        operation: 'Update',
        time: new Date((NOW - 7200) * 1000).toISOString(),
        user: 'alice',
      },
    },
  ],
}
const payments = appReport(
  'payments-api',
  { destination: 'prod-eu', labels: { team: 'pay' } },
  {
    outcome: { status: 'OutOfSync', cause: 'live' },
    outOfSyncSince: NOW - 7100,
    lastSynced: NOW - 7300,
    objects: [scaled],
  },
)
const unjudged = (index: number): AppReport =>
  appReport(
    `app-${String(index).padStart(3, '0')}`,
    { labels: { team: 'web' } },
    {
      outcome: { status: 'Unknown', reason: { code: 'GDE_STALE', message: 'no contact', repository: PLATFORM } },
      unknownSince: NOW - 60,
    },
  )
const updates: readonly FleetUpdate[] = [
  { type: 'app', report: payments },
  ...Array.from({ length: 300 }, (_, index): FleetUpdate => ({ type: 'app', report: unjudged(index) })),
  { type: 'cluster', report: clusterReport('prod-us') },
  { type: 'cluster', report: { ...clusterReport('prod-eu'), labels: { environment: 'prod', region: 'eu' } } },
  {
    type: 'repository',
    status: repositoryStatus('r', {
      url: PLATFORM,
      up: false,
      lastContact: NOW - 240,
      failure: { code: 'GDE_GIT_UNREACHABLE', message: 'connection refused' },
    }),
  },
]

const open = async ({ http }: Serving, path = '/') => (await fetch(http.pagesUrl + path)).text()
const textOf = (page: string): string => page.replaceAll(/<style>.*?<\/style>/gs, '').replaceAll(/<[^>]*>/g, '')
const appsOf = (page: string): readonly string[] =>
  [...page.matchAll(/<a href="\/apps\/[^"]+">([^<]+)<\/a>/g)].map((match) => match[1] ?? '')

test('a repository that is down is one card with the number of its apps, and not a row for each', async () => {
  await using serving = await serve({ updates })
  const page = await open(serving)
  assert.match(textOf(page), new RegExp(`repository ${PLATFORM} is unreachable for 4 min: 300 apps are not judged`))
  assert.deepEqual(appsOf(page), ['payments-api'])
  assert.match(textOf(page), /300 apps are of the incidents above and not listed here/)
  const link = /<a href="([^"]+)">300 apps are not judged/.exec(page)?.[1] ?? ''
  assert.match(textOf(await open(serving, link.replaceAll('&amp;', '&'))), /200 of 300 apps/)
})

test('the row says what happened, who it was and since when', async () => {
  await using serving = await serve({ updates })
  assert.match(
    textOf(await open(serving)),
    /payments-api\s+prod-eu[\s\S]*?replicas 3→11 · kubectl scale by alice\s+2 h ago/,
  )
})

test('whoever may not see values gets the fact without them', async () => {
  const here = { address: '127.0.0.1', port: 0 }
  await using serving = await serve({ updates, listen: { metrics: here, pages: { ...here, address: '0.0.0.0' } } })
  const { port } = new URL(serving.http.pagesUrl)
  const page = await (await fetch(`http://127.0.0.1:${port}/`)).text()
  assert.match(textOf(page), /replicas differs · kubectl scale by alice/)
  assert.doesNotMatch(page, /3→11/)
})

test('one line says whether the page can be believed', async () => {
  await using serving = await serve({
    updates: [
      ...updates,
      { type: 'sources', at: NOW, reports: [{ controller: 'argocd', declaredIn: 'control', up: true }] },
    ],
    refusedConfig: () => ({
      failure: { code: 'GDE_CONFIG_INVALID', message: 'unknown key "clusterz"', file: 'config.yaml', line: 3 },
      at: NOW - 60,
    }),
  })
  const text = textOf(await open(serving)).replaceAll(/\s+/g, ' ')
  assert.match(
    text,
    /Made 0 s ago .* Clusters 2\/2 Repositories 0\/1 Discovery 1\/1 Config refused Oldest verdict 5 min ago/,
  )
  assert.match(
    text,
    /the config file was refused: the one before goes on for 1 min config\.yaml:3: unknown key &quot;clusterz&quot;/,
  )
})

test('tiles and the tab count within the filter', async () => {
  await using serving = await serve({ updates })
  const all = await open(serving)
  assert.match(all, /<title>1 OutOfSync, 300 Unknown · Drift/)
  const page = await open(serving, '/?label=team%3Dpay')
  assert.match(textOf(page), /1 OutOfSync\s+0 Unknown\s+0 Synced\s+1 all apps/)
  assert.match(page, /<title>1 OutOfSync · Drift/)
  assert.match(
    textOf(await open(serving, '/?clusterLabel=region%3Deu&status=Unknown')),
    /1 OutOfSync\s+0 Unknown[\s\S]*No app matches/,
  )
})

test('rows are sorted and gathered as the URL says, and the links keep the rest of it', async () => {
  await using serving = await serve({ updates: updates.filter((_, index) => index < 4) })
  assert.deepEqual(appsOf(await open(serving, '/?sort=name')), ['app-000', 'app-001', 'app-002', 'payments-api'])
  const page = await open(serving, '/?sort=name&group=label:team')
  assert.match(textOf(page), /pay 1[\s\S]*payments-api[\s\S]*web 3[\s\S]*app-000/)
  assert.match(page, /href="\/\?sort=status&amp;group=label%3Ateam"/)
  assert.match(page, /aria-sort="ascending"/)
})

test('rows are sorted by what happened, by values for those alone who may see them', async () => {
  const scaledTo = (name: string, live: number): FleetUpdate => ({
    type: 'app',
    report: appReport(
      name,
      {},
      {
        outcome: { status: 'OutOfSync', cause: 'live' },
        objects: [
          {
            ...scaled,
            differences: [{ path: '/spec/replicas', class: 'changed', effect: 'drift', desired: 3, live }],
          },
        ],
      },
    ),
  })
  const synced: FleetUpdate = { type: 'app', report: appReport('fine', {}, { outcome: { status: 'Synced' } }) }
  const sorted = [scaledTo('a', 9), scaledTo('b', 5), scaledTo('c', 7), synced]
  await using serving = await serve({ updates: sorted })
  const page = await open(serving, '/?sort=what')
  assert.deepEqual(appsOf(page), ['b', 'c', 'a', 'fine'])
  assert.match(page, /aria-sort="ascending"><a href="\/">What</)
  const here = { address: '127.0.0.1', port: 0 }
  await using outside = await serve({
    updates: sorted,
    listen: { metrics: here, pages: { ...here, address: '0.0.0.0' } },
  })
  const { port } = new URL(outside.http.pagesUrl)
  const blind = await (await fetch(`http://127.0.0.1:${port}/?sort=what`)).text()
  assert.deepEqual(appsOf(blind), ['a', 'b', 'c', 'fine'])
})

test('rows are gathered by every column that many apps share, and by labels of apps and clusters', async () => {
  const inCluster = (name: string, labels: Readonly<Record<string, string>>): FleetUpdate => ({
    type: 'cluster',
    report: { ...clusterReport(name), labels },
  })
  const app = (name: string, destination: string, set: string, status: 'Synced' | 'OutOfSync'): FleetUpdate => ({
    type: 'app',
    report: appReport(
      name,
      { destination, project: `project-${set}`, applicationSet: `set-${set}`, labels: { team: `team-${set}` } },
      { outcome: status === 'Synced' ? { status } : { status, cause: 'git' } },
    ),
  })
  await using serving = await serve({
    updates: [
      inCluster('eu-1', { region: 'eu' }),
      inCluster('us-1', {}),
      ...[app('a', 'eu-1', 'x', 'Synced'), app('b', 'us-1', 'y', 'OutOfSync'), app('c', 'eu-1', 'y', 'Synced')],
    ],
  })
  for (const [by, headings] of [
    ['project', ['project-x 1', 'project-y 2']],
    ['applicationSet', ['set-x 1', 'set-y 2']],
    ['label:team', ['team-x 1', 'team-y 2']],
    ['cluster', ['eu-1 2', 'us-1 1']],
    ['clusterLabel:region', ['none 1', 'eu 2']],
    ['status', ['OutOfSync 1', 'Synced 2']],
    ['controller', ['static 3']],
  ] as const) {
    const page = await open(serving, `/?group=${by}`)
    const found = [...page.matchAll(/scope="rowgroup"[^>]*>(.*?)<\/th>/g)].map((match) => textOf(match[1] ?? ''))
    assert.deepEqual(found, headings, by)
    assert.match(page, new RegExp(`<option selected>${by}</option>`))
  }
  const matrix = await open(serving, '/?view=matrix&group=clusterLabel:region')
  const link = /<a href="([^"]+)" aria-label="S 2\/2 Synced: eu, eu-1">/.exec(matrix)?.[1] ?? ''
  assert.deepEqual(appsOf(await open(serving, link.replaceAll('&amp;', '&'))), ['a', 'c'])
})

test('no group is cut by the end of a page: it begins the next one, and only one that is larger has parts', async () => {
  const app = (team: string, index: number): FleetUpdate => ({
    type: 'app',
    report: appReport(`${team}-${String(index).padStart(3, '0')}`, { labels: { team } }),
  })
  const group = (team: string, count: number) => Array.from({ length: count }, (_, index) => app(team, index))
  await using serving = await serve({
    updates: [...group('a', 150), ...group('b', 100), ...group('c', 450), ...group('d', 3)],
  })
  const headings: string[][] = []
  for (let number = 1; number <= 6; number += 1) {
    const page = await open(serving, `/?group=label:team&sort=since&page=${number}`)
    assert.match(page, new RegExp(`Page ${number} of 6`))
    headings.push([...page.matchAll(/scope="rowgroup"[^>]*>(.*?)<\/th>/g)].map((match) => textOf(match[1] ?? '')))
  }
  assert.deepEqual(headings, [
    ['a 150'],
    ['b 100'],
    ['c 1 to 200 of 450'],
    ['c 201 to 400 of 450'],
    ['c 401 to 450 of 450'],
    ['d 3'],
  ])
})

test('the matrix has a letter for each app in each cluster, and a cell of several leads to just these', async () => {
  const app = (name: string, destination: string, status: 'Synced' | 'OutOfSync', team = 'web'): FleetUpdate => ({
    type: 'app',
    report: appReport(
      name,
      { destination, labels: { team } },
      { outcome: status === 'Synced' ? { status } : { status, cause: 'git' } },
    ),
  })
  const inRegion = (name: string, region: string): FleetUpdate => ({
    type: 'cluster',
    report: { ...clusterReport(name), labels: { region } },
  })
  await using serving = await serve({
    updates: [
      ...[inRegion('eu-1', 'eu'), inRegion('eu-2', 'eu'), inRegion('us-1', 'us')],
      ...['eu-1', 'eu-2', 'us-1'].map((cluster) => app('shop', cluster, cluster === 'us-1' ? 'Synced' : 'OutOfSync')),
      app('alone', 'us-1', 'Synced', 'pay'),
    ],
  })
  const cellsOf = (page: string): readonly (readonly string[])[] =>
    [...(/<table class="matrix">.*?<\/table>/s.exec(page)?.[0] ?? '').matchAll(/<tr>(.*?)<\/tr>/gs)].map((row) =>
      [...(row[1] ?? '').matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map((cell) => textOf(cell[1] ?? '')),
    )
  assert.deepEqual(cellsOf(await open(serving, '/?view=matrix')), [
    ['App', 'eu-1', 'eu-2', 'us-1'],
    ['shop', 'O', 'O', 'S'],
    ['alone', '', '', 'S'],
  ])
  const gathered = await open(serving, '/?view=matrix&group=label:team&columns=clusterLabel:region')
  assert.deepEqual(cellsOf(gathered), [
    ['label:team', 'eu', 'us'],
    ['web', 'O 2/2', 'S'],
    ['pay', '', 'S'],
  ])
  const link = /<a href="([^"]+)" aria-label="O 2\/2 OutOfSync: web, eu">/.exec(gathered)?.[1] ?? ''
  const list = await open(serving, link.replaceAll('&amp;', '&'))
  assert.deepEqual(appsOf(list), ['shop', 'shop'])
  assert.match(textOf(list), /2 apps\s+Status/)
  const set = appReport('made', { destination: 'eu-1', applicationSet: 'per-cluster' })
  serving.fleet.publish({ type: 'app', report: set })
  assert.deepEqual(cellsOf(await open(serving, '/?view=matrix&group=applicationSet&applicationSet=per-cluster')), [
    ['applicationSet', 'eu-1'],
    ['per-cluster', 'S'],
  ])
  assert.match(await open(serving, '/'), /<option>applicationSet<\/option>/)
  serving.fleet.publish({ type: 'appGone', app: set.summary.id })
  assert.deepEqual(cellsOf(await open(serving, '/?view=matrix&status=Synced')), [
    ['App', 'us-1'],
    ['alone', 'S'],
    ['shop', 'S'],
  ])
})

test('where there is no app the page says what there is, and what to write', async () => {
  const ended = { type: 'pass', first: true, endedAt: 1_732_300_000 } as const
  await using serving = await serve({ updates: [{ type: 'cluster', report: clusterReport('prod-us') }, ended] })
  const page = textOf(await open(serving, '/'))
  assert.match(page, /No app was found.*clusters: prod-us\./s)
  assert.match(page, /argocd: \[\{ cluster: &quot;prod-us&quot; \}\]/)
  serving.fleet.publish({ type: 'app', report: appReport('shop') })
  assert.doesNotMatch(await open(serving, '/'), /No app was found/)
})
