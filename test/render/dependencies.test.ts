import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openTree } from '../../src/git/objects/tree-reader.ts'
import type { Rendering, SourceTree } from '../../src/model/sources/rendering.ts'
import { dependencyHolds } from '../../src/model/sources/tree.ts'
import { configMap, render, type TestSource, withSandbox } from './rendering.ts'
import { type RepositoryFile, type TestRepository, testRepository } from './test-repository.ts'

let repository: TestRepository
before(async () => {
  await withSandbox()
  repository = await testRepository()
})
after(() => repository.remove())

/** Whether a rendering says that it holds for these trees, one per source. */
function holdsFor(rendering: Rendering, trees: readonly SourceTree[]): boolean {
  const readers = trees.map((tree) => openTree(tree))
  return rendering.dependencies.every((dependency) =>
    dependencyHolds(dependency, readers[dependency.source] ?? assert.fail(`no source ${dependency.source}`)),
  )
}

type Change = Readonly<Record<string, RepositoryFile | undefined>>

/** Renders, changes the repository, and returns whether the rendering still holds; the change is undone. */
async function holdsAfter(source: Omit<TestSource, 'tree'>, files: Change, change: Change): Promise<boolean> {
  const tree = await repository.commit(files)
  const rendering = render([{ ...source, tree }])
  const changed = await repository.commit(change)
  const undone = Object.fromEntries(Object.keys(change).map((name) => [name, files[name]]))
  await repository.commit(undone)
  return holdsFor(rendering, [changed])
}

const DIRECTORY = {
  'plain/a.yaml': configMap('a'),
  'plain/README.md': 'hello',
  'plain/sub/b.yaml': configMap('b'),
  'other/x.yaml': configMap('x'),
}

test('a directory depends on its manifests and its names, and on nothing else', async () => {
  const holds = (change: Change, directory = {}) =>
    holdsAfter({ path: 'plain', options: { directory } }, DIRECTORY, change)
  assert.equal(await holds({ 'other/x.yaml': configMap('y') }), true)
  assert.equal(await holds({ 'plain/README.md': 'changed' }), true)
  assert.equal(await holds({ 'plain/sub/b.yaml': configMap('c') }), true)
  assert.equal(await holds({ 'plain/sub/b.yaml': configMap('c') }, { recurse: true }), false)
  assert.equal(await holds({ 'plain/a.yaml': configMap('changed') }), false)
  assert.equal(await holds({ 'plain/new.yaml': configMap('new') }), false)
  assert.equal(await holds({ 'plain/a.yaml': undefined, 'plain/keep.md': '' }), false)
  assert.equal(await holds({ 'plain/Chart.yaml': 'name: x' }), false)
  assert.equal(await holds({ 'plain/.argocd-source.yaml': 'directory: {recurse: true}' }), false)
  assert.equal(await holds({ 'plain/.argocd-source-shop.yaml': 'directory: {recurse: true}' }), false)
})

const KUSTOMIZE = {
  'overlay/kustomization.yaml': 'resources: [../base]\nnamePrefix: x-\n',
  'overlay/README.md': 'hello',
  'base/kustomization.yaml': 'resources: [a.yaml]\n',
  'base/a.yaml': configMap('a'),
  'base/unused.yaml': configMap('unused'),
  'elsewhere/x.yaml': configMap('x'),
}

test('a kustomization depends on the bases outside its path, and on nothing that it does not read', async () => {
  const holds = (change: Change) => holdsAfter({ path: 'overlay' }, KUSTOMIZE, change)
  assert.equal(await holds({ 'elsewhere/x.yaml': configMap('y') }), true)
  assert.equal(await holds({ 'base/unused.yaml': configMap('changed') }), true)
  assert.equal(await holds({ 'base/new.yaml': configMap('new') }), true)
  assert.equal(await holds({ 'overlay/README.md': 'changed' }), true)
  assert.equal(await holds({ 'base/a.yaml': configMap('changed') }), false)
  assert.equal(await holds({ 'base/kustomization.yaml': 'resources: [a.yaml, unused.yaml]\n' }), false)
  assert.equal(await holds({ 'base/kustomization.yml': 'resources: []\n' }), false)
})

const HELM = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
  'chart/.helmignore': 'docs/\n',
  'chart/docs/guide.md': 'hello',
  'chart/templates/x.yaml': configMap('x', { v: '{{ .Values.v }}' }),
  'chart/values.yaml': 'v: a\n',
  'values/prod.yaml': 'v: b\n',
  'values/test.yaml': 'v: c\n',
}

