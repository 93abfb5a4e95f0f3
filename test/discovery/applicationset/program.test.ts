import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'
import { parseJson, printJson } from '../../../src/kubernetes/serialization/json.ts'
import { readYamlDocuments } from '../../../src/kubernetes/serialization/yaml.ts'
import { isJsonObject, type JsonObject } from '../../../src/model/json.ts'
import { builtProgram, runProgram } from '../../commands/program.ts'
import { list, metadata, object, summary } from './case.ts'

const CASES = join(import.meta.dirname, 'cases')
/** The repository of most cases, each with other files in it. */
const COMMON_URL = 'https://example.com/r.git'

/** One case, laid out as the snapshot of a control cluster that is called like it. */
interface Case {
  readonly cluster: string
  readonly sets: readonly JsonObject[]
  readonly expected: readonly JsonObject[]
  readonly repositories: ReadonlyMap<string, string>
}

const folder = await mkdtemp(join(tmpdir(), 'applicationsets-'))
const examples = join(folder, 'examples-repository')
const cases = await layCases()
let found: readonly JsonObject[] = []

/** All cases in one run of the program. */
before(async () => {
  await builtProgram()
  const config = join(folder, 'config.json')
  await writeFile(config, printJson(configOf(cases)))
  const { code, out, err } = await runProgram('apps', '--config', config, '--output', 'json')
  assert.equal(code, 0, err)
  found = list(object(parseJson(out)).applicationSets)
})

after(() => rm(folder, { recursive: true, force: true }))

for (const { cluster, sets, expected } of cases)
  for (const [index, set] of sets.entries())
    test(`${cluster} ${index}: apps prints what Argo CD generates`, () => {
      const { name } = metadata(set)
      const printed = found.find((one) => one.declaredIn === cluster && one.name === name)
      const wanted = expected[index] ?? {}
      assert.ok(printed !== undefined, 'the set is not there')
      assert.equal(printed.namespace, 'argocd')
      assert.deepEqual(byName(list(printed.applications).map(summary)), byName(list(wanted.applications)))
      assert.deepEqual(Object.keys(object(printed.invalid)).sort(), Object.keys(object(wanted.invalid)).sort())
      assert.equal(printed.error !== null, wanted.error !== undefined, String(printed.error))
    })

test('nothing else is printed', () => {
  assert.equal(found.length, cases.flatMap(({ sets }) => sets).length)
})

async function layCases(): Promise<readonly Case[]> {
  await makeRepository(join(CASES, 'argo-examples/repo'), examples)
  const laid: Case[] = []
  for (const group of ['own', 'argo-examples'])
    for (const entry of (await readdir(join(CASES, group))).sort())
      if (existsSync(join(CASES, group, entry, 'appset.yaml'))) laid.push(await layCase(join(CASES, group), entry))
  return laid
}

async function layCase(group: string, name: string): Promise<Case> {
  const source = join(group, name)
  const isExample = basename(group) === 'argo-examples'
  const inputFolder = isExample ? group : source
  const cluster = join(folder, 'clusters', name)
  const url = `https://example.com/${name}.git`
  const read = async (file: string): Promise<string> =>
    (await readFile(join(source, file), 'utf8')).replaceAll(COMMON_URL, url)
  await mkdir(cluster, { recursive: true })
  const appset = await read('appset.yaml')
  await writeFile(join(cluster, 'appset.yaml'), appset)
  for (const [from, part] of [
    [inputFolder, 'clusters'],
    [source, 'existing'],
  ] as const)
    if (existsSync(join(from, part))) await cp(join(from, part), join(cluster, part), { recursive: true })
  if (existsSync(join(source, 'new-globbing')))
    await writeFile(join(cluster, 'parameters.json'), printJson(NEW_GLOBBING))
  const own = join(folder, 'repositories', name)
  if (!isExample && existsSync(join(source, 'repo'))) await makeRepository(join(source, 'repo'), own)
  const urls = appset.match(/https:\/\/github\.com\/[^\s'"{},]+/g) ?? []
  return {
    cluster: name,
    sets: documents(appset).filter(({ kind }) => kind === 'ApplicationSet'),
    expected: documents(await read('expected.yaml')),
    repositories: new Map([[url, own], ...(isExample ? urls.map((one) => [one, examples] as const) : [])]),
  }
}

const NEW_GLOBBING: JsonObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'argocd-cmd-params-cm', namespace: 'argocd' },
  data: { 'applicationsetcontroller.enable.new.git.file.globbing': 'true' },
}

function documents(text: string): readonly JsonObject[] {
  return readYamlDocuments(text)
    .map(({ value }) => value)
    .filter(isJsonObject)
}

async function makeRepository(files: string, target: string): Promise<void> {
  await cp(files, target, { recursive: true })
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', target, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args])
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all')
  git('commit', '--quiet', '--message=all')
}

/** YAML is JSON too. A repository is named once, however it is spelled. */
function configOf(laid: readonly Case[]): JsonObject {
  const repositorySettings = new Map<string, JsonObject>()
  for (const { repositories } of laid)
    for (const [url, place] of repositories)
      repositorySettings.set(url.replace(/(?:\.git|\/)$/, ''), { url, fetchFrom: `file://${place}` })
  return {
    repositories: [...repositorySettings.values()],
    clusters: laid.map(({ cluster }) => ({ name: cluster, snapshot: { path: join(folder, 'clusters', cluster) } })),
    discovery: { argocd: laid.map(({ cluster }) => ({ cluster })) },
  }
}

/** As a set: two of one name may come in either order. */
function byName(applications: readonly JsonObject[]): readonly JsonObject[] {
  const key = (one: JsonObject): string => `${String(one.name)} ${JSON.stringify(one.spec)}`
  return applications.toSorted((one, other) => (key(one) < key(other) ? -1 : 1))
}
