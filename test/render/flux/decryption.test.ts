import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { asKubernetesObject } from '../../../src/kubernetes/object.ts'
import { parseJson } from '../../../src/kubernetes/serialization/json.ts'
import { isJsonObject, type Json } from '../../../src/model/json.ts'
import type { KubernetesObject } from '../../../src/model/object.ts'
import type { Rendering } from '../../../src/model/sources/rendering.ts'
import type { RepositoryFile } from '../test-repository.ts'
import { encrypted, fluxSnapshot, type KustomizationOptions, renderKustomization } from './rendering.ts'

/** Files that the real sops encrypted, and what it decrypts them to (`encrypted/encrypt.ts`). */
const FOLDER = join(import.meta.dirname, 'encrypted')
const environment = fluxSnapshot()
const CANARY = /canary|4242424242|9007199254740993/

const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8')
const keys = (...names: readonly string[]) => ({
  keys: names.map((name) => ({ file: `/etc/keys/${name}`, encrypted: encrypted(read(`keys/${name}`)) })),
})
const ALL = keys('one.agekey', 'two.agekey', 'three.agekey', 'pgp.asc')

let before: readonly string[] = []
async function renderedFrom(
  files: Readonly<Record<string, RepositoryFile>>,
  given: KustomizationOptions = ALL,
): Promise<Rendering> {
  const below = Object.fromEntries(Object.entries(files).map(([name, text]) => [`case/${name}`, text]))
  const old = Object.fromEntries(before.map((name) => [name, undefined]))
  before = Object.keys(below)
  const tree = await environment.commit({ ...old, ...below })
  return renderKustomization([tree], { path: './case', ...given, spec: { decrypts: true, ...given.spec } })
}

/** The values of the one Secret, in the clear. */
function shownData({ objects }: Rendering): Readonly<Record<string, string>> {
  const data = objects[0]?.object.data
  assert.ok(isJsonObject(data))
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(String(value), 'base64').toString('utf8')]),
  )
}

const FILES = readdirSync(join(FOLDER, 'encrypted'))

test('a file of a secretGenerator is what sops decrypts it to, byte by byte', async () => {
  assert.ok(FILES.length > 20)
  for (const file of FILES) {
    const kustomization = `secretGenerator: [{name: a, files: [${file}]}]\n`
    const rendering = await renderedFrom(
      { 'kustomization.yaml': kustomization, [file]: read(`encrypted/${file}`) },
      { ...ALL, unredacted: true },
    )
    assert.equal(shownData(rendering)[file], read(`decrypted/${file}`), file)
  }
})

test('a file in a Secret is decrypted after the build, into the format that its key says', async () => {
  for (const file of FILES) {
    const content = Buffer.from(read(`encrypted/${file}`)).toString('base64')
    const secret = `apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {${file}: ${content}}\n`
    const rendering = await renderedFrom({ 'a.yaml': secret }, { ...ALL, unredacted: true })
    assert.equal(shownData(rendering)[file], read(`decrypted/${file}`), file)
  }
})

test('nothing of what was encrypted is in a rendering, whatever its kind', async () => {
  const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {plain: seen}\n'
  const files: Record<string, string> = {
    'kustomization.yaml':
      'secretGenerator:\n- name: a\n  files: [age.yaml, pgp.json, key=shares.bin]\n  envs: [several.env]\n',
    'a.yaml': config,
  }
  for (const file of ['age.yaml', 'pgp.json', 'shares.bin', 'several.env']) files[file] = read(`encrypted/${file}`)
  files['kustomization.yaml'] += 'resources: [a.yaml]\n'
  const rendering = await renderedFrom(files)
  assert.doesNotMatch(JSON.stringify(rendering), CANARY)
  assert.doesNotMatch(decodedTexts(rendering), CANARY)
})

function decodedTexts(value: unknown): string {
  const texts: string[] = []
  JSON.stringify(value, (_key, item: Json) => {
    if (typeof item === 'string') texts.push(Buffer.from(item, 'base64').toString('latin1'))
    return item
  })
  return texts.join('\n')
}

test('the keys that decrypt nothing leave the app unknown, with what is needed', async () => {
  const files = {
    'kustomization.yaml': 'secretGenerator: [{name: a, files: [shares.yaml]}]\n',
    'shares.yaml': read('encrypted/shares.yaml'),
  }
  await assert.rejects(renderedFrom(files, keys('one.agekey')), (error: Error & { failure?: { file?: string } }) => {
    assert.equal(error.name, 'GDE_DECRYPTION_KEY')
    assert.match(error.message, /encrypted for age1\w+, age1\w+, the PGP key [0-9A-F]{40}/)
    assert.equal(error.failure?.file, 'case/shares.yaml')
    return true
  })
  for (const names of [
    ['one.agekey', 'two.agekey'],
    ['two.agekey', 'pgp.asc'],
  ])
    assert.equal((await renderedFrom(files, keys(...names))).objects.length, 1)
})

