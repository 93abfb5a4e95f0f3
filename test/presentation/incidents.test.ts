import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Failure } from '../../src/model/failure.ts'
import type { AppReport, FleetUpdate } from '../../src/model/fleet.ts'
import type { ObjectVerdict } from '../../src/model/verdicts/difference.ts'
import { findIncidents, incidentOfApps, sufferingText } from '../../src/presentation/incidents.ts'
import { appReport, clusterReport, repositoryStatus } from '../metrics/reports.ts'
import { testFleet } from '../metrics/test-fleet.ts'

const NOW = 1_800_000_000
const PLATFORM = 'https://git.example.com/platform.git'
const app = (report: AppReport): FleetUpdate => ({ type: 'app', report })
const unknown = (name: string, reason: Failure, summary: Partial<AppReport['summary']> = {}): FleetUpdate =>
  app(appReport(name, summary, { outcome: { status: 'Unknown', reason }, unknownSince: NOW - 60 }))
const many = (count: number, make: (name: string) => FleetUpdate): readonly FleetUpdate[] =>
  Array.from({ length: count }, (_, index) => make(`app-${String(index).padStart(3, '0')}`))
const shortOf = (updates: readonly FleetUpdate[]) =>
  findIncidents(testFleet(...updates)).map((incident) => [incident.kind, incident.what, sufferingText(incident)])
const repositoryDown: FleetUpdate = {
  type: 'repository',
  status: repositoryStatus('r', {
    url: PLATFORM,
    up: false,
    lastContact: NOW - 240,
    failure: { code: 'GDE_GIT_UNREACHABLE', message: 'refused' },
  }),
}
const clusterDown = (name: string): FleetUpdate => ({
  type: 'cluster',
  report: clusterReport(name, {
    up: false,
    lastContact: NOW - 90,
    failure: { code: 'GDE_CLUSTER_AUTH', message: '401' },
  }),
})
const drift = (path: string, manager: string): readonly ObjectVerdict[] => [
  {
    key: { group: 'apps', kind: 'Deployment', namespace: '', name: 'web' },
    version: 'v1',
    state: 'changed',
    differences: [
      { path, class: 'changed', effect: 'drift', desired: 1, live: 2, actor: { manager, operation: 'Update' } },
    ],
  },
]

test('a repository that does not answer is one incident, however many apps it has', () => {
  const stale: Failure = { code: 'GDE_STALE', message: 'no contact', repository: PLATFORM }
  const found = shortOf([repositoryDown, ...many(300, (name) => unknown(name, stale)), app(appReport('blog'))])
  assert.deepEqual(found, [['repository', `repository ${PLATFORM} is unreachable`, '300 apps are not judged']])
})

test('a cluster that refuses explains its apps and nobody else’s', () => {
  const reason: Failure = { code: 'GDE_CLUSTER_AUTH', message: '401' }
  const fleet = testFleet(
    clusterDown('prod-eu'),
    unknown('a', reason, { destination: 'prod-eu' }),
    unknown('b', reason, { destination: 'prod-us' }),
  )
  const [incident, ...others] = findIncidents(fleet)
  assert.deepEqual(others, [])
  assert.deepEqual(
    incident?.apps.map(({ summary }) => summary.name),
    ['a'],
  )
  assert.equal(incident?.since, NOW - 90)
  assert.equal(incident?.what, 'cluster prod-eu cannot be read')
})

test('what is down is told even if no app suffers yet, and what was not asked yet is not', () => {
  assert.deepEqual(shortOf([repositoryDown]), [['repository', `repository ${PLATFORM} is unreachable`, undefined]])
  assert.deepEqual(
    shortOf([
      {
        type: 'cluster',
        report: { labels: {}, status: { name: 'new', up: false, requests: [], watchRestarts: 0, server: '' } },
      },
    ]),
    [],
  )
})

test('mirrors of one URL are one incident, without the credentials in it', () => {
  const url = 'https://user:pass@git.example.com/a.git'
  const status = (id: string): FleetUpdate => ({
    type: 'repository',
    status: repositoryStatus(id, { url, up: false, failure: { code: 'GDE_GIT_AUTH', message: 'no' } }),
  })
  const incidents = findIncidents(testFleet(status('1'), status('2')))
  assert.equal(incidents.length, 1)
  assert.doesNotMatch(JSON.stringify(incidents), /user:pass/)
})

