import { test } from 'node:test'
import { app, down, drifted, exporter, ofApp, SYNCED, unknown } from './fleet.ts'
import { play, skip } from './play.ts'
import type { Scraped } from './scenario.ts'

const OUT = 'GitOpsOutOfSync shop@prod-us severity=warning'
const TARGET = { job: 'exporter', instance: 'a' } as const
const own = (metric: string, value: number, labels: Readonly<Record<string, string>> = {}): Scraped => [
  metric,
  { ...TARGET, ...labels },
  value,
]
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `app-${index}`)

test(
  'fifteen of twenty apps of a cluster that drift at once are mass drift, told before the single ones',
  { skip },
  () =>
    play({
      scrape: (m) => [
        ...exporter(),
        ...names(20).flatMap((name, index) =>
          app(m >= 5 && m < 30 && index < 15 ? drifted('live', 5) : SYNCED, {
            name,
            project: `team-${index % 10}`,
            repo: `https://git.example.com/${index}`,
          }),
        ),
      ],
      firing: {
        8: [],
        9: ['GitOpsMassDrift severity=critical dest_cluster=prod-us scope=cluster'],
        20: [
          'GitOpsMassDrift severity=critical dest_cluster=prod-us scope=cluster',
          ...names(15).map((name) => `GitOpsOutOfSync ${name}@prod-us severity=warning`),
        ],
        40: [],
      },
    }),
)

test(
  'mass drift is told by project and repository too, stays while the exporter is dead, and a few apps are none',
  { skip },
  () =>
    play({
      scrape: (m) => [
        ...(m >= 10
          ? down()
          : [
              ...exporter(),
              ...names(6).flatMap((name, index) => app(drifted('live', 0), { name, cluster: `c${index}` })),
              ...names(4).flatMap((name) => app(drifted('live', 0), { name, cluster: 'small', project: '', repo: '' })),
            ]),
      ],
      firing: {
        60: [
          'GitOpsMassDrift severity=critical scope=project',
          'GitOpsMassDrift severity=critical scope=repository',
          'GitOpsExporterDown severity=critical instance=a',
          ...names(6).map((name, index) => `GitOpsOutOfSync ${name}@c${index} severity=warning`),
          ...names(4).map((name) => `GitOpsOutOfSync ${name}@small severity=warning`),
        ],
      },
    }),
)

const INSTANCES = {
  'one exporter': ['a'],
  'two replicas': ['a', 'b'],
  'three shards': ['x', 'y', 'z'],
  'two replicas of each of three shards': ['x', 'y', 'z', 'x2', 'y2', 'z2'],
} as const

for (const [exporters, instances] of Object.entries(INSTANCES))
  test(`${exporters}: apps, drifting apps and their ratio are counted once`, { skip }, () =>
    play({
      scrape: () =>
        instances.flatMap((instance, shard) => [
          ...exporter({ instance }),
          ...names(24).flatMap((name, index) =>
            exporters.endsWith('three shards') && index % 3 !== shard % 3
              ? []
              : app(
                  index < 6 ? drifted('live', 0) : SYNCED,
                  { name, project: index < 8 ? 'few' : 'many' },
                  { instance },
                ),
          ),
        ]),
      firing: { 2: [] },
      values: {
        'sum(gitops:apps:count{scope="cluster"})': 24,
        'sum(gitops:apps:count{scope="project", project="few"})': 8,
        'sum(gitops:apps_of_source:count{controller="argocd"})': 24,
        'sum(gitops:apps_drifting:count{scope="cluster"})': 6,
        'sum(gitops:apps_drifting:ratio{scope="cluster"})': 0.25,
        'sum(gitops:apps_drifting:ratio{scope="project", project="few"})': 0.75,
        'sum(gitops:apps_drifting:ratio{scope="repository", repo="https://git.example.com/platform"})': 0.25,
        'count(gitops:app_drift:since_timestamp_seconds)': 6,
        'sum(gitops:exporters:known)': instances.length,
      },
    }),
  )

test('commits that are applied within their interval are no mass drift', { skip }, () =>
  play({
    scrape: () => [
      ...exporter(),
      ...names(20).flatMap((name) => [
        ...app(drifted('git', 0), { name }),
        ofApp('gitops_app_sync_interval_seconds', 1800, { name }),
      ]),
    ],
    firing: { 10: [], 29: [] },
  }),
)

