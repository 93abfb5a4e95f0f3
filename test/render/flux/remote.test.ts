import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { RenderRemote } from '../../../src/model/sources/rendering.ts'
import { configMap, dataOf, namesOf } from '../rendering.ts'
import { type RepositoryFile, type TestRepository, testRepository } from '../test-repository.ts'
import { fluxSnapshot, renderHelmRelease, renderKustomization } from './rendering.ts'

// What kustomize-controller's kustomize clones, and what source-controller adds to charts from Git.

const environment = fluxSnapshot()
const BASE = 'https://git.example.com/org/base.git'
const CHARTS = 'https://charts.example.com'

let elsewhere: TestRepository
before(async () => {
  elsewhere = await testRepository()
})
after(() => elsewhere.remove())

async function base(files: Readonly<Record<string, RepositoryFile>>): Promise<RenderRemote> {
  return { reference: { type: 'git', url: BASE, revision: 'v1' }, tree: await elsewhere.commit(files) }
}

const APP = { 'apps/kustomization.yaml': `resources:\n- ${BASE}//base?ref=v1\n` }

test('a remote base is built, symlinks and all, though Flux archives none', async () => {
  const remote = await base({
    'base/kustomization.yaml': 'resources: [a.yaml, link.yaml]\n',
    'base/a.yaml': configMap('a'),
    'base/b.yml': configMap('b'),
    'base/link.yaml': { symlink: 'b.yml' },
  })
  const rendering = renderKustomization([await environment.commit(APP)], { path: './apps' }, [remote])
  assert.deepEqual(namesOf(rendering), ['ConfigMap a', 'ConfigMap b'])
  assert.ok(rendering.dependencies.some(({ source, path }) => source === 1 && path === 'base/b.yml'))
})

test('a remote base reads nothing above its folder, where those of the artifact may', async () => {
  const remote = await base({ 'base/kustomization.yaml': 'resources: [../a.yaml]\n', 'a.yaml': configMap('a') })
  const tree = await environment.commit(APP)
  assert.throws(() => renderKustomization([tree], { path: './apps' }, [remote]), {
    name: 'GDE_RENDER_KUSTOMIZE',
    message: /is not in or below 'https:\/\/git\.example\.com\/org\/base\.git\/\/base'/,
  })
})

test('with --no-remote-bases a remote base is an error that says so', async () => {
  const tree = await environment.commit(APP)
  assert.throws(() => renderKustomization([tree], { path: './apps', spec: { remoteBases: false } }), {
    name: 'GDE_RENDER_REMOTE_BASE',
    message: /--no-remote-bases/,
  })
})

const VALUES =
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Chart.Name }}"}\ndata: {version: "{{ .Chart.Version }}"}\n'

async function dependency(version: string, asked: string): Promise<RenderRemote> {
  const tree = await elsewhere.commit({
    'Chart.yaml': `apiVersion: v2\nname: cache\nversion: ${version}\n`,
    'templates/a.yaml': VALUES,
  })
  return { reference: { type: 'helm', url: CHARTS, chart: 'cache', version: asked }, tree }
}

const chartYaml = (alias = '') =>
  `apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n- {name: cache, version: ">=1", repository: "${CHARTS}"${alias}}\n`

test('a lock counts unchecked, and Chart.yaml where there is none', async () => {
  const remotes = [await dependency('1.1.0', '1.1.0'), await dependency('2.0.0', '>=1')]
  const files = { 'charts/web/Chart.yaml': chartYaml(), 'charts/web/values.yaml': '' }
  const lock = `dependencies:\n- {name: cache, version: 1.1.0, repository: "${CHARTS}"}\ndigest: sha256:of-something-else\n`
  const versionOf = async (more: Readonly<Record<string, string>>) =>
    dataOf(renderHelmRelease([await environment.commit({ ...files, ...more })], {}, undefined, remotes)).version
  assert.equal(await versionOf({}), '2.0.0')
  assert.equal(await versionOf({ 'charts/web/Chart.lock': lock }), '1.1.0')
})

test('an alias names the dependency, and a repository by name is an error as in Flux', async () => {
  const remotes = [await dependency('2.0.0', '>=1')]
  const files = { 'charts/web/values.yaml': '', 'charts/web/Chart.lock': { symlink: 'nothing' } }
  const tree = await environment.commit({ ...files, 'charts/web/Chart.yaml': chartYaml(', alias: store') })
  assert.deepEqual(namesOf(renderHelmRelease([tree], {}, undefined, remotes)), ['ConfigMap store'])
  const byName = await environment.commit({ ...files, 'charts/web/Chart.yaml': chartYaml().replace(CHARTS, '@known') })
  assert.throws(() => renderHelmRelease([byName]), { message: /aliased repository dependency is not supported/ })
})
