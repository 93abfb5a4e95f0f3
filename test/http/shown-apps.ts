import { LINKS_EXAMPLE } from '../../docs/links.ts'
import { parseConfig } from '../../src/config/load-config.ts'
import type { AppReport, AppSummary } from '../../src/model/fleet.ts'
import type { Difference, ObjectVerdict } from '../../src/model/verdicts/difference.ts'
import { appReport } from '../metrics/reports.ts'
import { NOW, type Serving, serve } from './serving.ts'

const iso = (seconds: number) => new Date(seconds * 1000).toISOString()
const REPOSITORY = 'https://github.com/acme/platform.git'
const COMMIT = '67f9d6a1c0ffee00000000000000000000000000'
const APPLIED = '1b2c3d4e5f000000000000000000000000000000'
const revisions = [
  { repository: REPOSITORY, path: 'apps/shop', targetRevision: 'main', commit: COMMIT, commitTime: NOW - 3600 },
]

const scaled: Difference = {
  path: '/spec/replicas',
  displayPath: ['spec', 'replicas'],
  class: 'changed',
  effect: 'drift',
  desired: 3,
  live: 11,
  actor: {
    ...{ manager: 'kubectl-scale', operation: 'Update', subresource: 'scale' },
    ...{ time: iso(NOW - 7200), user: 'alice' },
  },
}
const image: Difference = {
  path: '/spec/template/spec/containers/0/image',
  displayPath: ['spec', 'template', 'spec', 'containers', '[name=web]', 'image'],
  class: 'changed',
  effect: 'drift',
  desired: 'registry.example.com/shop/web:1.5.0',
  live: 'registry.example.com/shop/web:1.4.2',
}
const settings = (level: string, pool: number) =>
  `[server]\nport = 8080\nlog = ${level}\n\n[database]\nhost = db\npool = ${pool}\ntimeout = 30s\n\n[cache]\nttl = 60s\nsize = 100\n`
const file: Difference = {
  path: '/data/app.ini',
  displayPath: ['data', 'app.ini'],
  class: 'changed',
  effect: 'drift',
  desired: settings('info', 20),
  live: settings('debug', 5),
  actor: { manager: 'kubectl-edit', operation: 'Update', time: iso(NOW - 600) },
}
const token: Difference = { path: '/data/token', class: 'changed', effect: 'drift', redacted: true }
const note: Difference = {
  path: '/metadata/annotations/note',
  displayPath: ['metadata', 'annotations', 'note'],
  class: 'added',
  effect: 'report',
  live: 'do not touch until Monday',
  unattributed: 'nobody',
}
const ofOthers: Difference = { ...scaled, redacted: true, withheld: true }

function object(
  kind: string,
  name: string,
  differences: readonly Difference[] = [],
  rest: Partial<ObjectVerdict> = {},
): ObjectVerdict {
  const group = ['Deployment', 'StatefulSet'].includes(kind) ? 'apps' : kind === 'Ingress' ? 'networking.k8s.io' : ''
  return {
    key: { group, kind, namespace: 'shop', name },
    version: 'v1',
    state: differences.length === 0 ? 'synced' : 'changed',
    differences,
    ...rest,
  }
}

const counts = { changed: 4, missing: 1, extra: 1, synced: 3, unknown: 0, ignored: 0, skipped: 0 }
const argocd: Partial<AppSummary> = {
  ...({ controller: 'argocd' } as const),
  ...{ kind: 'Application', declaredIn: 'control', namespace: 'argocd' },
  sources: [{ url: REPOSITORY, path: 'apps/shop', targetRevision: 'main' }],
  labels: { team: 'web' },
}

