import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fleetWorld, isStatus, isUnknownFor, REPOSITORY_URL } from '../flux/fleet-world.ts'
import { application, argocdSecret, ENTRY, manifest, marked, project, settingsMap } from './resources.ts'

test('an Application is compared with what is live, and followed', async () => {
  await using world = await fleetWorld(['control'])
  await world.commit({ 'web/config.yaml': manifest('web') })
  await world.live('control', 'argocd.yaml', [application('web'), project('default')])
  await world.live('control', 'live.yaml', [marked('web', 'web')])
  world.follow({ argocd: [ENTRY] })
  const { summary } = await world.until('control/web', isStatus('Synced'))
  assert.deepEqual(
    [summary.controller, summary.kind, summary.namespace, summary.destination, summary.project, summary.server],
    ['argocd', 'Application', 'argocd', 'control', 'default', 'https://kubernetes.default.svc'],
  )

  await world.live('control', 'live.yaml', [marked('web', 'web', { key: 'other' })])
  const drifted = await world.until('control/web', isStatus('OutOfSync'))
  assert.deepEqual(drifted.verdict.outcome, { status: 'OutOfSync', cause: 'live' })
  assert.deepEqual(
    drifted.verdict.objects[0]?.differences.map(({ path, desired, live }) => [path, desired, live]),
    [['/data/key', 'value', 'other']],
  )

  await world.live('control', 'argocd.yaml', [project('default')])
  await world.gone('control/web')
})
