import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import type { SourceTree } from '../../src/model/sources/rendering.ts'
import type { HelmOptions } from '../../src/model/sources/source.ts'
import { skipWithout, toolPath } from '../tools/build.ts'
import { chartArchive } from './chart-archive.ts'
import { objectsOf, objectsOfText } from './objects-of-text.ts'
import { configMap, dataOf, namesOf, onlyObject, render, renderFailure, withSandbox } from './rendering.ts'
import { type RepositoryFile, type TestRepository, testRepository } from './test-repository.ts'

const run = promisify(execFile)

let repository: TestRepository
before(async () => {
  await withSandbox()
  repository = await testRepository()
})
after(() => repository.remove())

function chartYaml(name: string, more = ''): string {
  return `apiVersion: v2\nname: ${name}\nversion: 1.2.3\nappVersion: "9"\n${more}`
}

const FILES: Readonly<Record<string, RepositoryFile>> = {
  'app/Chart.yaml': chartYaml(
    'app',
    `dependencies:
- {name: cache, version: 1.x.x, condition: cache.enabled, repository: "https://charts.example.com"}
- {name: queue, version: ">=1", alias: jobs, tags: [async], repository: "https://charts.example.com", import-values: [shared]}
`,
  ),
  'app/values.yaml':
    'name: x\nlist: [1, 2]\nbig: 12345678\nmap: {a: 1, b: 2}\ncache: {enabled: false}\ntags: {async: true}\nglobal: {env: dev}\n',
  'app/values.schema.json':
    '{"type":"object","properties":{"name":{"type":"string"},"port":{"type":"integer","maximum":65535}}}',
  'app/.helmignore': '*.secret\ndocs/\n',
  'app/hidden.secret': 'no',
  'app/docs/readme.md': 'no',
  'app/config/a.ini': 'a=1\n',
  'app/config/b.ini': 'b=2\n',
  'app/crds/thing.yaml':
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\n',
  'app/templates/_helpers.tpl': '{{- define "app.name" -}}{{ .Release.Name }}-{{ .Chart.Name }}{{- end -}}\n',
  'app/templates/.hidden.yaml': 'not yaml: [',
  'app/templates/NOTES.txt': 'Thank you for {{ .Chart.Name }}',
  'app/templates/all.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "app.name" . }}
  namespace: {{ .Release.Namespace }}
data:
  values: {{ omit .Values "cache" "jobs" | toJson | quote }}
  release: {{ .Release | toJson | quote }}
  chart: {{ .Chart.Version }}/{{ .Chart.AppVersion }}
  files: {{ (.Files.Glob "**.ini").AsConfig | quote }}
  ignored: "{{ .Files.Get "hidden.secret" }}{{ .Files.Get "docs/readme.md" }}"
  lookup: {{ lookup "v1" "Secret" "x" "y" | toJson | quote }}
  kube: {{ .Capabilities.KubeVersion.Version }} {{ .Capabilities.KubeVersion.Major }}.{{ .Capabilities.KubeVersion.Minor }}
  apis: '{{ .Capabilities.APIVersions.Has "apps/v1" }} {{ .Capabilities.APIVersions.Has "example.com/v1/Thing" }}'
  tpl: {{ tpl "{{ .Values.name }}" . }}
  template: {{ .Template.Name }} {{ .Template.BasePath }}
`,
  'app/templates/hook.yaml': `apiVersion: v1
kind: Pod
metadata: {name: test, annotations: {"helm.sh/hook": test}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {"helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-weight": "5"}}
`,
  'app/templates/empty.yaml': '{{ if .Values.never }}\na: b\n{{ end }}\n---\n# only a comment\n',
  'app/charts/cache/Chart.yaml': chartYaml('cache'),
  'app/charts/cache/templates/x.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cache}\n',
  'app/charts/queue-1.2.3.tgz': chartArchive({
    'queue/Chart.yaml': chartYaml('queue'),
    'queue/values.yaml': 'size: 1\nexports: {shared: {imported: yes}}\n',
    'queue/templates/x.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-{{ .Chart.Name }}}
data: {size: "{{ .Values.size }}", env: "{{ .Values.global.env }}"}
`,
  }),
  'app/values-prod.yaml': 'name: prod\nmap: {b: 3}\njobs: {size: 7}\n',
  'shared/values.yaml': 'name: shared\n',
  'shared/text.txt': 'first\nsecond, third\n',
}

async function appTree(files: Readonly<Record<string, RepositoryFile | undefined>> = {}): Promise<SourceTree> {
  return repository.commit({ ...FILES, ...files })
}

