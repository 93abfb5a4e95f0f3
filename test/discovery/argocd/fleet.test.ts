import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Measurement } from '../../../src/model/fleet.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { verdictJson } from '../../../src/presentation/json/verdict-json.ts'
import { fleetFixture, isStatus, isUnknownFor, REPOSITORY_URL } from '../flux/fleet-world.ts'
import { urlOf } from '../urls.ts'
import {
  application,
  argocdSecret,
  ENTRY,
  IN_CLUSTER,
  manifest,
  project,
  settingsMap,
  trackedConfigMap,
} from './resources.ts'
import { untilFleet } from './until-fleet.ts'

test('an Application is compared with what is live, and followed', async () => {
  await using fixture = await fleetFixture(['control'])
  await fixture.commit({ 'web/config.yaml': manifest('web') })
  await fixture.live('control', 'argocd.yaml', [application('web'), application('other'), project('default')])
  await fixture.live('control', 'live.yaml', [trackedConfigMap('web', 'web')])
  fixture.follow({ argocd: [ENTRY] })
  const { summary } = await fixture.until('control/web', isStatus('Synced'))
  assert.deepEqual(
    [summary.controller, summary.kind, summary.namespace, summary.destination, summary.project, summary.server],
    ['argocd', 'Application', 'argocd', 'control', 'default', IN_CLUSTER],
  )

  await fixture.live('control', 'live.yaml', [trackedConfigMap('web', 'web', { key: 'other' })])
  const drifted = await fixture.until('control/web', isStatus('OutOfSync'))
  assert.deepEqual(drifted.verdict.outcome, { status: 'OutOfSync', cause: 'live' })
  assert.deepEqual(
    drifted.verdict.objects[0]?.differences.map(({ path, desired, live }) => [path, desired, live]),
    [['/data/key', 'value', 'other']],
  )

  await fixture.live('control', 'argocd.yaml', [application('other'), project('default')])
  await fixture.gone('control/web')
})

test('a commit is the cause, also after what the controller says that it applied', async () => {
  await using fixture = await fleetFixture(['control'])
  const applied = await fixture.commit({ 'web/config.yaml': manifest('web') })
  const history = [{ revision: applied, source: { repoURL: REPOSITORY_URL, path: 'web', targetRevision: 'main' } }]
  const status = { sync: { status: 'OutOfSync', revision: 'x' }, history, health: { status: 'Healthy' } }
  await fixture.commit({ 'web/config.yaml': manifest('web', { key: 'new' }) })
  await fixture.live('control', 'argocd.yaml', [application('web', {}, { status })])
  await fixture.live('control', 'live.yaml', [trackedConfigMap('web', 'web')])
  fixture.follow({ argocd: [ENTRY] })
  const { summary, verdict, commitsBehind, waitingCommit } = await fixture.until(
    'control/web',
    ({ verdict: { outcome }, commitsBehind }) => outcome.status === 'OutOfSync' && commitsBehind !== undefined,
  )
  assert.deepEqual([verdict.outcome, commitsBehind], [{ status: 'OutOfSync', cause: 'git' }, 1])
  assert.equal(waitingCommit?.commit, verdict.revisions[0]?.commit)
  assert.deepEqual(summary.reportedStatus, {
    status: 'OutOfSync',
    applied: [applied],
    suspended: false,
    health: 'Healthy',
    disagrees: false,
  })
})

test('an app that was edited by hand has the newest commit applied, whichever one its last sync was of', async () => {
  await using fixture = await fleetFixture(['control'])
  const applied = await fixture.commit({ 'web/config.yaml': manifest('web') }, 1_700_000_000)
  await fixture.commit({ 'elsewhere/config.yaml': manifest('elsewhere') })
  const history = [{ revision: applied, source: { repoURL: REPOSITORY_URL, path: 'web', targetRevision: 'main' } }]
  const status = { sync: { status: 'OutOfSync', revision: 'x' }, history }
  await fixture.live('control', 'argocd.yaml', [application('web', {}, { status })])
  await fixture.live('control', 'live.yaml', [trackedConfigMap('web', 'web', { key: 'edited' })])
  fixture.follow({ argocd: [ENTRY] })
  const report = await fixture.until(
    'control/web',
    ({ verdict: { outcome }, commitsBehind }) => outcome.status === 'OutOfSync' && commitsBehind === 0,
  )
  assert.equal(report.appliedCommitTime, report.desiredCommitTime)
})