test('a manual change fires at once, stays while its drift does, and goes with it', { skip }, () =>
  play({
    scrape: (m) => [
      ...exporter(),
      ...app(m >= 5 && m < 60 ? drifted('live', 5) : SYNCED),
      ofApp('gitops_manual_changes_total', m < 5 ? 0 : 1, {}, { actor_class: 'person' }),
      ofApp('gitops_manual_changes_total', m < 15 ? 0 : 1, {}, { actor_class: 'controller' }),
    ],
    firing: {
      4: [],
      6: ['GitOpsManualChange shop@prod-us severity=warning'],
      55: ['GitOpsManualChange shop@prod-us severity=warning', OUT],
      63: [],
    },
  }),
)

test('a manual change that self-heal undid at once is told all the same', { skip }, () =>
  play({
    scrape: (m) => [
      ...exporter(),
      ...app(SYNCED),
      ofApp('gitops_manual_changes_total', m < 5 ? 0 : 1, {}, { actor_class: 'person' }),
    ],
    firing: { 4: [], 6: ['GitOpsManualChange shop@prod-us severity=warning'], 40: [] },
  }),
)

test('a manual change while the pod is replaced is not lost, and counters that go on are no change', { skip }, () =>
  play({
    scrape: (m) => {
      const target = { instance: m < 10 ? 'a' : 'b' }
      const count = (value: number, name: string) =>
        ofApp('gitops_manual_changes_total', value, { name }, { actor_class: 'person' }, target)
      if (m >= 8 && m < 10) return []
      return [
        ...exporter(target),
        ...app(SYNCED, { name: 'changed' }, target),
        ...app(SYNCED, { name: 'quiet' }, target),
        count(m < 10 ? 5 : 6, 'changed'),
        count(3, 'quiet'),
      ]
    },
    firing: { 7: [], 11: ['GitOpsManualChange changed@prod-us severity=warning'] },
  }),
)

const CONDITIONS = [
  ['GitOpsControllerDisagrees', 'info', 15, ofApp('gitops_app_verdict_disagrees', 1)],
  [
    'GitOpsControllerSyncFailed',
    'warning',
    5,
    ofApp('gitops_app_controller_last_operation_timestamp_seconds', 60, {}, { phase: 'Failed' }),
  ],
] as const

for (const [alert, severity, minutes, series] of CONDITIONS)
  test(`${alert} fires, stays while the exporter is dead, and resolves when the controller does better`, { skip }, () =>
    play({
      scrape: (m) =>
        m >= 30 && m < 50 ? down() : [...exporter(), ...app(SYNCED), ...(m >= 5 && m < 60 ? [series] : [])],
      firing: {
        [minutes + 4]: [],
        [minutes + 5]: [`${alert} shop@prod-us severity=${severity}`],
        45: [`${alert} shop@prod-us severity=${severity}`, 'GitOpsExporterDown severity=critical instance=a'],
        70: [],
      },
    }),
  )

// Long: Prometheus counts from when it saw it first.
test('an app that is suspended informs after a day', { skip }, () =>
  play({
    scrape: () => [...exporter(), ...app(SYNCED), ofApp('gitops_app_controller_suspended', 1)],
    step: 4,
    firing: { 1436: [], 1444: ['GitOpsSuspendedTooLong shop@prod-us severity=info'] },
  }),
)

test(
  'auto-sync that is turned off informs after an hour until it is on again; one that never was on is quiet',
  { skip },
  () =>
    play({
      scrape: (m) => [
        ...exporter(),
        ...app(SYNCED, { autoSync: m < 5 || m > 100 }),
        ...app(SYNCED, { name: 'manual', autoSync: false }),
      ],
      firing: { 60: [], 66: ['GitOpsAutoSyncOff shop@prod-us severity=info'], 110: [] },
    }),
)

test('a cluster that is left behind is skew, and one that follows within the hour is none', { skip }, () =>
  play({
    scrape: (m) => [
      ...exporter(),
      ...['prod-us', 'prod-eu'].flatMap((cluster) => [
        ...app(SYNCED, { cluster }),
        ofApp('gitops_app_applied_commit_timestamp_seconds', cluster === 'prod-eu' || m < 5 ? 0 : 90_000, { cluster }),
        ...app(SYNCED, { cluster, name: 'cart', path: 'cart' }),
        ofApp('gitops_app_applied_commit_timestamp_seconds', m < (cluster === 'prod-eu' ? 40 : 5) ? 0 : 90_000, {
          cluster,
          name: 'cart',
        }),
      ]),
    ],
    firing: { 60: [], 66: ['GitOpsFleetSkew severity=warning'] },
  }),
)