test('a file of keys that is none is told by its name, and nothing of it', async () => {
  for (const text of [
    'AGE-SECRET-KEY-1CANARY\n',
    'secret-canary',
    '-----BEGIN PGP PRIVATE KEY BLOCK-----\ncanary\n',
    '',
  ])
    await assert.rejects(
      renderedFrom({ 'a.yaml': '' }, { keys: [{ file: '/etc/keys/x', encrypted: encrypted(text) }] }),
      (error: Error) => {
        assert.equal(error.name, 'GDE_DECRYPTION_KEY')
        assert.match(error.message, /\/etc\/keys\/x of decryption\.keys/)
        assert.doesNotMatch(error.message, /canary/i)
        return true
      },
    )
})

test('what was changed after it was encrypted is an error that repeats nothing', async () => {
  const whole = read('encrypted/age.yaml')
  const damaged = whole.replace(
    /(text: ENC\[AES256_GCM,data:)(.)/,
    (_all, start, first) => `${start}${first === 'A' ? 'B' : 'A'}`,
  )
  const moved = whole.replace('quoted:', 'renamed:')
  for (const text of [damaged, moved, whole.replace('text: ENC', 'text: XENC')])
    await assert.rejects(
      renderedFrom({ 'kustomization.yaml': 'secretGenerator: [{name: a, files: [b.yaml]}]\n', 'b.yaml': text }),
      (error: Error & { failure?: { file?: string } }) => {
        assert.equal(error.name, 'GDE_RENDER_DECRYPTION')
        assert.equal(error.failure?.file, 'case/b.yaml')
        assert.doesNotMatch(error.message, CANARY)
        return true
      },
    )
})

/** What the real kustomize-controller made of `app` on a real API server (`encrypted/apply.ts`). */
const APPLIED: readonly KubernetesObject[] = ((): readonly KubernetesObject[] => {
  const list = parseJson(read('applied.json'))
  assert.ok(isJsonObject(list) && Array.isArray(list.items))
  return list.items.map((item) => asKubernetesObject(item)).filter(({ kind }) => kind !== 'Kustomization')
})()

async function appFiles(): Promise<Readonly<Record<string, RepositoryFile>>> {
  const names = readdirSync(join(FOLDER, 'app'), { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(files.map((file) => [relative(join(FOLDER, 'app'), file), readFileSync(file)]))
}

test('an app is what the real kustomize-controller applied, in names and in every value', async () => {
  const { objects } = await renderedFrom(await appFiles(), {
    ...ALL,
    name: 'app',
    unredacted: true,
    spec: { targetNamespace: 'shop' },
  })
  assert.deepEqual(objects.map(nameOf).toSorted(), APPLIED.map((object) => nameOf({ object })).toSorted())
  for (const rendered of objects) {
    const live = APPLIED.find((object) => nameOf({ object }) === nameOf(rendered))
    assert.ok(live !== undefined)
    assertHolds(live, rendered.object, nameOf(rendered))
  }
})

test('of an app no value is in the clear, in whatever object it lies', async () => {
  const rendering = await renderedFrom(await appFiles(), { ...ALL, spec: { targetNamespace: 'shop' } })
  assert.doesNotMatch(JSON.stringify(rendering), /canary/)
  assert.doesNotMatch(decodedTexts(rendering), /canary/)
  const redacted = new Map(rendering.objects.map((rendered) => [nameOf(rendered), rendered.redacted]))
  assert.deepEqual(redacted.get('ConfigMap settings')?.toSorted(), ['/data/dsn', '/metadata/annotations/note'])
  assert.deepEqual(redacted.get('Deployment web')?.toSorted(), [
    '/spec/revisionHistoryLimit',
    '/spec/template/spec/containers/0/args/0',
    '/spec/template/spec/containers/0/args/1',
    '/spec/template/spec/containers/0/env/0/value',
  ])
  // The file is in a secretGenerator, too, so the controller decrypts it.
  assert.deepEqual(redacted.get('ConfigMap public-85fdfgtfdm'), ['/data/login.env'])
  assert.equal(redacted.get('Service web'), undefined)
})

function nameOf({ object }: { readonly object: KubernetesObject }): string {
  return `${object.kind} ${object.metadata.name}`
}

/** Servers add; what is declared has to be there as it is, but for Go's zero values in what the controller spells anew. */
function assertHolds(live: Json | undefined, declared: Json, where: string): void {
  if (Array.isArray(declared)) {
    assert.ok(Array.isArray(live) && live.length === declared.length, where)
    for (const [index, item] of declared.entries()) assertHolds(live[index], item, `${where}/${index}`)
  } else if (isJsonObject(declared)) {
    assert.ok(isJsonObject(live), where)
    const { creationTimestamp: _none, ...fields } = declared
    for (const [key, value] of Object.entries(fields))
      if (key !== 'stringData') assertHolds(live[key], value, `${where}/${key}`)
    for (const [key, value] of Object.entries(isJsonObject(fields.stringData) ? fields.stringData : {}))
      assert.equal(isJsonObject(live.data) ? live.data[key] : undefined, Buffer.from(String(value)).toString('base64'))
  } else if (declared !== 0) assert.deepEqual(live, declared, where)
}