test('a stuck controller that reports Synced for an old commit is reported', async () => {
  await using fixture = await fleetFixture(['control'])
  const old = await fixture.commit({ 'web/config.yaml': manifest('web') })
  const now = await fixture.commit({ 'web/config.yaml': manifest('web', { key: 'new' }) })
  const status = { sync: { status: 'Synced', revision: old } }
  await fixture.live('control', 'argocd.yaml', [application('web', {}, { status })])
  await fixture.live('control', 'live.yaml', [trackedConfigMap('web', 'web')])
  fixture.follow({ argocd: [ENTRY] })
  const report = await fixture.until('control/web', isStatus('OutOfSync'))
  assert.deepEqual(verdictJson(report, []).controller, {
    status: 'Synced',
    applied: [old],
    suspended: false,
    health: null,
    lastOperation: null,
    disagrees: false,
    disagreement: `it speaks of commit ${old.slice(0, 12)}, and Git is at ${now.slice(0, 12)} now`,
  })
})

test('several sources, values of one for the other, each tool, and the settings for all', async () => {
  await using fixture = await fleetFixture(['control'])
  const template = '{{ range $key, $value := .Values.data }}{{ $key }}: {{ $value | quote }}\n  {{ end }}'
  await fixture.commit({
    'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
    'chart/templates/config.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  ${template}\n`,
    'values/shared.yaml': 'data: {from: ref}\n',
    'overlay/kustomization.yaml': 'resources: [../base]\n',
    'base/kustomization.yaml': 'resources: [config.yaml]\n',
    'base/config.yaml': manifest('base'),
    'plain/config.yaml': manifest('plain'),
    'plain/excluded.yaml': JSON.stringify({
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w', namespace: 'shop' },
    }),
  })
  const source = { repoURL: REPOSITORY_URL, targetRevision: 'main' }
  await fixture.live('control', 'argocd.yaml', [
    settingsMap('argocd-cm', {
      installationID: 'one',
      'application.resourceTrackingMethod': 'annotation+label',
      'resource.exclusions': '- {apiGroups: [example.com], kinds: [Widget], clusters: ["*"]}',
      'resource.customizations.ignoreDifferences.ConfigMap': 'jsonPointers: [/data/ignored]',
      'timeout.reconciliation': '5m',
      'kustomize.path.v4': '/usr/bin/kustomize4',
    }),
    application('helm', {
      source: null,
      sources: [
        { ...source, path: 'chart', helm: { valueFiles: ['$values/values/shared.yaml'], releaseName: 'released' } },
        { ...source, ref: 'values' },
      ],
    }),
    application('kustomize', { source: { ...source, path: 'overlay', kustomize: { namePrefix: 'pre-' } } }),
    application('plain'),
  ])
  const mine = (app: string, name: string, data: JsonObject): JsonObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace: 'shop',
      labels: { 'app.kubernetes.io/instance': app },
      annotations: {
        'argocd.argoproj.io/tracking-id': `${app}:/ConfigMap:shop/${name}`,
        'argocd.argoproj.io/installation-id': 'one',
      },
    },
    data,
  })
  await fixture.live('control', 'live.yaml', [
    mine('helm', 'released', { from: 'ref' }),
    mine('kustomize', 'pre-base', { key: 'value' }),
    mine('plain', 'plain', { key: 'value', ignored: 'by all' }),
  ])
  fixture.follow({ argocd: [ENTRY] })
  for (const name of ['helm', 'kustomize', 'plain']) await fixture.until(`control/${name}`, isStatus('Synced'))
  const plain = fixture.report('control/plain')
  assert.deepEqual([plain?.verdict.objectCounts.synced, plain?.verdict.objectCounts.ignored], [1, 1])
  assert.equal(plain?.summary.syncIntervalSeconds, 300)
  assert.ok(fixture.runtime.fleet.problems.some(({ failure }) => failure.message.startsWith('kustomize.path.v4')))

  await fixture.live('control', 'live.yaml', [
    mine('helm', 'released', { from: 'ref' }),
    mine('kustomize', 'pre-base', { key: 'value' }),
    mine('plain', 'plain', { key: 'value' }),
    mine('plain', 'old', { key: 'value' }),
    { ...mine('plain', 'others', {}), metadata: { ...(trackedConfigMap('plain', 'others').metadata as JsonObject) } },
  ])
  const extra = await fixture.until('control/plain', isStatus('OutOfSync'))
  assert.deepEqual(
    extra.verdict.objects.filter(({ state }) => state === 'extra').map(({ key }) => key.name),
    ['old'],
    'the mark of another installation is none of ours',
  )
})

