import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { skipWithout, toolPath } from '../tools/build.ts'
import { objectsOf, objectsOfText } from './objects-of-text.ts'
import { dataOf, namesOf, render, renderFailure, withSandbox } from './rendering.ts'
import { type TestRepository, testRepository } from './test-repository.ts'

// Charts of kustomizations that lie in the repository: as `kustomize build --enable-helm` renders them by way of the helm program.

const run = promisify(execFile)

let repository: TestRepository
before(async () => {
  await withSandbox()
  repository = await testRepository()
})
after(() => repository.remove())

type Files = Readonly<Record<string, string>>

const TEMPLATE = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-settings
  namespace: {{ .Release.Namespace }}
data:
  values: {{ .Values | toJson | quote }}
  versions: "{{ .Capabilities.KubeVersion }} {{ .Capabilities.APIVersions.Has "example.com/v1" }}"
`
const HOOK = `apiVersion: v1
kind: Pod
metadata: {name: {{ .Release.Name }}-NAME, annotations: {helm.sh/hook: HOOK}}
`
const CRD =
  'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\n'

function chart(place: string, name = 'web'): Files {
  return {
    [`${place}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`,
    [`${place}/values.yaml`]: 'color: blue\nsize: 1\ndeep: {a: 1, b: [1, 2]}\ngone: 1\n',
    [`${place}/templates/settings.yaml`]: TEMPLATE,
    [`${place}/templates/hook.yaml`]: HOOK.replace('NAME', 'hook').replace('HOOK', 'pre-install'),
    [`${place}/templates/tests/test.yaml`]: HOOK.replace('NAME', 'test').replace('HOOK', 'test'),
    [`${place}/crds/thing.yaml`]: CRD,
  }
}

const CHART = chart('charts/web')
const ONE = 'helmCharts:\n- name: web\n  releaseName: shop\n'

/** Each is rendered by the real programs, too. */
const CASES: Readonly<Record<string, Files>> = {
  'nothing but a name': { 'kustomization.yaml': ONE },
  'the namespace of the kustomization': { 'kustomization.yaml': `namespace: prod\n${ONE}` },
  'a namespace of its own': { 'kustomization.yaml': `namespace: prod\n${ONE}  namespace: own\n` },
  'inline values over those of the chart': {
    'kustomization.yaml': `${ONE}  valuesInline: {color: green, deep: {b: [3], c: 4}, gone: null, more: "1e3"}\n`,
  },
  'inline values below those of the chart': {
    'kustomization.yaml': `${ONE}  valuesMerge: merge\n  valuesInline: {color: green, deep: {b: [3], c: 4}, more: yes}\n`,
  },
  'inline values instead of a file': {
    'kustomization.yaml': `${ONE}  valuesMerge: replace\n  valuesFile: other.yaml\n  valuesInline: {color: green, big: 12345678}\n`,
    'other.yaml': 'size: 7\n',
  },
  'a file of values, and more of them': {
    'kustomization.yaml': `${ONE}  valuesFile: one.yaml\n  additionalValuesFiles: [two.yaml, sub/three.yaml]\n  valuesInline: {inline: 1}\n`,
    'one.yaml': 'from: one\none: 1\n',
    'two.yaml': 'from: two\ntwo: 2\n',
    'sub/three.yaml': 'from: three\n',
  },
  'definitions, without hooks': { 'kustomization.yaml': `${ONE}  includeCRDs: true\n  skipHooks: true\n` },
  'without tests': { 'kustomization.yaml': `${ONE}  skipTests: true\n` },
  'versions of Kubernetes': {
    'kustomization.yaml': `${ONE}  kubeVersion: "1.29"\n  apiVersions: [example.com/v1]\n`,
  },
  'a name by template': { 'kustomization.yaml': 'helmCharts: [{name: web, nameTemplate: "{{ lower `SHOP` }}"}]\n' },
  'another home, with the folder of a version': {
    'kustomization.yaml': `helmGlobals: {chartHome: vendor}\n${ONE}  repo: https://charts.example.com\n  version: 1.0.0\n`,
    ...chart('vendor/web-1.0.0/web'),
  },
  'two charts and a resource, changed by the kustomization': {
    'kustomization.yaml': `namespace: prod
namePrefix: a-
commonLabels: {team: shop}
resources: [own.yaml]
helmCharts:
- {name: web, releaseName: one, valuesInline: {color: red}}
- {name: web, releaseName: two}
patches:
- {target: {kind: ConfigMap, name: one-settings}, patch: '- {op: add, path: /data/patched, value: "true"}'}
`,
    'own.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\n',
  },
  'a base that inherits the namespace, and a component': {
    'kustomization.yaml': 'namespace: prod\nresources: [base]\ncomponents: [component]\n',
    'base/kustomization.yaml': ONE,
    ...chart('base/charts/web'),
    'component/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nhelmCharts: [{name: web, releaseName: component}]\n`,
    ...chart('component/charts/web'),
  },
  'the old field': {
    'kustomization.yaml':
      'helmChartInflationGenerator: [{chartName: web, releaseName: shop, valuesLocal: {color: green}}]\n',
  },
  'a generator in a file, and one as it stands': {
    'kustomization.yaml':
      'namespace: prod\ngenerators:\n- generator.yaml\n- |-\n  apiVersion: builtin\n  kind: HelmChartInflationGenerator\n  metadata: {name: inline}\n  name: web\n  releaseName: inline\n',
    'generator.yaml':
      'apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: file}\nname: web\nreleaseName: file\nnamespace: own\n',
  },
  'the origins of what was made': {
    'kustomization.yaml': `buildMetadata: [originAnnotations]\nresources: [base]\n${ONE}`,
    'base/kustomization.yaml': 'helmCharts: [{name: web, releaseName: base}]\n',
    ...chart('base/charts/web'),
  },
  'a chart that gives nothing': {
    'kustomization.yaml': 'helmCharts: [{name: none, releaseName: none}]\n',
    'charts/none/Chart.yaml': 'apiVersion: v2\nname: none\nversion: 1.0.0\n',
    'charts/none/values.yaml': '',
  },
}

