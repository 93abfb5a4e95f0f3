import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FluxHelmSourceOptions } from '../../../src/model/sources/flux.ts'
import type { Rendering } from '../../../src/model/sources/rendering.ts'
import { dataOf, namesOf } from '../rendering.ts'
import { fluxSnapshot, renderHelmRelease } from './rendering.ts'

// What helm-controller's post-renderers make of a release (internal/postrender): kustomize's resource map reads and prints every object.

const fixture = fluxSnapshot()
let charts = 0

async function release(
  templates: Readonly<Record<string, string>>,
  options: Partial<FluxHelmSourceOptions> = {},
): Promise<Rendering> {
  charts += 1
  const chart = `charts/${charts}`
  const files = { 'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n', ...templates }
  const paths = Object.entries(files).map(([name, text]) => [`${chart}/${name}`, text])
  return renderHelmRelease([await fixture.commit(Object.fromEntries(paths))], { chart, ...options })
}

function configMap(name: string, data: string, annotations = ''): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${annotations}data:\n${data}`
}

const HOOK = '  annotations: {helm.sh/hook: pre-install}\n'

test('the words that YAML 1.1 has for booleans stay texts, and what a number looks like stays what it was', async () => {
  const data = '  on: off\n  mode: "0644"\n  big: "1e3"\n  none: "null"\n'
  const { objects } = await release({ 'templates/a.yaml': configMap('a', data, '  annotations: {inject: yes}\n') })
  assert.deepEqual(objects[0]?.object.data, { on: 'off', mode: '0644', big: '1e3', none: 'null' })
  assert.equal(Object(objects[0]?.object.metadata.annotations).inject, 'yes')
})

test('block scalars keep the newlines that kustomize keeps', async () => {
  const data = '  one: |\n    text\n\n  strip: |-\n    text\n\n  keep: |+\n    text\n\n  folded: >\n    a\n    b\n'
  assert.deepEqual(dataOf(await release({ 'templates/a.yaml': configMap('a', data) })), {
    one: 'text\n',
    strip: 'text',
    keep: 'text\n\n',
    folded: 'a b\n',
  })
})

test('an object that is a hook and a template is refused where both go the same way', async () => {
  const templates = {
    'templates/a.yaml': configMap('a', '  a: b\n'),
    'templates/h.yaml': configMap('a', '  h: i\n', HOOK),
  }
  for (const options of [{}, { postRenderStrategy: 'combined' } as const])
    await assert.rejects(release(templates, options), {
      name: 'GDE_RENDER_HELM',
      message: /may not add resource with an already registered id: ConfigMap.*a/,
    })
  for (const postRenderStrategy of ['separate', 'nohooks'] as const)
    assert.deepEqual(dataOf(await release(templates, { postRenderStrategy })), { a: 'b' })
})

test('an object that two templates make is refused whatever the strategy', async () => {
  const templates = { 'templates/a.yaml': configMap('a', '  a: b\n'), 'templates/b.yaml': configMap('a', '  c: d\n') }
  for (const postRenderStrategy of ['combined', 'separate', 'nohooks'] as const)
    await assert.rejects(release(templates, { postRenderStrategy }), { message: /already registered id/ })
})

test('two hooks of one name are refused where hooks are post-rendered', async () => {
  const hooks = {
    'templates/a.yaml': configMap('a', '  a: b\n'),
    'templates/h.yaml': configMap('h', '  a: b\n', HOOK),
    'templates/i.yaml': configMap('h', '  c: d\n', HOOK),
  }
  await assert.rejects(release(hooks), { message: /already registered id/ })
  await assert.rejects(release(hooks, { postRenderStrategy: 'separate' }), { message: /already registered id/ })
  assert.deepEqual(namesOf(await release(hooks, { postRenderStrategy: 'nohooks' })), ['ConfigMap a'])
})

test('a key that stands twice is refused', async () => {
  await assert.rejects(release({ 'templates/a.yaml': configMap('a', '  a: b\n  a: c\n') }), {
    name: 'GDE_RENDER_HELM',
    message: /key "a" already (?:set|defined)/,
  })
})

const JOB = `apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {helm.sh/hook: pre-install}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}
`
const JOB_PATCH = `apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec: {backoffLimit: 1}
`

test('a patch may name a hook where hooks are post-rendered beside templates', async () => {
  const templates = { 'templates/a.yaml': configMap('a', '  a: b\n'), 'templates/job.yaml': JOB }
  const postRenderers = [{ patches: [{ patch: JOB_PATCH }], images: [] }]
  assert.deepEqual(namesOf(await release(templates, { postRenderers })), ['ConfigMap a'])
  await assert.rejects(release(templates, { postRenderers, postRenderStrategy: 'nohooks' }), {
    message: /no resource matches strategic merge patch|no matches for Id Job/,
  })
})

test('what a patch makes a hook is one, and what it makes none is applied', async () => {
  const templates = {
    'templates/a.yaml': configMap('a', '  a: b\n'),
    'templates/h.yaml': configMap('h', '  h: i\n', HOOK),
  }
  const patch = (name: string, op: string) => ({
    patch: `- {op: ${op}, path: /metadata/annotations, value: {helm.sh/hook: post-install}}`,
    target: { kind: 'ConfigMap', name },
  })
  const none = { patch: '- {op: remove, path: /metadata/annotations/helm.sh~1hook}', target: { name: 'h' } }
  const made = await release(templates, { postRenderers: [{ patches: [patch('a', 'add'), none], images: [] }] })
  // The template's name is found by an annotation, which the first patch replaces.
  assert.deepEqual(namesOf(made), ['ConfigMap h'])
})

test('the labels that name the release win over the common ones', async () => {
  const commonMetadata = { labels: { 'helm.toolkit.fluxcd.io/name': 'mine', team: 'a' }, annotations: { note: 'x' } }
  const { objects } = await release({ 'templates/a.yaml': configMap('a', '  a: b\n') }, { commonMetadata })
  assert.deepEqual(objects[0]?.object.metadata.labels, {
    'app.kubernetes.io/managed-by': 'Helm',
    'helm.toolkit.fluxcd.io/name': 'web',
    'helm.toolkit.fluxcd.io/namespace': 'flux-system',
    team: 'a',
  })
  assert.equal(Object(objects[0]?.object.metadata.annotations).note, 'x')
})

test('lists are taken apart, and each of their objects is labelled', async () => {
  const list = `apiVersion: v1\nkind: ConfigMapList\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n`
  const { objects } = await release({ 'templates/a.yaml': list })
  assert.deepEqual(
    objects.map(({ object }) => [object.metadata.name, Object(object.metadata.labels)['helm.toolkit.fluxcd.io/name']]),
    [
      ['a', 'web'],
      ['b', 'web'],
    ],
  )
})

test('a chart without an object gives none, and one whose templates are no objects is refused', async () => {
  assert.deepEqual(namesOf(await release({ 'templates/a.yaml': '{{ if false }}x{{ end }}\n' })), [])
  await assert.rejects(release({ 'templates/a.yaml': 'just: values\n' }), { name: 'GDE_RENDER_HELM' })
})

test('of crds/ only definitions count, with the labels of the release alone', async () => {
  const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec: {group: example.com, names: {kind: Thing, plural: things}, scope: Namespaced, versions: []}
---
${configMap('stray', '  a: b\n')}`
  const commonMetadata = { labels: { team: 'a' }, annotations: {} }
  const { objects } = await release(
    { 'crds/all.yaml': crd, 'templates/a.yaml': configMap('a', '  a: b\n') },
    { crds: 'CreateReplace', commonMetadata },
  )
  assert.deepEqual(
    objects.map(({ object }) => `${object.kind} ${object.metadata.name}`),
    ['CustomResourceDefinition things.example.com', 'ConfigMap a'],
  )
  assert.deepEqual(objects[0]?.object.metadata.labels, {
    'helm.toolkit.fluxcd.io/name': 'web',
    'helm.toolkit.fluxcd.io/namespace': 'flux-system',
  })
})
