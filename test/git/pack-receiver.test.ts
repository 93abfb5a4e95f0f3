import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { DEFAULT_GIT_LIMITS, type GitLimits } from '../../src/git/limits.ts'
import { ObjectStore } from '../../src/git/objects/object-store.ts'
import { receivePack } from '../../src/git/packs/pack-receiver.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { run } from '../servers/run.ts'
import { blobId, type CraftedEntry, craftEntry, craftPack, delta, distance, TYPE } from './hostile-pack.ts'
import { createWorkingRepository, type WorkingRepository } from './working-repository.ts'

const signal = new AbortController().signal

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** Takes the pack into an empty repository. @returns its objects' folder */
async function receive(
  bytes: Uint8Array,
  body: (path: string, gitDirectory: string) => Promise<void>,
  limits: Partial<GitLimits> = {},
) {
  await using folder = await temporaryFolder('git')
  const packs = join(folder.path, 'objects/pack')
  try {
    const path = await receivePack(inPieces(bytes, 1000), packs, { ...DEFAULT_GIT_LIMITS, ...limits }, signal)
    await body(path ?? '', folder.path)
  } catch (error) {
    assert.deepEqual(await readdir(packs), [])
    throw error
  }
}

/** A history with everything that packs are made of: many versions of a file, binary data, tags, an empty file. */
async function history(folder: string): Promise<WorkingRepository> {
  const work = await createWorkingRepository(folder)
  const lines = Array.from({ length: 300 }, (_, index) => `key${index}: ${index * 7}`)
  for (let version = 0; version < 30; version++) {
    lines[version * 3] = `changed: ${version}`
    await work.commit({ 'a/b/values.yaml': lines.join('\n'), [`file${version}`]: `${version}`, empty: '' })
  }
  await work.commit({ binary: randomBytes(70_000), large: Buffer.alloc(300_000, 'abc') })
  await work.git('tag', '--annotate', 'v1', '--message', 'one')
  return work
}

async function packOf(work: WorkingRepository, folder: string, ...args: readonly string[]): Promise<Buffer> {
  const name = await work.git('pack-objects', '--quiet', '--all', '--no-reuse-delta', ...args, join(folder, 'made'))
  return readFile(join(folder, `made-${name}.pack`))
}

for (const [name, args] of Object.entries({
  'deltas that name their base by distance': ['--delta-base-offset', '--depth=200', '--window=200'],
  'deltas that name their base by ID': ['--depth=50'],
  'no deltas': ['--window=0'],
})) {
  test(`the index of a pack with ${name} is byte for byte that of Git`, async () => {
    await using folder = await temporaryFolder('git')
    const work = await history(join(folder.path, 'work'))
    const bytes = await packOf(work, folder.path, ...args)
    await receive(bytes, async (path) => {
      assert.deepEqual(await readFile(path), bytes)
      const index = join(folder.path, 'git.idx')
      await run('git', ['index-pack', '-o', index, path])
      assert.deepEqual(await readFile(path.replace(/pack$/, 'idx')), await readFile(index))
    })
  })
}

test('objects above the limit are listed, and skipped as bases', async () => {
  await using folder = await temporaryFolder('git')
  const work = await createWorkingRepository(join(folder.path, 'work'))
  const large = Array.from({ length: 20_000 }, (_, index) => `line ${index}`).join('\n')
  const commit = await work.commit({ large, small: 'small' })
  await work.commit({ large: `${large}\nmore` })
  const bytes = await packOf(work, folder.path, '--delta-base-offset')
  await receive(
    bytes,
    async (_path, gitDirectory) => {
      const store = new ObjectStore(gitDirectory, { objectBytes: 50_000, cacheBytes: 1 << 20, openFiles: 4 })
      assert.equal(store.read(commit, 1000)?.type, 'commit')
      const newest = await work.git('rev-parse', 'HEAD:large')
      assert.throws(() => store.read(newest, 1 << 30), { name: 'GDE_TOO_LARGE' })
      store.close()
    },
    { objectBytes: 50_000 },
  )
})

test('a pack without objects is nothing', () => receive(craftPack([]), async (path) => assert.equal(path, '')))

test('an object that is in the pack twice is readable', async () => {
  const twice = { type: TYPE.blob, content: Buffer.from('twice') }
  await receive(craftPack([twice, twice]), async (_path, gitDirectory) => {
    const store = new ObjectStore(gitDirectory, { objectBytes: 1000, cacheBytes: 1000, openFiles: 4 })
    assert.equal(Buffer.from(store.read(blobId(twice.content).toString('hex'), 100)?.data ?? '').toString(), 'twice')
    store.close()
  })
})

const base: CraftedEntry = { type: TYPE.blob, content: Buffer.from('0123456789') }
const baseLength = craftEntry(base).length
const onBase = (commands: Buffer): CraftedEntry => ({
  type: TYPE.offsetDelta,
  content: commands,
  base: distance(baseLength),
})
const reference = (id: Buffer, content: Buffer): CraftedEntry => ({ type: TYPE.referenceDelta, content, base: id })
const identity = delta(10, 10, [0x90, 10])
/** The base so many times over: 100,000 bytes out of 20,000 that compress to nothing. */
const COPIES = 10_000
const copies = Array.from({ length: COPIES }, () => [0x90, 10]).flat()
const bomb = Buffer.alloc(5_000_000)

