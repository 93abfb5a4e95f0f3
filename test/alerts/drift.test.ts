import { test } from 'node:test'
import { app, down, drifted, exporter, ofApp, SYNCED, unknown, unknownSince } from './fleet.ts'
import { play, skip } from './play.ts'

const OUT = 'GitOpsOutOfSync shop@prod-us severity=warning'
const DOWN = 'GitOpsExporterDown severity=critical instance=a'
const UNKNOWN = 'GitOpsSyncUnknown shop@prod-us severity=warning'

test('live drift fires after five minutes and resolves when it was mended', { skip }, () =>
  play({
    scrape: (m) => [...exporter(), ...app(m < 5 || m >= 20 ? SYNCED : drifted('live', 5))],
    firing: { 4: [], 9: [], 10: [OUT], 19: [OUT], 22: [] },
  }),
)

test('drift of an app that turns Unknown keeps its alert, and Unknown is told by its own alert', { skip }, () =>
  play({
    scrape: (m) => [...exporter(), ...app(m < 15 ? drifted('live', 0) : m < 60 ? { ...unknown(), since: 0 } : SYNCED)],
    firing: { 10: [OUT], 20: [OUT], 29: [OUT], 31: [OUT, UNKNOWN], 59: [OUT, UNKNOWN], 64: [] },
  }),
)

test('Unknown without drift before is told by its own alert alone, after fifteen minutes', { skip }, () =>
  play({
    scrape: (m) => [...exporter(), ...app(m < 5 ? SYNCED : unknown())],
    firing: { 15: [], 19: [], 20: [UNKNOWN], 60: [UNKNOWN] },
  }),
)

test('a source that is not supported informs', { skip }, () =>
  play({
    scrape: () => [...exporter(), ...app(unknown('GDE_UNSUPPORTED_SOURCE'))],
    firing: { 14: [], 20: ['GitOpsSyncUnknown shop@prod-us severity=info'] },
  }),
)

test('an app that was removed is no drift', { skip }, () =>
  play({
    scrape: (m) => [...exporter(), ...(m < 15 ? app(drifted('live', 0)) : []), ...app(SYNCED, { name: 'other' })],
    firing: { 10: [OUT], 17: [] },
  }),
)

test('the last app of all that was removed is no drift', { skip }, () =>
  play({
    scrape: (m) => [...exporter(), ...(m < 15 ? app(drifted('live', 0)) : [])],
    firing: { 10: [OUT], 17: [] },
  }),
)

test('a dead exporter resolves nothing, and when it is back and says Synced the alert goes', { skip }, () =>
  play({
    scrape: (m) => [
      ...(m < 15 ? [...exporter(), ...app(drifted('live', 0))] : m < 120 ? down() : [...exporter(), ...app(SYNCED)]),
    ],
    firing: { 14: [OUT], 18: [OUT], 21: [OUT, DOWN], 119: [OUT, DOWN], 132: [] },
  }),
)

test('the last word of a dead exporter is given up after six hours', { skip }, () =>
  play({
    scrape: (m) => (m < 15 ? [...exporter(), ...app(drifted('live', 0))] : down()),
    firing: { 370: [OUT, DOWN], 378: [DOWN] },
  }),
)

test('four minutes of drift and one healed, again and again, is flapping and nothing else', { skip }, () =>
  play({
    scrape: (m) => [...exporter(), ...app(m >= 40 || m % 5 === 4 ? SYNCED : drifted('live', m - (m % 5)))],
    firing: {
      9: [],
      25: ['GitOpsDriftFlapping shop@prod-us severity=warning'],
      39: ['GitOpsDriftFlapping shop@prod-us severity=warning'],
      150: [],
    },
  }),
)

const INTERVAL = ofApp('gitops_app_sync_interval_seconds', 600)

test('a commit within the interval of the controller fires nothing', { skip }, () =>
  play({
    scrape: (m) => [...exporter(), INTERVAL, ...app(m < 5 || m >= 14 ? SYNCED : drifted('git', 5))],
    firing: { 8: [], 12: [], 14: [], 25: [] },
  }),
)

