import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packLive } from '../../src/engine/live/live-object.ts'
import { MarkedObjects } from '../../src/engine/live/marked-objects.ts'
import { type Confidentiality, createContentOf, SavedKinds, saveKinds } from '../../src/engine/live/saved-kinds.ts'
import { asKubernetesObject, objectKey } from '../../src/kubernetes/object.ts'
import { objectKeyText } from '../../src/model/object.ts'
import { app, createFixture } from './engine-fixture.ts'

const CONFIG_MAP = { group: '', kind: 'ConfigMap' }
const keyOf = (name: string) => ({ ...CONFIG_MAP, namespace: 'shop', name })

/** What an informer holds that was listed as the first thing. */
function watched(kind: string, names: readonly string[]) {
  const objects = names.map((name) => {
    const object = asKubernetesObject({ apiVersion: 'v1', kind, metadata: { name, namespace: 'shop' }, data: { name } })
    return { key: objectKey(object), live: packLive(object) }
  })
  const held = { lineage: 'lineage', versions: new Map([['', '7']]), objects }
  return { kind: { group: '', kind }, listedAt: 1, watch: { held: () => held } }
}

const open = (): Confidentiality => 'open'
const byName =
  (names: Readonly<Record<string, Confidentiality>>) =>
  (keyText: string): Confidentiality =>
    names[keyText.split('/').at(-1) ?? ''] ?? 'unknown'

function savedKinds(names: readonly string[]): SavedKinds {
  const saved = saveKinds('one', [watched('ConfigMap', names)], new MarkedObjects(), open)
  assert.ok(saved !== undefined)
  return new SavedKinds(saved, createContentOf())
}

test('an object into which Git puts the value of a Secret is left out, and of Secrets there is nothing', () => {
  const kinds = [watched('ConfigMap', ['plain', 'fed']), watched('Secret', ['any'])]
  const saved = saveKinds('one', kinds, new MarkedObjects(), byName({ plain: 'open', fed: 'secret', any: 'open' }))
  assert.deepEqual(
    saved?.kinds.map(({ kind, objects }) => [kind, objects.map(({ name }) => name)]),
    [['ConfigMap', ['plain']]],
  )
})

test('a kind is left out whole where no app declares one of its objects', () => {
  const kinds = [watched('ConfigMap', ['plain', 'extra'])]
  assert.equal(saveKinds('one', kinds, new MarkedObjects(), byName({ plain: 'open' })), undefined)
})

test('a kind is taken once, in the scope in which it was held', () => {
  const usage = { kind: CONFIG_MAP, declared: new Map() }
  assert.equal(savedKinds(['a']).take(usage, ['shop'], new MarkedObjects()), undefined)
  const saved = savedKinds(['a'])
  assert.deepEqual(
    saved.take(usage, undefined, new MarkedObjects())?.objects.map(({ key }) => key),
    [keyOf('a')],
  )
  assert.equal(saved.take(usage, undefined, new MarkedObjects()), undefined)
})

test('a kind is listed where many objects are declared now that were not held', () => {
  const declared = (count: number) =>
    new Map(
      Array.from({ length: count }, (_, index) => {
        const key = keyOf(`new-${index}`)
        return [objectKeyText(key), { key, apps: [] }] as const
      }),
    )
  const take = (count: number) =>
    savedKinds(['a']).take({ kind: CONFIG_MAP, declared: declared(count) }, undefined, new MarkedObjects())
  assert.notEqual(take(20), undefined)
  assert.equal(take(21), undefined)
})

test('a kind is listed where an app tracks objects that were dropped when it was listed', async (t) => {
  const fixture = await createFixture()
  t.after(() => fixture[Symbol.asyncDispose]())
  const marks = new MarkedObjects()
  marks.register(app(fixture, { name: 'late', tracking: { method: 'annotation', appName: 'late', labelKey: '' } }))
  const usage = { kind: CONFIG_MAP, declared: new Map() }
  assert.equal(savedKinds(['a']).take(usage, undefined, marks), undefined)
  const known = saveKinds('one', [watched('ConfigMap', ['a'])], marks, open)
  assert.notEqual(known && new SavedKinds(known, createContentOf()).take(usage, undefined, marks), undefined)
})
