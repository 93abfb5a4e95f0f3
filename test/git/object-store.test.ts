import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { ObjectStore } from '../../src/git/objects/object-store.ts'
import { createTreeOpener } from '../../src/git/objects/tree-reader.ts'
import { packIndexBytes } from '../../src/git/packs/pack-index-writer.ts'
import fc from '../fast-check.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { run } from '../servers/run.ts'
import { blobId, type CraftedEntry, craftEntry, craftPack, delta, distance, TYPE } from './hostile-pack.ts'
import { createWorkingRepository, type WorkingRepository } from './working-repository.ts'

const OPTIONS = { objectBytes: 64 << 20, cacheBytes: 1 << 20, openFiles: 4 }

/** Every object of the repository, as Git itself reads it. */
async function oracle(work: WorkingRepository): Promise<ReadonlyMap<string, { type: string; data: Buffer }>> {
  const listed = await work.git('cat-file', '--batch-all-objects', '--batch-check')
  const objects = new Map<string, { type: string; data: Buffer }>()
  for (const line of listed.split('\n')) {
    const [id = '', type = ''] = line.split(' ')
    const { stdout } = await run('sh', ['-c', `git -C "$0" cat-file "$1" "$2" | base64 -w0`, work.path, type, id])
    objects.set(id, { type, data: Buffer.from(stdout, 'base64') })
  }
  return objects
}

async function assertSameAsGit(work: WorkingRepository): Promise<void> {
  const store = new ObjectStore(join(work.path, '.git'), OPTIONS)
  for (const [id, { type, data }] of await oracle(work)) {
    const object = store.read(id, 1 << 30)
    assert.equal(object?.type, type)
    assert.ok(data.equals(object?.data ?? Buffer.alloc(0)), id)
    assert.ok(store.has(id))
  }
  assert.equal(store.read('0'.repeat(40), 100), undefined)
  assert.equal(store.has('f'.repeat(40)), false)
  store.close()
}

/** How a repository may have been packed. */
const PACKINGS: readonly (readonly string[])[] = [
  [],
  ['gc', '--quiet', '--aggressive'],
  ['repack', '--quiet', '-adf', '--depth=250', '--window=250'],
  ['-c', 'repack.useDeltaBaseOffset=false', 'repack', '--quiet', '-adf'],
  ['repack', '--quiet', '-d'],
  ['-c', 'pack.compression=0', 'repack', '--quiet', '-adF'],
]

test('every object of a repository is what Git reads, however it is packed', async () => {
  const content = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.nat(60_000).map((size) => Buffer.from(randomBytes(size)).toString('base64')),
    fc
      .tuple(fc.string({ minLength: 1, maxLength: 30 }), fc.nat(3000))
      .map(([line, count]) => `${line}\n`.repeat(count)),
  )
  const name = fc.stringMatching(/^[a-zé]{1,3}(\/[a-z]{1,3}\.yaml)?$/)
  const change = fc.dictionary(
    name.filter((path) => !path.includes('.git')),
    content,
    { minKeys: 1, maxKeys: 6 },
  )
  const history = fc.array(fc.tuple(change, fc.nat(PACKINGS.length - 1)), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      await using folder = await temporaryFolder('git')
      const work = await createWorkingRepository(folder.path)
      for (const [files, packing] of steps) {
        // A name can be a file once and a folder another time.
        for (const file of await readdir(work.path))
          if (file !== '.git') await rm(join(work.path, file), { recursive: true })
        const folders = Object.keys(files).filter((path) => path.includes('/'))
        const usable = Object.entries(files).filter(([path]) => !folders.some((other) => other.startsWith(`${path}/`)))
        await work.commit(Object.fromEntries(usable))
        const command = PACKINGS[packing] ?? []
        if (command.length > 0) await work.git(...command)
      }
      await assertSameAsGit(work)
    }),
    { numRuns: 6 },
  )
})

