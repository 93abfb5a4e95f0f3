import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALERTS } from '../../alerts/rules.ts'
import { until } from '../commands/until.ts'
import type { Alert } from '../servers/prometheus.ts'
import { skipWithout } from '../tools/build.ts'
import { app, drifted, exporter, ofApp, SYNCED, unknown } from './fleet.ts'
import { GRAFANA, type Notification, type OnCall, postAlerts, startOnCall, startScrapeServer } from './on-call.ts'
import type { Scraped } from './scenario.ts'

const skip = skipWithout('prometheus') || skipWithout('alertmanager')
const MINUTE = Date.now() / 60_000
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `app-${index}`)
const cluster = (name: string, isUp: boolean): readonly Scraped[] => [
  ['gitops_cluster_info', { instance: 'a', dest_cluster: name, label_environment: 'prod' }, 1],
  ['gitops_cluster_up', { instance: 'a', dest_cluster: name }, isUp ? 1 : 0],
]

/** Waits until so many alerts of this name are at Alertmanager in this state. */
async function untilAlerts({ alertmanager }: OnCall, count: number, name: string, state: string): Promise<void> {
  await until(`${count} × ${name}, ${state}`, async () => {
    const alerts = await alertmanager.alerts()
    const found = alerts.filter(({ labels, state: own }) => labels.alertname === name && own === state)
    return found.length === count || undefined
  })
}

/** Starts with these exporters, and waits until so many apps are known and nobody has anything to tell any more. */
async function startCalm(urls: readonly string[], apps: number): Promise<OnCall> {
  const onCall = await startOnCall(urls)
  try {
    await until('the fleet', async () => {
      const [count] = await onCall.prometheus.query('count(gitops:app_sync_status:last_seen_timestamp_seconds)')
      const alerts = [...(await onCall.prometheus.alerts()), ...(await onCall.alertmanager.alerts())]
      return (count?.value === apps && alerts.length === 0) || undefined
    })
    await told(onCall, 0)
    return onCall
  } catch (error) {
    await onCall[Symbol.asyncDispose]()
    throw error
  }
}

/** What people got since this was asked last: so many notifications, and no more once all groups that there are had their turn. */
async function told({ alertmanager, notifications }: OnCall, count: number): Promise<readonly string[]> {
  await until(`${count} notifications`, async () => notifications.length >= count || undefined)
  const alertname = `Sentinel${sentinels}`
  sentinels += 1
  // About nothing: what Alertmanager had to say before it, it has said when this one is told.
  await postAlerts(alertmanager, [{ alertname, severity: 'warning' }])
  await until('the sentinel', async () => isTold(notifications, alertname) || undefined)
  return notifications
    .splice(0)
    .filter(({ alerts }) => alerts[0]?.alertname?.startsWith('Sentinel') !== true)
    .map(({ receiver, status, alerts }) => `${receiver}: ${alerts.length} × ${alerts[0]?.alertname} ${status}`)
}

let sentinels = 0

function isTold(notifications: readonly Notification[], alertname: string): boolean {
  return notifications.some(({ alerts }) => alerts[0]?.alertname === alertname)
}

test('a cluster of two hundred apps that dies is one notification', { skip }, async () => {
  const fleet = (dies: boolean) => [
    ...exporter(),
    ...cluster('prod-us', !dies),
    ...cluster('prod-eu', true),
    ...names(200).flatMap((name) => app(dies ? unknown() : SYNCED, { name })),
    ...names(20).flatMap((name) => app(SYNCED, { name, cluster: 'prod-eu' })),
  ]
  await using exporters = await startScrapeServer(fleet(false))
  await using onCall = await startCalm([exporters.url], 220)
  exporters.answer = fleet(true)
  await untilAlerts(onCall, 200, 'GitOpsSyncUnknown', 'suppressed')
  assert.deepEqual(await told(onCall, 1), ['on-call: 1 × GitOpsClusterUnreachable firing'])
})

