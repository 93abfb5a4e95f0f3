import { test } from 'node:test'
import { app, down, drifted, exporter, SYNCED } from './fleet.ts'
import { play, skip } from './play.ts'
import type { Scraped } from './scenario.ts'

const TARGET = { job: 'exporter', instance: 'a' } as const
const own = (metric: string, value: number, labels: Readonly<Record<string, string>> = {}): Scraped => [
  metric,
  { ...TARGET, ...labels },
  value,
]

test('an exporter that is down fires, a restart does not', { skip }, () =>
  play({
    scrape: (m) => (m < 5 || (m >= 9 && m < 20) ? exporter() : down()),
    firing: { 8: [], 24: [], 25: ['GitOpsExporterDown severity=critical instance=a'] },
  }),
)

test('an exporter that Prometheus never saw fires as well', { skip }, () =>
  play({
    scrape: () => [['up', { job: 'node', instance: 'n' }, 1]],
    firing: { 4: [], 5: ['GitOpsExporterDown severity=critical'] },
  }),
)

test('an exporter that is down and then gone with its target goes on firing', { skip }, () =>
  play({
    scrape: (m) => (m < 5 ? exporter() : m < 15 ? down() : [['up', { job: 'node', instance: 'n' }, 1]]),
    firing: {
      14: ['GitOpsExporterDown severity=critical instance=a'],
      19: ['GitOpsExporterDown severity=critical instance=a'],
      22: ['GitOpsExporterDown severity=critical instance=a', 'GitOpsExporterDown severity=critical'],
      40: ['GitOpsExporterDown severity=critical'],
    },
  }),
)

test('of several exporters the one that is down is named, and other targets are not', { skip }, () =>
  play({
    scrape: (m) => [
      ...exporter({ instance: 'b' }),
      ...(m < 5 ? exporter() : down()),
      ...down({ job: 'node', instance: 'n' }),
    ],
    firing: { 9: [], 15: ['GitOpsExporterDown severity=critical instance=a'] },
  }),
)

test('one of two exporters that is gone with its target is missed', { skip }, () =>
  play({
    scrape: (m) => [...exporter({ instance: 'b' }), ...(m < 20 ? exporter() : [])],
    firing: { 29: [], 31: ['GitOpsExporterInstanceLost severity=warning'] },
  }),
)

const shard = (index: number, count: number, instance = `drift-${index}`): readonly Scraped[] => [
  ...exporter({ instance }),
  ['gitops_exporter_shards', { job: 'exporter', instance, shard: String(index) }, count],
]

test('a shard that never came is missed, and replicas of those that are there do not stand for it', { skip }, () =>
  play({
    scrape: () => [...shard(0, 3), ...shard(1, 3), ...shard(1, 3, 'drift-4')],
    firing: { 14: [], 16: ['GitOpsShardMissing severity=critical'] },
  }),
)

test('shards that do not agree on their number are told', { skip }, () =>
  play({
    scrape: () => [...shard(0, 3), ...shard(1, 3), ...shard(2, 3), ...shard(1, 2, 'drift-3')],
    firing: { 14: [], 16: ['GitOpsShardMissing severity=critical'] },
  }),
)

test('all shards with a replica each are complete, and so is an exporter without shards', { skip }, () =>
  play({
    scrape: (m) =>
      m < 30
        ? [0, 1, 2].flatMap((index) => [...shard(index, 3), ...shard(index, 3, `drift-${index + 3}`)])
        : [...exporter({ instance: 'drift-0' })],
    firing: { 16: [], 29: [], 38: [] },
  }),
)

test('a rollout with one exporter more for some minutes misses nobody', { skip }, () =>
  play({
    scrape: (m) => [...(m < 33 ? exporter() : []), ...(m >= 30 ? exporter({ instance: 'b' }) : [])],
    firing: { 32: [], 60: [] },
  }),
)

const pass = (last: number, queue: number, evaluations: number): readonly Scraped[] => [
  own('process_start_time_seconds', 0),
  own('gitops_exporter_pass_interval_seconds', 600),
  own('gitops_exporter_last_pass_timestamp_seconds', last * 60),
  own('gitops_evaluation_queue_length', queue),
  own('gitops_evaluations_total', evaluations, { sync_status: 'Synced' }),
]
const STALLED = 'GitOpsEvaluationsStalled severity=critical instance=a'

test('passes that end fire nothing, and passes that stop do', { skip }, () =>
  play({
    scrape: (m) => [...exporter(), ...pass(Math.min(m, 20), 0, m)],
    firing: { 20: [], 44: [], 47: [STALLED] },
  }),
)

test('evaluations that stand still while apps wait fire though a pass ended lately', { skip }, () =>
  play({
    scrape: (m) => [...exporter(), ...pass(m, m < 10 ? 0 : 7, Math.min(m, 10))],
    firing: { 20: [], 31: [STALLED] },
  }),
)

