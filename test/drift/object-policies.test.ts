import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tracking } from '../../src/model/apps/app.ts'
import type { Controller } from '../../src/model/identity.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { app, createFixture, inventory, POLICY } from '../engine/engine-fixture.ts'
import { managed } from './objects.ts'

/** What annotations on objects say reaches the verdicts of the engine: each app declares one ConfigMap, which a person added to. */
interface Scenario {
  readonly controller: Controller
  /** Of the declared object and of the live one. */
  readonly annotations?: JsonObject
  /** Of a live object that carries the app's tracking label and is declared nowhere. */
  readonly extra?: JsonObject
  readonly added?: 'report' | 'ignore'
  /** Status, states of the objects, and effects of their differences. */
  readonly expected: readonly string[]
}

const FLUX = 'kustomize.toolkit.fluxcd.io'
const ARGOCD = 'argocd.argoproj.io'
const PERSON = {
  manager: 'kubectl-edit',
  apiVersion: 'v1',
  fields: { 'f:data': { 'f:added': {} } },
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  plain: { controller: 'flux', expected: ['OutOfSync', 'changed', 'drift'] },
  merge: { controller: 'flux', annotations: { [`${FLUX}/ssa`]: 'Merge' }, expected: ['Synced', 'synced', 'report'] },
  'merge-ignored': {
    controller: 'flux',
    annotations: { [`${FLUX}/ssa`]: 'merge' },
    added: 'ignore',
    expected: ['Synced', 'synced'],
  },
  once: { controller: 'flux', annotations: { [`${FLUX}/ssa`]: 'IfNotPresent' }, expected: ['Synced', 'synced'] },
  'left-alone': { controller: 'flux', annotations: { [`${FLUX}/ssa`]: 'Ignore' }, expected: ['Synced', 'ignored'] },
  disabled: {
    controller: 'flux',
    annotations: { [`${FLUX}/reconcile`]: 'disabled' },
    expected: ['Synced', 'ignored'],
  },
  'no-drift-detection': {
    controller: 'flux',
    annotations: { 'helm.toolkit.fluxcd.io/driftDetection': 'disabled' },
    expected: ['Synced', 'ignored'],
  },
  'of-another-controller': {
    controller: 'argocd',
    annotations: { [`${FLUX}/reconcile`]: 'disabled', [`${ARGOCD}/sync-options`]: 'Prune=false,Replace=true' },
    expected: ['OutOfSync', 'changed', 'drift'],
  },
  'extra-object': { controller: 'flux', extra: {}, added: 'ignore', expected: ['OutOfSync', 'extra', 'synced'] },
  'extra-not-pruned': {
    controller: 'flux',
    extra: { [`${FLUX}/prune`]: 'disabled' },
    added: 'ignore',
    expected: ['Synced', 'ignored', 'synced'],
  },
  'extra-kept': {
    controller: 'helm',
    extra: { 'helm.sh/resource-policy': 'keep' },
    added: 'ignore',
    expected: ['Synced', 'ignored', 'synced'],
  },
  'extra-of-a-release': { controller: 'helm', extra: {}, added: 'ignore', expected: ['OutOfSync', 'extra', 'synced'] },
  'extra-ignored': {
    controller: 'argocd',
    extra: { [`${ARGOCD}/compare-options`]: 'ServerSideDiff=true,IgnoreExtraneous' },
    added: 'ignore',
    expected: ['Synced', 'ignored', 'synced'],
  },
  'extra-of-argocd': {
    controller: 'argocd',
    extra: { [`${ARGOCD}/compare-options`]: 'ServerSideDiff=true' },
    added: 'ignore',
    expected: ['OutOfSync', 'extra', 'synced'],
  },
}

function trackingOf(controller: Controller, name: string): Tracking {
  switch (controller) {
    case 'argocd':
      return { method: 'annotation', appName: name, labelKey: 'app.kubernetes.io/instance' }
    case 'flux':
      return { method: 'flux', group: FLUX, name, namespace: 'flux-system' }
    case 'helm':
      return { method: 'helm', release: name, namespace: name }
    case 'static':
      return { method: 'none' }
    default:
      return controller satisfies never
  }
}

/** What the controller writes on an object of its app. */
function marks(controller: Controller, app: string, object: string): JsonObject {
  switch (controller) {
    case 'argocd':
      return { annotations: { [`${ARGOCD}/tracking-id`]: `${app}:/ConfigMap:${app}/${object}` } }
    case 'flux':
      return { labels: { [`${FLUX}/name`]: app, [`${FLUX}/namespace`]: 'flux-system' } }
    case 'helm':
      return {
        labels: { 'app.kubernetes.io/managed-by': 'Helm' },
        annotations: { 'meta.helm.sh/release-name': app, 'meta.helm.sh/release-namespace': app },
      }
    case 'static':
      return {}
    default:
      return controller satisfies never
  }
}

function liveObject({ controller }: Scenario, app: string, name: string, annotations: JsonObject, data: JsonObject) {
  const { annotations: own = {}, ...labels } = marks(controller, app, name)
  const metadata = {
    name,
    namespace: app,
    ...labels,
    annotations: { ...Object(own), ...annotations },
    managedFields: managed(PERSON),
  }
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data })}\n`
}

test('annotations on objects count where their controller applies the app', async (t) => {
  await using world = await createFixture()
  const files: Record<string, string> = {}
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    const { annotations = {}, extra } = scenario
    const metadata = { name: 'settings', annotations }
    files[`${name}/all.yaml`] =
      `${JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '1' } })}\n`
    await world.live('one', `${name}.yaml`, liveObject(scenario, name, 'settings', annotations, { a: '1', added: 'x' }))
    if (extra !== undefined)
      await world.live('one', `${name}-extra.yaml`, liveObject(scenario, name, 'extra', extra, {}))
  }
  await world.commit('repository', files)
  await using running = await world.start()
  running.engine.reconcile(
    inventory(
      world,
      Object.entries(SCENARIOS).map(([name, { controller, added }]) =>
        app(world, {
          name,
          namespace: name,
          controller,
          tracking: trackingOf(controller, name),
          policy: { ...POLICY, ...(added !== undefined && { added }) },
        }),
      ),
    ),
  )
  await running.firstPass()
  for (const [name, { expected }] of Object.entries(SCENARIOS))
    await t.test(`${name.replaceAll('-', ' ')}: ${expected.join(', ')}`, async () => {
      const { verdict } = await running.until(name, () => true)
      const states = Object.entries(verdict.objectCounts).flatMap(([state, count]) => (count > 0 ? [state] : []))
      const effects = verdict.objects.flatMap(({ differences }) => differences.map(({ effect }) => effect))
      assert.deepEqual([verdict.outcome.status, ...states.toSorted(), ...effects], expected)
    })
})