let folders = 0
async function commit(files: Files) {
  const path = `app-${folders++}`
  const tree = await repository.commit(
    Object.fromEntries(Object.entries({ ...CHART, ...files }).map(([name, text]) => [`${path}/${name}`, text])),
  )
  return { tree, path }
}

const ENABLED = { kustomizeSettings: { buildOptions: ['--enable-helm'], versions: [] } }
const NO_VERSIONS = { kubeVersion: '', apiVersions: [] }

for (const [what, files] of Object.entries(CASES))
  test(`${what}: as kustomize makes it with helm`, { skip: skipWithout('kustomize', 'helm') }, async () => {
    const source = await commit(files)
    const folder = join(repository.folder, source.path)
    const command = ['build', '--enable-helm', '--helm-command', toolPath('helm'), folder]
    const { stdout } = await run(toolPath('kustomize'), command)
    const rendered = render([{ ...source, options: ENABLED }], { destination: NO_VERSIONS })
    assert.deepEqual(objectsOf(rendered), objectsOfText(stdout))
  })

test('charts see the versions of the destination, and the rendering says so', async () => {
  const source = await commit({ 'kustomization.yaml': `${ONE}  skipHooks: true\n` })
  const rendering = render([{ ...source, options: ENABLED }], {
    destination: { kubeVersion: 'v1.36.0', apiVersions: ['example.com/v1'] },
  })
  assert.equal(dataOf(rendering).versions, 'v1.36.0 true')
  assert.equal(rendering.usedDestination, true)
  const kustomize = { kubeVersion: '1.30', apiVersions: ['other.example.com/v1'] }
  const told = render([{ ...source, options: { ...ENABLED, kustomize } }])
  assert.equal(dataOf(told).versions, 'v1.30 false')
  assert.equal(told.usedDestination, false)
})

test('a name made of the time is nothing to compare', async () => {
  const source = await commit({ 'kustomization.yaml': 'helmCharts: [{name: web, skipHooks: true}]\n' })
  const { objects, warnings } = render([{ ...source, options: ENABLED }])
  assert.deepEqual(
    objects.map(({ action }) => action),
    ['skip'],
  )
  assert.equal(warnings[0]?.code, 'GDE_RENDER_UNSTABLE')
})

async function failure(files: Files, options: object = ENABLED) {
  const source = await commit(files)
  const { code, message, file } = renderFailure([{ ...source, options }])
  return { code, message, file: file?.slice(source.path.length + 1) }
}

test('without --enable-helm kustomize refuses', async () => {
  const { code, message, file } = await failure({ 'kustomization.yaml': ONE }, {})
  assert.deepEqual([code, file], ['GDE_RENDER_KUSTOMIZE', 'kustomization.yaml'])
  assert.match(message, /must specify --enable-helm/)
})

test('a chart that is not there is told by where it would come from', async () => {
  const from = (repo: string) => failure({ 'kustomization.yaml': `helmCharts: [{name: far, repo: "${repo}"}]\n` })
  const http = await from('https://user:hunter2@charts.example.com/x')
  assert.deepEqual([http.code, http.file], ['GDE_CHART_UNKNOWN', 'kustomization.yaml'])
  assert.equal(http.message, 'the chart far of https://charts.example.com/x is remote')
  assert.equal((await from('oci://registry.example.com/charts')).code, 'GDE_CHART_UNKNOWN')
  assert.match((await from('')).message, /no chart found at/)
})