const FLAGS = ['--include-crds', '--kube-version', '1.36.0', '--namespace', 'shop']
const CASES: readonly { readonly title: string; readonly helm: HelmOptions; readonly flags: readonly string[] }[] = [
  { title: 'nothing', helm: {}, flags: FLAGS },
  {
    title: 'a values file',
    helm: { valueFiles: ['values-prod.yaml'] },
    flags: [...FLAGS, '-f', 'app/values-prod.yaml'],
  },
  {
    title: 'a values file from the root, then one beside the chart',
    helm: { valueFiles: ['/shared/values.yaml', '../shared/../app/values-prod.yaml'] },
    flags: [...FLAGS, '-f', 'shared/values.yaml', '-f', 'app/values-prod.yaml'],
  },
  {
    title: 'parameters',
    helm: {
      parameters: [
        { name: 'name', value: 'a,b' },
        { name: 'list', value: '{x,y}' },
        { name: 'map.c', value: '00123', forceString: true },
        { name: 'map.d', value: '123' },
        { name: 'port', value: '80' },
        { name: 'cache.enabled', value: 'true' },
        { name: 'nested.list[1].a\\.b', value: 'null' },
      ],
    },
    flags: [
      ...FLAGS,
      ...[
        'name=a\\,b',
        'list={x,y}',
        'map.d=123',
        'port=80',
        'cache.enabled=true',
        'nested.list[1].a\\.b=null',
      ].flatMap((set) => ['--set', set]),
      ...['--set-string', 'map.c=00123'],
    ],
  },
  {
    title: 'a parameter from a file',
    helm: { fileParameters: [{ name: 'map.text', path: '/shared/text.txt' }] },
    flags: [...FLAGS, '--set-file', 'map.text=shared/text.txt'],
  },
  {
    title: 'a tag that switches a chart off',
    helm: { parameters: [{ name: 'tags.async', value: 'false' }] },
    flags: [...FLAGS, '--set', 'tags.async=false'],
  },
  {
    title: 'no CRDs and no tests',
    helm: { skipCrds: true, skipTests: true },
    flags: [...FLAGS.slice(1), '--skip-tests'],
  },
  {
    title: 'another Kubernetes and other API versions',
    helm: { kubeVersion: 'v1.29.4-eks-1', apiVersions: ['example.com/v1/Thing'] },
    flags: [
      '--include-crds',
      '--kube-version',
      '1.29.4',
      '--namespace',
      'shop',
      '--api-versions',
      'example.com/v1/Thing',
    ],
  },
  {
    title: 'a release name and a namespace',
    helm: { releaseName: 'other', namespace: 'elsewhere' },
    flags: ['--include-crds', '--kube-version', '1.36.0', '--namespace', 'elsewhere', '--name-template', 'other'],
  },
]

for (const { title, helm, flags } of CASES) {
  test(`${title}: as helm template renders it`, { skip: skipWithout('helm') }, async () => {
    const tree = await appTree()
    const name = flags.includes('--name-template') ? [] : ['shop']
    const { stdout } = await run(toolPath('helm'), ['template', ...name, 'app', ...flags], { cwd: repository.folder })
    assert.deepEqual(objectsOf(render([{ tree, path: 'app', options: { helm } }])), objectsOfText(stdout))
  })
}

test('values are the files, then the inline ones, then the parameters', async () => {
  const tree = await appTree()
  const values = (helm: HelmOptions) =>
    JSON.parse(
      String(dataOfMain(render([{ tree, path: 'app', options: { helm: { skipCrds: true, ...helm } } }])).values),
    )
  const valueFiles = ['values-prod.yaml']
  assert.equal(values({ valueFiles }).name, 'prod')
  assert.equal(values({ valueFiles, values: 'name: inline\n' }).name, 'inline')
  assert.equal(values({ valueFiles, values: 'name: inline\n', valuesObject: { name: 'object' } }).name, 'object')
  assert.equal(
    values({ valuesObject: { name: 'object' }, parameters: [{ name: 'name', value: '$ARGOCD_APP_NAME-x' }] }).name,
    'shop-x',
  )
})

function dataOfMain(rendering: ReturnType<typeof render>): Readonly<Record<string, unknown>> {
  const main = rendering.objects.find(({ object }) => object.metadata.name.endsWith('-app'))
  return Object(main?.object.data)
}

test('hooks are marked, and each object says which template made it', async () => {
  const rendering = render([{ tree: await appTree(), path: 'app' }])
  const made = new Map(rendering.objects.map(({ object, action, file }) => [object.metadata.name, [action, file]]))
  assert.deepEqual(Object.fromEntries(made), {
    'things.example.com': ['apply', 'app/crds/thing.yaml'],
    'shop-app': ['apply', 'app/templates/all.yaml'],
    'shop-jobs': ['apply', 'app/charts/jobs/templates/x.yaml'],
    test: ['skip', 'app/templates/hook.yaml'],
    migrate: ['skip', 'app/templates/hook.yaml'],
  })
})