test('what is not supported has a reason of its own', async () => {
  await using fixture = await fleetFixture(['control'])
  await fixture.commit({ 'web/config.yaml': manifest('web') })
  const from = (source: JsonObject): JsonObject => ({ source: { targetRevision: '1', ...source } })
  const reasons: Readonly<Record<string, readonly [JsonObject, string]>> = {
    // A resource does not lead to this host, whatever kind of server it names.
    oci: [from({ repoURL: 'oci://127.0.0.1:9/chart', path: '.' }), 'GDE_NOT_PERMITTED'],
    registry: [from({ repoURL: '127.0.0.1:9/charts', chart: 'c' }), 'GDE_NOT_PERMITTED'],
    helm: [from({ repoURL: 'https://127.0.0.1:9', chart: 'c' }), 'GDE_NOT_PERMITTED'],
    http: [from({ repoURL: 'http://charts.example.com', chart: 'c' }), 'GDE_NOT_PERMITTED'],
    ssh: [from({ repoURL: 'git@git.example.com:x/y.git', path: '.' }), 'GDE_GIT_AUTH'],
    plugin: [from({ repoURL: REPOSITORY_URL, path: 'web', plugin: {} }), 'GDE_UNSUPPORTED_PLUGIN'],
    keys: [from({ repoURL: 'https://keys.example.com/r', path: '.' }), 'GDE_UNSUPPORTED_CREDENTIALS'],
    nowhere: [{ destination: { name: 'nowhere', namespace: 'shop' } }, 'GDE_CLUSTER_UNKNOWN'],
    both: [{ destination: { name: 'in-cluster', server: IN_CLUSTER } }, 'GDE_ARGOCD_INVALID'],
    wrong: [{ source: { repoURL: REPOSITORY_URL, path: 'web', directory: { recurse: 'yes' } } }, 'GDE_ARGOCD_INVALID'],
  }
  await fixture.live('control', 'argocd.yaml', [
    ...Object.entries(reasons).map(([name, [spec]]) => application(name, spec)),
    application('web'),
    argocdSecret('repository', 'keys', { url: 'https://keys.example.com/r', gcpServiceAccountKey: 'x' }),
  ])
  await fixture.live('control', 'live.yaml', [trackedConfigMap('web', 'web')])
  fixture.follow({ argocd: [ENTRY] })
  for (const [name, [, code]] of Object.entries(reasons)) await fixture.until(`control/${name}`, isUnknownFor(code))
  await fixture.until('control/web', isStatus('Synced'))
  const { outcome } = fixture.report('control/wrong')?.verdict ?? {}
  assert.match(
    outcome?.status === 'Unknown' ? outcome.reason.message : '',
    /spec\.source\.directory\.recurse is not true or false/,
  )
})

test('the destination may be any registered cluster, by name or by server', async () => {
  await using fixture = await fleetFixture(['control', 'prod'])
  await fixture.commit({ 'web/config.yaml': manifest('web') })
  await fixture.live('control', 'argocd.yaml', [
    argocdSecret(
      'cluster',
      'prod-secret',
      { name: 'prod', server: 'https://prod.example.com', config: '{}' },
      { environment: 'production' },
    ),
    argocdSecret('cluster', 'broken', {
      name: 'broken',
      server: 'https://broken.example.com',
      config: '{"bearerToken',
    }),
    argocdSecret('cluster', 'here', { name: 'here', server: IN_CLUSTER, config: '{}' }, { environment: 'tools' }),
    application('by-name', {
      source: { repoURL: REPOSITORY_URL, path: 'web' },
      destination: { name: 'prod', namespace: 'shop' },
    }),
    application('by-server', {
      source: { repoURL: REPOSITORY_URL, path: 'web' },
      destination: { server: 'https://prod.example.com/', namespace: 'shop' },
    }),
    application('broken', { destination: { server: 'https://broken.example.com', namespace: 'shop' } }),
    application('here', {
      source: { repoURL: REPOSITORY_URL, path: 'web' },
      destination: { name: 'here', namespace: 'shop' },
    }),
  ])
  await fixture.live('prod', 'live.yaml', [trackedConfigMap('by-name', 'web')])
  await fixture.live('control', 'live.yaml', [trackedConfigMap('here', 'web')])
  fixture.follow({ argocd: [ENTRY] })
  await fixture.until('control/by-name', isStatus('Synced'))
  // The same object, but with the mark of the other.
  await fixture.until('control/by-server', isStatus('OutOfSync'))
  await fixture.until('control/here', isStatus('Synced'))
  const { verdict } = await fixture.until('control/broken', isUnknownFor('GDE_ARGOCD_INVALID'))
  assert.ok(!JSON.stringify(verdict).includes('bearerToken'))
  const { clusters } = fixture.runtime.fleet
  assert.deepEqual(
    [...clusters].map(([name, { labels }]) => [name, labels.environment]),
    [
      ['control', 'tools'],
      ['prod', 'production'],
    ],
  )
})

