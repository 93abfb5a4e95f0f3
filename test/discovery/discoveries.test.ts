import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createSnapshotConnector } from '../../src/clusters/snapshot/connector.ts'
import { createDiscoveries } from '../../src/discovery/inventory/follow-discoveries.ts'
import type { Encrypted } from '../../src/model/encrypted.ts'
import { CodedError } from '../../src/model/failure.ts'
import { application, ENTRY } from './argocd/resources.ts'
import { SETTINGS } from './flux/flux-snapshot.ts'

const TIMEOUT_MS = 60_000

test('a bug while composing an inventory is logged and ends no discovery', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gde-discoveries-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'argocd.json'), JSON.stringify(application('web')))
  const control = createSnapshotConnector({ name: 'control', folder, kinds: [], redactionKey: new Uint8Array(32) })
  t.after(() => control.close())
  const logged: string[] = []
  let refusals = 1
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error(`only this was logged: ${logged.join(', ')}`)), TIMEOUT_MS)
  t.after(() => clearTimeout(timer))
  const discoveries = createDiscoveries({
    reconcile({ apps, problems }) {
      if (apps.length === 0) return
      if (refusals > 0) {
        refusals -= 1
        throw new TypeError('a bug')
      }
      if (problems.length === 0) resolve()
    },
    connector: () => control,
    git: {
      resolve: () => Promise.reject(new CodedError('GDE_ABORTED', 'there is none')),
      unchanged: async () => true,
      onStatus: () => () => undefined,
    },
    generate: () => Promise.reject(new CodedError('GDE_INTERNAL', 'there are no sets')),
    matchExpressions: () => Promise.reject(new CodedError('GDE_INTERNAL', 'there are no expressions')),
    followKeys: () => ({ contents: new Map() }),
    encrypt: () => 'encrypted' as Encrypted,
    reportActivity: () => undefined,
    now: Date.now,
    log: (_level, message) => logged.push(message),
  })
  t.after(() => discoveries.close())
  discoveries.follow({ settings: { ...SETTINGS, discovery: { argocd: [ENTRY], flux: [], helm: [] } } })
  await promise
  assert.deepEqual(logged, ['a discovery failed'])
})