/** An app that drifts in every way. */
export const OUT_OF_SYNC_OBJECTS: readonly ObjectVerdict[] = [
  object('Deployment', 'front', [image, scaled, note], { cause: 'git' }),
  object('Deployment', 'api'),
  object('ConfigMap', 'settings', [file]),
  object('Secret', 'credentials', [token]),
  object('Service', 'front', [], { state: 'missing' }),
  object('Service', 'api'),
  object('Ingress', 'old', [], { state: 'extra', effect: 'report' }),
  object('ServiceAccount', 'front'),
  object('StatefulSet', 'db', [ofOthers]),
]
export const OUT_OF_SYNC = appReport(
  'shop',
  argocd,
  {
    outcome: { status: 'OutOfSync', cause: 'both' },
    ...{ outOfSyncSince: NOW - 7200, lastSynced: NOW - 7300, revisions, objects: OUT_OF_SYNC_OBJECTS },
    objectCounts: counts,
    differenceCounts: { changed: 5, missing: 0, removed: 0, added: 1 },
  },
  { appliedCommit: APPLIED, commitsBehind: 2 },
)

/** 2,000 objects, every one of which differs in two fields. */
export const MANY_OBJECTS: readonly ObjectVerdict[] = Array.from({ length: 2000 }, (_, index) => {
  const name = `service-${String(index).padStart(4, '0')}`
  const kind = ['Deployment', 'ConfigMap', 'Service', 'Ingress'][index % 4] ?? ''
  const differences = [
    { ...scaled, desired: index, live: index + 1 },
    { ...file, desired: settings('info', index), live: settings('debug', index + 1) },
  ]
  return object(kind, name, differences, {
    key: { group: 'apps', kind, namespace: `team-${index % 10}`, name },
  })
})
export const MANY = appReport('monolith', argocd, {
  outcome: { status: 'OutOfSync', cause: 'live' },
  ...{ outOfSyncSince: NOW - 7200, revisions, objects: MANY_OBJECTS.slice(0, 200) },
  objectCounts: { ...counts, changed: 2000 },
  differenceCounts: { changed: 4000, missing: 0, removed: 0, added: 0 },
})

function unknown(name: string, rest: Parameters<typeof appReport>[2]): AppReport {
  return appReport(name, argocd, { unknownSince: NOW - 240, revisions, ...rest })
}

/** Apps that cannot be judged, one for each step. */
export const UNKNOWN: readonly AppReport[] = [
  unknown('broken-render', {
    outcome: {
      status: 'Unknown',
      reason: {
        ...{ code: 'GDE_RENDER_YAML', message: 'mapping values are not allowed here' },
        ...{ file: 'apps/shop/deployment.yaml', line: 7, column: 12 },
      },
    },
    lastSynced: NOW - 500,
  }),
  unknown('broken-fetch', {
    outcome: {
      status: 'Unknown',
      reason: { code: 'GDE_GIT_AUTH', message: 'the server refuses the credentials', repository: REPOSITORY },
    },
    outOfSyncSince: NOW - 9000,
  }),
  unknown('broken-read', {
    outcome: {
      status: 'Unknown',
      reason: { code: 'GDE_CLUSTER_FORBIDDEN', message: 'may not list secrets', cluster: 'prod-us' },
    },
  }),
]

const OBJECTS = new Map([
  [OUT_OF_SYNC.summary.id, OUT_OF_SYNC_OBJECTS],
  [MANY.summary.id, MANY_OBJECTS],
])

/** All of these apps, with the links that the docs show. */
export function serveShownApps(options: Parameters<typeof serve>[0] = {}): Promise<Serving> {
  const { links } = parseConfig(`apps: []\n${LINKS_EXAMPLE}`, '/config.yaml')
  return serve({
    updates: [OUT_OF_SYNC, MANY, ...UNKNOWN].map((report) => ({ type: 'app', report })),
    objects: async (id) => OBJECTS.get(id) ?? [],
    links: () => links,
    ...options,
  })
}

export function urlOf({ http }: Serving, { summary }: AppReport, query = ''): string {
  return `${http.pagesUrl}/apps/${encodeURIComponent(summary.id)}${query}`
}
