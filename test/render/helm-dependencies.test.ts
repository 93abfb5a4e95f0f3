import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import type { Rendering, SourceTree } from '../../src/model/sources/rendering.ts'
import type { HelmOptions } from '../../src/model/sources/source.ts'
import { skipWithout, toolPath } from '../tools/build.ts'
import { chartArchive } from './chart-archive.ts'
import { objectsOf, objectsOfText } from './objects-of-text.ts'
import { type Files, type RemoteWorld, remoteWorld } from './remote-world.ts'
import { namesOf, renderFailure, renderOrNeed, withSandbox } from './rendering.ts'
import { type TestRepository, testRepository } from './test-repository.ts'

// Charts whose dependencies lie in repositories: as `helm dependency build` and `helm template` make them, which is Argo CD's way.

const run = promisify(execFile)
const skip = skipWithout('helm')

let world: RemoteWorld
let repository: TestRepository
before(async () => {
  await withSandbox()
  world = await remoteWorld()
  repository = await testRepository()
  for (const version of ['1.0.0', '1.2.0', '2.0.0', '2.1.0-rc.1']) await world.publish(named('cache', version))
  await world.publish({
    ...named('with-own', '1.0.0'),
    'Chart.yaml':
      'apiVersion: v2\nname: with-own\nversion: 1.0.0\ndependencies: [{name: inner, version: 1.0.0, repository: "https://unreachable.example.com"}]\n',
    'charts/inner-1.0.0.tgz': chartArchive({
      'inner/Chart.yaml': 'apiVersion: v2\nname: inner\nversion: 1.0.0\n',
      'inner/templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: inner}\n',
    }),
  })
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await repository.remove()
})

const TEMPLATE =
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Chart.Name }}"}\ndata: {values: {{ .Values | toJson | quote }}, version: "{{ .Chart.Version }}"}\n'

function named(name: string, version: string): Files {
  return {
    'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
    'values.yaml': 'color: blue\nexports: {data: {shared: true}}\n',
    'templates/a.yaml': TEMPLATE,
  }
}

const chartYaml = (dependencies: string, api = 'v2'): string =>
  `apiVersion: ${api}\nname: umbrella\nversion: 0.1.0\n${dependencies === '' ? '' : `dependencies:\n${dependencies}`}`
const from = (version: string, more = ''): string =>
  `- name: cache\n  version: "${version}"\n  repository: ${world.url}\n${more}`
const umbrella = (dependencies: string): Files => ({
  'app/Chart.yaml': chartYaml(dependencies),
  'app/values.yaml': 'global: {g: 1}\n',
  'app/templates/own.yaml': TEMPLATE,
})

interface Built {
  readonly text: string
  readonly lock: string
}