test('a chart depends on its files, its ignore file and its values files, wherever they are', async () => {
  const options = { helm: { valueFiles: ['../values/prod.yaml'] } }
  const holds = (change: Change) => holdsAfter({ path: 'chart', options }, HELM, change)
  assert.equal(await holds({ 'values/test.yaml': 'v: d\n' }), true)
  assert.equal(await holds({ 'chart/docs/guide.md': 'changed' }), true)
  assert.equal(await holds({ 'chart/.helmignore': '' }), false)
  assert.equal(await holds({ 'values/prod.yaml': 'v: d\n' }), false)
  assert.equal(await holds({ 'chart/values.yaml': 'v: d\n' }), false)
  assert.equal(await holds({ 'chart/templates/y.yaml': configMap('y') }), false)
  assert.equal(await holds({ 'chart/new.txt': 'files are there for templates' }), false)
})

test('an ignore file that comes later counts too', async () => {
  const { 'chart/.helmignore': _ignore, ...files } = HELM
  const tree = await repository.commit({ ...files, 'chart/.helmignore': undefined })
  const rendering = render([{ tree, path: 'chart' }])
  assert.equal(holdsFor(rendering, [await repository.commit({ 'chart/.helmignore': 'x' })]), false)
})

test('a values file of another source is a dependency on that source', async () => {
  const tree = await repository.commit(HELM)
  const sources = [
    { tree, path: 'chart', options: { helm: { valueFiles: ['$ref/values/prod.yaml'] } } },
    { tree, ref: 'ref' },
  ]
  const rendering = render(sources)
  const other = await repository.commit({ 'values/test.yaml': 'v: e\n' })
  const changed = await repository.commit({ 'values/prod.yaml': 'v: e\n' })
  assert.equal(holdsFor(rendering, [tree, other]), true)
  assert.equal(holdsFor(rendering, [changed, tree]), true)
  assert.equal(holdsFor(rendering, [tree, changed]), false)
})

test('a values file that may be missing is a dependency on its absence', async () => {
  const tree = await repository.commit(HELM)
  const helm = { valueFiles: ['../values/none.yaml'], ignoreMissingValueFiles: true }
  const rendering = render([{ tree, path: 'chart', options: { helm } }])
  assert.equal(holdsFor(rendering, [await repository.commit({ 'values/none.yaml': 'v: f\n' })]), false)
})

test('a jsonnet file depends on what it imports and on where it looked in vain', async () => {
  const files = {
    'jsonnet/a.jsonnet': '(import "lib.libsonnet") + {metadata: {name: "a"}}',
    'vendor/lib.libsonnet': '{apiVersion: "v1", kind: "ConfigMap"}',
    'vendor/unused.libsonnet': '{}',
  }
  const options = { directory: { jsonnet: { libs: ['vendor'] } } }
  const holds = (change: Change) => holdsAfter({ path: 'jsonnet', options }, files, change)
  assert.equal(await holds({ 'vendor/unused.libsonnet': '{a: 1}' }), true)
  assert.equal(await holds({ 'vendor/lib.libsonnet': '{apiVersion: "v1", kind: "Secret"}' }), false)
  assert.equal(await holds({ 'jsonnet/lib.libsonnet': '{apiVersion: "v1", kind: "Secret"}' }), false)
})

test('a symlink is a dependency, and what it leads to', async () => {
  const files = {
    'links/a.yaml': { symlink: '../target/a.yaml' },
    'target/a.yaml': configMap('a'),
    'target/b.yaml': configMap('b'),
  }
  const holds = (change: Change) => holdsAfter({ path: 'links' }, files, change)
  assert.equal(await holds({ 'target/b.yaml': configMap('c') }), true)
  assert.equal(await holds({ 'target/a.yaml': configMap('c') }), false)
  assert.equal(await holds({ 'links/a.yaml': { symlink: '../target/b.yaml' } }), false)
})

test('a rendering that has the commit in it says so', async () => {
  const tree = await repository.commit(KUSTOMIZE)
  const used = (label: string) =>
    render([{ tree, path: 'overlay', options: { kustomize: { commonLabels: { label } } } }]).usedCommit
  assert.equal(used('$ARGOCD_APP_NAME'), false)
  assert.equal(used('$ARGOCD_APP_REVISION_SHORT'), true)
})
