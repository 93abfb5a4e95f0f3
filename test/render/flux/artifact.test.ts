import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { CodedError } from '../../../src/model/failure.ts'
import { configMap, namesOf } from '../rendering.ts'
import { ARTIFACT, fluxSnapshot, type KustomizationOptions, renderKustomization } from './rendering.ts'

const environment = fluxSnapshot()

async function namesIn(files: Readonly<Record<string, string | undefined>>, options: KustomizationOptions = {}) {
  const tree = await environment.commit({ ...(await cleared()), ...files })
  return namesOf(renderKustomization([tree], options)).toSorted()
}

let written: readonly string[] = []
/** Each test has the repository for itself. */
async function cleared(): Promise<Readonly<Record<string, undefined>>> {
  const names = execFileSync('git', ['-C', environment.folder, 'ls-files'], { encoding: 'utf8' })
  written = names.split('\n').filter((name) => name !== '')
  return Object.fromEntries(written.map((name) => [name, undefined]))
}

test('CI files are left out by default, hidden manifests are not', async () => {
  const files = { 'a.yaml': configMap('a'), '.b.yaml': configMap('b'), '.github/c.yaml': configMap('c') }
  assert.deepEqual(await namesIn(files), ['ConfigMap a', 'ConfigMap b'])
})

test('a pattern in any folder switches off the default ones', async () => {
  const files = {
    'a.yaml': configMap('a'),
    '.github/c.yaml': configMap('c'),
    'deep/er/.sourceignore': '# nothing\n*.txt\n',
  }
  assert.deepEqual(await namesIn(files), ['ConfigMap a', 'ConfigMap c'])
  assert.deepEqual(await namesIn({ ...files, 'deep/er/.sourceignore': '# only a comment\n\n' }), ['ConfigMap a'])
})

test('a .sourceignore counts below its folder, and the source’s own patterns win', async () => {
  const files = {
    'a.yaml': configMap('a'),
    'one/b.yaml': configMap('b'),
    'one/c.yaml': configMap('c'),
    'one/.sourceignore': 'c.yaml\n/b.yaml\n',
    'two/c.yaml': configMap('d'),
  }
  assert.deepEqual(await namesIn(files), ['ConfigMap a', 'ConfigMap d'])
  const artifact = { ...ARTIFACT, ignore: '!one/c.yaml' }
  assert.deepEqual(await namesIn(files, { artifact }), ['ConfigMap a', 'ConfigMap c', 'ConfigMap d'])
})

test('a file below a folder that is left out can be taken in again', async () => {
  const files = { 'a.yaml': configMap('a'), 'one/b.yaml': configMap('b'), 'one/c.yaml': configMap('c') }
  const artifact = { ...ARTIFACT, ignore: '/*\n!/one/b.yaml\n' }
  assert.deepEqual(await namesIn(files, { artifact }), ['ConfigMap b'])
  assert.deepEqual(await namesIn(files, { artifact, path: './one' }), ['ConfigMap b'])
  const nothing = { ...ARTIFACT, ignore: '/*\n' }
  assert.throws(() => renderKustomizationOf({ artifact: nothing, path: './one' }), { name: 'GDE_GIT_PATH' })
})

let lastTree: Parameters<typeof renderKustomization>[0][number] | undefined
function renderKustomizationOf(options: KustomizationOptions) {
  assert.ok(lastTree !== undefined || written.length >= 0)
  const [commit = '', tree = ''] = execFileSync('git', ['-C', environment.folder, 'rev-parse', 'HEAD', 'HEAD^{tree}'], {
    encoding: 'utf8',
  }).split('\n')
  lastTree = { gitDirectory: `${environment.folder}/.git`, commit, tree }
  return renderKustomization([lastTree], options)
}

test('symlinks are not archived, wherever they lead', async () => {
  const tree = await environment.commit({
    ...(await cleared()),
    'a.yaml': configMap('a'),
    'b.yaml': { symlink: 'a.yaml' },
    'out.yaml': { symlink: '../../etc/passwd' },
    loop: { symlink: 'loop' },
    'real/c.yaml': configMap('c'),
    linked: { symlink: 'real' },
  })
  assert.deepEqual(namesOf(renderKustomization([tree])).toSorted(), ['ConfigMap a', 'ConfigMap c'])
  assert.throws(() => renderKustomization([tree], { path: './linked' }), { name: 'GDE_GIT_PATH' })
})