async function inCopy<T>(
  files: Files,
  work: (folder: string, helm: (...args: string[]) => Promise<string>) => Promise<T>,
): Promise<T> {
  await committed(files)
  const folder = await mkdtemp(join(tmpdir(), 'gde-umbrella-'))
  const helm = async (...args: string[]): Promise<string> => {
    const home = { HELM_CONFIG_HOME: `${folder}/h`, HELM_CACHE_HOME: `${folder}/h`, HELM_DATA_HOME: `${folder}/h` }
    const { stdout } = await run(toolPath('helm'), args, { env: { ...process.env, ...home }, cwd: folder })
    return stdout
  }
  try {
    await run('git', ['-C', repository.folder, 'checkout-index', '--all', '--force', `--prefix=${folder}/`])
    await helm('repo', 'add', 'known', world.url)
    return await work(folder, helm)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const build = (files: Files, ...flags: string[]): Promise<Built> =>
  inCopy(files, async (folder, helm) => {
    await helm('dependency', 'build', 'app')
    const text = await helm('template', 'shop', 'app', '--namespace', 'shop', '--include-crds', ...flags)
    return { text, lock: await readFile(join(folder, 'app/Chart.lock'), 'utf8').catch(() => '') }
  })

const options = (helm: HelmOptions = {}) => ({
  type: 'helm' as const,
  helm: { releaseName: 'shop', ...helm },
  helmRepositories: { known: world.url },
})

/** Nothing that an earlier test committed is left. */
async function committed(files: Files): Promise<SourceTree> {
  await rm(join(repository.folder, 'app'), { recursive: true, force: true })
  return repository.commit(files)
}

async function rendered(files: Files, helm: HelmOptions = {}): Promise<Rendering> {
  const tree = await committed(files)
  return world.resolve((remotes) => renderOrNeed([{ tree, path: 'app', options: options(helm) }], { remotes }))
}

async function isAsProgram(files: Files, values?: string): Promise<Rendering> {
  const set = values === undefined ? [] : ['--set', values]
  const [name = '', value = ''] = values?.split('=') ?? []
  const parameters = values === undefined ? {} : { parameters: [{ name, value }] }
  const expected = objectsOfText((await build(files, ...set)).text)
  const rendering = await rendered(files, parameters)
  assert.ok(expected.length > 0)
  assert.deepEqual(objectsOf(rendering), expected)
  return rendering
}

test('a version, a range, whatever is newest, and a prerelease', { skip }, async () => {
  for (const version of ['1.0.0', '^1.0.0', '>=1', '*', '>1.0.0-0', '2.x']) await isAsProgram(umbrella(from(version)))
})

test('aliases, conditions, tags and imported values', { skip }, async () => {
  const both =
    from('1.0.0', '  alias: one\n  condition: one.enabled\n') + from('2.0.0', '  alias: two\n  tags: [extra]\n')
  await isAsProgram(umbrella(both))
  await isAsProgram(umbrella(both), 'one.enabled=false')
  await isAsProgram(umbrella(both), 'tags.extra=false')
  await isAsProgram(umbrella(from('1.0.0', '  import-values: [data]\n')))
})

test('a repository by its name in Argo CD, and a chart that brings its own', { skip }, async () => {
  const own = '- {name: with-own, version: 1.0.0, repository: "alias:known"}\n'
  const rendering = await isAsProgram(umbrella(`- {name: cache, version: 1.0.0, repository: "@known"}\n${own}`))
  assert.ok(namesOf(rendering).includes('ConfigMap inner'))
  const files = rendering.objects.map(({ file }) => file)
  assert.ok(files.includes(`${world.url}/cache//templates/a.yaml`), files.join(' '))
  assert.ok(files.includes('app/templates/own.yaml'))
})

test('what lies in charts/ is left when nothing is missing, and goes when something is', { skip }, async () => {
  const vendored = {
    'app/charts/cache-0.1.0.tgz': chartArchive({
      'cache/Chart.yaml': 'apiVersion: v2\nname: cache\nversion: 0.1.0\n',
      'cache/templates/a.yaml': TEMPLATE,
    }),
    'app/charts/old-0.1.0.tgz': chartArchive({
      'old/Chart.yaml': 'apiVersion: v2\nname: old\nversion: 0.1.0\n',
      'old/templates/a.yaml': TEMPLATE,
    }),
    'app/charts/folder/Chart.yaml': 'apiVersion: v2\nname: folder\nversion: 0.1.0\n',
    'app/charts/folder/templates/a.yaml': TEMPLATE,
  }
  const whole = await rendered({ ...umbrella(from('0.x')), ...vendored })
  assert.deepEqual(
    whole.dependencies.filter(({ source }) => source > 0),
    [],
  )
  await isAsProgram({
    ...umbrella(`${from('1.0.0')}- {name: with-own, version: 1.0.0, repository: "${world.url}"}\n`),
    ...vendored,
  })
})

test('a lock says the version while it fits, and is an error in Helm’s words when not', { skip }, async () => {
  const declared = (version: string): Files =>
    umbrella(`- {name: cache, version: "${version}", repository: "@known"}\n`)
  const locked = await inCopy(declared('1.0.0'), async (folder, helm) => {
    await helm('dependency', 'update', 'app')
    return readFile(join(folder, 'app/Chart.lock'), 'utf8')
  })
  const rendering = await isAsProgram({ ...declared('1.0.0'), 'app/Chart.lock': locked })
  assert.ok(namesOf(rendering).includes('ConfigMap cache'))
  const stale = { ...declared('^1.0.0'), 'app/Chart.lock': locked }
  const said = await build(stale).then(
    () => assert.fail('it was built'),
    ({ stderr }: { stderr: string }) => stderr,
  )
  const tree = await committed(stale)
  const failure = renderFailure([{ tree, path: 'app', options: options() }])
  assert.equal(failure.code, 'GDE_RENDER_HELM')
  assert.ok(said.includes(failure.message), failure.message)
})

test('requirements.yaml of a v1 chart', { skip }, async () => {
  await isAsProgram({
    'app/Chart.yaml': chartYaml('', 'v1'),
    'app/requirements.yaml': `dependencies:\n${from('^1.0.0')}`,
    'app/templates/own.yaml': TEMPLATE,
  })
})

test('a name that Argo CD does not know, and a registry’s chart', async () => {
  const tree = await committed(umbrella('- {name: cache, version: 1.0.0, repository: "@nobody"}\n'))
  const failure = renderFailure([{ tree, path: 'app', options: options() }])
  assert.match(failure.message, /no repository definition for @nobody/)
  const oci = await committed(
    umbrella(
      '- {name: a, version: ^1, repository: "oci://registry.example.com/charts/"}\n- {name: b, version: 1.0.0, repository: "https://charts.example.com"}\n',
    ),
  )
  const outcome = renderOrNeed([{ tree: oci, path: 'app', options: options() }])
  assert.ok('needs' in outcome)
  assert.deepEqual(outcome.needs, [
    { type: 'oci', url: 'oci://registry.example.com/charts/a', version: '^1', file: 'app/Chart.yaml' },
    { type: 'helm', url: 'https://charts.example.com', chart: 'b', version: '1.0.0', file: 'app/Chart.yaml' },
  ])
})

const COLORED: Files = {
  'app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
  'app/values.yaml': 'color: red\n',
  'app/templates/color.yaml':
    'kind: ConfigMap\napiVersion: v1\nmetadata: {name: color}\ndata: {color: "{{ .Values.color }}"}\n',
}
const colorOf = ({ objects }: Rendering): unknown => objects[0]?.object.data

test('values files by URL are merged in their order, and one that is not there is an error whatever may be missing', {
  skip,
}, async () => {
  const url = await world.file('prod/values.yaml', 'color: blue\n')
  const tree = await committed({ ...COLORED, 'app/last.yaml': 'color: green\n' })
  const rendered = (helm: HelmOptions, more: { readonly valuesFileSchemes?: readonly string[] } = {}) =>
    world.resolve((remotes) =>
      renderOrNeed([{ tree, path: 'app', options: { ...options(helm), ...more } }], { remotes }),
    )
  assert.deepEqual(colorOf(await rendered({ valueFiles: [url] })), { color: 'blue' })
  assert.deepEqual(colorOf(await rendered({ valueFiles: [url, 'last.yaml'] })), { color: 'green' })
  assert.deepEqual(colorOf(await rendered({ valueFiles: ['last.yaml', `${url}?raw=*`] })), { color: 'blue' })
  const gone = { valueFiles: [`${world.url}/gone.yaml`], ignoreMissingValueFiles: true }
  await assert.rejects(rendered(gone), /gone\.yaml/)
  await assert.rejects(rendered({ valueFiles: [url] }, { valuesFileSchemes: ['https'] }), {
    name: 'GDE_RENDER_OUTSIDE',
  })
  await assert.rejects(rendered({ valueFiles: ['s3://bucket/x.yaml'] }, { valuesFileSchemes: ['s3'] }), {
    name: 'GDE_UNSUPPORTED_SOURCE',
  })
})

test('what a values file by URL is asked for as is what a tenant wrote', { skip }, async () => {
  const tree = await committed(COLORED)
  const outcome = renderOrNeed([
    { tree, path: 'app', options: options({ valueFiles: ['https://h.example.com/v.yaml'] }) },
  ])
  assert.deepEqual(outcome, { needs: [{ type: 'file', url: 'https://h.example.com/v.yaml' }] })
})
