import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { configMap, namesOf, render, renderFailure, withSandbox } from './rendering.ts'
import { type RepositoryFile, type TestRepository, testRepository } from './test-repository.ts'

let repository: TestRepository
before(async () => {
  await withSandbox()
  repository = await testRepository()
})
after(() => repository.remove())

async function sourceOf(files: Readonly<Record<string, RepositoryFile>>, path = 'app') {
  const tree = await repository.commit({
    app: undefined,
    ...Object.fromEntries(Object.entries(files).map(([name, file]) => [`app/${name}`, file])),
  })
  return { tree, path }
}

const CHART = { 'Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n' }
const GOOD = { 'a.yaml': configMap('a') }

test('a path that is not there, is a file, or leads outside', async () => {
  const { tree } = await sourceOf(GOOD)
  assert.equal(renderFailure([{ tree, path: 'nowhere/at/all' }]).code, 'GDE_GIT_PATH')
  assert.equal(renderFailure([{ tree, path: 'app/a.yaml' }]).code, 'GDE_GIT_PATH')
  for (const path of ['..', 'app/../../x', '/app'])
    assert.equal(renderFailure([{ tree, path }]).code, 'GDE_RENDER_OUTSIDE')
  for (const path of ['app', './app/', 'app/.', 'x/../app']) assert.equal(render([{ tree, path }]).objects.length, 1)
})

test('symlinks inside the repository are followed', async () => {
  const { tree } = await sourceOf({
    ...GOOD,
    'b.yaml': { symlink: 'deep/../real/c.yaml' },
    'real/c.yaml': configMap('c'),
    'deep/x': '',
    'gone.yaml': { symlink: 'nowhere.yaml' },
    'folder.yaml': { symlink: 'real' },
  })
  assert.deepEqual(namesOf(render([{ tree, path: 'app' }])), ['ConfigMap a', 'ConfigMap c'])
  const linked = await repository.commit({ link: { symlink: 'app/real' } })
  assert.deepEqual(namesOf(render([{ tree: linked, path: 'link' }])), ['ConfigMap c'])
  await repository.commit({ link: undefined })
})

test('symlinks that lead outside or to themselves are errors that name them', async () => {
  for (const symlink of ['/etc/passwd', '../../x.yaml', '../../../../../etc/passwd']) {
    const { code, file } = renderFailure([await sourceOf({ ...GOOD, 'b.yaml': { symlink } })])
    assert.deepEqual({ code, file }, { code: 'GDE_RENDER_OUTSIDE', file: 'app/b.yaml' })
  }
  const self = renderFailure([await sourceOf({ ...GOOD, 'b.yaml': { symlink: 'b.yaml' } })])
  assert.deepEqual([self.code, self.file], ['GDE_RENDER_SYMLINK', 'app/b.yaml'])
  const circle = await sourceOf({ 'x.yaml': { symlink: 'y.yaml' }, 'y.yaml': { symlink: 'x.yaml' } })
  assert.equal(renderFailure([circle]).code, 'GDE_RENDER_SYMLINK')
})

test('a chart or kustomization that reads through a symlink to the outside is refused', async () => {
  const chart = await sourceOf({ ...CHART, 'templates/x.yaml': { symlink: '../../../etc/passwd' } })
  assert.equal(renderFailure([chart]).code, 'GDE_RENDER_OUTSIDE')
  const kustomization = await sourceOf({
    'kustomization.yaml': 'resources: [x.yaml]\n',
    'x.yaml': { symlink: '/etc/passwd' },
  })
  assert.equal(renderFailure([kustomization]).code, 'GDE_RENDER_OUTSIDE')
  const jsonnet = await sourceOf({ 'x.jsonnet': 'importstr "secret"', secret: { symlink: '/etc/passwd' } })
  assert.equal(renderFailure([jsonnet]).code, 'GDE_RENDER_OUTSIDE')
})

test('a folder that contains itself by a symlink ends', async () => {
  const chart = await sourceOf({ ...CHART, 'templates/x.yaml': configMap('x'), again: { symlink: '.' } })
  assert.match(renderFailure([chart]).code, /^GDE_(?:TOO_LARGE|RENDER_SYMLINK)$/)
  const plain = await sourceOf({ ...GOOD, again: { symlink: '.' } })
  assert.equal(render([{ ...plain, options: { directory: { recurse: true } } }]).objects.length, 1)
})

test('what lies in a submodule cannot be known', async () => {
  const { tree } = await sourceOf(GOOD)
  execFileSync('git', [
    '-C',
    repository.folder,
    'update-index',
    '--add',
    '--cacheinfo',
    `160000,${tree.commit},app/module`,
  ])
  execFileSync('git', [
    '-C',
    repository.folder,
    '-c',
    'user.name=t',
    '-c',
    'user.email=t@example.com',
    'commit',
    '-qm',
    'module',
  ])
  const [commit = '', root = ''] = execFileSync('git', ['-C', repository.folder, 'rev-parse', 'HEAD', 'HEAD^{tree}'], {
    encoding: 'utf8',
  }).split('\n')
  const withModule = { gitDirectory: tree.gitDirectory, commit, tree: root }
  assert.equal(renderFailure([{ tree: withModule, path: 'app/module' }]).code, 'GDE_GIT_UNSUPPORTED')
  assert.equal(render([{ tree: withModule, path: 'app' }]).objects.length, 1)
  const options = { directory: { recurse: true } }
  assert.equal(renderFailure([{ tree: withModule, path: 'app', options }]).code, 'GDE_GIT_UNSUPPORTED')
})