const HOSTILE: Readonly<Record<string, readonly [bytes: Uint8Array, code: string]>> = {
  'something else': [Buffer.from('<html>'.repeat(20)), 'GDE_GIT_PROTOCOL'],
  'nothing at all': [Buffer.alloc(0), 'GDE_GIT_PROTOCOL'],
  'a version that is not known': [craftPack([base], { version: 4 }), 'GDE_GIT_UNSUPPORTED'],
  'a checksum that does not fit': [
    Buffer.concat([craftPack([base]).subarray(0, -1), Buffer.from([0])]),
    'GDE_GIT_PROTOCOL',
  ],
  'fewer objects than it says': [craftPack([base], { count: 2 }), 'GDE_GIT_PROTOCOL'],
  'four thousand million objects, it says': [craftPack([base], { count: 0xffff_ffff }), 'GDE_GIT_PROTOCOL'],
  'more objects than it says': [craftPack([base, base], { count: 1 }), 'GDE_GIT_PROTOCOL'],
  'an object larger than it says': [craftPack([{ ...base, size: 5 }]), 'GDE_GIT_PROTOCOL'],
  'an object smaller than it says': [craftPack([{ ...base, size: 50 }]), 'GDE_GIT_PROTOCOL'],
  'an object of a terabyte, it says': [craftPack([{ ...base, size: 2 ** 40 }]), 'GDE_TOO_LARGE'],
  'a size that no number holds': [craftPack([{ ...base, raw: Buffer.alloc(40, 0xff) }]), 'GDE_GIT_PROTOCOL'],
  'bytes that are not compressed': [craftPack([{ ...base, raw: Buffer.from('0123456789') }]), 'GDE_GIT_PROTOCOL'],
  'an unknown type of object': [craftPack([{ ...base, type: 5 }]), 'GDE_GIT_PROTOCOL'],
  'a delta of which the base lies before the pack': [
    craftPack([{ ...onBase(identity), base: distance(500) }]),
    'GDE_GIT_PROTOCOL',
  ],
  'a delta of which the base is itself': [
    craftPack([{ ...onBase(identity), base: Buffer.from([0]) }]),
    'GDE_GIT_PROTOCOL',
  ],
  'a delta of which the base is in the middle of an object': [
    craftPack([base, { ...onBase(identity), base: distance(3) }]),
    'GDE_GIT_PROTOCOL',
  ],
  'a delta of which the base is not there': [
    craftPack([base, reference(Buffer.alloc(20, 7), identity)]),
    'GDE_GIT_PROTOCOL',
  ],
  'deltas that are each other’s base': [
    craftPack([reference(Buffer.alloc(20, 1), identity), reference(Buffer.alloc(20, 2), identity)]),
    'GDE_GIT_PROTOCOL',
  ],
  'a delta for another base': [craftPack([base, onBase(delta(11, 10, [0x90, 10]))]), 'GDE_GIT_PROTOCOL'],
  'a delta that copies from beyond its base': [
    craftPack([base, onBase(delta(10, 10, [0x91, 5, 10]))]),
    'GDE_GIT_PROTOCOL',
  ],
  'a delta that gives more than it says': [craftPack([base, onBase(delta(10, 5, [0x90, 10]))]), 'GDE_GIT_PROTOCOL'],
  'a delta that gives less than it says': [craftPack([base, onBase(delta(10, 50, [0x90, 10]))]), 'GDE_GIT_PROTOCOL'],
  'a delta with a command that is not defined': [craftPack([base, onBase(delta(10, 10, [0]))]), 'GDE_GIT_PROTOCOL'],
  'a delta that ends in the middle of a command': [
    craftPack([base, onBase(delta(10, 10, [0x91]))]),
    'GDE_GIT_PROTOCOL',
  ],
  'a delta without anything': [craftPack([base, onBase(Buffer.alloc(0))]), 'GDE_GIT_PROTOCOL'],
  'objects that inflate to more than the limit': [craftPack([{ type: TYPE.blob, content: bomb }]), 'GDE_TOO_LARGE'],
  'deltas that make more than the limit': [
    craftPack([base, ...Array(50).fill(reference(blobId(base.content), delta(10, 10 * COPIES, copies)))]),
    'GDE_TOO_LARGE',
  ],
}

for (const [name, [bytes, code]] of Object.entries(HOSTILE)) {
  test(`a pack with ${name} is ${code}, and leaves nothing behind`, async () => {
    const limits = { inflatedBytes: 1_000_000, objectBytes: 500_000 }
    await assert.rejects(
      receive(bytes, async () => undefined, limits),
      { name: code },
    )
  })
}

test('a pack that breaks off leaves nothing behind', async () => {
  await using folder = await temporaryFolder('git')
  await writeFile(join(folder.path, 'x'), '')
  async function* broken() {
    yield craftPack([base]).subarray(0, 20)
    throw new Error('connection lost')
  }
  const packs = join(folder.path, 'objects/pack')
  await assert.rejects(receivePack(broken(), packs, DEFAULT_GIT_LIMITS, signal), { message: 'connection lost' })
  assert.deepEqual(await readdir(packs), [])
})

test('the work on a pack ends when it is not wanted any more', async () => {
  const many = Array.from({ length: 5000 }, (_, index) => ({
    type: TYPE.blob,
    content: Buffer.alloc(5000, `${index}`),
  }))
  await using folder = await temporaryFolder('git')
  const controller = new AbortController()
  const received = receivePack(
    inPieces(craftPack(many), 1 << 20),
    join(folder.path, 'pack'),
    DEFAULT_GIT_LIMITS,
    controller.signal,
  )
  controller.abort()
  await assert.rejects(received, { name: 'AbortError' })
})
