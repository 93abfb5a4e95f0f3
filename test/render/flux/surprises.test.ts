// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables are Flux's
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/model/json.ts'
import type { FluxSourceOptions, FluxVariables } from '../../../src/model/sources/flux.ts'
import { dataOf, namesOf } from '../rendering.ts'
import { encrypted, fluxSnapshot, type KustomizationOptions, renderKustomization } from './rendering.ts'

/** What surprises about Flux (the README of the cases), one by one and beyond its public cases. */
const environment = fluxSnapshot()

function postBuild(
  values: Readonly<Record<string, string>>,
  rest: Partial<NonNullable<FluxSourceOptions['postBuild']>> = {},
): KustomizationOptions {
  return { postBuild: { variables: [{ values }], always: false, strict: false, ...rest } }
}

/** The data of a ConfigMap whose manifest is given in part. */
async function data(yaml: string, options: KustomizationOptions): Promise<JsonObject> {
  const manifest = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n${yaml}\n`
  const tree = await environment.commit({ 'case/a.yaml': manifest })
  return dataOf(renderKustomization([tree], { path: './case', ...options }))
}

async function failure(yaml: string, options: KustomizationOptions): Promise<void> {
  await assert.rejects(data(yaml, options), { name: /^GDE_RENDER_/ })
}

test('1: quotes do not protect a value from being read anew, a variable that holds a quote does', async () => {
  const given = postBuild({ N: '3', quote: '"' })
  assert.deepEqual(await data('  a: "${N}"\n  b: ${quote}${N}${quote}', given), { a: 3, b: '3' })
})

test('2: without variables nothing is substituted, unless the strategy is Always', async () => {
  const yaml = '  a: ${A:=x}\n  b: $$B'
  assert.deepEqual(await data(yaml, postBuild({})), { a: '${A:=x}', b: '$$B' })
  assert.deepEqual(await data(yaml, {}), { a: '${A:=x}', b: '$$B' })
  assert.deepEqual(await data(yaml, postBuild({}, { always: true })), { a: 'x', b: '$B' })
})

test('3: three operators give the default when the value is empty, too', async () => {
  const given = postBuild({ EMPTY: '' })
  const yaml = '  a: ${EMPTY:=x}\n  b: ${EMPTY:-w}\n  c: ${EMPTY=z}\n  d: ${EMPTY:+p}\n  e: ${EMPTY:?q}'
  assert.deepEqual(await data(yaml, given), { a: 'x', b: 'w', c: 'z', d: 'p', e: 'q' })
  for (const wrong of ['${X-d}', '${X/a}', '${}', '${{ x }}', '${a[@]}']) await failure(`  a: '${wrong}'`, given)
})

test('3: replacement is literal, without globs', async () => {
  const given = postBuild({ P: 'a*c/abc' })
  assert.deepEqual(await data('  a: ${P/a*c/X}\n  b: ${P//a/X}', given), { a: 'X/abc', b: 'X*c/Xbc' })
})

test('4: a name without braces stays, two dollars become one, and a colon with a space is no offset', async () => {
  const given = postBuild({ A: 'alpha' })
  assert.deepEqual(await data('  a: $A\n  b: $${A}\n  c: "${A: -2}"', given), { a: '$A', b: '${A}', c: 'alpha' })
})

test('5: keys, names and labels are substituted; values are YAML without their newlines', async () => {
  const manifest =
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "${N}", labels: {l: "${N}"}}\ndata: {"${N}": "${M}", j: "${J}"}\n'
  const tree = await environment.commit({ 'case/a.yaml': manifest })
  const given = { path: './case', ...postBuild({ N: 'x', M: 'one\ntwo\n', J: '{"k": "v"}' }) }
  const [rendered] = renderKustomization([tree], given).objects
  assert.equal(rendered?.object.metadata.name, 'x')
  assert.deepEqual(rendered?.object.data, { x: 'onetwo', j: { k: 'v' } })
})

test('5: only the annotation or label in lower case switches substitution off', async () => {
  const marked = (value: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {kustomize.toolkit.fluxcd.io/substitute: ${value}}}\ndata: {a: "\${A}"}\n`
  const dataWith = async (value: string) =>
    dataOf(
      renderKustomization([await environment.commit({ 'case/a.yaml': marked(value) })], {
        path: './case',
        ...postBuild({ A: 'x' }),
      }),
    )
  assert.deepEqual(await dataWith('disabled'), { a: '${A}' })
  assert.deepEqual(await dataWith('Disabled'), { a: 'x' })
})

