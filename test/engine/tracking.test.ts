import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addTrackingMark, markFault, markFaults, normalizeTracking } from '../../src/engine/desired/tracking-mark.ts'
import { createTrackingIndex } from '../../src/engine/live/tracking-index.ts'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import type { App, Tracking } from '../../src/model/apps/app.ts'
import type { AppReport } from '../../src/model/fleet.ts'
import type { AppId } from '../../src/model/identity.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { configMap, createFixture, inventory, isStatus, app as makeApp } from './engine-fixture.ts'

const object = (metadata: JsonObject, kind = 'Deployment', apiVersion = 'apps/v1') =>
  asKubernetesObject({ apiVersion, kind, metadata: { name: 'web', ...metadata } })

const ANNOTATION: Tracking = { method: 'annotation', appName: 'argocd_shop', labelKey: 'app.kubernetes.io/instance' }
const FLUX: Tracking = { method: 'flux', group: 'kustomize.toolkit.fluxcd.io', name: 'shop', namespace: 'flux-system' }

const CASES: readonly { readonly tracking: Tracking; readonly metadata: JsonObject }[] = [
  { tracking: { method: 'none' }, metadata: { name: 'web', namespace: 'shop' } },
  {
    tracking: ANNOTATION,
    metadata: {
      name: 'web',
      namespace: 'shop',
      annotations: { 'argocd.argoproj.io/tracking-id': 'argocd_shop:apps/Deployment:shop/web' },
    },
  },
  {
    tracking: { ...ANNOTATION, method: 'annotation+label', appName: 'a'.repeat(70), installationId: 'here' },
    metadata: {
      name: 'web',
      namespace: 'shop',
      annotations: {
        'argocd.argoproj.io/tracking-id': `${'a'.repeat(70)}:apps/Deployment:shop/web`,
        'argocd.argoproj.io/installation-id': 'here',
      },
      labels: { 'app.kubernetes.io/instance': 'a'.repeat(63) },
    },
  },
  {
    tracking: { ...ANNOTATION, method: 'label' },
    metadata: { name: 'web', namespace: 'shop', labels: { 'app.kubernetes.io/instance': 'argocd_shop' } },
  },
  {
    tracking: FLUX,
    metadata: {
      name: 'web',
      namespace: 'shop',
      labels: {
        'kustomize.toolkit.fluxcd.io/name': 'shop',
        'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
      },
    },
  },
  {
    tracking: { method: 'helm', release: 'shop', namespace: 'web' },
    metadata: {
      name: 'web',
      namespace: 'shop',
      labels: { 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: { 'meta.helm.sh/release-name': 'shop', 'meta.helm.sh/release-namespace': 'web' },
    },
  },
]

test('each controller adds its own tracking metadata, and that leads back to the app', async (t) => {
  await using fixture = await createFixture()
  for (const { tracking, metadata } of CASES) {
    await t.test(tracking.method, () => {
      const marked = addTrackingMark(object({ namespace: 'shop' }), tracking, 'shop')
      assert.deepEqual(marked.metadata, metadata)
      const app = makeApp(fixture, { name: 'shop', tracking })
      assert.deepEqual(bookOf(app).owners(marked), tracking.method === 'none' ? [] : [app.id])
      assert.deepEqual(bookOf().owners(marked), [])
    })
  }
})

function bookOf(...apps: readonly App[]) {
  const book = createTrackingIndex()
  for (const app of apps) book.add(app)
  return book
}

test('cluster-scoped objects are tracked with the namespace of the destination', async () => {
  await using fixture = await createFixture()
  const role = object({}, 'ClusterRole', 'rbac.authorization.k8s.io/v1')
  const marked = addTrackingMark(role, ANNOTATION, 'shop')
  assert.deepEqual(marked.metadata.annotations, {
    'argocd.argoproj.io/tracking-id': 'argocd_shop:rbac.authorization.k8s.io/ClusterRole:shop/web',
  })
  const app = makeApp(fixture, { name: 'shop', tracking: ANNOTATION })
  assert.deepEqual(bookOf(app).owners(marked), [app.id])
})

test('tracking metadata that names another object, or is on an object with an owner, does not count', async (t) => {
  await using fixture = await createFixture()
  const book = bookOf(makeApp(fixture, { name: 'shop', tracking: ANNOTATION }))
  const owned = (id: string, more: JsonObject = {}): readonly AppId[] =>
    book.owners(object({ namespace: 'shop', annotations: { 'argocd.argoproj.io/tracking-id': id }, ...more }))
  assert.equal(owned('argocd_shop:apps/Deployment:shop/web').length, 1)
  for (const id of [
    'argocd_shop:apps/Deployment:shop/other',
    'argocd_shop:apps/Deployment:elsewhere/web',
    'argocd_shop:apps/StatefulSet:shop/web',
    'argocd_shop:extensions/Deployment:shop/web',
    'other:apps/Deployment:shop/web',
    'argocd_shop',
    '',
  ])
    await t.test(id || 'empty', () => assert.deepEqual(owned(id), []))
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u' }]
  assert.deepEqual(owned('argocd_shop:apps/Deployment:shop/web', { ownerReferences }), [])
  const foreign = { 'argocd.argoproj.io/installation-id': 'another' }
  const id = { 'argocd.argoproj.io/tracking-id': 'argocd_shop:apps/Deployment:shop/web' }
  assert.deepEqual(book.owners(object({ namespace: 'shop', annotations: { ...id, ...foreign } })), [])
})

test('an app that is removed owns nothing more, and two of one tracking ID own the same', async () => {
  await using fixture = await createFixture()
  const one = makeApp(fixture, { name: 'one', tracking: FLUX })
  const two = makeApp(fixture, { name: 'two', tracking: FLUX })
  const book = bookOf(one, two)
  const marked = addTrackingMark(object({}), FLUX, '')
  assert.deepEqual(book.owners(marked), [one.id, two.id])
  book.remove(one)
  assert.deepEqual(book.owners(marked), [two.id])
  book.remove(two)
  assert.deepEqual(book.owners(marked), [])
})

test('an app with tracking is judged when its lists are complete, since extra objects may come last', async (t) => {
  const fixture = await createFixture()
  t.after(() => fixture[Symbol.asyncDispose]())
  const [labelKey, appName] = ['app.kubernetes.io/instance', 'shop']
  const object = (name: string, isMarked: boolean) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'shop', ...(isMarked && { labels: { [labelKey]: appName } }) },
      data: { text: 'x'.repeat(1000) },
    })
  // Objects of no app in between, so that the list takes a while.
  const others = Array.from({ length: 3000 }, (_, index) => object(`m-${index}`, false))
  await fixture.commit('repository', { 'shop/one.json': object('a', true) })
  await fixture.live('one', 'all.json', [object('a', true), ...others, object('z', true)].join('\n'))
  const running = await fixture.start()
  running.engine.reconcile(
    inventory(fixture, [makeApp(fixture, { name: 'shop', tracking: { method: 'label', labelKey, appName } })]),
  )
  await running.firstPass()
  const told = running.updates.flatMap((update) =>
    update.type === 'app' ? [update.report.verdict.outcome.status] : [],
  )
  assert.deepEqual([...new Set(told)], ['Unknown', 'OutOfSync'])
})

