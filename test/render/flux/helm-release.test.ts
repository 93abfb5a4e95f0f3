import assert from 'node:assert/strict'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/model/json.ts'
import type { FluxHelmSourceOptions, FluxValues } from '../../../src/model/sources/flux.ts'
import type { RenderedObject, Rendering, SourceTree } from '../../../src/model/sources/rendering.ts'
import { dataOf, namesOf } from '../rendering.ts'
import { ARTIFACT, encrypted, fluxSnapshot, renderHelmRelease } from './rendering.ts'

const environment = fluxSnapshot()

const CRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec: {group: example.com, names: {kind: Thing, plural: things}, scope: Namespaced, versions: []}
`

function chart(template: string, rest: Readonly<Record<string, string>> = {}): Promise<SourceTree> {
  return environment.commit({
    'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
    'charts/web/values.yaml': 'color: blue\nsize: 1\n',
    'charts/web/templates/a.yaml': template,
    'charts/web/crds/thing.yaml': CRD,
    ...rest,
  })
}

const VALUES = `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data: {{ .Values | toJson }}
`

async function values(
  options: Partial<FluxHelmSourceOptions>,
  rest: Readonly<Record<string, string>> = {},
): Promise<JsonObject> {
  return dataOf(withoutDefinitions(renderHelmRelease([await chart(VALUES, rest)], options)))
}

function withoutDefinitions(rendering: Rendering): Rendering {
  return { ...rendering, objects: rendering.objects.filter(({ object }) => object.kind !== 'CustomResourceDefinition') }
}

function plain(text: string, rest: Partial<FluxValues> = {}): FluxValues {
  return { origin: 'ConfigMap flux-system/values', targetPath: '', literal: false, text: { plain: text }, ...rest }
}

test('objects carry the marks of Helm and of the HelmRelease, CRDs those of the HelmRelease alone', async () => {
  const { objects } = renderHelmRelease([await chart(VALUES)])
  const owner = { 'helm.toolkit.fluxcd.io/name': 'web', 'helm.toolkit.fluxcd.io/namespace': 'flux-system' }
  assert.deepEqual(
    objects.map(({ action, object }) => [object.kind, action, object.metadata.labels, object.metadata.annotations]),
    [
      ['CustomResourceDefinition', 'ifNotPresent', owner, undefined],
      [
        'ConfigMap',
        'apply',
        { ...owner, 'app.kubernetes.io/managed-by': 'Helm' },
        { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'shop' },
      ],
    ],
  )
})

test('CRDs that upgrades replace are compared, skipped ones are left out', async () => {
  const tree = await chart(VALUES)
  const actions = (crds: FluxHelmSourceOptions['crds']) =>
    renderHelmRelease([tree], { crds }).objects.map(({ action }) => action)
  assert.deepEqual(actions('CreateReplace'), ['apply', 'apply'])
  assert.deepEqual(actions('Skip'), ['apply'])
})

test('hooks are left out', async () => {
  const hook = `${VALUES}---\napiVersion: v1\nkind: Pod\nmetadata: {name: hook, annotations: {helm.sh/hook: post-install}}\n`
  assert.deepEqual(namesOf(renderHelmRelease([await chart(hook)], { crds: 'Skip' })), ['ConfigMap web'])
})

test('values are merged in order, and the release’s own win', async () => {
  const valuesFrom = [plain('color: red\nlist: [1]\n'), plain('list: [2]\nsize: 3\n')]
  assert.deepEqual(await values({ valuesFrom, values: { size: 4 } }), { color: 'red', list: [2], size: 4 })
})

test('a target path sets one value as --set does, a literal one as it is', async () => {
  const valuesFrom = [
    plain('7', { targetPath: 'deep.number' }),
    plain('"7"', { targetPath: 'deep.text' }),
    plain('a,b={c}', { targetPath: 'deep.literal', literal: true }),
  ]
  const deep = { number: 7, text: '7', literal: 'a,b={c}' }
  assert.deepEqual(await values({ valuesFrom }), { color: 'blue', size: 1, deep })
})

test('valuesFiles replace the chart’s own values', async () => {
  const files = { 'envs/prod.yaml': 'color: green\n', 'envs/eu.yaml': 'zone: eu\n' }
  assert.deepEqual(await values({ valuesFiles: ['envs/prod.yaml', './envs/eu.yaml'] }, files), {
    color: 'green',
    zone: 'eu',
  })
  const missing = { valuesFiles: ['envs/prod.yaml', 'envs/none.yaml'] }
  await assert.rejects(values(missing, files), { name: 'GDE_RENDER_HELM', message: /envs\/none\.yaml is not there/ })
  assert.deepEqual(await values({ ...missing, ignoreMissingValuesFiles: true }, files), { color: 'green' })
})

test('a template sees the release as it is deployed, and the cluster’s own API versions', async () => {
  const template = `apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  upgrade: "{{ .Release.IsUpgrade }} {{ .Release.Revision }} {{ .Release.Namespace }}"
  has: "{{ .Capabilities.APIVersions.Has "example.com/v1" }} {{ .Capabilities.APIVersions.Has "policy/v1beta1" }}"