test('what helm or kustomize would refuse is refused, and says where', async () => {
  const wrong: Readonly<Record<string, readonly [Files, RegExp]>> = {
    'a file of values outside': [
      { 'kustomization.yaml': `${ONE}  valuesFile: ../values.yaml\n` },
      /'\.\.\/values\.yaml'|doesn't exist|security/,
    ],
    'a home outside': [
      { 'sub/kustomization.yaml': ONE, 'kustomization.yaml': 'resources: [sub]\n' },
      /no chart found at/,
    ],
    'a way to merge that is none': [
      { 'kustomization.yaml': `${ONE}  valuesMerge: add\n` },
      /valuesMerge must be one of \[merge override replace\]/,
    ],
    'a file of values that is not there': [
      { 'kustomization.yaml': `${ONE}  additionalValuesFiles: [none.yaml]\n` },
      /additionalValuesFile/,
    ],
    'a release name that is a flag': [
      { 'kustomization.yaml': 'helmCharts: [{name: web, releaseName: "--post-renderer=x"}]\n' },
      /must not start with '-'/,
    ],
    'a chart that lacks another': [
      {
        'charts/web/Chart.yaml':
          'apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: [{name: x, version: 1.0.0}]\n',
        'kustomization.yaml': ONE,
      },
      /missing in charts\/ directory: x/,
    ],
    'a resource that is there twice': [
      { 'kustomization.yaml': `${ONE}- name: web\n  releaseName: shop\n` },
      /already registered id/,
    ],
  }
  for (const [what, [files, message]] of Object.entries(wrong))
    assert.match((await failure(files)).message, message, what)
})

test('an error of a template names its file, and no value that goes by the name of a secret', async () => {
  const { code, message, file } = await failure({
    'charts/web/templates/fail.yaml': '{{ fail (printf "no %s" .Values.password) }}\n',
    'kustomization.yaml': `${ONE}  valuesInline: {password: hunter2}\n`,
  })
  assert.deepEqual([code, file], ['GDE_RENDER_HELM', 'charts/web/templates/fail.yaml'])
  assert.match(message, /no \[hidden\]/)
})

test('a chart that two namespaces would reach through one base is told, not guessed', async () => {
  const { code, message } = await failure({
    'kustomization.yaml': 'resources: [one, two]\n',
    'one/kustomization.yaml': 'namespace: one\nnamePrefix: one-\nresources: [../base]\n',
    'two/kustomization.yaml': 'namespace: two\nnamePrefix: two-\nresources: [../base]\n',
    'base/kustomization.yaml': ONE,
    ...chart('base/charts/web'),
  })
  assert.equal(code, 'GDE_UNSUPPORTED_PLUGIN')
  assert.match(message, /inherit two namespaces, "one" and "two"/)
})

test('charts that are read are what the rendering depends on', async () => {
  const source = await commit({ 'kustomization.yaml': `${ONE}  skipHooks: true\n` })
  const { dependencies } = render([{ ...source, options: ENABLED }])
  const paths = dependencies.map(({ path }) => path.slice(source.path.length + 1))
  for (const name of ['Chart.yaml', 'values.yaml', 'templates/settings.yaml'])
    assert.ok(paths.includes(`charts/web/${name}`), name)
  assert.deepEqual(namesOf(render([{ ...source, options: ENABLED }])), ['ConfigMap shop-settings'])
})

test('what a generator would fetch is told as remote, without credentials', async () => {
  const url = 'https://user:hunter2@git.example.com/board.json'
  const kustomizations = [
    `configMapGenerator: [{name: a, files: ["board.json=${url}"]}]`,
    `configMapGenerator: [{name: a, files: ["${url}"]}]`,
    `secretGenerator: [{name: a, envs: ["${url}"]}]`,
    `resources: [a.yaml]\npatches: [{path: "${url}"}]`,
    `resources: [a.yaml]\npatchesStrategicMerge: ["${url}"]`,
    `${ONE}  valuesFile: ${url}`,
    `resources: [a.yaml]\ntransformers: ["${url}"]`,
  ]
  const own = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\n'
  for (const text of kustomizations) {
    const { code, message } = await failure({ 'kustomization.yaml': `${text}\n`, 'a.yaml': own })
    assert.deepEqual([code, /hunter2/.test(message)], ['GDE_RENDER_REMOTE_BASE', false], text)
    assert.match(message, /https:\/\/git\.example\.com\/board\.json is remote/)
  }
})