test('values files of other sources are found by their ref', async () => {
  const tree = await appTree({ 'envs/prod.yaml': 'name: referenced\n' })
  const helm = {
    valueFiles: ['$values/envs/prod.yaml'],
    fileParameters: [{ name: 'map.text', path: '$values/shared/text.txt' }],
  }
  const rendering = render([
    { tree, path: 'app', options: { helm } },
    { tree, ref: 'values', url: 'https://git.example.com/values.git' },
  ])
  const values = JSON.parse(String(dataOfMain(rendering).values))
  assert.equal(values.name, 'referenced')
  assert.equal(values.map.text, 'first\nsecond, third\n')
})

test('globs of values files are expanded in order, without those that are named themselves', async () => {
  const tree = await repository.commit({
    'globs/Chart.yaml': chartYaml('globs'),
    'globs/templates/x.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {order: "{{ join "," .Values.order }}", last: "{{ .Values.last }}"}\n',
    'globs/envs/a.yaml': 'last: a\n',
    'globs/envs/b.yaml': 'last: b\n',
    'globs/envs/c.txt': 'last: txt\n',
    'globs/envs/deep/d.yaml': 'last: d\n',
  })
  const last = (...valueFiles: string[]) =>
    dataOf(render([{ tree, path: 'globs', options: { helm: { valueFiles, ignoreMissingValueFiles: false } } }])).last
  assert.equal(last('envs/*.yaml'), 'b')
  assert.equal(last('envs/**/*.yaml'), 'd')
  assert.equal(last('envs/[!b].yaml'), 'a')
  assert.equal(last('envs/b.yaml', 'envs/*.yaml'), 'a')
  assert.equal(last('envs/*.yaml', 'envs/a.yaml'), 'a')
  const failure = renderFailure([{ tree, path: 'globs', options: { helm: { valueFiles: ['none/*.yaml'] } } }])
  assert.match(failure.message, /none\/\*\.yaml matches no file/)
})

test('a values file that is not there is an error, unless it may be missing', async () => {
  const tree = await appTree()
  const options = (ignoreMissingValueFiles: boolean) => ({
    helm: { valueFiles: ['none.yaml', 'values-prod.yaml'], ignoreMissingValueFiles },
  })
  const { code, message, file } = renderFailure([{ tree, path: 'app', options: options(false) }])
  assert.deepEqual({ code, file }, { code: 'GDE_RENDER_HELM', file: 'app/none.yaml' })
  assert.match(message, /none\.yaml is not there/)
  assert.ok(render([{ tree, path: 'app', options: options(true) }]).objects.length > 0)
})

test('a values file outside the repository or at a URL that no server is asked for is refused', async () => {
  const tree = await appTree()
  for (const file of ['../../etc/passwd', '/../x.yaml', 's3://user:pw@example.com/values.yaml', '$values/../../x']) {
    const failure = renderFailure([
      { tree, path: 'app', options: { helm: { valueFiles: [file] } } },
      { tree, ref: 'values' },
    ])
    assert.equal(failure.code, 'GDE_RENDER_OUTSIDE', file)
    assert.doesNotMatch(failure.message, /pw@/)
  }
})

test('values that break the schema are an error that says which', async () => {
  const tree = await appTree()
  const helm = { parameters: [{ name: 'port', value: '70000' }] }
  assert.match(renderFailure([{ tree, path: 'app', options: { helm } }]).message, /port/)
  assert.ok(
    render([{ tree, path: 'app', options: { helm: { ...helm, skipSchemaValidation: true } } }]).objects.length > 0,
  )
})

test('an error in a template names file and line', async () => {
  const tree = await appTree({ 'app/templates/bad.yaml': 'a: b\nc: {{ .Values.nothing.here }}\n' })
  const { code, file, line } = renderFailure([{ tree, path: 'app' }])
  assert.deepEqual({ code, file, line }, { code: 'GDE_RENDER_HELM', file: 'app/templates/bad.yaml', line: 2 })
  const syntax = await appTree({ 'app/templates/bad.yaml': 'a: b\n\nc: {{ if }}\n' })
  const broken = renderFailure([{ tree: syntax, path: 'app' }])
  assert.deepEqual([broken.file, broken.line], ['app/templates/bad.yaml', 3])
  const refused = renderFailure([{ tree: await appTree({ 'app/templates/bad.yaml': '{{ fail "no" }}' }), path: 'app' }])
  assert.deepEqual([refused.file, refused.line], ['app/templates/bad.yaml', 1])
  const notYaml = renderFailure([{ tree: await appTree({ 'app/templates/bad.yaml': 'a: b: c' }), path: 'app' }])
  assert.equal(notYaml.file, 'app/templates/bad.yaml')
  await appTree({ 'app/templates/bad.yaml': undefined })
})

