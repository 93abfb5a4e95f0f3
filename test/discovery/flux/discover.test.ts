// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables are Flux's
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/model/json.ts'
import { fleetWorld, isStatus, isUnknownFor, NO_RULES, REPOSITORY_URL } from './fleet-world.ts'
import { configMap, gitRepository, kustomization, secret } from './resources.ts'

const FLUX = { flux: [{ cluster: 'control', namespaces: ['*'], ...NO_RULES }] }
const SOURCE = gitRepository({ url: REPOSITORY_URL })

function settingsMap(data: JsonObject, rest: JsonObject = {}): JsonObject {
  const labels = {
    'kustomize.toolkit.fluxcd.io/name': 'shop',
    'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
  }
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'shop', labels, ...rest },
    data,
  }
}

const MANIFEST =
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\ndata: {color: "${COLOR}", key: "${KEY}"}\n'

test('a Kustomization is found, rendered with what it refers to, and compared', async (t) => {
  await using world = await fleetWorld(['control'])
  const first = await world.commit({ 'apps/shop/settings.yaml': MANIFEST })
  const postBuild = {
    substituteFrom: [
      { kind: 'ConfigMap', name: 'vars' },
      { kind: 'Secret', name: 'keys' },
    ],
  }
  await world.live('control', 'source.yaml', [SOURCE])
  await world.live('control', 'kustomization.yaml', [kustomization({ postBuild })])
  await world.live('control', 'vars.yaml', [configMap('vars', { COLOR: 'red' })])
  await world.live('control', 'keys.yaml', [secret('keys', { KEY: 'hunter2' })])
  await world.live('control', 'live.yaml', [settingsMap({ color: 'red', key: 'hunter2' })])
  world.follow(FLUX)

  const { summary } = await world.until('control/shop', isStatus('Synced'))
  assert.deepEqual([summary.controller, summary.kind, summary.declaredIn], ['flux', 'Kustomization', 'control'])

  await t.test('a live edit is drift, and what a Secret went into is not shown', async () => {
    await world.live('control', 'live.yaml', [settingsMap({ color: 'green', key: 'hunter2' })])
    const { verdict } = await world.until('control/shop', isStatus('OutOfSync'))
    assert.deepEqual(
      verdict.objects.flatMap(({ differences }) =>
        differences.map((one) => [one.path, one.redacted, one.desired, one.live]),
      ),
      [['/data/color', true, undefined, undefined]],
    )
    assert.doesNotMatch(JSON.stringify(verdict), /hunter2/)
    await world.live('control', 'live.yaml', [settingsMap({ color: 'red', key: 'hunter2' })])
    await world.until('control/shop', isStatus('Synced'))
  })

  await t.test('a rotated Secret and a changed ConfigMap are noticed', async () => {
    await world.live('control', 'keys.yaml', [secret('keys', { KEY: 'other' })])
    await world.until('control/shop', isStatus('OutOfSync'))
    await world.live('control', 'live.yaml', [settingsMap({ color: 'red', key: 'other' })])
    await world.until('control/shop', isStatus('Synced'))
    await world.live('control', 'vars.yaml', [configMap('vars', { COLOR: 'blue' })])
    await world.until('control/shop', isStatus('OutOfSync'))
    await world.live('control', 'vars.yaml', [configMap('vars', { COLOR: 'red' })])
    await world.until('control/shop', isStatus('Synced'))
  })

  await t.test('the controller’s own word stands beside the verdict', async () => {
    const condition = { type: 'Ready', status: 'True', reason: 'ReconciliationSucceeded', message: 'Applied' }
    const status = { conditions: [condition], lastAppliedRevision: `main@sha1:${first}` }
    await world.live('control', 'kustomization.yaml', [kustomization({ postBuild }, { status })])
    const { summary: told } = await world.until(
      'control/shop',
      ({ summary }) => summary.reportedStatus?.status === 'Synced',
    )
    assert.deepEqual(told.reportedStatus?.applied, [first])
    assert.equal(told.reportedStatus.disagrees, false)
    assert.equal(told.syncIntervalSeconds, 600)
  })

  await t.test('an object that carries the labels and is not in Git is extra', async () => {
    const extra = settingsMap({}, { name: 'forgotten' })
    await world.live('control', 'extra.yaml', [extra])
    const { verdict } = await world.until('control/shop', isStatus('OutOfSync'))
    assert.deepEqual(
      verdict.objects.map(({ key, state }) => [key.name, state]),
      [['forgotten', 'extra']],
    )
    await world.live('control', 'extra.yaml', undefined)
    await world.until('control/shop', isStatus('Synced'))
  })

  await t.test('a Kustomization that is broken is Unknown, and one beside it is not', async () => {
    const broken = kustomization({ patches: 'nonsense' }, { metadata: { name: 'broken' } })
    await world.live('control', 'broken.yaml', [broken])
    const { verdict } = await world.until('control/broken', isUnknownFor('GDE_FLUX_INVALID'))
    assert.ok(verdict.outcome.status === 'Unknown')
    assert.equal(verdict.outcome.reason.message, 'spec.patches is not a list')
    assert.equal(world.report('control/shop')?.verdict.outcome.status, 'Synced')
    await world.live('control', 'broken.yaml', undefined)
  })

  await t.test('what is deleted is gone', async () => {
    await world.live('control', 'second.yaml', [kustomization({}, { metadata: { name: 'second' } })])
    await world.until('control/second', () => true)
    const gone = world.gone('control/second')
    await world.live('control', 'second.yaml', undefined)
    await gone
  })
})

test('what the config no longer discovers is gone', async () => {
  await using world = await fleetWorld(['control'])
  await world.commit({ 'apps/shop/settings.yaml': MANIFEST })
  await world.live('control', 'source.yaml', [SOURCE])
  await world.live('control', 'live.yaml', [settingsMap({ color: '${COLOR}', key: '${KEY}' })])
  await world.live('control', 'kustomization.yaml', [kustomization()])
  world.follow(FLUX)
  await world.until('control/shop', isStatus('Synced'))
  const found = await world.runtime.inventory(AbortSignal.timeout(30_000))
  assert.deepEqual(
    found.apps.map(({ name }) => name),
    ['shop'],
  )
  const gone = world.gone('control/shop')
  world.follow({})
  await gone
})

test('strict substitution is that of the controller that runs', async () => {
  await using world = await fleetWorld(['control'])
  await world.commit({ 'apps/shop/settings.yaml': MANIFEST })
  await world.live('control', 'source.yaml', [SOURCE])
  await world.live('control', 'live.yaml', [settingsMap({ color: 'red', key: null })])
  await world.live('control', 'kustomization.yaml', [kustomization({ postBuild: { substitute: { COLOR: 'red' } } })])
  world.follow(FLUX)
  await world.until('control/shop', isStatus('Synced'))
  const controller = (image: string): JsonObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'kustomize-controller',
      namespace: 'flux-system',
      labels: { 'app.kubernetes.io/component': 'kustomize-controller' },
    },
    spec: { template: { spec: { containers: [{ name: 'manager', image: `ghcr.io/fluxcd/${image}` }] } } },
  })
  await world.live('control', 'controller.yaml', [controller('kustomize-controller:v1.9.6')])
  await world.until('control/shop', isUnknownFor('GDE_RENDER_KUSTOMIZE'))
  await world.live('control', 'controller.yaml', [controller('kustomize-controller:v1.8.2')])
  await world.until('control/shop', isStatus('Synced'))
})