test('an exporter that dies while fifty apps drift is one critical notification, and nothing resolves', {
  skip,
}, async () => {
  const fleet = (drifting: number): readonly Scraped[] => [
    ...exporter(),
    ...cluster('prod-us', true),
    ...names(200).flatMap((name, index) => app(index < drifting ? drifted('live', MINUTE) : SYNCED, { name })),
  ]
  await using exporters = await startScrapeServer(fleet(0))
  await using onCall = await startCalm([exporters.url], 200)
  exporters.answer = fleet(50)
  await untilAlerts(onCall, 50, 'GitOpsOutOfSync', 'active')
  assert.deepEqual(await told(onCall, 1), ['platform: 50 × GitOpsOutOfSync firing'])
  await exporters.close()
  await untilAlerts(onCall, 1, 'GitOpsExporterDown', 'active')
  assert.deepEqual(await told(onCall, 1), ['on-call: 1 × GitOpsExporterDown firing'])
  await untilAlerts(onCall, 50, 'GitOpsOutOfSync', 'active')
})

test('mass drift of a cluster is one critical notification, and the one for a manual change comes all the same', {
  skip,
}, async () => {
  const fleet = (drifting: number): readonly Scraped[] => [
    ...exporter(),
    ...cluster('prod-us', true),
    ...names(20).flatMap((name, index): readonly Scraped[] => {
      const of = { name, project: `team-${index}`, repo: `https://git.example.com/${index}` }
      return [
        ...app(index < drifting ? drifted('live', MINUTE - 1) : SYNCED, of),
        ofApp('gitops_manual_changes_total', index === 0 && drifting > 0 ? 1 : 0, of, { actor_class: 'person' }),
      ]
    }),
  ]
  await using exporters = await startScrapeServer(fleet(0))
  await using onCall = await startCalm([exporters.url], 20)
  exporters.answer = fleet(15)
  await untilAlerts(onCall, 15, 'GitOpsOutOfSync', 'suppressed')
  await untilAlerts(onCall, 1, 'GitOpsManualChange', 'active')
  assert.deepEqual((await told(onCall, 2)).toSorted(), [
    'on-call: 1 × GitOpsMassDrift firing',
    'platform: 1 × GitOpsManualChange firing',
  ])
})

const NOW = Date.now() / 1000
const HOUR = 3600
const own = (metric: string, value: number, labels: Readonly<Record<string, string>> = {}): Scraped => [
  metric,
  { instance: 'a', ...labels },
  value,
]

/** Everything that can go wrong at once, told as it is before and after. */
function troubledFleet(isAfter: boolean, flaps: number): readonly Scraped[] {
  const off = { name: 'off', autoSync: !isAfter }
  const manual = { name: 'manual', autoSync: false }
  const suspended = { name: 'suspended', controller: 'flux' } as const
  const skewed = ['skew-a', 'skew-b'].map((destination) => ({ name: 'skew', cluster: destination, path: 'skew' }))
  return [
    ...exporter({ discovered: { 'flux/control': !isAfter, 'helm/control': true } }),
    ...(isAfter ? [] : exporter({ instance: 'lost', discovered: true })),
    ...cluster('prod-us', true),
    ...cluster('dead', !isAfter),
    own('gitops_repo_up', isAfter ? 0 : 1, { repo: 'https://git.example.com/gone' }),
    own('gitops_exporter_config_last_reload_successful', isAfter ? 0 : 1),
    own('gitops_drifted_objects_omitted', isAfter ? 7 : 0),
    ...(isAfter ? [own('gitops_exporter_shards', 2, { shard: '0' })] : []),
    own('gitops_exporter_pass_interval_seconds', 600),
    own('gitops_exporter_last_pass_timestamp_seconds', isAfter ? NOW - HOUR : NOW),
    own('gitops_controller_last_activity_timestamp_seconds', isAfter ? NOW - 2 * HOUR : NOW, {
      controller: 'argocd',
      app_cluster: 'control',
    }),
    ...app(isAfter ? drifted('live', MINUTE - 60) : SYNCED, { name: 'changed' }),
    ofApp('gitops_manual_changes_total', isAfter ? 1 : 0, { name: 'changed' }, { actor_class: 'person' }),
    ofApp(
      'gitops_app_revision_info',
      1,
      { name: 'changed' },
      { commit: 'a'.repeat(40), applied_commit: 'a'.repeat(40) },
    ),
    ofApp(
      'gitops_drifted_object_info',
      1,
      { name: 'changed' },
      {
        kind: 'Deployment',
        object: 'web',
        object_namespace: 'shop',
        state: 'changed',
        field: '/spec/replicas',
        actor: 'kubectl',
      },
    ),
    ...app(isAfter ? drifted('git', MINUTE - 48 * 60) : SYNCED, manual),
    ...app(isAfter ? unknown('GDE_STALE') : SYNCED, { name: 'unknown' }),
    ...app(isAfter ? unknown('GDE_UNSUPPORTED_SOURCE') : SYNCED, { name: 'unsupported' }),
    ...app(SYNCED, off),
    ...app(SYNCED, suspended),
    ofApp('gitops_app_sync_interval_seconds', 600, suspended),
    ofApp('gitops_app_controller_suspended', isAfter ? 1 : 0, suspended),
    ofApp('gitops_app_verdict_disagrees', isAfter ? 1 : 0, { name: 'unknown' }),
    ofApp('gitops_app_sync_interval_seconds', 180, { name: 'unknown' }),
    ...(isAfter
      ? [ofApp('gitops_app_controller_last_operation_timestamp_seconds', NOW, { name: 'off' }, { phase: 'Failed' })]
      : []),
    ...app(drifted('live', MINUTE - 50 + flaps), { name: 'flaps' }),
    ...skewed.flatMap((of, index) => [
      ...app(SYNCED, of),
      ofApp('gitops_app_applied_commit_timestamp_seconds', isAfter ? NOW - index * 5 * HOUR : NOW, of),
    ]),
    ...names(isAfter ? 2 : 8).flatMap((name) => app(SYNCED, { name, controller: 'helm', cluster: 'prod-eu' })),
    ...names(6).flatMap((name) =>
      app(isAfter ? drifted('live', MINUTE) : SYNCED, { name, cluster: 'mass', project: 'mass' }),
    ),
  ]
}

