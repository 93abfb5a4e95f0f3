import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type { AppReport } from '../../../src/model/fleet.ts'
import { startKubeApiServer } from '../../servers/kube-apiserver.ts'
import { run } from '../../servers/run.ts'
import { toolPath } from '../../tools/build.ts'
import { fleetFixture, isStatus } from '../flux/fleet-world.ts'

const PODINFO = join(import.meta.dirname, '../../render/corpus/podinfo/charts/podinfo')
const READ = ['get', 'list', 'watch']

/** What Helm treats in a way of its own: hooks, objects that it leaves behind, definitions, and what it looks up. */
const CHART: Readonly<Record<string, string>> = {
  'Chart.yaml': 'apiVersion: v2\nname: extras\nversion: 0.1.0\n',
  'values.yaml': 'color: red\nextra: true\n',
  'crds/widgets.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`,
  'templates/hook.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: hook, annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: hook-succeeded}}
`,
  'templates/objects.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: kept, annotations: {helm.sh/resource-policy: keep}}
data: {color: {{ .Values.color }}}
---
apiVersion: v1
kind: Secret
metadata: {name: generated}
stringData: {password: {{ randAlphaNum 16 }}}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: one}
spec: {color: {{ .Values.color }}, revision: {{ .Release.Revision }}}
{{- if .Values.extra }}
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: extra, namespace: elsewhere}
{{- end }}
`,
}

test('what the real helm installs is an app for as long as it is installed', { timeout: 110_000 }, async (t) => {
  const server = await startKubeApiServer()
  t.after(() => server.close())
  for (const namespace of ['shop', 'elsewhere']) await server.kubectl(['create', 'namespace', namespace])
  const reader = await server.addUser('reader', {
    clusterRules: [{ apiGroups: ['*'], resources: ['*'], verbs: READ }],
  })
  const kubeconfig = await server.kubeconfig()
  const access = { type: 'kubeconfig', path: reader.kubeconfig } as const
  await using fixture = await fleetFixture([], [{ name: 'prod', labels: {}, access }])
  const chart = join(fixture.folder, 'extras')
  for (const [name, text] of Object.entries(CHART)) {
    await mkdir(dirname(join(chart, name)), { recursive: true })
    await writeFile(join(chart, name), text)
  }
  const helm = (...args: readonly string[]) =>
    run(toolPath('helm'), [...args, '--namespace', 'shop', '--kubeconfig', kubeconfig], {
      env: { HOME: fixture.folder },
    })
  await helm('install', 'web', PODINFO, '--set', 'replicaCount=2,ingress.enabled=true,hpa.enabled=true')
  await helm('install', 'old', PODINFO, '--server-side=false', '--set', 'redis.enabled=true')
  await helm('install', 'extras', chart)
  fixture.follow({ helm: [{ cluster: 'prod', namespaces: ['*'] }] })

  await t.test('what was installed is in sync, by server-side and by client-side apply', async () => {
    for (const name of ['web', 'old', 'extras']) await fixture.until(`prod/${name}`, isStatus('Synced'))
    assert.deepEqual(objectsOf(fixture.report('prod/extras')), ['synced 4'])
  })

  await t.test('a manual edit is live drift, and its field manager is named', async () => {
    await server.kubectl(['scale', '-n', 'shop', 'deployment/old-podinfo', '--replicas=5'])
    await server.kubectl(['set', 'image', '-n', 'shop', 'deployment/web-podinfo', 'podinfo=example.com/other:1'])
    await server.kubectl(['delete', '-n', 'elsewhere', 'configmap/extra'])
    const old = await fixture.until('prod/old', isStatus('OutOfSync'))
    assert.deepEqual(differencesOf(old), ['Deployment /spec/replicas changed kubectl'])
    assert.deepEqual(old.verdict.outcome, { status: 'OutOfSync', cause: 'live' })
    const web = await fixture.until('prod/web', isStatus('OutOfSync'))
    assert.deepEqual(differencesOf(web), ['Deployment /spec/template/spec/containers/0/image changed kubectl-set'])
    const extras = await fixture.until('prod/extras', isStatus('OutOfSync'))
    assert.deepEqual(extras.verdict.outcome, { status: 'OutOfSync', cause: 'live' })
    assert.deepEqual(objectsOf(extras), ['missing 1', 'synced 3'])
  })

  await t.test('an upgrade and a rollback put it right again', async () => {
    await helm('upgrade', 'old', PODINFO, '--server-side=false', '--set', 'replicaCount=3')
    await helm('upgrade', 'web', PODINFO, '--force-conflicts', '--set', 'replicaCount=4')
    await helm('upgrade', 'extras', chart, '--set', 'color=blue')
    for (const name of ['web', 'old', 'extras']) await fixture.until(`prod/${name}`, isStatus('Synced'))
    await helm('rollback', 'web', '1', '--force-conflicts')
    await fixture.until('prod/web', ({ verdict }) => verdict.outcome.status === 'Synced')
  })

  await t.test('what an upgrade no longer has is gone', async () => {
    await helm('upgrade', 'extras', chart, '--set', 'extra=false')
    const isDone = ({ verdict: { objectCounts, outcome } }: AppReport): boolean =>
      outcome.status === 'Synced' && objectCounts.synced === 3
    assert.deepEqual(objectsOf(await fixture.until('prod/extras', isDone)), ['synced 3'])
  })

  await t.test('an upgrade is in sync while it waits for its Pods, and drift once it is given up', async () => {
    // No Pod ever runs here. Helm marks the release as failed when it is asked to end.
    const args = ['upgrade', 'web', PODINFO, '--force-conflicts', '--set', 'replicaCount=6', '--wait', '--timeout=5m']
    const upgrade = spawn(toolPath('helm'), [...args, '--namespace=shop', `--kubeconfig=${kubeconfig}`], {
      env: { ...process.env, HOME: fixture.folder },
    })
    t.after(() => upgrade.kill('SIGKILL'))
    const replicas = '--for=jsonpath={.spec.replicas}=6'
    await server.kubectl(['wait', '--namespace=shop', 'deployment/web-podinfo', replicas, '--timeout=60s'])
    // Without the ingress and the autoscaler of the release before.
    await fixture.until('prod/web', ({ verdict: { outcome, objectCounts } }) => {
      return outcome.status === 'Synced' && objectCounts.synced === 2
    })
    const ended = once(upgrade, 'exit')
    upgrade.kill('SIGTERM')
    await ended
    const failed = await fixture.until('prod/web', isStatus('OutOfSync'))
    // The release from before leaves the number to an autoscaler.
    assert.ok(differencesOf(failed).includes('Deployment /spec/replicas removed helm'))
    await helm('rollback', 'web', '--force-conflicts')
    await fixture.until('prod/web', isStatus('Synced'))
  })

  await t.test('what is uninstalled is no app any more', async () => {
    await helm('uninstall', 'old')
    await helm('uninstall', 'extras')
    for (const name of ['old', 'extras']) await fixture.gone(`prod/${name}`)
    assert.equal(fixture.report('prod/web')?.verdict.outcome.status, 'Synced')
  })
})

function differencesOf({ verdict }: AppReport): readonly string[] {
  return verdict.objects.flatMap(({ key, differences }) =>
    differences
      .filter(({ effect }) => effect === 'drift')
      .map((one) => `${key.kind} ${one.path} ${one.class} ${one.actor?.manager}`),
  )
}

function objectsOf(report: AppReport | undefined): readonly string[] {
  assert.ok(report !== undefined)
  return Object.entries(report.verdict.objectCounts)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${state} ${count}`)
    .sort()
}
