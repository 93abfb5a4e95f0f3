import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { App } from '../../src/model/apps/app.ts'
import type { Inventory } from '../../src/model/apps/inventory.ts'
import type { AppReport } from '../../src/model/fleet.ts'
import { app, createFixture, inventory, isStatus, POLICY } from '../engine/engine-fixture.ts'
import { startKubeApiServer } from '../servers/kube-apiserver.ts'
import { run } from './running-runtime.ts'

const STALE_SECONDS = 15

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: "nginx:1", resources: { requests: { cpu: 1000m } } }]
`
const CONFIG_MAP = `
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { key: one }
`
const CRD = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: things.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: things, singular: thing, kind: Thing, listKind: ThingList }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`
const THING = `
apiVersion: example.com/v1
kind: Thing
metadata: { name: thing }
spec: { size: 1 }
`

const causeOf = ({ verdict }: AppReport): string | undefined =>
  verdict.outcome.status === 'OutOfSync' ? verdict.outcome.cause : undefined
const reasonOf = ({ verdict }: AppReport): string | undefined =>
  verdict.outcome.status === 'Unknown' ? verdict.outcome.reason.code : undefined
const isReason =
  (code: string) =>
  (report: AppReport): boolean =>
    reasonOf(report) === code

test('apps on a real API server, with a token that may only read', async (t) => {
  const server = await startKubeApiServer()
  after(() => server.close())
  await server.kubectl(['create', 'namespace', 'shop'])
  const reader = await server.addUser('reader', {
    clusterRules: [
      {
        apiGroups: ['apps', '', 'example.com'],
        resources: ['deployments', 'configmaps', 'things'],
        verbs: ['get', 'list', 'watch'],
      },
      {
        apiGroups: ['apiextensions.k8s.io'],
        resources: ['customresourcedefinitions'],
        verbs: ['get', 'list', 'watch'],
      },
    ],
  })
  await using fixture = await createFixture()
  await fixture.commit('repository', {
    'shop/web.yaml': DEPLOYMENT,
    'shop/settings.yaml': CONFIG_MAP,
    'refused/role.yaml': 'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: { name: role }\nrules: []\n',
    'thing/thing.yaml': THING,
    'own/crd.yaml': CRD.replaceAll('thing', 'gadget').replaceAll('Thing', 'Gadget'),
    'own/gadget.yaml': THING.replaceAll('thing', 'gadget').replaceAll('Thing', 'Gadget'),
  })
  const apply = (path: string) =>
    server.kubectl(['apply', '--namespace=shop', '--filename', `${fixture.folder}/repository/${path}`])
  await apply('shop')
  const access = { type: 'kubeconfig', path: reader.kubeconfig } as const
  const withServer = (apps: readonly App[]): Inventory => ({
    ...inventory(fixture, apps),
    clusters: [{ name: 'one', labels: {}, access }],
  })
  await using running = await run(fixture, { staleAfter: { clusterSeconds: STALE_SECONDS, gitSeconds: 300 } })
  const apps = ['shop', 'refused', 'thing', 'own'].map((name) => app(fixture, { name }))
  running.runtime.reconcile(withServer(apps))

  await t.test('what was applied is Synced, defaults and spellings apart', async () => {
    const { verdict } = await running.until('shop', isStatus('Synced'))
    assert.equal(verdict.objectCounts.synced, 2)
  })

  await t.test('a kind that may not be read is Unknown by its name', async () => {
    const { verdict } = await running.until('refused', isReason('GDE_CLUSTER_FORBIDDEN'))
    assert.match(JSON.stringify(verdict.outcome), /roles?/i)
  })

  await t.test('a kind that is not served is Unknown; one that the app brings itself is missing', async () => {
    await running.until('thing', isReason('GDE_CLUSTER_KIND'))
    const { verdict } = await running.until('own', isStatus('OutOfSync'))
    assert.equal(verdict.objectCounts.missing, 2)
  })

  await t.test('kubectl scale is seen, with who did it', async () => {
    await server.kubectl(['scale', '--namespace=shop', 'deployment/web', '--replicas=5'])
    const report = await running.until('shop', isStatus('OutOfSync'))
    assert.equal(causeOf(report), 'live')
    const [difference] = report.verdict.objects[0]?.differences ?? []
    assert.deepEqual([difference?.path, difference?.desired, difference?.live], ['/spec/replicas', 2, 5])
    assert.equal(difference?.actor?.manager, 'kubectl')
    await server.kubectl(['scale', '--namespace=shop', 'deployment/web', '--replicas=2'])
    await running.until('shop', isStatus('Synced'))
  })

  await t.test('kubectl delete is seen, and applying again heals', async () => {
    await server.kubectl(['delete', '--namespace=shop', 'configmap/settings'])
    const { verdict } = await running.until('shop', isStatus('OutOfSync'))
    assert.equal(verdict.objectCounts.missing, 1)
    await apply('shop')
    await running.until('shop', isStatus('Synced'))
  })

  await t.test('a commit is seen until it is applied', async () => {
    await fixture.commit('repository', { 'shop/settings.yaml': CONFIG_MAP.replace('one', 'two') })
    assert.equal(causeOf(await running.until('shop', isStatus('OutOfSync'))), 'git')
    await apply('shop')
    await running.until('shop', isStatus('Synced'))
  })

  await t.test('an object declared later, of a kind that is watched already, is found without a new list', async () => {
    await server.kubectl(['create', '--namespace=shop', 'configmap', 'later', '--from-literal=key=one'])
    await fixture.commit('repository', { 'shop/later.yaml': CONFIG_MAP.replace('settings', 'later') })
    await running.until('shop', ({ verdict }) => verdict.objectCounts.synced === 3)
  })

  await t.test('the server is asked what an apply would give, where that is configured and allowed', async () => {
    await fixture.commit('repository', {
      'asked/asked.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: asked }\ndata: { key: one }\n',
    })
    const file = `${fixture.folder}/repository/asked`
    const byManager = ['apply', '--namespace=shop', '--server-side', '--field-manager=gitops']
    await server.kubectl([...byManager, '--filename', file])
    const policy = { ...POLICY, method: 'server-side', managers: ['gitops'] } as const
    const asked = app(fixture, { name: 'asked', policy })
    const allowed = app(fixture, { name: 'asked', policy, cluster: 'admin' })
    const admin = { type: 'kubeconfig', path: await server.kubeconfig() } as const
    const { clusters, ...rest } = withServer([...apps, asked, allowed])
    running.runtime.reconcile({ ...rest, clusters: [...clusters, { name: 'admin', labels: {}, access: admin }] })
    await running.until('asked', isReason('GDE_CLUSTER_FORBIDDEN'), 'one')
    await running.until('asked', isStatus('Synced'), 'admin')
    await server.kubectl(['patch', '--namespace=shop', 'configmap/asked', '--patch={"data":{"key":"two"}}'])
    const { verdict } = await running.until('asked', isStatus('OutOfSync'), 'admin')
    assert.equal(verdict.objects[0]?.differences[0]?.path, '/data/key')
    running.runtime.reconcile(withServer(apps))
  })

  await t.test('a CRD that comes later makes its objects known', async () => {
    await fixture.commit('repository', { 'crd/crd.yaml': CRD })
    await apply('crd')
    await running.until('thing', isStatus('OutOfSync'))
    await apply('thing')
    await running.until('thing', isStatus('Synced'))
  })

  await t.test(
    'a server that is gone for a moment changes nothing, for longer than staleAfter makes Unknown',
    async () => {
      const told: string[] = []
      const stop = running.runtime.fleet.subscribe((update) => {
        if (update.type !== 'app' || reasonOf(update.report) === undefined) return
        told.push(`${update.report.summary.name} ${reasonOf(update.report)}`)
      })
      const stopped = performance.now()
      await server.stop()
      await server.start()
      await server.kubectl(['scale', '--namespace=shop', 'deployment/web', '--replicas=3'])
      await running.until('shop', isStatus('OutOfSync'))
      stop()
      // On a machine that takes longer than staleAfter to start it, that it was gone is told.
      const isMoment = performance.now() - stopped < STALE_SECONDS * 1000
      assert.deepEqual(
        told.filter((line) => !line.startsWith('refused') && (isMoment || !line.endsWith(' GDE_STALE'))),
        [],
      )
      await server.stop()
      const { verdict } = await running.until('shop', isReason('GDE_STALE'))
      assert.ok(verdict.outOfSyncSince !== undefined)
      await server.start()
      await running.until('shop', isStatus('OutOfSync'))
    },
  )
})