test('static apps go to discovered clusters by their labels', async () => {
  await using fixture = await fleetFixture(['control', 'prod'])
  await fixture.commit({ 'web/config.yaml': manifest('web') })
  await fixture.live('control', 'argocd.yaml', [
    argocdSecret(
      'cluster',
      'prod',
      { name: 'prod', server: 'https://prod.example.com', config: '{}' },
      { environment: 'production' },
    ),
  ])
  await fixture.live('prod', 'live.yaml', [trackedConfigMap('', 'web')])
  const source = {
    repository: urlOf(REPOSITORY_URL),
    revision: 'main',
    path: 'web',
    directory: {},
    kustomize: {},
    helm: {},
  }
  const { comparing } = fixture.settings
  fixture.runtime.follow({
    settings: {
      ...fixture.settings,
      discovery: { argocd: [ENTRY], flux: [], helm: [] },
      apps: [
        {
          name: 'everywhere',
          project: '',
          labels: {},
          sources: [source],
          destination: { namespace: 'shop', clusterSelector: { matchLabels: { environment: 'production' } } },
          tracking: { method: 'none' },
          showValues: [],
          policy: { ...comparing, managers: [] },
        },
      ],
    },
  })
  const { summary } = await fixture.until('/everywhere', isStatus('Synced'))
  assert.equal(summary.destination, 'prod')
})

test('a managed namespace that carries the mark is compared with its metadata, and is not extra', async () => {
  await using fixture = await fleetFixture(['control'])
  await fixture.commit({ 'web/config.yaml': manifest('web') })
  const syncPolicy = { managedNamespaceMetadata: { labels: { team: 'a' } }, syncOptions: ['CreateNamespace=true'] }
  const status = { resources: [{ kind: 'Namespace', name: 'shop', version: 'v1' }] }
  await fixture.live('control', 'argocd.yaml', [application('web', { syncPolicy }, { status })])
  const namespace = (team: string): JsonObject => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: 'shop',
      labels: { team, 'kubernetes.io/metadata.name': 'shop' },
      annotations: { 'argocd.argoproj.io/tracking-id': 'web:/Namespace:shop/shop' },
    },
  })
  await fixture.live('control', 'live.yaml', [trackedConfigMap('web', 'web'), namespace('a')])
  fixture.follow({ argocd: [ENTRY] })
  const { verdict } = await fixture.until('control/web', isStatus('Synced'))
  assert.equal(verdict.objectCounts.synced, 2)
  await fixture.live('control', 'live.yaml', [trackedConfigMap('web', 'web'), namespace('b')])
  const drifted = await fixture.until('control/web', isStatus('OutOfSync'))
  assert.deepEqual(
    drifted.verdict.objects[0]?.differences.map(({ path }) => path),
    ['/metadata/labels/team'],
  )
})

