import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import type { Rendering } from '../../src/model/sources/rendering.ts'
import { skipWithout, toolPath } from '../tools/build.ts'
import { objectsOf, objectsOfText } from './objects-of-text.ts'
import { type Files, type RemoteWorld, remoteWorld } from './remote-world.ts'
import { configMap, renderOrNeed, withSandbox } from './rendering.ts'
import { type TestRepository, testRepository } from './test-repository.ts'

// Remote bases, files and charts of kustomizations: as `kustomize build --enable-helm` makes them of what it fetches itself.

const run = promisify(execFile)
const skip = skipWithout('kustomize', 'helm')

let world: RemoteWorld
let repository: TestRepository
before(async () => {
  await withSandbox()
  world = await remoteWorld()
  repository = await testRepository()
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await repository.remove()
})

/** In a copy, since kustomize puts the charts there that it pulls. */
async function printed(files: Files): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gde-built-'))
  try {
    await repository.commit(files)
    await run('git', ['-C', repository.folder, 'checkout-index', '--all', '--force', `--prefix=${folder}/`])
    const flags = ['--enable-helm', '--helm-command', toolPath('helm')]
    const { stdout } = await run(toolPath('kustomize'), ['build', ...flags, join(folder, 'app')], {
      maxBuffer: 64 << 20,
    })
    return stdout
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const ENABLED = { kustomizeSettings: { buildOptions: ['--enable-helm'], versions: [] } }

async function rendered(files: Files): Promise<Rendering> {
  const tree = await repository.commit(files)
  const destination = { kubeVersion: '', apiVersions: [] }
  return world.resolve((remotes) => renderOrNeed([{ tree, path: 'app', options: ENABLED }], { destination, remotes }))
}

async function isAsProgram(files: Files): Promise<Rendering> {
  const whole = { ...(await emptied()), ...files }
  const expected = objectsOfText(await printed(whole))
  const rendering = await rendered(whole)
  assert.ok(expected.length > 0)
  assert.deepEqual(objectsOf(rendering), expected)
  return rendering
}

/** What removes all that an earlier test has committed. */
async function emptied(): Promise<Files> {
  await rm(join(repository.folder, 'app'), { recursive: true, force: true })
  return {}
}

const BASE: Files = {
  'kustomization.yaml': 'resources: [root.yaml, apps/one]\n',
  'root.yaml': configMap('root'),
  'apps/one/kustomization.yaml': 'resources: [../../lib, one.yaml]\nnamePrefix: one-\n',
  'apps/one/one.yaml': configMap('one'),
  'lib/kustomization.yaml': 'resources: [lib.yaml]\nconfigMapGenerator: [{name: made, files: [text.txt]}]\n',
  'lib/lib.yaml': configMap('lib'),
  'lib/text.txt': 'text\n',
  'component/kustomization.yaml':
    'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [part.yaml]\nnameSuffix: -c\n',
  'component/part.yaml': configMap('part'),
}

test('a remote base, its folder, a tag and a component', { skip }, async () => {
  const base = await world.repository(BASE)
  await base.tag('v1', { 'apps/one/one.yaml': configMap('tagged') })
  const rendering = await isAsProgram({
    'app/kustomization.yaml': `namespace: prod\nresources:\n- ${base.url}//lib\n- ${base.url}//apps/one?ref=v1&timeout=90\ncomponents:\n- ${base.url}//component?ref=main\n`,
  })
  const ofRemotes = rendering.dependencies.filter(({ source }) => source > 0)
  assert.ok(ofRemotes.some(({ path }) => path === 'apps/one/one.yaml'))
})

test('a base that names others, of its own repository and of another', { skip }, async () => {
  const inner = await world.repository(BASE)
  const outer = await world.repository({
    'over/kustomization.yaml': `resources:\n- ../plain\n- ${inner.url}//lib\nlabels: [{pairs: {team: shop}}]\n`,
    'plain/kustomization.yaml': 'resources: [plain.yaml]\n',
    'plain/plain.yaml': configMap('plain'),
  })
  await isAsProgram({ 'app/kustomization.yaml': `resources:\n- ${outer.url}//over\n` })
})

test('where resources and transformers came from', { skip }, async () => {
  const base = await world.repository({
    ...BASE,
    'lib/kustomization.yaml': `${BASE['lib/kustomization.yaml']}namePrefix: l-\n`,
  })
  const file = await world.file('origin.yaml', configMap('by-url'))
  for (const option of ['originAnnotations', 'transformerAnnotations'])
    await isAsProgram({
      'app/kustomization.yaml': `buildMetadata: [${option}]\nnamespace: prod\nresources:\n- ${base.url}//lib\n- ${base.url}\n- ${file}\n`,
    })
})

test('files by URL wherever kustomize loads them', { skip }, async () => {
  const resource = await world.file('resource.yaml', `${configMap('a')}---\n${configMap('b')}`)
  const patch = await world.file(
    'patch.yaml',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {patched: "1"}\n',
  )
  const json = await world.file('json.yaml', '- {op: add, path: /data/json, value: "1"}\n')
  const text = await world.file('text.txt', 'text\n')
  const variables = await world.file('variables.env', 'A=1\nB=2\n')
  const replacement = await world.file(
    'replacement.yaml',
    'source: {kind: ConfigMap, name: b, fieldPath: metadata.name}\ntargets: [{select: {name: a}, fieldPaths: [data.replaced], options: {create: true}}]\n',
  )
  const transformer = await world.file(
    'transformer.yaml',
    'apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: x}\nprefix: t-\nfieldSpecs: [{path: metadata/name}]\n',
  )
  const configuration = await world.file('configuration.yaml', 'nameReference: []\n')
  await isAsProgram({
    'app/kustomization.yaml': `resources:\n- ${resource}
patches:\n- path: ${patch}\n- path: ${json}\n  target: {name: b}
configMapGenerator:\n- name: made\n  files:\n  - key=${text}\n  envs:\n  - ${variables}
replacements:\n- path: ${replacement}
transformers:\n- ${transformer}
configurations:\n- ${configuration}\n`,
  })
})

const CHART: Files = {
  'values.yaml': 'color: blue\n',
  'templates/a.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}-a"}\ndata: {color: {{ .Values.color }}, version: "{{ .Chart.Version }}"}\n',
}
const chartOf = (name: string, version: string): Files => ({
  ...CHART,
  'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
})

test('charts of a Helm repository: the newest, a version, a range, a prerelease', { skip }, async () => {
  for (const version of ['1.0.0', '1.2.0', '2.0.0', '2.1.0-rc.1']) await world.publish(chartOf('web', version))
  await world.publish(chartOf('other', '0.1.0'))
  const one = (text: string): string => `- name: web\n  repo: ${world.url}\n${text}`
  await isAsProgram({
    'app/kustomization.yaml': `namespace: prod\nhelmCharts:\n${one('  releaseName: pinned\n  version: 1.0.0\n')}${one(
      '  releaseName: range\n  version: ^1.0.0\n  valuesInline: {color: red}\n',
    )}${one('  releaseName: newest\n')}- name: other\n  repo: ${world.url}/\n  releaseName: other\n`,
  })
  await isAsProgram({ 'app/kustomization.yaml': `helmCharts:\n${one('  releaseName: web\n  devel: true\n')}` })
  await isAsProgram({
    'app/kustomization.yaml': 'generators: [generator.yaml]\n',
    'app/generator.yaml': `apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\nname: web\nrepo: ${world.url}\nversion: 2.0.0\nreleaseName: made\n`,
  })
})

test('a chart of a remote base: one that lies there, one that it names', { skip }, async () => {
  await world.publish(chartOf('named', '1.0.0'))
  const lying = Object.fromEntries(
    Object.entries(chartOf('lying', '1.0.0')).map(([name, text]) => [`b/charts/lying/${name}`, text]),
  )
  const base = await world.repository({
    ...lying,
    'b/kustomization.yaml': `helmCharts:\n- {name: lying, releaseName: lying}\n- {name: named, releaseName: named, repo: "${world.url}", version: 1.0.0}\n`,
  })
  await isAsProgram({ 'app/kustomization.yaml': `namespace: prod\nresources:\n- ${base.url}//b\n` })
})
