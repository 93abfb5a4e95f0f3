import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createTreeOpener } from '../../src/git/objects/tree-reader.ts'
import type { ErrorCode } from '../../src/model/errors.ts'
import { CodedError } from '../../src/model/failure.ts'
import type { ArchiveReader } from '../../src/sources/archive/entry-path.ts'
import { unpackArchive } from '../../src/sources/archive/unpack.ts'
import { DEFAULT_SOURCE_LIMITS } from '../../src/sources/limits.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { run } from '../servers/run.ts'
import { type TarEntry, tarGzOf, tarOf } from './tar-under-test.ts'

const CHART = { name: 'podinfo/Chart.yaml', content: 'name: podinfo\n' }

interface Unpacked {
  readonly tree: string
  readonly gitDirectory: string
  /** By path; of links the target behind an arrow. */
  readonly files: Readonly<Record<string, string>>
}

async function unpacked<T>(
  archive: Uint8Array,
  reader: ArchiveReader,
  look: (unpacked: Unpacked) => Promise<T> | T,
  { compressed = true, limits = {} } = {},
): Promise<T> {
  await using folder = await temporaryFolder('unpack')
  const file = join(folder.path, 'archive')
  await writeFile(file, archive)
  const gitDirectory = join(folder.path, 'store')
  const options = { reader, compressed, limits: { ...DEFAULT_SOURCE_LIMITS, ...limits } }
  try {
    const { tree } = await unpackArchive(file, join(gitDirectory, 'objects/pack'), options, AbortSignal.timeout(60_000))
    const opened = createTreeOpener()({ gitDirectory, commit: '', tree })
    const files: Record<string, string> = {}
    const collect = (path: string): void => {
      for (const entry of opened.list(path) ?? []) {
        const at = path === '' ? entry.name : `${path}/${entry.name}`
        if (entry.type === 'directory') collect(at)
        else
          files[at] = (entry.type === 'symlink' ? '-> ' : '') + Buffer.from(opened.read(entry.oid, 1 << 30)).toString()
      }
    }
    collect('')
    return await look({ tree, gitDirectory, files })
  } catch (error) {
    // Whatever is refused leaves nothing.
    assert.deepEqual(await readdir(join(gitDirectory, 'objects/pack')), [])
    throw error
  }
}

const filesOf = async (entries: Iterable<TarEntry>, reader: ArchiveReader) =>
  unpacked(await tarGzOf(entries), reader, ({ files }) => files)

const refuses = async (entries: Iterable<TarEntry>, reader: ArchiveReader, code: ErrorCode, message: RegExp) =>
  assert.rejects(filesOf(entries, reader), (error) => {
    assert.ok(error instanceof CodedError, String(error))
    assert.equal(error.failure.code, code, error.message)
    assert.match(error.message, message)
    return true
  })

test('a chart is what lies in its folder, and Git itself reads the tree', async () => {
  const entries = [
    CHART,
    { name: 'podinfo/templates/deployment.yaml', content: 'kind: Deployment\n' },
    { name: 'podinfo/templates/a/b.yaml', content: 'kind: A\n' },
    { name: 'podinfo/templates.txt', content: 'sorts between folder and file' },
    { name: 'podinfo/values.yaml', content: '\ufeffreplicas: 1\n' },
    { name: 'podinfo/big.txt', content: 'x'.repeat(300_000) },
  ]
  await unpacked(await tarGzOf(entries), 'chart', async ({ tree, gitDirectory, files }) => {
    assert.deepEqual(Object.keys(files).sort(), [
      'Chart.yaml',
      'big.txt',
      'templates.txt',
      'templates/a/b.yaml',
      'templates/deployment.yaml',
      'values.yaml',
    ])
    // Helm takes the byte order mark away.
    assert.equal(files['values.yaml'], 'replicas: 1\n')
    await run('git', ['init', '--quiet', '--bare', gitDirectory])
    await run('git', ['-C', gitDirectory, 'fsck', '--strict', '--no-dangling', tree])
    const { stdout } = await run('git', ['-C', gitDirectory, 'cat-file', 'blob', `${tree}:templates/a/b.yaml`])
    assert.equal(stdout, 'kind: A\n')
  })
})

test('the same files give the same tree, whatever their order, times and compression', async () => {
  const a = { name: 'c/Chart.yaml', content: 'a', mtime: new Date(0) }
  const b = { name: 'c/b', content: 'b', mode: 0o755 }
  const trees = [
    await unpacked(await tarGzOf([a, b]), 'chart', ({ tree }) => tree),
    await unpacked(await tarOf([b, { ...a, mtime: new Date(1e12) }]), 'chart', ({ tree }) => tree, {
      compressed: false,
    }),
  ]
  assert.equal(trees[0], trees[1])
})

test('names of Windows are read as Helm reads them, and long ones in all forms of tar', async () => {
  const long = `${'folder/'.repeat(20)}${'n'.repeat(120)}.yaml`
  const files = await filesOf(
    [CHART, { name: 'podinfo\\templates\\a.yaml', content: 'a' }, { name: `podinfo/${long}` }],
    'chart',
  )
  assert.deepEqual(Object.keys(files).sort(), ['Chart.yaml', long, 'templates/a.yaml'])
})