const stuck = (m: number, interval: number): readonly Scraped[] => [
  ofApp('gitops_app_sync_interval_seconds', interval),
  own('gitops_controller_last_activity_timestamp_seconds', Math.min(m, 5) * 60, {
    controller: 'argocd',
    app_cluster: 'control',
  }),
]

test(
  'a controller that has stopped fires after three of its intervals, and one with long intervals later',
  { skip },
  () =>
    play({
      scrape: (m) => [...exporter(), ...app(SYNCED), ...stuck(m, 600)],
      firing: { 39: [], 42: ['GitOpsControllerStale severity=warning dest_cluster=control'] },
    }),
)

test(
  'a cluster that does not answer fires, stays through a restart that has not asked it yet, and resolves',
  { skip },
  () =>
    play({
      scrape: (m) => {
        const cluster = { dest_cluster: 'prod-us' }
        const info = own('gitops_cluster_info', 1, { ...cluster, label_environment: 'prod' })
        if (m >= 20 && m < 23) return down()
        if (m >= 23 && m < 27) return [...exporter(), info]
        return [...exporter(), info, own('gitops_cluster_up', m >= 5 && m < 40 ? 0 : 1, cluster)]
      },
      firing: {
        9: [],
        10: ['GitOpsClusterUnreachable severity=critical dest_cluster=prod-us'],
        26: ['GitOpsClusterUnreachable severity=critical dest_cluster=prod-us'],
        39: ['GitOpsClusterUnreachable severity=critical dest_cluster=prod-us'],
        43: [],
      },
    }),
)

test('a cluster that was removed is not unreachable', { skip }, () =>
  play({
    scrape: (m) => {
      const cluster = { dest_cluster: 'prod-us' }
      return [
        ...exporter(),
        ...(m < 20 ? [own('gitops_cluster_info', 1, cluster), own('gitops_cluster_up', 0, cluster)] : []),
      ]
    },
    firing: { 10: ['GitOpsClusterUnreachable severity=critical dest_cluster=prod-us'], 24: [] },
  }),
)

test('a repository that cannot be read fires, and resolves', { skip }, () =>
  play({
    scrape: (m) => [
      ...exporter(),
      own('gitops_repo_up', m >= 5 && m < 30 ? 0 : 1, { repo: 'https://git.example.com/platform' }),
    ],
    firing: { 9: [], 10: ['GitOpsRepositoryUnreachable severity=warning'], 33: [] },
  }),
)

test('discovery that is refused fires; a start that takes its time does not', { skip }, () =>
  play({
    scrape: (m) => exporter({ discovered: { 'argocd/control': m >= 8 && m < 20, 'flux/control': m >= 8 } }),
    firing: {
      18: [],
      29: [],
      31: ['GitOpsDiscoveryFailed severity=warning dest_cluster=control'],
    },
  }),
)

test('half of the apps that vanish are told; a source that is refused is not taken for it', { skip }, () =>
  play({
    scrape: (m) => [
      ...exporter({ discovered: { 'flux/control': m < 20 } }),
      ...names(m < 20 ? 10 : 5).flatMap((name) => app(SYNCED, { name })),
      ...names(m < 20 ? 10 : 0).flatMap((name) => app(SYNCED, { name, controller: 'flux', cluster: 'prod-eu' })),
    ],
    firing: { 24: [], 26: ['GitOpsAppsVanished severity=warning dest_cluster=control'] },
  }),
)

test('all apps of the config file that vanish are told', { skip }, () =>
  play({
    scrape: (m) => [
      ...exporter(),
      ...names(m < 20 ? 10 : 0).flatMap((name) => app(SYNCED, { name, controller: 'static' })),
    ],
    firing: { 19: [], 28: ['GitOpsAppsVanished severity=warning'] },
  }),
)

test('a cluster of unknown apps stays Unknown by app while nobody can ask it', { skip }, () =>
  play({
    scrape: (m) => [...(m < 20 ? [...exporter(), ...app(unknown())] : down())],
    firing: {
      30: ['GitOpsSyncUnknown shop@prod-us severity=warning', 'GitOpsExporterDown severity=critical instance=a'],
    },
  }),
)
