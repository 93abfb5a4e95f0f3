import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { configMap, namesOf, onlyObject, render, renderFailure } from './rendering.ts'
import { type RepositoryFile, type TestRepository, testRepository } from './test-repository.ts'

let repository: TestRepository
before(async () => {
  repository = await testRepository()
})
after(() => repository.remove())

let folders = 0
/** The files in a folder of their own. */
async function folderOf(files: Readonly<Record<string, RepositoryFile>>) {
  const path = `apps/case-${folders++}`
  const tree = await repository.commit(
    Object.fromEntries(Object.entries(files).map(([name, file]) => [`${path}/${name}`, file])),
  )
  return { tree, path }
}

test('files with the four endings are read in the order of their names, hidden ones too', async () => {
  const source = await folderOf({
    'b.yaml': configMap('b'),
    'a.yml': `${configMap('a1')}---\n${configMap('a2')}`,
    'c.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}',
    '.hidden.yaml': configMap('hidden'),
    'd.txt': configMap('d'),
    'e.yaml.bak': configMap('e'),
    'sub/f.yaml': configMap('f'),
  })
  assert.deepEqual(namesOf(render([source])), [
    'ConfigMap hidden',
    'ConfigMap a1',
    'ConfigMap a2',
    'ConfigMap b',
    'ConfigMap c',
  ])
})

test('each object says in which file and line it is', async () => {
  const source = await folderOf({ 'a.yaml': `# head\n${configMap('a')}---\n\n${configMap('b')}` })
  assert.deepEqual(
    render([source]).objects.map(({ file, line }) => [file, line]),
    [
      [`${source.path}/a.yaml`, 2],
      [`${source.path}/a.yaml`, 9],
    ],
  )
})

test('folders below count when recurse is set', async () => {
  const source = await folderOf({
    'a.yaml': configMap('a'),
    'sub/b.yaml': configMap('b'),
    'sub/.x/c.yaml': configMap('c'),
  })
  const rendering = render([{ ...source, options: { directory: { recurse: true } } }])
  assert.deepEqual(namesOf(rendering), ['ConfigMap a', 'ConfigMap c', 'ConfigMap b'])
})

test('include and exclude are globs on the path below the folder, where * crosses folders', async () => {
  const source = await folderOf({
    'a.yaml': configMap('a'),
    'b.yaml': configMap('b'),
    'sub/a.yaml': configMap('sub-a'),
    'sub/deep/b.yaml': configMap('deep-b'),
  })
  const names = (directory: object) =>
    namesOf(render([{ ...source, options: { directory: { recurse: true, ...directory } } }])).map((name) =>
      name.slice(10),
    )
  assert.deepEqual(names({ include: 'sub/*' }), ['sub-a', 'deep-b'])
  assert.deepEqual(names({ include: '{a,sub/deep/?}.yaml' }), ['a', 'deep-b'])
  assert.deepEqual(names({ exclude: '*a.yaml' }), ['b', 'deep-b'])
  assert.deepEqual(names({ include: '*.yaml', exclude: '{sub/**,b.*}' }), ['a'])
  assert.deepEqual(names({ include: '{broken' }), [])
})

test('a file with the skip marker is left out', async () => {
  const source = await folderOf({
    'a.yaml': configMap('a'),
    'b.yaml': `# +argocd:skip-file-rendering\n${configMap('b')}`,
  })
  assert.deepEqual(namesOf(render([source])), ['ConfigMap a'])
})

test('a YAML file that is no manifest is left out with a warning, a broken manifest is an error', async () => {
  const values = await folderOf({
    'a.yaml': configMap('a'),
    'values.yaml': 'replicas: 3\n',
    'broken.yaml': 'a: b: c\n',
  })
  const rendering = render([values])
  assert.deepEqual(namesOf(rendering), ['ConfigMap a'])
  assert.deepEqual(
    rendering.warnings.map(({ code, file }) => [code, file?.slice(values.path.length + 1)]),
    [
      ['GDE_RENDER_YAML', 'broken.yaml'],
      ['GDE_RENDER_OBJECT', 'values.yaml'],
    ],
  )
  const broken = await folderOf({ 'x.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  x: y: z\n' })
  const { code, file, line } = renderFailure([broken])
  assert.deepEqual({ code, file, line }, { code: 'GDE_RENDER_YAML', file: `${broken.path}/x.yaml`, line: 5 })
})

