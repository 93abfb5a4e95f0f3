import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessRole } from '../../src/model/access.ts'
import type { AppReport, FleetUpdate } from '../../src/model/fleet.ts'
import type { EpisodeObject, WatchedEpisode } from '../../src/model/journal/episode.ts'
import type { EpisodeStep } from '../../src/model/journal/search.ts'
import fc from '../fast-check.ts'
import { appReport, clusterReport, repositoryStatus } from '../metrics/reports.ts'
import { type Serving, serve } from './serving.ts'

const PROJECTS = 4
const CLUSTERS = 3
const STATES = ['Synced', 'OutOfSync', 'Unknown'] as const

interface MadeApp {
  readonly project: number
  readonly cluster: number
  readonly state: (typeof STATES)[number]
  readonly isArgocd: boolean
}

const madeApps: fc.Arbitrary<readonly MadeApp[]> = fc.array(
  fc.record({
    project: fc.nat(PROJECTS - 1),
    cluster: fc.nat(CLUSTERS - 1),
    state: fc.constantFrom(...STATES),
    isArgocd: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25 },
)
const names = (kind: string, count: number): fc.Arbitrary<string[]> =>
  fc.subarray([...Array.from({ length: count }, (_, index) => `${kind}-${index}-canary`), '*'])
const madeRoles: fc.Arbitrary<readonly AccessRole[]> = fc.array(
  fc.record({
    users: fc.constant([]),
    groups: fc.constantFrom(['mine'], ['other']),
    projects: names('project', PROJECTS),
    clusters: names('cluster', CLUSTERS),
    values: fc.boolean(),
  }),
  { maxLength: 3 },
)

/** The cluster whose Argo CD has policies, and the projects of which a role is for whoever asks. */
const ARGOCD = 'cluster-0-canary'
const madeProjects = fc.subarray(Array.from({ length: PROJECTS }, (_, index) => `project-${index}-canary`))
const projectFor = (name: string) => ({
  name,
  roles: [
    { name: 'see', groups: ['mine'], policies: [`p, proj:${name}:see, applications, get, ${name}/*, allow`] },
    { name: 'all', groups: ['other'], policies: [`p, proj:${name}:all, applications, get, *, allow`] },
  ],
})

/** Every text of an app holds its own mark; what it shares with others holds theirs. */
function reportOf({ project, cluster, state, isArgocd }: MadeApp, index: number): AppReport {
  const mark = `app-${index}-canary`
  const destination = `cluster-${cluster}-canary`
  const url = `https://git/project-${project}-canary.git`
  const failure = { code: 'GDE_RENDER_YAML', message: mark, file: mark, line: 1, cluster: destination } as const
  const object = {
    key: { group: '', kind: 'ConfigMap', namespace: mark, name: mark },
    version: 'v1',
    state: 'changed',
    differences: [{ path: `/data/${mark}`, class: 'changed', effect: 'drift', desired: mark, live: mark }],
  } as const
  return appReport(
    mark,
    {
      ...(isArgocd && { controller: 'argocd', kind: 'Application', declaredIn: destination, namespace: mark }),
      project: `project-${project}-canary`,
      destination,
      labels: { [mark]: mark },
      sources: [{ url, path: mark, targetRevision: mark }],
      server: destination,
      destinationNamespace: mark,
      reportedStatus: { status: 'Synced', applied: [mark], suspended: false, disagrees: true, health: mark },
      dependsOn: [mark],
    },
    {
      outcome:
        state === 'Unknown'
          ? { status: 'Unknown', reason: failure }
          : state === 'OutOfSync'
            ? { status: 'OutOfSync', cause: 'live' }
            : { status: 'Synced' },
      ...(state === 'OutOfSync' && { outOfSyncSince: 1000 + index }),
      objects: [object],
      warnings: [failure],
      revisions: [{ repository: url, path: mark, targetRevision: mark, commit: mark, commitTime: 1 }],
    },
  )
}

function episodeOf({ summary }: AppReport, index: number): WatchedEpisode {
  const { id, controller, kind, declaredIn, namespace, name, destination, project } = summary
  const object: EpisodeObject = {
    ...{ group: '', kind: 'ConfigMap', namespace: name, name },
    state: 'changed',
    beganBy: 'seen',
    ...{ began: index, seen: index, marks: { declared: 'd', live: 'l' } },
    fields: [{ path: `/${name}`, class: 'changed', desired: name, live: name }],
  } as const
  return {
    app: { id, controller, kind, declaredIn, namespace, name, destination, project },
    beganBy: 'seen',
    ...{ began: index, seen: index, objects: [object], objectsOmitted: 0, controller: [], gaps: [] },
    commits: { begin: [] },
  }
}

const SHARED: readonly FleetUpdate[] = [
  ...Array.from({ length: CLUSTERS }, (_, index): FleetUpdate => {
    const failure = { code: 'GDE_CLUSTER_UNREACHABLE', message: 'words-of-others-canary' } as const
    const report = clusterReport(`cluster-${index}-canary`, { up: index > 0, ...(index === 0 && { failure }) })
    return { type: 'cluster', report: { ...report, labels: { name: `cluster-${index}-canary` } } }
  }),
  ...Array.from({ length: PROJECTS }, (_, index): FleetUpdate => {
    const failure = { code: 'GDE_GIT_UNREACHABLE', message: 'words-of-others-canary' } as const
    const url = `https://git/project-${index}-canary.git`
    return {
      type: 'repository',
      status: repositoryStatus(url, { url, up: index > 0, ...(index === 0 && { failure }) }),
    }
  }),
  {
    type: 'problems',
    problems: [{ subject: 'words-of-others-canary', failure: { code: 'GDE_RENDER_YAML', message: 'x' } }],
  },
  {
    type: 'applicationSets',
    reports: [{ declaredIn: 'cluster-0-canary', namespace: 'words-of-others-canary', name: 'x', missing: 1 }],
  },
  {
    type: 'sources',
    at: 1,
    reports: Array.from({ length: CLUSTERS }, (_, index) => ({
      controller: 'argocd',
      declaredIn: `cluster-${index}-canary`,
      up: false,
    })),
  },
]

const PATHS = [
  ...[
    '/',
    '/?view=matrix',
    '/?view=matrix&columns=clusterLabel:name',
    '/?group=clusterLabel:name&sort=what',
    '/?group=project',
    '/?status=OutOfSync',
    '/?status=Unknown',
    '/timeline?days=30',
    '/timeline?actor=nobody',
  ],
  ...['/apps/none', '/nothing', '/api/v1/apps?limit=3', '/api/v1/apps?sort=-since&fields=identity,message'],
  ...['/api/v1/incidents', '/api/v1/episodes?limit=2', '/api/v1/episodes', '/api/v1/clusters', '/api/v1/repositories'],
  ...['/api/v1/problems', '/api/v1/openapi.json', '/api/v1/apps?sort=reason', '/api/v1/nothing'],
]

async function read({ http }: Serving, path: string): Promise<{ readonly status: number; readonly text: string }> {
  const headers = { 'x-forwarded-user': 'alice', 'x-forwarded-groups': 'mine' }
  const answer = await fetch(`${http.pagesUrl}${path}`, { headers })
  // A cursor tells what it is made of.
  const text = (await answer.text()).replaceAll(/"next":"([\w-]+)"/g, (_all, cursor: string) =>
    Buffer.from(cursor, 'base64url').toString(),
  )
  return { status: answer.status, text }
}

/** All marks that are in no text of what is seen. */
function hiddenMarks(all: readonly AppReport[], isSeen: (report: AppReport) => boolean): ReadonlySet<string> {
  const marksOf = (reports: readonly unknown[]): readonly string[] =>
    JSON.stringify(reports).match(/(?:app|cluster|project)-\d+-canary/g) ?? []
  const seen = new Set(marksOf(all.filter(isSeen)))
  const everything = [...marksOf(all), ...marksOf(SHARED), 'words-of-others-canary']
  return new Set(everything.filter((mark) => !seen.has(mark)))
}

test('no answer of API and page holds anything of what is hidden', async () => {
  await fc.assert(
    fc.asyncProperty(madeApps, madeRoles, madeProjects, async (made, roles, policies) => {
      const reports = made.map(reportOf)
      const own = roles.filter(({ groups }) => groups.includes('mine'))
      const fits = (wanted: readonly string[], name: string): boolean => wanted.includes('*') || wanted.includes(name)
      const isSeen = ({ summary }: AppReport): boolean =>
        own.some(({ projects, clusters }) => fits(projects, summary.project) && fits(clusters, summary.destination)) ||
        (summary.controller === 'argocd' && summary.declaredIn === ARGOCD && policies.includes(summary.project))
      const seesEverything = own.some(({ projects, clusters }) => projects.includes('*') && clusters.includes('*'))
      const hidden = seesEverything ? new Set<string>() : hiddenMarks(reports, isSeen)
      await using serving = await serve({
        updates: [...reports.map((report): FleetUpdate => ({ type: 'app', report })), ...SHARED],
        refusedConfig: () => ({ failure: { code: 'GDE_CONFIG_SYNTAX', message: 'words-of-others-canary' }, at: 1 }),
        episodes: async ({ after }): Promise<EpisodeStep> => ({
          found: reports
            .map(episodeOf)
            .toReversed()
            .filter(({ began }) => after === undefined || began < after.began)
            .map((episode) => ({
              position: { began: episode.began, app: episode.app.id, seen: episode.seen },
              episode,
            })),
        }),
        timeline: async ({ apps }) => ({
          slices: [{ drifting: apps?.length ?? reports.length, unknown: 0 }],
          gaps: [],
          isCut: false,
        }),
        access: {
          argocdPolicies: async () => ({ data: {}, projects: policies.map(projectFor) }),
          settings: {
            roles,
            argocd: { cluster: ARGOCD, namespace: 'argocd' },
            proxy: {
              addresses: ['127.0.0.1'],
              clientNames: [],
              userHeader: 'x-forwarded-user',
              groupsHeader: 'x-forwarded-groups',
            },
          },
        },
      })
      const byId = reports.flatMap(({ summary }) => {
        const id = encodeURIComponent(summary.id)
        return [`/apps/${id}`, `/api/v1/apps/${id}`]
      })
      for (const path of [...PATHS, ...byId]) {
        const { status, text } = await read(serving, path)
        assert.ok(status < 500, `${path}: ${status}`)
        for (const mark of hidden) assert.ok(!text.includes(mark), `${path} tells of ${mark}`)
      }
      const { text } = await read(serving, '/api/v1/apps')
      assert.equal(JSON.parse(text).total, reports.filter(isSeen).length)
      for (const report of reports) {
        const { status } = await read(serving, `/api/v1/apps/${encodeURIComponent(report.summary.id)}`)
        assert.equal(status, isSeen(report) ? 200 : 404)
      }
      const counted = reports.filter(isSeen).length
      const chart = await read(serving, '/timeline')
      assert.equal(
        /(\d+) OutOfSync<\/title>/.exec(chart.text)?.[1] ?? '0',
        String(seesEverything ? reports.length : counted),
      )
      const episodes = await read(serving, '/api/v1/episodes')
      assert.equal(JSON.parse(episodes.text).episodes.length, reports.filter(isSeen).length)
    }),
    { numRuns: 25 },
  )
})