test('what Git LFS keeps cannot be known, if it is a manifest or has values', async () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 120\n`
  const manifest = renderFailure([await sourceOf({ ...GOOD, 'b.yaml': pointer })])
  assert.deepEqual([manifest.code, manifest.file], ['GDE_GIT_UNSUPPORTED', 'app/b.yaml'])
  const chart = { ...CHART, 'templates/x.yaml': configMap('x'), 'prod.yaml': pointer, 'logo.png': pointer }
  assert.equal(render([await sourceOf(chart)]).objects.length, 1)
  const options = { helm: { valueFiles: ['prod.yaml'] } }
  assert.equal(renderFailure([{ ...(await sourceOf(chart)), options }]).code, 'GDE_GIT_UNSUPPORTED')
})

test('a template that allocates without end is an error, and the next app is rendered', async () => {
  const greedy = await sourceOf({
    ...CHART,
    'templates/x.yaml': '{{ $s := "x" }}{{ range until 40 }}{{ $s = print $s $s }}{{ end }}',
  })
  assert.equal(renderFailure([greedy]).code, 'GDE_RENDER_CRASHED')
  const good = await sourceOf({ ...CHART, 'templates/x.yaml': configMap('x') })
  assert.deepEqual(namesOf(render([good])), ['ConfigMap x'])
})

test('a template that writes a gigabyte is an error', async () => {
  const block = '{{ $s := repeat 1000000 "x" }}{{ range until 1000 }}# {{ $s }}\n{{ end }}'
  assert.match(
    renderFailure([await sourceOf({ ...CHART, 'templates/x.yaml': block })]).code,
    /^GDE_(?:TOO_LARGE|RENDER_CRASHED)$/,
  )
  const large = '{{ $s := repeat 1000000 "x" }}{{ range until 80 }}# {{ $s }}\n{{ end }}'
  assert.equal(renderFailure([await sourceOf({ ...CHART, 'templates/x.yaml': large })]).code, 'GDE_TOO_LARGE')
})

test('a chart that expands into gigabytes is an error', async () => {
  const { chartArchive } = await import('./chart-archive.ts')
  const bomb = chartArchive({ 'b/Chart.yaml': CHART['Chart.yaml'], 'b/x': '\n'.repeat(120_000_000) })
  const source = await sourceOf({ ...CHART, 'templates/x.yaml': configMap('x'), 'charts/b.tgz': bomb })
  assert.match(renderFailure([source]).message, /larger than the maximum size|out of memory/)
})

test('more files, bytes or objects than allowed are an error', async () => {
  const many = await sourceOf(
    Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`${index}.yaml`, configMap(`m${index}`)])),
  )
  assert.equal(renderFailure([many], { limits: { filesRead: 20 } }).code, 'GDE_TOO_LARGE')
  assert.equal(renderFailure([many], { limits: { bytesRead: 500 } }).code, 'GDE_TOO_LARGE')
  assert.equal(renderFailure([many], { limits: { fileBytes: 10 } }).code, 'GDE_TOO_LARGE')
  assert.equal(renderFailure([many], { limits: { objects: 29 } }).code, 'GDE_TOO_LARGE')
  assert.equal(render([many], { limits: { objects: 30 } }).objects.length, 30)
})

test('a document larger than allowed is an error with its line, however many there are in the file', async () => {
  const padded = (name: string, length: number) => `# ${'x'.repeat(length)}\n${configMap(name)}`
  const source = await sourceOf({ 'all.yaml': [padded('a', 600), padded('b', 600)].join('\n---\n') })
  assert.equal(render([source], { limits: { documentBytes: 1000 } }).objects.length, 2)
  const { code, file, line } = renderFailure([source], { limits: { documentBytes: 500 } })
  assert.deepEqual({ code, file, line }, { code: 'GDE_TOO_LARGE', file: 'app/all.yaml', line: 1 })
  const json = await sourceOf({ 'all.json': JSON.stringify({ kind: 'List', items: [], padding: 'x'.repeat(600) }) })
  assert.equal(renderFailure([json], { limits: { documentBytes: 500 } }).code, 'GDE_TOO_LARGE')
})

test('YAML that is a bomb, huge, or holds what no YAML holds', async () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'
      .split('')
      .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[index]}`).join(',')}]`),
  ]
  const manifest = (text: string) =>
    sourceOf({ 'x.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n${text}` })
  assert.equal(renderFailure([await manifest(bomb.join('\n'))]).code, 'GDE_TOO_LARGE')
  assert.equal(renderFailure([await manifest(`data: {a: ${'x'.repeat(10_000_000)}}`)]).code, 'GDE_TOO_LARGE')
  for (const text of ['data: {a: "\0"}', 'data:\n\ta: b\n']) {
    const { code, file, line } = renderFailure([await manifest(text)])
    assert.deepEqual({ code, file }, { code: 'GDE_RENDER_YAML', file: 'app/x.yaml' })
    assert.ok(line !== undefined && line >= 4)
  }
})

test('an error message never grows beyond reading', async () => {
  const chart = await sourceOf({ ...CHART, 'templates/x.yaml': '{{ fail (repeat 1000000 "x") }}' })
  assert.ok(renderFailure([chart]).message.length < 5000)
})