test('a tree lists its entries in the order of Git, and reads what lies at a path', async () => {
  await using folder = await temporaryFolder('git')
  const work = await createWorkingRepository(folder.path)
  await work.commit({ 'a/b/c.yaml': 'c', 'a/b.yaml': 'b', 'ünïcode/ß': 'x', 'run.sh': '#!/bin/sh' })
  await work.git('update-index', '--chmod=+x', 'run.sh')
  await work.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},modules/sub`)
  const link = (
    await run('git', ['-C', work.path, 'hash-object', '-w', '--stdin'], { input: '../a/b.yaml' })
  ).stdout.trim()
  await work.git('update-index', '--add', '--cacheinfo', `120000,${link},links/b`)
  await work.git('commit', '--quiet', '--message', 'more')
  const tree = await work.git('rev-parse', 'HEAD^{tree}')
  const reader = createTreeOpener()({ gitDirectory: join(work.path, '.git'), commit: '', tree })
  const list = (path: string) => reader.list(path)?.map(({ name, type }) => `${name} ${type}`)
  assert.deepEqual(list(''), [
    'a directory',
    'links directory',
    'modules directory',
    'run.sh executable',
    'ünïcode directory',
  ])
  assert.deepEqual(list('a'), ['b.yaml file', 'b directory'])
  assert.deepEqual(list('modules'), ['sub submodule'])
  assert.deepEqual(list('links'), ['b symlink'])
  assert.equal(list('a/b.yaml'), undefined)
  assert.equal(list('a/gone'), undefined)
  assert.deepEqual(reader.entry(''), { name: '', type: 'directory', oid: tree })
  const text = (path: string) => Buffer.from(reader.read(reader.entry(path)?.oid ?? '', 100)).toString()
  assert.equal(text('a/b/c.yaml'), 'c')
  assert.equal(text('links/b'), '../a/b.yaml')
  for (const path of ['gone', 'a/b.yaml/c', '/a', 'a/', 'a//b', '.', '..', 'a/../a', 'modules/sub/x', '__proto__'])
    assert.equal(reader.entry(path), undefined, path)
  assert.throws(() => reader.read(reader.entry('a/b/c.yaml')?.oid ?? '', 0), { name: 'GDE_TOO_LARGE' })
  assert.throws(() => reader.read(tree, 1000), { name: 'GDE_GIT_DAMAGED', message: /is a tree/ })
  assert.throws(() => reader.read('1'.repeat(40), 1000), { name: 'GDE_GIT_DAMAGED', message: /missing/ })
})

test('objects of alternates are found, and alternates of alternates', async () => {
  await using folder = await temporaryFolder('git')
  const work = await createWorkingRepository(join(folder.path, 'first'))
  const commit = await work.commit({ a: '1' })
  await run('git', ['clone', '--quiet', '--bare', '--shared', work.path, join(folder.path, 'second')])
  await run('git', ['clone', '--quiet', '--bare', '--shared', join(folder.path, 'second'), join(folder.path, 'third')])
  const store = new ObjectStore(join(folder.path, 'third'), OPTIONS)
  assert.equal(store.read(commit, 1000)?.type, 'commit')
  // A circle ends.
  await mkdir(join(folder.path, 'first/.git/objects/info'), { recursive: true })
  await writeFile(join(folder.path, 'first/.git/objects/info/alternates'), `${join(folder.path, 'third/objects')}\n`)
  assert.equal(new ObjectStore(join(folder.path, 'third'), OPTIONS).has(commit), true)
  store.close()
})

test('a reader goes on while the repository is packed anew under it', async () => {
  await using folder = await temporaryFolder('git')
  const work = await createWorkingRepository(folder.path)
  const ids: string[] = []
  // One file open at most, so that packs are opened again and again.
  const store = new ObjectStore(join(work.path, '.git'), { ...OPTIONS, openFiles: 1, cacheBytes: 0 })
  for (let round = 0; round < 6; round++) {
    ids.push(await work.commit({ [`f${round}`]: `${round}` }))
    await work.git(...(round % 2 === 0 ? ['repack', '--quiet', '-d'] : ['repack', '--quiet', '-adf']), '--write-midx')
    for (const id of ids) assert.equal(store.read(id, 1000)?.type, 'commit')
  }
  store.close()
})

/** A repository whose only pack is this one, with an index that says so. */
async function craftRepository(
  folder: string,
  entries: readonly (CraftedEntry & { readonly id: Buffer; readonly at?: number })[],
) {
  const pack = craftPack(entries)
  let offset = 12
  const objects = entries.map((entry) => {
    const object = { id: entry.id, crc: 0, offset: entry.at ?? offset }
    offset += craftEntry(entry).length
    return object
  })
  const name = join(folder, 'objects/pack', `pack-${'0'.repeat(40)}`)
  await mkdir(join(folder, 'objects/pack'), { recursive: true })
  await writeFile(`${name}.pack`, pack)
  await writeFile(`${name}.idx`, packIndexBytes(objects, pack.subarray(-20)))
  return { store: new ObjectStore(folder, { ...OPTIONS, objectBytes: 1000 }), index: `${name}.idx` }
}

test('an index that lies is damage and nothing worse', async () => {
  await using folder = await temporaryFolder('git')
  const [one, two, three, four, five] = [1, 2, 3, 4, 5].map((byte) => Buffer.alloc(20, byte))
  assert.ok(one && two && three && four && five)
  const identity = delta(10, 10, [0x90, 10])
  const { store, index } = await craftRepository(folder.path, [
    { id: one, type: TYPE.referenceDelta, base: two, content: identity },
    { id: two, type: TYPE.referenceDelta, base: one, content: identity },
    { id: three, type: TYPE.blob, content: Buffer.from('0123456789'), at: 1 << 30 },
    { id: four, type: TYPE.blob, content: Buffer.from('0123456789'), size: 900 },
    { id: five, type: TYPE.offsetDelta, base: distance(100_000), content: identity },
  ])
  for (const id of [one, two, three, four, five])
    assert.throws(() => store.read(id.toString('hex'), 1000), {
      name: 'GDE_GIT_DAMAGED',
      message: new RegExp(id.toString('hex')),
    })
  await writeFile(index, Buffer.alloc(500, 0xff))
  assert.throws(() => new ObjectStore(folder.path, OPTIONS), { name: 'GDE_GIT_DAMAGED' })
  await writeFile(index, Buffer.alloc(5000, 0))
  assert.throws(() => new ObjectStore(folder.path, OPTIONS), { name: 'GDE_GIT_UNSUPPORTED' })
  store.close()
})

test('what is larger than the caller allows is refused by its header, before it is inflated', async () => {
  await using folder = await temporaryFolder('git')
  const base: CraftedEntry = { type: TYPE.blob, content: Buffer.from('0123456789') }
  const large = Buffer.alloc(20, 1)
  const made = Buffer.alloc(20, 2)
  const { store } = await craftRepository(folder.path, [
    { ...base, id: blobId(base.content) },
    // Bytes that are no zlib stream: they are never looked at.
    { id: large, type: TYPE.blob, content: base.content, size: 2 ** 45, raw: Buffer.from('not compressed') },
    { id: made, type: TYPE.referenceDelta, base: blobId(base.content), content: delta(10, 2 ** 30, [0x90, 10]) },
  ])
  assert.throws(() => store.read(large.toString('hex'), 1000), { name: 'GDE_TOO_LARGE' })
  assert.throws(() => store.read(made.toString('hex'), 1000), { name: 'GDE_TOO_LARGE' })
  store.close()
})

test('loose objects that are no objects are damage', async () => {
  await using folder = await temporaryFolder('git')
  const work = await createWorkingRepository(folder.path)
  await work.commit({ a: 'x'.repeat(5000) })
  const id = await work.git('rev-parse', 'HEAD:a')
  const path = join(work.path, '.git/objects', id.slice(0, 2), id.slice(2))
  const store = new ObjectStore(join(work.path, '.git'), OPTIONS)
  assert.throws(() => store.read(id, 4999), { name: 'GDE_TOO_LARGE' })
  assert.equal(store.read(id, 5000)?.data.length, 5000)
  await rm(path)
  for (const bytes of [
    '',
    'nothing',
    deflateSync('blob'),
    deflateSync('blob 7\0x'),
    deflateSync('boat 1\0x'),
    deflateSync('blob -1\0x'),
  ]) {
    await writeFile(path, bytes)
    assert.throws(() => store.read(id, 5000), { name: 'GDE_GIT_DAMAGED' }, JSON.stringify(bytes.toString('latin1')))
  }
})

test('trees with names that lead elsewhere are damage', async () => {
  await using folder = await temporaryFolder('git')
  const work = await createWorkingRepository(folder.path)
  await work.commit({ a: '1' })
  const blob = Buffer.from(await work.git('rev-parse', 'HEAD:a'), 'hex')
  for (const [index, name] of ['..', '.', '', 'a/b'].entries()) {
    const file = join(folder.path, `tree${index}`)
    await writeFile(file, Buffer.concat([Buffer.from(`100644 ${name}\0`), blob]))
    const tree = await work.git('hash-object', '-w', '-t', 'tree', '--literally', file)
    const reader = createTreeOpener()({ gitDirectory: join(work.path, '.git'), commit: '', tree })
    assert.throws(() => reader.list(''), { name: 'GDE_GIT_DAMAGED' })
  }
})

test('in a folder of many entries each is found by its name, and the first where a name is there twice', async () => {
  await using folder = await temporaryFolder('git')
  const work = await createWorkingRepository(folder.path)
  await work.commit({ a: '1', b: '2' })
  const [one, other] = await Promise.all(['a', 'b'].map((name) => work.git('rev-parse', `HEAD:${name}`)))
  const entry = (name: string, id = '') => Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(id, 'hex')])
  const names = Array.from({ length: 100 }, (_, index) => `file-${String(index).padStart(3, '0')}`)
  const file = join(folder.path, 'tree')
  await writeFile(file, Buffer.concat([...names.map((name) => entry(name, one)), entry('file-050', other)]))
  const tree = await work.git('hash-object', '-w', '-t', 'tree', '--literally', file)
  const reader = createTreeOpener()({ gitDirectory: join(work.path, '.git'), commit: '', tree })
  for (const name of names) assert.deepEqual(reader.entry(name), { name, type: 'file', oid: one })
  for (const name of ['file-100', 'file', '__proto__', 'file-050/a']) assert.equal(reader.entry(name), undefined)
})