test('one program that changes one field in many apps is one incident; few apps are rows', () => {
  const drifted = (manager: string) => (name: string) =>
    app(
      appReport(
        name,
        {},
        {
          outcome: { status: 'OutOfSync', cause: 'live' },
          outOfSyncSince: NOW,
          objects: drift('/spec/replicas', manager),
        },
      ),
    )
  assert.deepEqual(shortOf(many(40, drifted('kubectl-scale'))), [
    ['drift', 'replicas of Deployment changed by kubectl scale', '40 apps are out of sync'],
  ])
  assert.deepEqual(shortOf(many(4, drifted('kubectl-scale'))), [])
})

test('a commit that many apps wait for is one incident', () => {
  const revisions = [
    { repository: PLATFORM, path: '', targetRevision: 'main', commit: '67f9d6abcdef', commitTime: NOW },
  ]
  const behind = (name: string) =>
    app(appReport(name, {}, { outcome: { status: 'OutOfSync', cause: 'git' }, revisions }))
  assert.deepEqual(shortOf(many(7, behind)), [
    ['drift', `commit 67f9d6a of ${PLATFORM} is not applied`, '7 apps are out of sync'],
  ])
})

test('a file that breaks many apps is one incident, with its line', () => {
  const reason: Failure = { code: 'GDE_RENDER_YAML', message: 'no YAML', file: 'base/a.yaml', line: 7 }
  assert.deepEqual(shortOf(many(6, (name) => unknown(name, reason))), [
    ['failure', 'rendering failed: base/a.yaml:7', '6 apps are not judged'],
  ])
})

test('a refused config and a discovery that is not read come first', () => {
  const fleet = testFleet(clusterDown('a'), {
    type: 'sources',
    at: NOW,
    reports: [
      { controller: 'argocd', declaredIn: 'control', up: false },
      { controller: 'static', declaredIn: '', up: true },
    ],
  })
  const refusedConfig = {
    failure: { code: 'GDE_CONFIG_INVALID', message: 'no', file: 'config.yaml', line: 3 },
    at: NOW,
  } as const
  const incidents = findIncidents({
    ...fleet,
    apps: fleet.apps,
    clusters: fleet.clusters,
    repositories: fleet.repositories,
    sources: fleet.sources,
    refusedConfig,
  })
  assert.deepEqual(
    incidents.map(({ kind }) => kind),
    ['config', 'discovery', 'cluster'],
  )
  assert.equal(incidents[1]?.what, 'apps of argocd in control are not all known')
})

test('an app is of one incident at most, and ids stay while others come and go', () => {
  const reason: Failure = { code: 'GDE_STALE', message: 'old', cluster: 'prod-us' }
  const updates = [clusterDown('prod-us'), repositoryDown, ...many(9, (name) => unknown(name, reason))]
  const incidents = findIncidents(testFleet(...updates))
  assert.equal(incidents.flatMap(({ apps }) => apps).length, 9)
  assert.equal(incidentOfApps(incidents).size, 9)
  const before = incidents.map(({ id }) => id)
  assert.deepEqual(
    findIncidents(testFleet(...updates.slice(0, -1))).map(({ id }) => id),
    before,
  )
})

test('the first pass is no incident', () => {
  const { evaluatedAt: _none, ...rest } = appReport('x').verdict
  const waiting = (name: string): FleetUpdate => {
    const report = appReport(name)
    return app({
      ...report,
      verdict: {
        ...rest,
        app: report.summary.id,
        outcome: { status: 'Unknown', reason: { code: 'GDE_NOT_EVALUATED', message: 'wait' } },
      },
    })
  }
  assert.deepEqual(shortOf(many(20, waiting)), [])
})

test('ten thousand apps of one repository are one incident', () => {
  const fleet = testFleet(
    repositoryDown,
    ...Array.from({ length: 10_000 }, (_, index) =>
      unknown(`app-${index}`, { code: 'GDE_STALE', message: 'old', repository: PLATFORM }),
    ),
  )
  assert.equal(findIncidents(fleet)[0]?.apps.length, 10_000)
})