test('6: the last of several variables counts, and an object shows where a Secret’s was used', async () => {
  const variables: readonly FluxVariables[] = [
    { values: { A: 'first', B: 'plain' } },
    { encrypted: encrypted('{"A":"second","S":"secret"}') },
    { values: { A: 'third' } },
  ]
  const manifests = ['a: "${A}${B}"', 's: "${S}"'].map(
    (field, index) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m${index}}\ndata: {${field}}\n`,
  )
  const tree = await environment.commit({ 'case/a.yaml': manifests.join('---\n') })
  const { objects } = renderKustomization([tree], { path: './case', ...postBuild({}, { variables }) })
  assert.deepEqual(
    objects.map(({ object, confidential }) => [object.data, confidential]),
    [
      [{ a: 'thirdplain' }, undefined],
      [{ s: 'secret' }, true],
    ],
  )
})

test('6: an error does not contain values of a Secret', async () => {
  const variables: readonly FluxVariables[] = [{ encrypted: encrypted('{"S":"x: hunter2: z"}') }]
  const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {s: ${S}}\n'
  const tree = await environment.commit({ 'case/a.yaml': manifest })
  const render = () => renderKustomization([tree], { path: './case', ...postBuild({}, { variables }) })
  assert.throws(render, (error: Error) => !error.message.includes('hunter2'))
})

test('8: what lies in a folder is taken, whatever its name, but JSON and empty folders', async () => {
  const object = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`
  const tree = await environment.commit({
    'eight/.hidden.yaml': object('hidden'),
    'eight/a.yml': object('a'),
    'eight/b.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}',
    'eight/whole/kustomization.yml': 'resources: [c.yaml]\n',
    'eight/whole/c.yaml': object('c'),
    'eight/whole/d.yaml': object('d'),
    'nine/readme.md': 'nothing\n',
    'ten/values.yaml': 'replicas: 3\n',
  })
  const names = (path: string) => namesOf(renderKustomization([tree], { path })).toSorted()
  assert.deepEqual(names('./eight'), ['ConfigMap a', 'ConfigMap c', 'ConfigMap hidden'])
  assert.deepEqual(names('./nine'), [])
  assert.throws(() => names('./ten'), { name: 'GDE_RENDER_KUSTOMIZE', message: /missing Resource metadata/ })
})

test('10: targetNamespace replaces another one, and renames Namespaces', async () => {
  const manifests = [
    'apiVersion: v1\nkind: Namespace\nmetadata: {name: old}\n',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: old}\n',
  ]
  const tree = await environment.commit({ 'case/a.yaml': manifests.join('---\n') })
  const { objects } = renderKustomization([tree], { path: './case', spec: { targetNamespace: 'new' } })
  assert.deepEqual(
    objects.map(({ object }) => [object.kind, object.metadata.name, object.metadata.namespace]).toSorted(),
    [
      ['ConfigMap', 'a', 'new'],
      ['Namespace', 'new', undefined],
    ],
  )
})

test('11: a new tag clears the digest, a new digest the tag, a new name neither', async () => {
  const pod = (image: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: ${image}}]}\n`
  const digest = `sha256:${'0'.repeat(64)}`
  const imageWith = async (entry: string, image: KustomizationOptions) => {
    const kustomization = `resources: [a.yaml]\nimages: [${entry}]\n`
    const tree = await environment.commit({ 'eleven/a.yaml': pod('web:1'), 'eleven/kustomization.yaml': kustomization })
    const [rendered] = renderKustomization([tree], { path: './eleven', ...image }).objects
    return /"image":"([^"]*)"/.exec(JSON.stringify(rendered?.object))?.[1]
  }
  const images = (image: Readonly<Record<string, string>>) => ({ spec: { images: [{ name: 'web', ...image }] } })
  assert.equal(await imageWith(`{name: web, digest: "${digest}"}`, images({ newTag: '2' })), 'web:2')
  assert.equal(await imageWith('{name: web, newTag: "2"}', images({ digest })), `web@${digest}`)
  assert.equal(await imageWith('{name: web, newTag: "2"}', images({ newName: 'mirror/web' })), 'mirror/web:2')
})

test('11: a JSON patch as flow YAML without quotes is an error', async () => {
  const tree = await environment.commit({ 'case/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n' })
  const patches = [{ patch: '[{op: add, path: /data, value: {a: b}}]', target: { kind: 'ConfigMap' } }]
  assert.throws(() => renderKustomization([tree], { path: './case', spec: { patches } }), {
    name: 'GDE_RENDER_KUSTOMIZE',
  })
})