test('every alert comes to a real Alertmanager from a real Prometheus, with words and links', { skip }, async () => {
  await using exporters = await startScrapeServer(troubledFleet(false, 0))
  await using second = await startScrapeServer(
    exporter().map(([metric, labels, value]) => [metric, { ...labels }, value]),
  )
  await using onCall = await startOnCall([exporters.url, second.url])
  const value = async (query: string) => (await onCall.prometheus.query(query))[0]?.value
  await until('three exporters', async () => (await value('gitops:exporters:steady')) === 3 || undefined)
  for (let flaps = 1; flaps <= 3; flaps += 1) {
    exporters.answer = troubledFleet(false, flaps)
    const since = (MINUTE - 50 + flaps) * 60
    await until('the next drift', async () => {
      const seen = await value('gitops:app_drift:live_since_timestamp_seconds{app_name="flaps"}')
      return (seen !== undefined && Math.abs(seen - since) < 1) || undefined
    })
  }
  exporters.answer = troubledFleet(true, 3)
  await second.close()
  const expected = [...new Set(ALERTS.map((alert) => alert.alert))].toSorted()
  let seen: readonly Alert[] = []
  await until('every alert', async () => {
    seen = await onCall.alertmanager.alerts()
    return expected.every((name) => seen.some(({ labels }) => labels.alertname === name)) || undefined
  }).catch((error: unknown) => {
    const missing = expected.filter((name) => !seen.some(({ labels }) => labels.alertname === name))
    throw new Error(`not fired: ${missing.join(', ')}`, { cause: error })
  })
  for (const { labels, annotations } of seen) {
    const name = labels.alertname ?? ''
    for (const [key, text] of Object.entries(annotations)) {
      assert.doesNotMatch(text, /error expanding|<no value>|%!|\{\{/, `${name}: ${key}`)
      assert.notEqual(text, '', `${name}: ${key}`)
    }
    assert.deepEqual(
      Object.keys(annotations).toSorted(),
      ['dashboard_url', 'description', 'runbook_url', 'status_url', 'summary'],
      name,
    )
    assert.ok(annotations.dashboard_url?.startsWith(`${GRAFANA}/d/gitops-`), name)
    assert.ok(annotations.status_url?.startsWith('https://drift.example.com/'), name)
  }
  const changed = seen.find(({ labels }) => labels.alertname === 'GitOpsOutOfSync' && labels.app_name === 'changed')
  assert.match(
    changed?.annotations.description ?? '',
    /Deployment shop\/web is changed at \/spec\/replicas by kubectl\.$/,
  )
})