test('a commit that the controller never applies fires when its interval is over', { skip }, () =>
  play({
    scrape: (m) => [...exporter(), INTERVAL, ...app(m < 5 ? SYNCED : drifted('git', 5))],
    firing: { 15: [], 19: [], 20: [OUT], 60: [OUT] },
  }),
)

test('live drift does not wait for an interval', { skip }, () =>
  play({
    scrape: (m) => [...exporter(), INTERVAL, ...app(m < 5 ? SYNCED : drifted('live', 5))],
    firing: { 9: [], 10: [OUT] },
  }),
)

test(
  'live drift that joins a commit in its interval fires, and is the same alert when the commit is all that is left',
  { skip },
  () =>
    play({
      scrape: (m) => [...exporter(), INTERVAL, ...app(m < 8 ? drifted('git', 0) : drifted('both', 0))],
      firing: { 12: [], 13: [OUT] },
    }),
)

test('an app that is not seen any more within its interval does not become due', { skip }, () =>
  play({
    scrape: (m) => (m < 5 ? [...exporter(), INTERVAL, ...app(drifted('git', 0))] : down()),
    firing: { 12: [DOWN], 60: [DOWN] },
  }),
)

const MANUAL = { autoSync: false } as const

test('auto-sync that is off on purpose is quiet, and informs after a day', { skip }, () =>
  play({
    // The drift began before Prometheus did.
    scrape: () => [...exporter(), ...app(drifted('git', 20 - 24 * 60), MANUAL)],
    firing: { 19: [], 30: ['GitOpsManualSyncPending shop@prod-us severity=info'] },
  }),
)

test('a hand edit of an app with auto-sync off fires as ever', { skip }, () =>
  play({
    scrape: () => [...exporter(), ...app(drifted('live', 0), MANUAL)],
    firing: { 4: [], 5: [OUT] },
  }),
)

test('an app without a controller fires for a commit that nobody applied', { skip }, () =>
  play({
    scrape: () => [...exporter(), ...app(drifted('git', 0), { controller: 'static', autoSync: false })],
    firing: { 4: [], 5: [OUT] },
  }),
)

test('a sync window that denies keeps a commit quiet, and no hand edit', { skip }, () =>
  play({
    scrape: (m) => [
      ...exporter(),
      ...app(m < 30 ? drifted('git', 0) : drifted('both', 0)),
      ofApp('gitops_app_sync_window_active', 1),
    ],
    firing: { 20: [], 34: [], 35: [OUT] },
  }),
)

test(
  'a commit that waited for the end of a sync window fires after it, and not because the exporter died inside',
  { skip },
  () =>
    play({
      scrape: (m) =>
        m >= 10 && m < 30
          ? down()
          : [...exporter(), ...app(drifted('git', 0)), ofApp('gitops_app_sync_window_active', m < 40 ? 1 : 0)],
      firing: { 9: [], 28: [DOWN], 44: [], 45: [OUT] },
    }),
)

test('alerts and since when an app drifts carry the team and the environment by which they are routed', { skip }, () =>
  play({
    scrape: (m) => [
      ...exporter(),
      ...app(m < 20 ? drifted('live', 0) : unknown(), {}),
      ofApp('gitops_app_labels', 1, {}, { label_team: 'payments' }),
      [
        'gitops_cluster_info',
        { job: 'exporter', instance: 'a', dest_cluster: 'prod-us', label_environment: 'prod' },
        1,
      ],
    ],
    firing: { 10: [OUT], 30: [OUT] },
    values: {
      'sum(gitops:app_drift:since_timestamp_seconds{label_team="payments", label_environment="prod"})': 0,
      'sum(ALERTS{alertname="GitOpsOutOfSync", label_team="payments", label_environment="prod"})': 1,
    },
  }),
)

test('two scrape jobs are one alert', { skip }, () =>
  play({
    scrape: () => ['one', 'two'].flatMap((job) => [...exporter({ job }), ...app(drifted('live', 0), {}, { job })]),
    firing: { 10: [OUT] },
  }),
)