test('a CustomResourceDefinition carries no mark of Argo CD', () => {
  const crd = object({}, 'CustomResourceDefinition', 'apiextensions.k8s.io/v1')
  for (const method of ['annotation', 'annotation+label', 'label'] as const)
    assert.deepEqual(addTrackingMark(crd, { ...ANNOTATION, method }, 'shop'), crd)
})

test('what is no mapping of texts cannot be marked, where a mark would go', () => {
  const label: Tracking = { ...ANNOTATION, method: 'label' }
  const both: Tracking = { ...ANNOTATION, method: 'annotation+label' }
  const faultOf = (metadata: JsonObject, tracking: Tracking) => markFault(markFaults(object(metadata)), tracking)
  const number = '/metadata/annotations/wave is a number, not text'
  for (const tracking of [ANNOTATION, both]) {
    assert.equal(faultOf({ annotations: { a: 'b', wave: 5 } }, tracking), number)
    assert.equal(faultOf({ annotations: { a: null } }, tracking), '/metadata/annotations/a is null, not text')
    assert.equal(faultOf({ annotations: { a: [] } }, tracking), '/metadata/annotations/a is a list, not text')
    assert.equal(faultOf({ annotations: 'a: b' }, tracking), '/metadata/annotations is no mapping')
    assert.equal(faultOf({ annotations: null }, tracking), undefined)
  }
  assert.equal(faultOf({ annotations: { wave: 5 } }, label), undefined)
  for (const tracking of [label, both])
    assert.equal(faultOf({ labels: { on: true } }, tracking), '/metadata/labels/on is a boolean, not text')
  for (const tracking of [ANNOTATION, FLUX, CASES[0]?.tracking ?? FLUX])
    assert.equal(faultOf({ labels: { on: true } }, tracking), undefined)
  const crd = object({ annotations: { wave: 5 } }, 'CustomResourceDefinition', 'apiextensions.k8s.io/v1')
  assert.equal(markFaults(crd), undefined)
})