test('a document without kind or name is an error that says where', async () => {
  const kind = await folderOf({ 'x.yaml': `${configMap('a')}---\na: 1\n` })
  const failure = renderFailure([kind])
  assert.equal(failure.code, 'GDE_RENDER_OBJECT')
  assert.equal(failure.line, 7)
  const name = await folderOf({ 'x.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n' })
  assert.equal(renderFailure([name]).code, 'GDE_RENDER_OBJECT')
})

test('lists are taken apart, a list of nothing is nothing', async () => {
  const item = (name: string) => `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}}}`
  const source = await folderOf({
    'a.yaml': `apiVersion: v1\nkind: List\nitems: [${item('a')}, ${item('b')}]\n`,
    'b.yaml': 'apiVersion: v1\nkind: ConfigMapList\nitems: null\n',
    'c.yaml': 'apiVersion: v1\nkind: List\nitems: []\n',
  })
  assert.deepEqual(namesOf(render([source])), ['ConfigMap a', 'ConfigMap b'])
})

test('hooks of Argo CD and Helm are rendered and marked to be left out of comparison', async () => {
  const annotated = (name: string, annotation: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  annotations: {${annotation}}\n---\n`
  const source = await folderOf({
    'a.yaml':
      annotated('sync', 'argocd.argoproj.io/hook: PreSync') +
      annotated('skip', 'argocd.argoproj.io/hook: Skip') +
      annotated('odd', 'argocd.argoproj.io/hook: Whatever') +
      annotated('helm', '"helm.sh/hook": "pre-install"') +
      annotated('crd', '"helm.sh/hook": crd-install') +
      annotated('wave', 'argocd.argoproj.io/sync-wave: "1"'),
  })
  assert.deepEqual(
    render([source]).objects.map(({ object, action }) => [object.metadata.name, action]),
    [
      ['sync', 'skip'],
      ['skip', 'skip'],
      ['odd', 'skip'],
      ['helm', 'skip'],
      ['crd', 'apply'],
      ['wave', 'apply'],
    ],
  )
})

test('Secrets leave the renderer redacted', async () => {
  const source = await folderOf({
    'a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: hunter2}\n',
  })
  const rendering = render([source])
  assert.doesNotMatch(JSON.stringify(rendering), /hunter2|aHVudGVyMg/)
  assert.match(String(Object(onlyObject(rendering).data).password), /^redacted:/)
})

test('a duplicate key is a warning', async () => {
  const source = await folderOf({ 'a.yaml': `${configMap('a')}data: {b: c}\n` })
  const { warnings } = render([source])
  assert.deepEqual(
    warnings.map(({ code, file, line }) => ({ code, file, line })),
    [{ code: 'GDE_RENDER_YAML', file: `${source.path}/a.yaml`, line: 6 }],
  )
})

test('UTF-16 with a byte order mark is read, Latin-1 is an error', async () => {
  const wide = await folderOf({ 'a.yaml': Buffer.from(`\ufeff${configMap('wide')}`, 'utf16le') })
  assert.deepEqual(namesOf(render([wide])), ['ConfigMap wide'])
  const latin = await folderOf({ 'a.yaml': Buffer.from(`# caf\xe9\n${configMap('latin')}`, 'latin1') })
  assert.equal(renderFailure([latin]).code, 'GDE_RENDER_YAML')
})

test('an object with generateName has no name, and that is no error', async () => {
  const source = await folderOf({ 'a.yaml': 'apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: job-}\n' })
  assert.equal(onlyObject(render([source])).metadata.name, '')
})

test('a plain directory needs no sandbox', async () => {
  // No test of this file has made one, and the renderer would have failed without.
  const source = await folderOf({ 'a.yaml': configMap('a') })
  assert.equal(render([source]).objects.length, 1)
})
