import type { AppReport } from '../src/model/fleet.ts'
import type { Outcome } from '../src/model/verdicts/verdict.ts'
import { appReport, clusterReport, repositoryStatus } from '../test/metrics/reports.ts'
import { type TestFleet, testFleet } from '../test/metrics/test-fleet.ts'

/** A fleet that feeds every family of the catalogue that an app can feed: unless told otherwise, a tenth of its apps drift, a few are unknown. */
export function benchFleet(apps: number, outcomeOf: (index: number) => Outcome = usualOutcome): TestFleet {
  const fleet = testFleet()
  for (let index = 0; index < 20; index += 1)
    fleet.publish({ type: 'cluster', report: clusterReport(`cluster-${index}`) })
  for (let index = 0; index < 40; index += 1)
    fleet.publish({
      type: 'repository',
      status: repositoryStatus(`${index}`, { url: `https://git.example.com/team-${index}/apps.git` }),
    })
  for (let index = 0; index < apps; index += 1)
    fleet.publish({ type: 'app', report: benchReport(index, outcomeOf(index)) })
  fleet.publish({ type: 'pass', first: true, endedAt: 1_732_300_000 })
  return fleet
}

export function benchReport(index: number, outcome: Outcome): AppReport {
  const name = `application-${String(index).padStart(5, '0')}`
  const drifted = outcome.status === 'OutOfSync'
  return appReport(
    name,
    {
      controller: 'argocd',
      kind: 'Application',
      declaredIn: 'control',
      namespace: 'argocd',
      destination: `cluster-${index % 20}`,
      labels: { team: `team-${index % 40}`, tier: 'backend' },
      sources: [
        {
          url: `https://git.example.com/team-${index % 40}/apps.git`,
          path: `environments/production/${name}`,
          targetRevision: 'main',
        },
      ],
      autoSync: true,
      syncIntervalSeconds: 180,
      reportedStatus: { status: 'Synced', applied: ['c0ffee'], suspended: false, disagrees: drifted },
    },
    {
      outcome,
      ...(drifted ? { outOfSyncSince: 1_732_200_000 } : {}),
      ...(outcome.status === 'Unknown' ? { unknownSince: 1_732_200_000 } : {}),
      statusChanges: index % 7,
      objects: drifted
        ? ['Deployment', 'Service', 'ConfigMap'].map((kind) => ({
            key: { group: '', kind, namespace: name, name },
            version: 'v1',
            state: 'changed' as const,
            differences: [],
          }))
        : [],
    },
    {
      desiredCommitTime: 1_732_100_000,
      appliedCommitTime: 1_732_000_000,
      commitsBehind: index % 3,
      manualChanges: { person: 1, unknown: 0 },
    },
  )
}

function usualOutcome(index: number): Outcome {
  if (index % 10 === 0) return { status: 'OutOfSync', cause: 'live' }
  if (index % 37 === 0) return { status: 'Unknown', reason: { code: 'GDE_CLUSTER_UNREACHABLE', message: 'no answer' } }
  return { status: 'Synced' }
}
