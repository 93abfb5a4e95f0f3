// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables are Flux's
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/model/json.ts'
import { fleetFixture, isStatus, isUnknownFor, NO_RULES, REPOSITORY_URL } from './fleet-world.ts'
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
  await using fixture = await fleetFixture(['control'])
  const first = await fixture.commit({ 'apps/shop/settings.yaml': MANIFEST })
  const postBuild = {
    substituteFrom: [
      { kind: 'ConfigMap', name: 'vars' },
      { kind: 'Secret', name: 'keys' },
    ],
  }
  await fixture.live('control', 'source.yaml', [SOURCE])
  await fixture.live('control', 'kustomization.yaml', [kustomization({ postBuild })])
  await fixture.live('control', 'vars.yaml', [configMap('vars', { COLOR: 'red' })])
  await fixture.live('control', 'keys.yaml', [secret('keys', { KEY: 'hunter2' })])
  await fixture.live('control', 'live.yaml', [settingsMap({ color: 'red', key: 'hunter2' })])
  fixture.follow(FLUX)

  const { summary } = await fixture.until('control/shop', isStatus('Synced'))
  assert.deepEqual([summary.controller, summary.kind, summary.declaredIn], ['flux', 'Kustomization', 'control'])

  await t.test('a live edit is drift, and what a Secret went into is not shown', async () => {
    await fixture.live('control', 'live.yaml', [settingsMap({ color: 'green', key: 'hunter2' })])
    const { verdict } = await fixture.until('control/shop', isStatus('OutOfSync'))
    assert.deepEqual(
      verdict.objects.flatMap(({ differences }) =>
        differences.map((one) => [one.path, one.redacted, one.desired, one.live]),
      ),
      [['/data/color', true, undefined, undefined]],
    )
    assert.doesNotMatch(JSON.stringify(verdict), /hunter2/)
    await fixture.live('control', 'live.yaml', [settingsMap({ color: 'red', key: 'hunter2' })])
    await fixture.until('control/shop', isStatus('Synced'))
  })

  await t.test('a rotated Secret and a changed ConfigMap are noticed', async () => {
    await fixture.live('control', 'keys.yaml', [secret('keys', { KEY: 'other' })])
    await fixture.until('control/shop', isStatus('OutOfSync'))
    await fixture.live('control', 'live.yaml', [settingsMap({ color: 'red', key: 'other' })])
    await fixture.until('control/shop', isStatus('Synced'))
    await fixture.live('control', 'vars.yaml', [configMap('vars', { COLOR: 'blue' })])
    await fixture.until('control/shop', isStatus('OutOfSync'))
    await fixture.live('control', 'vars.yaml', [configMap('vars', { COLOR: 'red' })])
    await fixture.until('control/shop', isStatus('Synced'))
  })

  await t.test('the controller’s reported status is shown beside the verdict', async () => {
    const condition = { type: 'Ready', status: 'True', reason: 'ReconciliationSucceeded', message: 'Applied' }
    const status = { conditions: [condition], lastAppliedRevision: `main@sha1:${first}` }
    await fixture.live('control', 'kustomization.yaml', [kustomization({ postBuild }, { status })])
    const { summary: reportedSummary } = await fixture.until(
      'control/shop',
      ({ summary }) => summary.reportedStatus?.status === 'Synced',
    )
    assert.deepEqual(reportedSummary.reportedStatus?.applied, [first])
    assert.equal(reportedSummary.reportedStatus.disagrees, false)
    assert.equal(reportedSummary.syncIntervalSeconds, 600)
  })

  await t.test(
    'what the controller would prune is extra: by its inventory, not by labels that were copied',
    async () => {
      const listed = { inventory: { entries: [{ id: 'shop_forgotten__ConfigMap', v: 'v1' }] } }
      const copied = settingsMap({}, { name: 'copied' })
      await fixture.live('control', 'extra.yaml', [settingsMap({}, { name: 'forgotten' }), copied])
      await fixture.live('control', 'kustomization.yaml', [kustomization({ postBuild }, { status: listed })])
      const { verdict } = await fixture.until('control/shop', isStatus('OutOfSync'))
      assert.deepEqual(
        verdict.objects.map(({ key, state }) => [key.name, state]),
        [['forgotten', 'extra']],
      )
      await fixture.live('control', 'kustomization.yaml', [
        kustomization({ postBuild, prune: false }, { status: listed }),
      ])
      const left = await fixture.until('control/shop', isStatus('Synced'))
      assert.deepEqual(
        left.verdict.objects.map(({ key, state, effect }) => [key.name, state, effect]),
        [['forgotten', 'extra', 'report']],
      )
      await fixture.live('control', 'extra.yaml', undefined)
      await fixture.until('control/shop', ({ verdict: { objects } }) => objects.length === 0)
    },
  )

  await t.test('a Kustomization that is broken is Unknown, and one beside it is not', async () => {
    const broken = kustomization({ patches: 'nonsense' }, { metadata: { name: 'broken' } })
    await fixture.live('control', 'broken.yaml', [broken])
    const { verdict } = await fixture.until('control/broken', isUnknownFor('GDE_FLUX_INVALID'))
    assert.ok(verdict.outcome.status === 'Unknown')
    assert.equal(verdict.outcome.reason.message, 'spec.patches is not a list')
    assert.equal(fixture.report('control/shop')?.verdict.outcome.status, 'Synced')
    await fixture.live('control', 'broken.yaml', undefined)
  })

  await t.test('what is deleted is gone', async () => {
    await fixture.live('control', 'second.yaml', [kustomization({}, { metadata: { name: 'second' } })])
    await fixture.until('control/second', () => true)
    const gone = fixture.gone('control/second')
    await fixture.live('control', 'second.yaml', undefined)
    await gone
  })
})

test('what the config no longer discovers is gone', async () => {
  await using fixture = await fleetFixture(['control'])
  await fixture.commit({ 'apps/shop/settings.yaml': MANIFEST })
  await fixture.live('control', 'source.yaml', [SOURCE])
  await fixture.live('control', 'live.yaml', [settingsMap({ color: '${COLOR}', key: '${KEY}' })])
  await fixture.live('control', 'kustomization.yaml', [kustomization()])
  fixture.follow(FLUX)
  await fixture.until('control/shop', isStatus('Synced'))
  const found = await fixture.runtime.inventory(AbortSignal.timeout(30_000))
  assert.deepEqual(
    found.apps.map(({ name }) => name),
    ['shop'],
  )
  const gone = fixture.gone('control/shop')
  fixture.follow({})
  await gone
})

test('strict substitution is that of the controller that runs', async () => {
  await using fixture = await fleetFixture(['control'])
  await fixture.commit({ 'apps/shop/settings.yaml': MANIFEST })
  await fixture.live('control', 'source.yaml', [SOURCE])
  await fixture.live('control', 'live.yaml', [settingsMap({ color: 'red', key: null })])
  await fixture.live('control', 'kustomization.yaml', [kustomization({ postBuild: { substitute: { COLOR: 'red' } } })])
  fixture.follow(FLUX)
  await fixture.until('control/shop', isStatus('Synced'))
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
  await fixture.live('control', 'controller.yaml', [controller('kustomize-controller:v1.9.6')])
  await fixture.until('control/shop', isUnknownFor('GDE_RENDER_KUSTOMIZE'))
  await fixture.live('control', 'controller.yaml', [controller('kustomize-controller:v1.8.2')])
  await fixture.until('control/shop', isStatus('Synced'))
})