test('a managed namespace without a mark is compared, too, and one that is not there yet is not missing', async () => {
  await using fixture = await fleetFixture(['control'])
  await fixture.commit({ 'web/config.yaml': manifest('web') })
  const syncPolicy = { managedNamespaceMetadata: { labels: { team: 'a' } }, syncOptions: ['CreateNamespace=true'] }
  await fixture.live('control', 'argocd.yaml', [application('web', { syncPolicy })])
  const namespace = (labels: JsonObject): JsonObject => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', labels, annotations: { 'argocd.argoproj.io/sync-options': 'ServerSideApply=true' } },
  })
  await fixture.live('control', 'live.yaml', [
    trackedConfigMap('web', 'web'),
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } },
  ])
  fixture.follow({ argocd: [ENTRY] })
  const absent = await fixture.until('control/web', isStatus('Synced'))
  assert.equal(absent.verdict.objectCounts.ignored, 1)
  await fixture.live('control', 'live.yaml', [trackedConfigMap('web', 'web'), namespace({})])
  const lost = await fixture.until('control/web', isStatus('OutOfSync'))
  assert.deepEqual(
    lost.verdict.objects[0]?.differences.map(({ class: kind, path }) => `${kind} ${path}`),
    ['missing /metadata/labels/team'],
  )
  await fixture.live('control', 'live.yaml', [trackedConfigMap('web', 'web'), namespace({ team: 'a', more: 'b' })])
  await fixture.until('control/web', isStatus('Synced'))
})

test('Applications of other namespaces are found where the settings allow them, and marked with theirs', async () => {
  await using fixture = await fleetFixture(['control'])
  await fixture.commit({ 'web/config.yaml': manifest('web') })
  const elsewhere = (name: string, namespace: string): JsonObject =>
    application(name, { source: { repoURL: REPOSITORY_URL, path: 'web' } }, { metadata: { namespace } })
  await fixture.live('control', 'argocd.yaml', [
    settingsMap('argocd-cmd-params-cm', { 'application.namespaces': 'team-*' }),
    project('default', { sourceNamespaces: ['team-a'] }),
    elsewhere('allowed', 'team-a'),
    elsewhere('refused', 'team-b'),
    elsewhere('unknown', 'other'),
  ])
  await fixture.live('control', 'live.yaml', [trackedConfigMap('team-a_allowed', 'web')])
  fixture.follow({ argocd: [ENTRY] })
  await fixture.until('control/allowed', isStatus('Synced'))
  await fixture.until('control/refused', isUnknownFor('GDE_NOT_PERMITTED'))
  assert.equal(fixture.report('control/unknown'), undefined)
})

test('a control cluster that cannot be read keeps its apps', async () => {
  await using fixture = await fleetFixture(['control', 'prod'])
  await fixture.commit({ 'web/config.yaml': manifest('web') })
  const apps = [application('web'), application('gone')]
  await fixture.live('control', 'argocd.yaml', apps)
  await fixture.live('control', 'live.yaml', [trackedConfigMap('web', 'web')])
  fixture.follow({ argocd: [ENTRY] })
  await fixture.until('control/web', isStatus('Synced'))
  const untilProblem = fixture.until('control/web', () => fixture.runtime.fleet.problems.length > 0)
  await fixture.broken('control', 'argocd.yaml')
  await untilProblem
  assert.ok(fixture.report('control/gone') !== undefined)
  await fixture.live('control', 'argocd.yaml', [application('web')])
  await fixture.gone('control/gone')
  assert.equal(fixture.report('control/web')?.verdict.outcome.status, 'Synced')
})

test('the controller’s last activity is reported, and a time in the future does not make it seem alive', async () => {
  await using fixture = await fleetFixture(['control'])
  await fixture.commit({ 'web/config.yaml': manifest('web') })
  const untilProblem: Measurement[] = []
  fixture.runtime.fleet.subscribe((update) => {
    if (update.type === 'measurements')
      untilProblem.push(...update.measurements.filter(({ metric }) => metric.startsWith('gitops_controller_')))
  })
  const reconciled = (name: string, reconciledAt: string): JsonObject =>
    application(name, {}, { status: { reconciledAt } })
  const earlier = reconciled('earlier', '2026-01-02T03:04:05Z')
  const ahead = reconciled('ahead', '2126-01-01T00:00:00Z')
  const last = (): number | undefined => untilProblem.at(-1)?.value
  await fixture.live('control', 'argocd.yaml', [earlier, ahead, reconciled('nonsense', 'yesterday')])
  fixture.follow({ argocd: [ENTRY] })
  await untilFleet(fixture.runtime, () => last() === Date.parse('2026-01-02T03:04:05Z') / 1000, last)
  assert.deepEqual(untilProblem[0]?.labels, { controller: 'argocd', app_cluster: 'control' })

  await fixture.live('control', 'argocd.yaml', [earlier, ahead, reconciled('nonsense', '2026-01-02T03:06:05Z')])
  await untilFleet(fixture.runtime, () => last() === Date.parse('2026-01-02T03:06:05Z') / 1000, last)
})
