import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapFluxApps } from '../../../src/discovery/flux/flux-apps.ts'
import { Confidential } from '../../../src/model/confidential.ts'
import type { DecryptionSettings } from '../../../src/model/settings.ts'
import { fluxContext } from './flux-snapshot.ts'
import { gitRepository, kustomization } from './resources.ts'

const SETTINGS: readonly DecryptionSettings[] = [
  { secret: 'flux-system/sops-age', file: '/keys/own' },
  { secret: 'team-*/sops-age', file: '/keys/team' },
  { secret: '*/*', file: '/keys/any' },
  { file: '/keys/fleet' },
]
const KEYS = new Map(SETTINGS.map(({ file }) => [file, new Confidential(`key of ${file}`)]))

function appWith(decryption: object | undefined, keys: ReadonlyMap<string, Confidential> = KEYS) {
  const objects = [
    kustomization(decryption === undefined ? {} : JSON.parse(JSON.stringify({ decryption }))),
    gitRepository(),
  ]
  const { context, decrypt } = fluxContext(objects, { settings: { decryption: SETTINGS }, keys })
  const [app] = mapFluxApps(context).apps
  assert.ok(app !== undefined)
  const options = app.sources[0]?.options
  const used = options?.tool === 'flux' ? (options.keys ?? []) : []
  return { app, options, files: used.map(({ file, encrypted }) => [file, decrypt(encrypted)]) }
}

test('a Kustomization gets the keys that stand in place of its Secret', () => {
  const { files } = appWith({ provider: 'sops', secretRef: { name: 'sops-age' } })
  assert.deepEqual(files, [
    ['/keys/own', 'key of /keys/own'],
    ['/keys/any', 'key of /keys/any'],
  ])
  assert.deepEqual(
    appWith({ provider: 'sops', secretRef: { name: 'another' } }).files.map(([file]) => file),
    ['/keys/any'],
  )
})

test('one without a Secret gets the keys that name none', () => {
  assert.deepEqual(
    appWith({ provider: 'sops' }).files.map(([file]) => file),
    ['/keys/fleet'],
  )
})

test('one that decrypts nothing gets none', () => {
  for (const decryption of [undefined, { provider: 'other', secretRef: { name: 'sops-age' } }]) {
    const { options, files } = appWith(decryption)
    assert.deepEqual(files, [])
    assert.equal(options?.tool === 'flux' && options.spec.decrypts, false)
  }
})

test('a file that cannot be read leaves those unknown that it is for', () => {
  const { app } = appWith({ provider: 'sops', secretRef: { name: 'sops-age' } }, new Map())
  assert.equal(app.problem?.code, 'GDE_DECRYPTION_KEY')
  assert.equal(app.problem?.file, '/keys/own')
  assert.equal(appWith(undefined, new Map()).app.problem, undefined)
})