test('a submodule is an empty folder, unless the source fetches submodules', async () => {
  await environment.commit({ ...(await cleared()), 'a.yaml': configMap('a') })
  const head = execFileSync('git', ['-C', environment.folder, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com']
  execFileSync('git', ['-C', environment.folder, 'update-index', '--add', '--cacheinfo', `160000,${head},module`])
  execFileSync('git', ['-C', environment.folder, ...identity, 'commit', '--quiet', '--message', 'submodule'])
  assert.deepEqual(namesOf(renderKustomizationOf({})), ['ConfigMap a'])
  assert.throws(() => renderKustomizationOf({ artifact: { ...ARTIFACT, submodules: true } }), {
    name: 'GDE_GIT_UNSUPPORTED',
  })
  execFileSync('git', ['-C', environment.folder, 'rm', '--quiet', '--cached', 'module'])
})

test('a sparse checkout has what begins with its folders', async () => {
  const files = { 'a.yaml': configMap('a'), 'apps/b.yaml': configMap('b'), 'apps-old/c.yaml': configMap('c') }
  assert.deepEqual(await namesIn(files, { artifact: { ...ARTIFACT, sparse: ['./apps'] } }), [
    'ConfigMap b',
    'ConfigMap c',
  ])
  assert.deepEqual(await namesIn(files, { artifact: { ...ARTIFACT, sparse: ['apps/'] } }), ['ConfigMap b'])
})

test('an included repository lies where it is put, without what its own patterns leave out', async () => {
  const own = await environment.commit({
    ...(await cleared()),
    'kustomization.yaml': 'resources: [vendor/bases/one.yaml]\n',
  })
  const other = await environment.commit({
    ...(await cleared()),
    'deploy/one.yaml': configMap('one'),
    'deploy/two.yaml': configMap('two'),
    'three.yaml': configMap('three'),
  })
  const include = (from: string, to: string, ignore = '') => ({
    artifact: { ...ARTIFACT, includes: [{ artifact: { ...ARTIFACT, source: 1, ignore }, from, to }] },
  })
  assert.deepEqual(namesOf(renderKustomization([own, other], include('deploy', 'vendor/bases'))), ['ConfigMap one'])
  assert.deepEqual(
    namesOf(renderKustomization([own, other], { ...include('deploy', 'vendor/bases', 'one.yaml'), path: 'vendor' })),
    ['ConfigMap two'],
  )
  const failure = (options: KustomizationOptions): string => {
    try {
      renderKustomization([own, other], options)
    } catch (error) {
      assert.ok(error instanceof CodedError, String(error))
      return error.failure.message
    }
    return assert.fail('it was rendered')
  }
  assert.equal(failure(include('nowhere', 'vendor')), 'the include has no nowhere')
  assert.equal(
    failure(include('deploy', 'kustomization.yaml')),
    'the include cannot be put at kustomization.yaml, which is there already',
  )
})

test('the path is taken within the artifact, however many dots it has', async () => {
  const files = { 'a.yaml': configMap('a'), 'apps/b.yaml': configMap('b') }
  assert.deepEqual(await namesIn(files, { path: '../../apps' }), ['ConfigMap b'])
  assert.deepEqual(await namesIn(files, { path: '/apps' }), ['ConfigMap b'])
})

test('a rendering depends on the files that it read, and on ignore files that are not there yet', async () => {
  const tree = await environment.commit({
    ...(await cleared()),
    'apps/kustomization.yaml': 'resources: [a.yaml]\n',
    'apps/a.yaml': configMap('a'),
    'apps/unused.yaml': configMap('unused'),
    'other/b.yaml': configMap('b'),
  })
  const { dependencies } = renderKustomization([tree], { path: './apps' })
  const paths = new Map(dependencies.map(({ path, oid }) => [path, oid !== undefined]))
  assert.deepEqual(
    [...paths].filter(([, isThere]) => isThere).map(([path]) => path),
    ['apps/kustomization.yaml', 'apps/a.yaml'],
  )
  assert.equal(paths.get('.sourceignore'), false)
  assert.equal(paths.get('apps/.sourceignore'), false)
  assert.equal(paths.has('other/.sourceignore'), false)
})

test('a base outside the artifact and a remote one are errors', async () => {
  const failing = async (resource: string) => {
    const tree = await environment.commit({
      ...(await cleared()),
      'apps/kustomization.yaml': `resources: ["${resource}"]\n`,
    })
    return () => renderKustomization([tree], { path: './apps' })
  }
  assert.throws(await failing('../../base'), { name: 'GDE_RENDER_OUTSIDE' })
  assert.throws(await failing('https://github.com/org/repo//base'), { name: 'GDE_RENDER_REMOTE_BASE' })
})