`
  const destination = { kubeVersion: 'v1.36.0', apiVersions: ['example.com/v1'] }
  const rendering = renderHelmRelease([await chart(template)], { revision: 3, crds: 'Skip' }, destination)
  assert.equal(rendering.usedDestination, true)
  assert.deepEqual(dataOf(rendering), { upgrade: 'true 3 shop', has: 'true false' })
})

test('reconcileStrategy Revision puts the commit behind the chart’s version, instead of what is there', async () => {
  const template = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {version: "{{ .Chart.Version }}"}\n'
  const chartFile = 'apiVersion: v2\nname: web\nversion: 1.0.0-rc.1+build\n'
  const tree = await chart(template, { 'charts/web/Chart.yaml': chartFile })
  const versioned = renderHelmRelease([tree], { crds: 'Skip', versionedByCommit: true })
  assert.deepEqual(dataOf(versioned), { version: `1.0.0-rc.1+${tree.commit.slice(0, 12)}` })
  assert.equal(versioned.usedCommit, true)
  const plainly = renderHelmRelease([tree], { crds: 'Skip' })
  assert.deepEqual(dataOf(plainly), { version: '1.0.0-rc.1+build' })
  assert.equal(plainly.usedCommit, false)
})

test('of referred values that are several documents the first one counts, and empty ones are none', async () => {
  const valuesFrom = [plain('color: red\n---\ncolor: green\n'), plain(''), plain('# nothing\n')]
  assert.deepEqual(await values({ valuesFrom }), { color: 'red', size: 1 })
})

test('a target path wins over the release’s own values inside a map of theirs alone', async () => {
  const valuesFrom = [plain('from', { targetPath: 'auth.user' }), plain('from', { targetPath: 'color' })]
  const own = { auth: { user: 'own', realm: 'own' }, color: 'own' }
  assert.deepEqual(await values({ valuesFrom, values: own }), {
    auth: { user: 'from', realm: 'own' },
    color: 'own',
    size: 1,
  })
})

test('post-renderers and common metadata come after the templates', async () => {
  const patch = '- {op: add, path: /data/patched, value: "yes"}'
  const options: Partial<FluxHelmSourceOptions> = {
    crds: 'Skip',
    values: { image: 'web' },
    postRenderers: [{ patches: [{ patch, target: { kind: 'ConfigMap' } }], images: [] }],
    commonMetadata: { labels: { team: 'web' }, annotations: { note: 'x' } },
  }
  const [rendered] = renderHelmRelease([await chart(VALUES)], options).objects
  assert.deepEqual(rendered?.object.data, { color: 'blue', image: 'web', size: 1, patched: 'yes' })
  assert.equal(metadata(rendered, 'labels').team, 'web')
  assert.equal(metadata(rendered, 'annotations').note, 'x')
})

function metadata(rendered: RenderedObject | undefined, field: 'labels' | 'annotations'): JsonObject {
  return Object(rendered?.object.metadata[field])
}

test('what a Secret gave makes all of it confidential, errors included', async () => {
  const valuesFrom = [plain('', { text: { encrypted: encrypted('password: hunter2') } })]
  const { objects } = renderHelmRelease([await chart(VALUES)], { valuesFrom })
  assert.ok(objects.every(({ confidential }) => confidential === true))
  const failing = await chart('{{ fail .Values.password }}')
  assert.throws(
    () => renderHelmRelease([failing], { valuesFrom }),
    (error: Error) => error.name === 'GDE_RENDER_HELM' && !error.message.includes('hunter2'),
  )
})

test('a chart that is ignored, or not there, is an error', async () => {
  const tree = await chart(VALUES)
  assert.throws(() => renderHelmRelease([tree], { artifact: { ...ARTIFACT, ignore: '/charts' } }), {
    name: 'GDE_GIT_PATH',
    message: 'there is no chart at ./charts/web',
  })
  assert.throws(() => renderHelmRelease([tree], { chart: '../other' }), { name: 'GDE_GIT_PATH' })
})

test('podinfo’s chart gives the objects that the helm program gives', async () => {
  const repository = join(import.meta.dirname, '../corpus/podinfo/charts/podinfo')
  await cp(repository, join(environment.folder, 'charts/podinfo'), { recursive: true })
  const tree = await environment.commit({})
  const { objects } = renderHelmRelease([tree], { chart: 'charts/podinfo', releaseName: 'podinfo' })
  const names = objects.map(({ object }) => `${object.kind} ${object.metadata.name}`)
  assert.deepEqual(names, ['Service podinfo', 'Deployment podinfo'])
})
