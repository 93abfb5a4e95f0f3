import assert from 'node:assert/strict'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import { parseJson } from '../../src/kubernetes/serialization/json.ts'
import { isJsonObject } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import { builtProgram } from '../commands/program.ts'
import { createWorkingRepository } from '../git/working-repository.ts'
import { KUSTOMIZATION } from '../render/flux/encrypted/kustomization.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { startExporter } from './exporter.ts'

/**
 * An app that SOPS encrypted for age, for OpenPGP and for shares of both, as the real kustomize-controller applied it
 * (test/render/flux/encrypted): with the keys it is in sync, and no value of it is in anything that the program says or keeps.
 */
const ENCRYPTED = join(import.meta.dirname, '../render/flux/encrypted')
const CANARY = /canary|AGE-SECRET-KEY-1|4242424242/
const APP = 'app@live'

const parts = new AsyncDisposableStack()
let folder = ''
let applied: readonly KubernetesObject[] = []
let repository = ''

before(async () => {
  await builtProgram()
  folder = parts.use(await temporaryFolder('sops')).path
  const working = await createWorkingRepository(join(folder, 'repository'))
  await cp(join(ENCRYPTED, 'app'), join(working.path, 'app'), { recursive: true })
  await working.commit({})
  repository = working.path
  await cp(join(ENCRYPTED, 'keys'), join(folder, 'keys'), { recursive: true })
  const list = parseJson(await readFile(join(ENCRYPTED, 'applied.json'), 'utf8'))
  assert.ok(isJsonObject(list) && Array.isArray(list.items))
  applied = list.items.map((item) => asKubernetesObject(item))
})
after(() => parts.disposeAsync())

const GIT_REPOSITORY = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  metadata: { name: 'platform', namespace: 'flux-system' },
  spec: { url: 'https://git.example.com/platform.git', interval: '1m', ref: { branch: 'main' } },
}

/** A config over a snapshot of what is live. */
async function configWith(name: string, live: readonly object[], keys: readonly string[]): Promise<string> {
  const own = join(folder, name)
  await mkdir(join(own, 'live'), { recursive: true })
  await writeFile(join(own, 'live/all.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: live }))
  const config = {
    stateDirectory: './state',
    metrics: { address: '127.0.0.1', port: 0 },
    pages: { address: '127.0.0.1', port: 0 },
    limits: { renderTimeout: '10m' },
    repositories: [{ url: GIT_REPOSITORY.spec.url, fetchFrom: `file://${repository}` }],
    decryption: { keys: keys.map((key) => ({ secret: 'flux-system/sops-*', file: `../keys/${key}` })) },
    clusters: [{ name: 'live', snapshot: { path: './live' } }],
    discovery: { flux: [{ cluster: 'live' }] },
  }
  await writeFile(join(own, 'config.json'), JSON.stringify(config))
  return join(own, 'config.json')
}

const KEYS = ['one.agekey', 'two.agekey', 'pgp.asc']
const live = (change: (object: KubernetesObject) => object = (object) => object): readonly object[] => [
  GIT_REPOSITORY,
  { ...KUSTOMIZATION, status: applied.find(({ kind }) => kind === 'Kustomization')?.status ?? {} },
  ...applied.filter(({ kind }) => kind !== 'Kustomization').map(change),
]

async function seenApp(name: string, objects: readonly object[], keys: readonly string[], wanted: object) {
  const exporter = await startExporter(await configWith(name, objects, keys))
  const seen = await exporter.untilApp(APP, wanted)
  const pages: string[] = []
  const overview = await (await fetch(exporter.pagesUrl)).text()
  for (const [, path = ''] of overview.matchAll(/href="(\/apps\/[^"]+)"/g))
    pages.push(await (await fetch(new URL(path.replaceAll('&amp;', '&'), exporter.pagesUrl))).text())
  const metrics = await (await fetch(`${exporter.metricsUrl}/metrics`)).text()
  await exporter.stop()
  const kept = await statesOf(join(folder, name, 'state'))
  for (const [what, text] of Object.entries({ overview, pages: pages.join(''), metrics, log: exporter.log(), ...kept }))
    assert.doesNotMatch(text, CANARY, `${name}: ${what}`)
  return { seen, pages: pages.join('') }
}

async function statesOf(path: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(file, 'latin1')] as const)),
  )
}

test('an app that was decrypted and applied is in sync', async () => {
  await seenApp('synced', live(), KEYS, { status: 'Synced' })
})

test('a value that somebody changed in the cluster is told, and what it was and is, is not', async () => {
  for (const [kind, name] of [
    ['ConfigMap', 'settings'],
    ['Secret', 'own'],
    ['Deployment', 'web'],
  ]) {
    const changed = live((object) => {
      if (object.kind !== kind || object.metadata.name !== name) return object
      const other = Buffer.from('canary-else').toString('base64')
      if (kind === 'Secret') return { ...object, data: { token: other, empty: '' } }
      return asKubernetesObject(JSON.parse(JSON.stringify(object).replace(/canary-(?:passw0rd|arg-1)/, 'canary-else')))
    })
    await seenApp(`changed-${kind}`, changed, KEYS, { status: 'OutOfSync' })
  }
})

test('without the keys it is unknown, and what is needed is told', async () => {
  const { pages } = await seenApp('without', live(), ['one.agekey'], { reason: 'GDE_DECRYPTION_KEY' })
  assert.match(pages, /the PGP key [0-9A-F]{40}/)
})