test('a first pass that never ends fires', { skip }, () =>
  play({
    scrape: (m) => [
      ...exporter(),
      own('process_start_time_seconds', 0),
      own('gitops_exporter_pass_interval_seconds', 600),
      own('gitops_exporter_last_pass_timestamp_seconds', 0),
      own('gitops_evaluation_queue_length', 0),
      own('gitops_evaluations_total', m, { sync_status: 'Synced' }),
    ],
    firing: { 20: [], 27: [STALLED] },
  }),
)

test('a config that is refused fires, and resolves when it is accepted', { skip }, () =>
  play({
    scrape: (m) => [...exporter(), own('gitops_exporter_config_last_reload_successful', m >= 5 && m < 20 ? 0 : 1)],
    firing: { 9: [], 10: ['GitOpsConfigReloadFailed severity=warning instance=a'], 23: [] },
  }),
)

test('objects without a series are told', { skip }, () =>
  play({
    scrape: (m) => [...exporter(), own('gitops_drifted_objects_omitted', m < 5 ? 0 : 12)],
    firing: { 14: [], 16: ['GitOpsMetricsTruncated severity=info'] },
  }),
)

const OBJECT = { group: 'apps', kind: 'Deployment', object_namespace: 'shop', object: 'web', state: 'changed' }
const IDENTITY = {
  app_name: 'shop',
  app_namespace: 'argocd',
  app_kind: 'Application',
  app_cluster: 'control',
  controller: 'argocd',
  dest_cluster: 'prod-us',
}
const LABELS = { severity: 'warning', ...IDENTITY, project: 'web', repo: 'https://git.example.com/platform' }
const LINKS = {
  runbook_url:
    'https://github.com/gitops-drift-exporter/gitops-drift-exporter/blob/main/docs/runbooks/GitOpsOutOfSync.md',
  dashboard_url: 'https://grafana.example.com/d/gitops-app?var-controller=argocd&var-cluster=prod-us&var-app=shop',
  status_url: 'https://drift.example.com/apps/argocd%7CApplication%7Ccontrol%7Cargocd%7Cshop%7Cprod-us',
}
const summary = 'shop in prod-us is not what Git says'
const since =
  'The argocd app shop of namespace argocd, project web, in cluster prod-us has been OutOfSync since 1970-01-01 00:01:00 +0000 UTC.'

test(
  'the notification says what differs, by which program, since when and which commit; of an app of a dead exporter what is known',
  {
    skip,
  },
  () =>
    play({
      scrape: (m) =>
        m >= 10
          ? down()
          : [
              ...exporter(),
              ...app(m < 1 ? SYNCED : drifted('both', 1)),
              own('gitops_app_revision_info', 1, {
                ...IDENTITY,
                commit: '67f9d6a1b2c3d4e5f60718293a4b5c6d7e8f9012',
                applied_commit: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
              }),
              own('gitops_drifted_object_info', 1, {
                ...IDENTITY,
                ...OBJECT,
                field: '/spec/replicas',
                actor: 'kubectl-scale',
              }),
            ],
      firing: { 8: ['GitOpsOutOfSync shop@prod-us severity=warning'] },
      annotations: [
        {
          minute: 8,
          alert: 'GitOpsOutOfSync',
          labels: LABELS,
          annotations: {
            summary,
            description: `${since} The cluster was changed, and a commit was not applied; Git is at 67f9d6a1b2c3, aaaaaaaaaaaa was applied. Deployment shop/web is changed at /spec/replicas by kubectl-scale.`,
            ...LINKS,
          },
        },
        {
          minute: 20,
          alert: 'GitOpsOutOfSync',
          labels: LABELS,
          annotations: {
            summary,
            description: `${since} The cluster was changed, and a commit was not applied.`,
            ...LINKS,
          },
        },
      ],
    }),
)

test('during mass drift the notification of an app has no details', { skip }, () =>
  play({
    scrape: (m) => [
      ...exporter(),
      // The others do not last until their own alert.
      ...['shop', 'a', 'b', 'c', 'd'].flatMap((name) =>
        app(m < 1 || (m >= 5 && name !== 'shop') ? SYNCED : drifted('live', 1), { name }),
      ),
      own('gitops_drifted_object_info', 1, { ...IDENTITY, ...OBJECT }),
      ...['w', 'x', 'y', 'z'].flatMap((name) => app(m < 5 ? SYNCED : drifted('live', 5), { name })),
    ],
    firing: { 4: [] },
    annotations: [
      {
        minute: 6,
        alert: 'GitOpsOutOfSync',
        labels: LABELS,
        annotations: { summary, description: since, ...LINKS },
      },
    ],
  }),
)