test('an app with an object that Argo CD cannot mark is Unknown, and says which, until it is mended', async () => {
  await using fixture = await createFixture()
  const manifest = (wave: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n  annotations: {argocd.argoproj.io/sync-wave: ${wave}}\n`
  await fixture.commit('repository', { 'shop/web.yaml': manifest('5') })
  await fixture.live('one', 'other.yaml', configMap('other', 'one', 'shop'))
  await using running = await fixture.start()
  const tracked = (name: string, tracking: Tracking) => makeApp(fixture, { name, path: 'shop', tracking })
  running.engine.reconcile(inventory(fixture, [tracked('shop', ANNOTATION), tracked('flux', FLUX)]))
  const reasonOf = ({ verdict: { outcome } }: AppReport) => (outcome.status === 'Unknown' ? outcome.reason : undefined)
  const report = await running.until('shop', (found) => reasonOf(found)?.code === 'GDE_RENDER_OBJECT')
  assert.deepEqual(reasonOf(report), {
    code: 'GDE_RENDER_OBJECT',
    message: 'ConfigMap web: /metadata/annotations/argocd.argoproj.io~1sync-wave is a number, not text',
    file: 'shop/web.yaml',
    line: 1,
    app: 'shop',
  })
  await running.until('flux', isStatus('OutOfSync'))
  await fixture.commit('repository', { 'shop/web.yaml': manifest('"5"') })
  await running.until('shop', isStatus('OutOfSync'))
})

test('a label that is cut ends with a letter or digit, and one that is the only mark is not cut', () => {
  const labelOf = (appName: string, method: 'annotation+label' | 'label') =>
    addTrackingMark(object({}), { ...ANNOTATION, appName, method }, 'shop').metadata.labels
  const long = `${'a'.repeat(60)}-_-${'b'.repeat(10)}`
  assert.deepEqual(labelOf(long, 'annotation+label'), { 'app.kubernetes.io/instance': 'a'.repeat(60) })
  assert.deepEqual(labelOf(long, 'label'), { 'app.kubernetes.io/instance': long })
  assert.deepEqual(labelOf('short-', 'annotation+label'), { 'app.kubernetes.io/instance': 'short-' })
})

test('the label of Argo CD before 0.11 goes to what workloads make, too', () => {
  const tracking: Tracking = { method: 'label', appName: 'web', labelKey: 'applications.argoproj.io/app-name' }
  const labels = { 'applications.argoproj.io/app-name': 'web' }
  const deployment = asKubernetesObject({ ...object({}), spec: { template: { metadata: { labels: { app: 'web' } } } } })
  assert.deepEqual(addTrackingMark(deployment, tracking, 'shop').spec, {
    template: { metadata: { labels: { app: 'web', ...labels } } },
  })
  const service = addTrackingMark(object({}, 'Service', 'v1'), tracking, 'shop')
  assert.deepEqual([service.metadata.labels, service.spec], [labels, undefined])
})

test('what was tracked by label is compared as Argo CD compares it', () => {
  const label = { 'app.kubernetes.io/instance': 'web' }
  const id = { 'argocd.argoproj.io/tracking-id': 'argocd_shop:apps/Deployment:shop/web' }
  const other = { 'argocd.argoproj.io/tracking-id': 'other:apps/Deployment:shop/web' }
  const desired = object({ annotations: id })
  const normal = (metadata: JsonObject, wanted = desired, method: 'annotation' | 'label' = 'annotation') => {
    const { labels, annotations } = normalizeTracking(object(metadata), wanted, { ...ANNOTATION, method }).metadata
    return { labels, annotations }
  }
  // Only the label: the annotation is given, the label is taken.
  assert.deepEqual(normal({ labels: { ...label, a: 'b' } }), { labels: { a: 'b' }, annotations: id })
  // Both, from both times: the label goes all the same.
  assert.deepEqual(normal({ labels: label, annotations: other }), { labels: {}, annotations: other })
  // The chart declares the label: it stays.
  assert.deepEqual(normal({ labels: label }, object({ labels: label, annotations: id })), {
    labels: label,
    annotations: id,
  })
  // Nothing of the label: nothing is given.
  assert.deepEqual(normal({ labels: { a: 'b' } }), { labels: { a: 'b' }, annotations: undefined })
  assert.deepEqual(normal({ labels: label }, desired, 'label'), { labels: label, annotations: undefined })
  const crd = object({ labels: label }, 'CustomResourceDefinition', 'apiextensions.k8s.io/v1')
  assert.deepEqual(normalizeTracking(crd, crd, ANNOTATION), crd)
})