test('a dependency that is not vendored is told by where it comes from', async () => {
  const tree = await appTree({ 'app/charts/queue-1.2.3.tgz': undefined })
  const failure = renderFailure([{ tree, path: 'app' }])
  assert.equal(failure.code, 'GDE_CHART_UNKNOWN')
  assert.match(failure.message, /the chart \w+ of https:\/\/charts\.example\.com is remote/)
})

test('a dependency of a file: repository is taken from where it lies', async () => {
  const tree = await repository.commit({
    'local/Chart.yaml': chartYaml(
      'local',
      'dependencies: [{name: lib, version: 1.2.x, repository: "file://../lib"}]\n',
    ),
    'lib/Chart.yaml': chartYaml('lib'),
    'lib/templates/x.yaml': configMap('from-lib'),
  })
  assert.deepEqual(namesOf(render([{ tree, path: 'local' }])), ['ConfigMap from-lib'])
  const wrong = await repository.commit({
    'local/Chart.yaml': chartYaml('local', 'dependencies: [{name: lib, version: 2.x, repository: "file://../lib"}]\n'),
  })
  assert.match(renderFailure([{ tree: wrong, path: 'local' }]).message, /valid version/)
})

test('what goes by the name of a secret is not in the message of a template that quotes it', async () => {
  const chart = {
    'secrets/Chart.yaml': chartYaml('secrets'),
    'secrets/values.yaml':
      'name: plain\nadmin: {password: hunter2, existingSecret: plain}\nimagePullSecrets: [{name: plain}]\n',
    'secrets/prod.yaml': 'tokens: [t0psecret]\n',
  }
  const template = `{{ fail (printf "%s %s %s %s %s" .Values.name .Values.admin.password (first .Values.tokens) .Values.apiKey .Values.db.secret) }}`
  const tree = await repository.commit({ ...chart, 'secrets/templates/x.yaml': template })
  const helm = {
    valueFiles: ['prod.yaml'],
    values: 'apiKey: abcd1234\n',
    parameters: [{ name: 'db.secret', value: 'swordfish' }],
  }
  const { message } = renderFailure([{ tree, path: 'secrets', options: { helm } }])
  assert.match(message, /plain \[hidden\] \[hidden\] \[hidden\] \[hidden\]$/)
  const broken = await repository.commit({
    'secrets/templates/x.yaml': '{{ .Values.admin.password | mustToDate "x" }}',
  })
  assert.doesNotMatch(renderFailure([{ tree: broken, path: 'secrets' }]).message, /hunter2/)
})

test('what a chart needs of Kubernetes is checked, and library charts are not installable', async () => {
  const tree = await repository.commit({
    'old/Chart.yaml': chartYaml('old', 'kubeVersion: "<1.20"\n'),
    'library/Chart.yaml': chartYaml('library', 'type: library\n'),
  })
  assert.match(renderFailure([{ tree, path: 'old' }]).message, /kubeVersion: <1.20/)
  assert.match(renderFailure([{ tree, path: 'library' }]).message, /not installable/)
})

test('the destination counts only for charts that ask for it', async () => {
  const template = (text: string) => ({
    'asks/Chart.yaml': chartYaml('asks'),
    'asks/templates/x.yaml': `${configMap('x')}# ${text}\n`,
  })
  const used = async (text: string, helm: HelmOptions = {}) =>
    render([{ tree: await repository.commit(template(text)), path: 'asks', options: { helm } }]).usedDestination
  assert.equal(await used('nothing'), false)
  assert.equal(await used('{{ .Capabilities.HelmVersion.Version }}'), false)
  assert.equal(await used('{{ .Capabilities.KubeVersion.Minor }}'), true)
  assert.equal(await used('{{ .Capabilities.APIVersions.Has "v1" }}'), true)
  assert.equal(await used('{{ .Capabilities.APIVersions.Has "v1" }}', { kubeVersion: '1.30' }), true)
  assert.equal(await used('{{ .Capabilities.KubeVersion }}', { kubeVersion: '1.30', apiVersions: ['v1'] }), false)
})

test('an app of another namespace has a release name without it', async () => {
  const tree = await repository.commit({
    'name/Chart.yaml': chartYaml('name'),
    'name/templates/x.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}"}\n',
  })
  assert.equal(onlyObject(render([{ tree, path: 'name', options: { appName: 'team-a_shop' } }])).metadata.name, 'shop')
  assert.match(
    renderFailure([{ tree, path: 'name', options: { helm: { releaseName: 'No_Name' } } }]).message,
    /release name/,
  )
})