test(
  'of two shards one dies while the other lives: its drift stays, and an app that the other lost goes',
  { skip },
  () =>
    play({
      scrape: (m) => [
        ...(m < 15 ? [...exporter(), ...app(drifted('live', 0))] : down()),
        ...exporter({ instance: 'b' }),
        ...app(SYNCED, { cluster: 'prod-eu' }, { instance: 'b' }),
        ...(m < 30 ? app(drifted('live', 0), { name: 'old', cluster: 'prod-eu' }, { instance: 'b' }) : []),
      ],
      firing: {
        10: [OUT, 'GitOpsOutOfSync old@prod-eu severity=warning'],
        29: [OUT, DOWN, 'GitOpsOutOfSync old@prod-eu severity=warning'],
        60: [OUT, DOWN],
      },
    }),
)

test('of two shards one is gone together with its target: its drift stays', { skip }, () =>
  play({
    scrape: (m) => [
      ...(m < 20 ? [...exporter(), ...app(drifted('live', 0))] : []),
      ...exporter({ instance: 'b' }),
      ...app(SYNCED, { cluster: 'prod-eu' }, { instance: 'b' }),
    ],
    firing: { 19: [OUT], 29: [OUT], 60: [OUT, 'GitOpsExporterInstanceLost severity=warning'] },
  }),
)

test('an exporter that restarts and answers long before its first pass is done resolves no drift', { skip }, () =>
  play({
    scrape: (m) => {
      if (m < 15) return [...exporter(), ...app(drifted('live', 0))]
      if (m < 17) return down()
      // First nothing at all is known, then the app without its history.
      if (m < 25) return exporter({ discovered: false })
      return m < 35 ? [...exporter(), ...app(unknown('GDE_NOT_EVALUATED'))] : [...exporter(), ...app(SYNCED)]
    },
    firing: { 14: [OUT], 16: [OUT], 20: [OUT], 24: [OUT], 30: [OUT], 34: [OUT], 38: [] },
  }),
)

test('discovery that is refused, and whose apps disappear, resolves no drift', { skip }, () =>
  play({
    scrape: (m) => [
      ...exporter({ discovered: { 'argocd/control': m < 15 } }),
      ...(m < 15 ? app(drifted('live', 0)) : []),
      ...app(SYNCED, { name: 'own', controller: 'static' }),
    ],
    firing: { 14: [OUT], 20: [OUT], 40: [OUT, 'GitOpsDiscoveryFailed severity=warning dest_cluster=control'] },
  }),
)

test('a pod is replaced: nothing resolves and nothing is lost', { skip }, () =>
  play({
    scrape: (m) => {
      if (m < 15) return [...exporter({ instance: 'a' }), ...app(drifted('live', 0))]
      if (m < 17) return []
      if (m < 19)
        return [...exporter({ instance: 'b', discovered: false }), ...app(unknownSince(0), {}, { instance: 'b' })]
      return [...exporter({ instance: 'b' }), ...app(drifted('live', 0), {}, { instance: 'b' })]
    },
    firing: { 14: [OUT], 16: [OUT], 18: [OUT], 25: [OUT], 60: [OUT] },
  }),
)

test('two replicas are one alert, and one of them that restarts changes nothing', { skip }, () =>
  play({
    scrape: (m) => [
      ...(m >= 15 && m < 25
        ? [...exporter({ discovered: false }), ...app(unknown('GDE_NOT_EVALUATED'))]
        : [...exporter(), ...app(drifted('live', 0))]),
      ...exporter({ instance: 'b' }),
      ...app(drifted('live', 0), {}, { instance: 'b' }),
    ],
    firing: { 10: [OUT], 20: [OUT], 30: [OUT] },
  }),
)

test('what a replica says that lives ends drift though the other one is dead', { skip }, () =>
  play({
    scrape: (m) => [
      ...(m < 15 ? [...exporter(), ...app(drifted('live', 0))] : down()),
      ...exporter({ instance: 'b' }),
      ...app(m < 20 ? drifted('live', 0) : SYNCED, {}, { instance: 'b' }),
    ],
    firing: { 10: [OUT], 24: [DOWN], 60: [DOWN] },
  }),
)