for (const [what, name, readers] of [
  ['that is absolute', '/etc/passwd', ['flux']],
  ['that is absolute below its folder', 'podinfo//etc/passwd', ['chart']],
  ['that leads out', '../../etc/passwd', ['chart', 'flux', 'argocd']],
  ['that leads out in the middle', 'podinfo/a/../../../x', ['chart', 'flux', 'argocd']],
  ['of a drive', 'podinfo/c:/x', ['chart']],
  ['with a control character', 'podinfo/a\u0001b', ['chart', 'flux', 'argocd']],
  ['that is too long', `podinfo/${'n'.repeat(300)}`, ['chart', 'flux', 'argocd']],
  ['that is too deep', `podinfo/${'a/'.repeat(100)}b`, ['chart', 'flux', 'argocd']],
] as const)
  test(`a name ${what} is refused`, async () => {
    for (const reader of readers)
      await refuses([CHART, { name, content: 'x' }], reader, 'GDE_SOURCE_ARCHIVE', /in the archive is refused/)
  })

test('a chart without a folder, without Chart.yaml, or without files is refused', async () => {
  await refuses([{ name: 'Chart.yaml', content: 'x' }], 'chart', 'GDE_SOURCE_ARCHIVE', /lie in one folder/)
  await refuses([{ name: 'a/b', content: 'x' }], 'chart', 'GDE_SOURCE_ARCHIVE', /no Chart.yaml/)
  await refuses([], 'chart', 'GDE_SOURCE_ARCHIVE', /no file/)
})

test('links are refused in charts, left out for Flux, and stay inside for Argo CD', async () => {
  const link = (name: string, linkname: string) => ({ name, linkname, type: 'symlink' as const })
  await refuses([CHART, link('podinfo/a', 'Chart.yaml')], 'chart', 'GDE_SOURCE_ARCHIVE', /it is a link/)
  const hard = { name: 'podinfo/a', linkname: 'podinfo/Chart.yaml', type: 'link' as const }
  await refuses([CHART, hard], 'chart', 'GDE_SOURCE_ARCHIVE', /it is a link/)
  await refuses([CHART, hard], 'flux', 'GDE_SOURCE_ARCHIVE', /it is a link/)
  assert.deepEqual(Object.keys(await filesOf([CHART, hard], 'argocd')), ['podinfo/Chart.yaml'])
  assert.deepEqual(Object.keys(await filesOf([CHART, link('a', '/etc/passwd')], 'flux')), ['podinfo/Chart.yaml'])
  const kept = await filesOf([CHART, link('x/y/a', '../../podinfo/Chart.yaml'), link('x/b', '/y')], 'argocd')
  assert.equal(kept['x/y/a'], '-> ../../podinfo/Chart.yaml')
  assert.equal(kept['x/b'], '-> y')
  for (const target of ['../../etc/passwd', '..', '../x/../../y'])
    await refuses([CHART, link('a', target)], 'argocd', 'GDE_SOURCE_ARCHIVE', /leads out/)
})

test('devices are refused', () =>
  refuses([CHART, { name: 'podinfo/a', type: 'character-device' }], 'chart', 'GDE_SOURCE_ARCHIVE', /character-device/))

test('a file in the place of a folder is refused, and of two files with one name the later counts', async () => {
  await refuses([CHART, { name: 'podinfo/Chart.yaml/a' }], 'chart', 'GDE_SOURCE_ARCHIVE', /name of its folder/)
  await refuses([CHART, { name: 'podinfo/a/b' }, { name: 'podinfo/a' }], 'chart', 'GDE_SOURCE_ARCHIVE', /a folder/)
  const files = await filesOf(
    [CHART, { name: 'podinfo/a', content: '1' }, { name: 'podinfo/a', content: '2' }],
    'chart',
  )
  assert.equal(files.a, '2')
})

test('an archive of 100,000 files is given up when the limit is met', async () => {
  const entries = [CHART, ...Array.from({ length: 100_000 }, (_, index) => ({ name: `podinfo/templates/${index}` }))]
  await refuses(entries, 'chart', 'GDE_TOO_LARGE', /more than 20000 files/)
})

test('a gzip bomb costs its limit', async () => {
  const bomb = gzipSync(Buffer.alloc(300 << 20))
  const before = process.memoryUsage().rss
  await assert.rejects(
    unpacked(bomb, 'chart', () => undefined),
    /unpacks to more than|no tar file/,
  )
  const zeros = await tarGzOf([CHART, { name: 'podinfo/zeros', content: Buffer.alloc(150 << 20) }])
  await assert.rejects(
    unpacked(zeros, 'chart', () => undefined),
    { name: 'GDE_TOO_LARGE' },
  )
  const many = Array.from({ length: 8 }, (_, index) => ({ name: `podinfo/${index}`, content: Buffer.alloc(20 << 20) }))
  await assert.rejects(
    unpacked(await tarGzOf([CHART, ...many]), 'chart', () => undefined),
    /unpacks to more than/,
  )
  assert.ok(process.memoryUsage().rss - before < 1 << 30)
})

test('what is no archive, or not whole, says so', async () => {
  const whole = await tarGzOf([CHART, { name: 'podinfo/a', content: 'y'.repeat(100_000) }])
  for (const bytes of [
    Buffer.from('<html>'),
    gzipSync('no tar at all'.repeat(100)),
    whole.subarray(0, -40),
    Buffer.alloc(0),
  ])
    await assert.rejects(
      unpacked(bytes, 'chart', () => undefined),
      { name: 'GDE_SOURCE_ARCHIVE' },
    )
  const cutTar = (await tarOf([CHART, { name: 'podinfo/a', content: 'y'.repeat(100_000) }])).subarray(0, 50_000)
  await assert.rejects(
    unpacked(gzipSync(cutTar), 'chart', () => undefined),
    { name: 'GDE_SOURCE_ARCHIVE' },
  )
})
