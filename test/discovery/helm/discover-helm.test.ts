import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/model/json.ts'
import { fleetFixture, isStatus, isUnknownFor, releaseSecret } from '../flux/fleet-world.ts'

const HELM = { helm: [{ cluster: 'control', namespaces: ['*'] }] }

function manifest(color: string): string {
  return `---\n# Source: web/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {color: ${color}}\n`
}

/** As Helm makes it of the manifest: in the namespace of the release, with its marks. */
function live(color: string, name = 'web'): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace: 'shop',
      labels: { 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'shop' },
    },
    data: { color },
  }
}

test('a release is an app: what Helm stored of it is what should be there', async (t) => {
  await using fixture = await fleetFixture(['control'])
  await fixture.live('control', 'v1.yaml', [releaseSecret('shop', 'web', 1, manifest('red'), 'superseded')])
  await fixture.live('control', 'v2.yaml', [releaseSecret('shop', 'web', 2, manifest('green'))])
  await fixture.live('control', 'live.yaml', [live('green')])
  fixture.follow(HELM)
  const { summary } = await fixture.until('control/web', isStatus('Synced'))
  assert.deepEqual(
    [summary.controller, summary.kind, summary.namespace, summary.destination, summary.sources],
    ['helm', 'Release', 'shop', 'control', []],
  )

  await t.test('an edit is drift, its values untold: they came out of a Secret', async () => {
    await fixture.live('control', 'live.yaml', [live('blue')])
    const { verdict } = await fixture.until('control/web', isStatus('OutOfSync'))
    assert.deepEqual(verdict.outcome, { status: 'OutOfSync', cause: 'live' })
    assert.deepEqual(
      verdict.objects.flatMap(({ differences }) => differences),
      [{ path: '/data/color', class: 'changed', effect: 'drift', redacted: true }],
    )
  })

  await t.test('an upgrade is followed', async () => {
    await fixture.live('control', 'v2.yaml', [releaseSecret('shop', 'web', 2, manifest('green'), 'superseded')])
    await fixture.live('control', 'v3.yaml', [releaseSecret('shop', 'web', 3, manifest('blue'))])
    await fixture.until('control/web', isStatus('Synced'))
  })

  await t.test('while an upgrade goes on its objects count, and when it fails those from before', async () => {
    await fixture.live('control', 'v4.yaml', [releaseSecret('shop', 'web', 4, manifest('red'), 'pending-upgrade')])
    await fixture.until('control/web', isStatus('OutOfSync'))
    await fixture.live('control', 'live.yaml', [live('red')])
    await fixture.until('control/web', isStatus('Synced'))
    await fixture.live('control', 'v4.yaml', [releaseSecret('shop', 'web', 4, manifest('red'), 'failed')])
    await fixture.until('control/web', isStatus('OutOfSync'))
    await fixture.live('control', 'live.yaml', [live('blue')])
    await fixture.until('control/web', isStatus('Synced'))
  })

  await t.test('a release that cannot be read is Unknown', async () => {
    const broken = releaseSecret('shop', 'web', 3, manifest('blue'))
    await fixture.live('control', 'v3.yaml', [{ ...broken, data: { release: Buffer.from('%%%').toString('base64') } }])
    await fixture.until('control/web', isUnknownFor('GDE_HELM_STORAGE'))
  })
})

test('what only the manifest of the revision that was deployed before has is extra', async () => {
  await using fixture = await fleetFixture(['control'])
  const both = `${manifest('red')}${manifest('red').replace('name: web', 'name: old')}`
  await fixture.live('control', 'v1.yaml', [releaseSecret('shop', 'web', 1, both, 'superseded')])
  // An upgrade that failed was never deployed, and is not what was before.
  await fixture.live('control', 'v2.yaml', [releaseSecret('shop', 'web', 2, manifest('red'), 'failed')])
  await fixture.live('control', 'v3.yaml', [releaseSecret('shop', 'web', 3, manifest('red'))])
  await fixture.live('control', 'live.yaml', [live('red'), live('red', 'old'), live('red', 'copied')])
  fixture.follow(HELM)
  const { verdict } = await fixture.until('control/web', isStatus('OutOfSync'))
  assert.deepEqual(
    verdict.objects.map(({ key, state }) => [key.name, state]),
    [['old', 'extra']],
  )
})

test('a revision that is too large to count down from is looked at, and nothing is looked for without end', async () => {
  await using fixture = await fleetFixture(['control'])
  const version = 2 ** 53 + 4
  await fixture.live('control', 'v.yaml', [releaseSecret('shop', 'web', version, manifest('red'), 'pending-upgrade')])
  await fixture.live('control', 'live.yaml', [live('red')])
  fixture.follow(HELM)
  await fixture.until('control/web', isStatus('Synced'))
})
