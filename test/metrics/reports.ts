import type { AppReport, AppSummary, ClusterReport } from '../../src/model/fleet.ts'
import { appId } from '../../src/model/identity.ts'
import type { RepositoryStatus } from '../../src/model/sources/git.ts'
import type { RepositoryId } from '../../src/model/sources/source.ts'
import type { Verdict } from '../../src/model/verdicts/verdict.ts'

/** An app of the config file, Synced, with one object; `summary` and `verdict` say what is otherwise. */
export function appReport(
  name: string,
  summary: Partial<AppSummary> = {},
  verdict: Partial<Verdict> = {},
  rest: Partial<Omit<AppReport, 'summary' | 'verdict'>> = {},
): AppReport {
  const identity = {
    controller: summary.controller ?? 'static',
    kind: summary.kind ?? 'App',
    declaredIn: summary.declaredIn ?? '',
    namespace: summary.namespace ?? '',
    name,
    destination: summary.destination ?? 'prod-us',
  } as const
  const id = appId(identity)
  return {
    summary: {
      ...identity,
      id,
      project: 'web',
      labels: {},
      sources: [{ url: 'https://git.example.com/platform.git', path: `apps/${name}`, targetRevision: 'main' }],
      server: 'https://prod-us.example.com',
      destinationNamespace: name,
      autoSync: false,
      ...summary,
    },
    verdict: {
      app: id,
      outcome: { status: 'Synced' },
      lastSynced: 1_732_300_000,
      evaluatedAt: 1_732_300_000,
      statusChanges: 0,
      revisions: [],
      objects: [],
      objectCounts: { synced: 1, changed: 0, missing: 0, extra: 0, unknown: 0, ignored: 0, skipped: 0 },
      differenceCounts: { changed: 0, missing: 0, removed: 0, added: 0 },
      warnings: [],
      ...verdict,
    },
    ...rest,
  }
}

export function clusterReport(name: string, status: Partial<ClusterReport['status']> = {}): ClusterReport {
  return {
    labels: { environment: 'prod', region: 'us-east' },
    status: {
      name,
      up: true,
      lastContact: 1_732_300_000,
      kubeVersion: 'v1.36.0',
      server: `https://${name}.example.com`,
      requests: [
        { verb: 'list', code: '200', count: 12 },
        { verb: 'watch', code: '0', count: 1 },
      ],
      watchRestarts: 2,
      ...status,
    },
  }
}

export function repositoryStatus(repository: string, status: Partial<RepositoryStatus> = {}): RepositoryStatus {
  return {
    repository: repository as RepositoryId,
    url: 'https://git.example.com/platform.git',
    up: true,
    lastContact: 1_732_300_000,
    refsVersion: 1,
    ...status,
  }
}
