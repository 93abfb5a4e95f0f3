import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { CLASSIC_GROUPS } from '../../alerts/classic.ts'
import type { AppReport } from '../../src/model/fleet.ts'
import { appReport } from '../metrics/reports.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { exposed } from './exposed.ts'
import { app, down, drifted, exporter, SYNCED, unknown } from './fleet.ts'
import { play, skip } from './play.ts'
import type { RuleFile, Scenario, Scraped } from './scenario.ts'

const CLASSIC: RuleFile = {
  path: join(import.meta.dirname, '../../alerts/classic.yaml'),
  groups: CLASSIC_GROUPS.map(({ name }) => name),
}
const playClassic = (scenario: Scenario) => play(scenario, CLASSIC)
const OURS = 'GitOpsAppNotSynced shop@prod-us severity=warning instance=a'

test('the rule of the field stands there as it is found everywhere, and each of its faults is said', async () => {
  const text = await readFile(CLASSIC.path, 'utf8')
  assert.match(text, /expr: argocd_app_info\{sync_status!="Synced"\} > 0\n\s+for: 5m\n\s+labels:\n\s+severity: warning/)
  assert.match(text, /expr: gitops_app_info\{sync_status!="Synced"\} > 0\n\s+for: 5m\n\s+labels:\n\s+severity: warning/)
  assert.equal(text.match(/^# - /gm)?.length, 5)
})

test('it fires after five minutes, for Argo CD’s own metric too, and resolves when the app is Synced', { skip }, () => {
  const own = (status: string): Scraped => [
    'argocd_app_info',
    { job: 'argocd-metrics', instance: 'c', name: 'shop', namespace: 'argocd', sync_status: status },
    1,
  ]
  return playClassic({
    scrape: (m) => [
      ...app(m >= 2 && m < 20 ? drifted('live', 2) : SYNCED),
      own(m >= 2 && m < 20 ? 'OutOfSync' : 'Synced'),
    ],
    firing: { 6: [], 7: [OURS, 'ArgoCdAppNotSynced severity=warning instance=c'], 20: [] },
  })
})

test('its fault: a dead exporter, and apps that are not discovered, resolve it', { skip }, () =>
  playClassic({
    scrape: (m) => (m < 10 ? [...exporter(), ...app(drifted('live', 0))] : m < 20 ? down() : exporter()),
    firing: { 9: [OURS], 10: [], 24: [] },
  }),
)

test('its fault: Unknown is another alert that waits anew', { skip }, () =>
  playClassic({
    scrape: (m) => app(m < 10 ? drifted('live', 0) : unknown()),
    firing: { 9: [OURS], 12: [], 15: [OURS] },
  }),
)

test('its fault: two replicas are two alerts', { skip }, () =>
  playClassic({
    scrape: () => [...app(drifted('live', 0)), ...app(drifted('live', 0), {}, { instance: 'b' })],
    firing: { 6: [OURS, OURS.replace('instance=a', 'instance=b')] },
  }),
)

test('its fault: a commit within the interval of its controller fires it', { skip }, () =>
  playClassic({
    scrape: (m) => app(m < 9 ? drifted('git', 0) : SYNCED, { controller: 'flux' }),
    firing: { 6: ['GitOpsAppNotSynced shop@prod-us severity=warning instance=a'], 9: [] },
  }),
)

const OUT_OF_SYNC = { outcome: { status: 'OutOfSync', cause: 'git' } } as const
const flux = (name: string, health: string | undefined, autoSync: boolean, verdict = {}): AppReport =>
  appReport(
    name,
    {
      controller: 'flux',
      kind: 'Kustomization',
      autoSync,
      reportedStatus: {
        status: 'Synced',
        applied: [],
        suspended: false,
        disagrees: false,
        ...(health !== undefined && { health }),
      },
    },
    verdict,
  )

/** How argo-cd-mixin asks of apps. It groups by job, server, project and name. */
const MIXIN = ['sync_status!="Synced"', 'health_status!~"Healthy|Progressing"', 'autosync_enabled!="true"'] as const
const JOB = 'job=~"(argocd|argo-cd).*"'

async function playMixin(selectors: Readonly<Record<string, string>>, scenario: Scenario): Promise<void> {
  await using folder = await temporaryFolder('mixin')
  const path = join(folder.path, 'rules.yaml')
  const rules = Object.entries(selectors).map(([alert, selector]) => ({
    alert,
    expr: `sum by (job, dest_server, project, name) (argocd_app_info{${JOB}, ${selector}}) > 0`,
    labels: { app_name: '{{ $labels.name }}', scope: '{{ $labels.dest_server }}' },
  }))
  // YAML 1.2 reads JSON.
  await writeFile(path, JSON.stringify({ groups: [{ name: 'mixin', rules }] }))
  await play(scenario, { path, groups: ['mixin'] })
}

const SELECTORS = { OutOfSync: MIXIN[0], Unhealthy: MIXIN[1], AutoSyncDisabled: MIXIN[2] }
const SERVER = 'app_name=% scope=https://prod-us.example.com'
const alert = (name: string, of: string) => `${name} ${SERVER.replace('%', of)}`

test('expressions of argo-cd-mixin find apps of Flux by status, health and auto-sync', { skip }, async () => {
  const scraped = await exposed(
    [
      flux('well', 'Healthy', true),
      flux('drifts', 'Progressing', true, OUT_OF_SYNC),
      flux('ill', 'Degraded', true),
      flux('off', 'Healthy', false),
    ],
    { job: 'argocd-drift-exporter', instance: 'a' },
  )
  await playMixin(SELECTORS, {
    scrape: () => scraped,
    firing: { 2: [alert('OutOfSync', 'drifts'), alert('Unhealthy', 'ill'), alert('AutoSyncDisabled', 'off')] },
  })
})

test('they take an app without a controller for ill and for switched off, and Unknown may be named as well', {
  skip,
}, async () => {
  const scraped = await exposed([appReport('plain')], { job: 'argo-cd-drift', instance: 'a' })
  await playMixin(
    {
      ...SELECTORS,
      UnhealthyOrUnknown: 'health_status!~"Healthy|Progressing|Unknown"',
      SwitchedOff: 'autosync_enabled="false"',
    },
    { scrape: () => scraped, firing: { 2: [alert('Unhealthy', 'plain'), alert('AutoSyncDisabled', 'plain')] } },
  )
})

test('they see nothing of a job by another name', { skip }, async () => {
  const scraped = await exposed([appReport('plain', {}, OUT_OF_SYNC)], { job: 'gitops-drift-exporter', instance: 'a' })
  await playMixin(SELECTORS, { scrape: () => scraped, firing: { 2: [] } })
})

test('dest_server of argocd_app_info is never empty, and an app of Argo CD has no second one', async () => {
  const scraped = await exposed(
    [
      appReport('by-name', { server: '' }),
      appReport('nowhere', { server: '', destination: '' }),
      appReport('of-argocd', { controller: 'argocd', kind: 'Application', declaredIn: 'control' }),
    ],
    { job: 'argocd', instance: 'a' },
  )
  const servers = scraped.filter(([name]) => name === 'argocd_app_info').map(([, labels]) => labels.dest_server)
  assert.deepEqual(servers, ['prod-us', 'unknown'])
})
