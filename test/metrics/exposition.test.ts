import { test } from 'node:test'
import type { ExpositionFormat } from '../../src/metrics/exposition/exposition-format.ts'
import { plainText } from '../../src/metrics/exposition/gzip-block.ts'
import { createSection } from '../../src/metrics/exposition/section.ts'
import { appGroup } from '../../src/metrics/families/apps.ts'
import { clusterGroup } from '../../src/metrics/families/clusters.ts'
import type { FamilyGroup } from '../../src/metrics/families/family.ts'
import { repositoryGroup } from '../../src/metrics/families/repositories.ts'
import { assertGolden } from './golden.ts'
import { appReport, clusterReport, repositoryStatus } from './reports.ts'

const HERE = import.meta.dirname

const drifted = appReport(
  'shop',
  {
    controller: 'flux',
    kind: 'Kustomization',
    declaredIn: 'control',
    namespace: 'flux-system',
    autoSync: true,
    labels: { team: 'web "front"', 'app.kubernetes.io/partOf': 'shop', hidden: 'x' },
    sources: [
      { url: 'https://user:token@Git.example.com/platform.git', path: 'apps/shop', targetRevision: 'main' },
      { url: 'git@git.example.com:web/values.git', path: '', targetRevision: 'v1.2.3' },
    ],
    syncIntervalSeconds: 600,
    reportedStatus: {
      status: 'Synced',
      applied: ['0c0ffee'],
      suspended: false,
      disagrees: true,
      health: 'Progressing',
    },
  },
  {
    outcome: { status: 'OutOfSync', cause: 'live' },
    outOfSyncSince: 1_732_299_000.25,
    statusChanges: 7,
    objects: [
      {
        key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'front' },
        version: 'v1',
        state: 'changed',
        differences: [
          { path: '/metadata/labels/a', class: 'changed', effect: 'report', desired: 'b', live: 'c' },
          {
            path: '/spec/replicas',
            class: 'changed',
            effect: 'drift',
            desired: 2,
            live: 5,
            actor: { manager: 'kubectl-scale', operation: 'Update', user: 'alice' },
          },
          { path: '/spec/paused', class: 'added', effect: 'drift', live: true },
        ],
      },
      {
        key: { group: '', kind: 'Namespace', namespace: '', name: 'shop\nnew' },
        version: 'v1',
        state: 'missing',
        differences: [],
      },
      {
        key: { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'quiet' },
        version: 'v1',
        state: 'ignored',
        differences: [],
      },
    ],
    objectCounts: { synced: 10, changed: 1, missing: 1, extra: 0, unknown: 0, ignored: 1, skipped: 0 },
    differenceCounts: { changed: 1, missing: 0, removed: 0, added: 1 },
    revisions: [
      {
        repository: 'https://git.example.com/platform.git',
        path: 'apps/shop',
        targetRevision: 'main',
        commit: '67f9d6a1b2c3d4e5f60718293a4b5c6d7e8f9012',
        commitTime: 1_732_298_000,
      },
    ],
  },
  {
    appliedCommit: '0c0ffee',
    lastSyncLagSeconds: 12.5,
    desiredCommitTime: 1_732_298_000,
    appliedCommitTime: 1_732_290_000,
    commitsBehind: 3,
    manualChanges: { person: 4, unknown: 0 },
  },
)

const unknown = appReport(
  'cart',
  { controller: 'argocd', kind: 'Application', declaredIn: 'control', namespace: 'argocd' },
  {
    outcome: { status: 'Unknown', reason: { code: 'GDE_CLUSTER_UNREACHABLE', message: 'no answer' } },
    unknownSince: 1_732_299_500,
    statusChanges: 1,
  },
)

async function exposition<Item>(group: FamilyGroup<Item>, items: readonly Item[], format: ExpositionFormat) {
  const section = createSection(group, (error) => {
    throw error
  })
  for (const [index, item] of items.entries()) section.textBlocks.set(String(index), item)
  await section.textBlocks.flushed()
  const text = Buffer.concat(await Promise.all(section.gzipBlocks(format).map(plainText))).toString()
  section.textBlocks.close()
  return text
}

const apps = appGroup({ appLabels: ['team', 'app.kubernetes.io/partOf'], argocdCompatibility: true }, () => 50)
const plainGroup = appGroup({ appLabels: [], argocdCompatibility: false }, () => 50)

for (const format of ['text', 'openmetrics'] as const) {
  test(`apps of controllers make these series in ${format}`, async () => {
    assertGolden(HERE, `apps.${format}.txt`, await exposition(apps, [drifted, unknown], format))
  })

  test(`a static app that is Synced makes these series in ${format}`, async () => {
    assertGolden(HERE, `static.${format}.txt`, await exposition(plainGroup, [appReport('shop')], format))
  })

  test(`clusters make these series in ${format}`, async () => {
    const failure = { code: 'GDE_CLUSTER_UNREACHABLE', message: 'connection refused' } as const
    const down = clusterReport('audit', { up: false, requests: [], watchRestarts: 0, failure })
    const { lastContact: _, kubeVersion: __, ...status } = down.status
    const { failure: ___, ...notAskedYet } = { ...status, name: 'new' }
    const clusters = [clusterReport('prod-us'), { labels: {}, status }, { labels: {}, status: notAskedYet }]
    assertGolden(
      HERE,
      `clusters.${format}.txt`,
      await exposition(clusterGroup({ index: 1, count: 2 }), clusters, format),
    )
  })

  test(`repositories make these series in ${format}`, async () => {
    const down = repositoryStatus('b', { up: false, lastContact: 1_732_200_000 })
    const reports = [{ label: 'https://git.example.com/platform', mirrors: [repositoryStatus('a'), down] }]
    assertGolden(HERE, `repositories.${format}.txt`, await exposition(repositoryGroup, reports, format))
  })
}
