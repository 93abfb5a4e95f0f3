import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openGit } from '../../src/git/git-service.ts'
import type { GitLimits } from '../../src/git/limits.ts'
import { createTreeOpener } from '../../src/git/objects/tree-reader.ts'
import type { RepositorySpec } from '../../src/model/apps/inventory.ts'
import type { RepositoryId } from '../../src/model/sources/source.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { type GitServer, startGitServer } from '../servers/git-http-backend.ts'
import { run } from '../servers/run.ts'
import { type GitUnderTest, openGitUnderTest } from './git-under-test.ts'
import { createWorkingRepository, REPOSITORY, repositorySpec, type WorkingRepository } from './working-repository.ts'

interface Scene {
  readonly work: WorkingRepository
  readonly server: GitServer
  readonly spec: RepositorySpec
  readonly state: string
  open(limits?: Partial<GitLimits>, now?: () => number): GitUnderTest
}

async function withServer(body: (scene: Scene) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder('git')
  const work = await createWorkingRepository(join(folder.path, 'repositories/platform'))
  await using server = await startGitServer({ root: join(folder.path, 'repositories') })
  const spec = repositorySpec(`${server.url}/platform/.git`)
  const state = join(folder.path, 'state')
  await body({ work, server, spec, state, open: (limits, now) => openGitUnderTest(state, spec, limits, now) })
}

async function mirrorOf(state: string): Promise<string> {
  const [name = ''] = await readdir(join(state, 'git'))
  return join(state, 'git', name)
}

async function packsOf(state: string): Promise<readonly string[]> {
  const folder = join(await mirrorOf(state), 'objects/pack')
  return (await readdir(folder)).filter((name) => name.endsWith('.pack')).map((name) => join(folder, name))
}

const posts = (server: GitServer) => server.requests.filter(({ method }) => method === 'POST').length

async function pollUntilMoved(git: GitUnderTest): Promise<void> {
  const before = git.statuses.at(-1)?.refsVersion ?? 0
  const moved = git.statusWhere((status) => status.refsVersion > before)
  git.git.poll(REPOSITORY)
  await moved
}

async function pollOnce(git: GitUnderTest): Promise<void> {
  const polled = git.statusWhere(() => true)
  git.git.poll(REPOSITORY)
  await polled
}

test('a poll is one request, and nothing is fetched that nobody asks for', () =>
  withServer(async ({ work, server, open }) => {
    await work.commit({ a: '1' })
    await work.git('branch', 'quiet')
    await using git = open()
    await git.resolve('quiet')
    await pollOnce(git)
    const before = server.requests.length
    await work.commit({ a: '2' })
    await pollUntilMoved(git)
    await pollOnce(git)
    await git.resolve('quiet')
    assert.deepEqual(
      server.requests.slice(before).map(({ method, url }) => `${method} ${url}`),
      Array(2).fill('POST /platform/.git/git-upload-pack'),
    )
  }))

test('many that ask for the same commit share one fetch', () =>
  withServer(async ({ work, server, open }) => {
    await work.commit({ a: '1' })
    await using git = open()
    const revisions = await Promise.all(Array.from({ length: 20 }, () => git.resolve('main')))
    assert.equal(new Set(revisions.map(({ commit }) => commit)).size, 1)
    // One for the list of refs, one for the pack.
    assert.equal(posts(server), 2)
  }))

test('the first clone takes one commit, later fetches only what is new', () =>
  withServer(async ({ work, open, state }) => {
    const noise = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`f${index}`, `${index} ${Math.sin(index)}`]),
    )
    await work.commit(noise)
    for (let index = 0; index < 5; index++) await work.commit({ f0: String(index) })
    await using git = open()
    const cloned = await git.resolve('main')
    assert.equal(
      await run('git', ['-C', await mirrorOf(state), 'rev-list', '--count', cloned.commit]).then(({ stdout }) =>
        stdout.trim(),
      ),
      '1',
    )
    await work.commit({ f1: 'new' })
    await work.commit({ f1: 'newer' })
    await pollUntilMoved(git)
    const { commit } = await git.resolve('main')
    const mirror = await mirrorOf(state)
    const small = await Promise.all((await packsOf(state)).map(async (path) => (await readFile(path)).readUInt32BE(8)))
    // Two commits, two trees, two blobs.
    assert.equal(Math.min(...small), 6)
    // Git itself finds everything that the commit needs, and the border of the history.
    await run('git', ['-C', mirror, 'rev-list', '--objects', commit])
    assert.equal((await run('git', ['-C', mirror, 'rev-list', '--count', commit])).stdout.trim(), '3')
  }))

test('a mirror survives a restart: nothing is fetched again, and it serves while the server is away', () =>
  withServer(async ({ work, server, open }) => {
    const commit = await work.commit({ a: '1' })
    {
      await using git = open()
      await git.resolve('main')
    }
    const before = posts(server)
    {
      await using git = open()
      assert.equal((await git.resolve('main')).commit, commit)
      assert.equal(posts(server), before + 1)
    }
    server.behave({ type: 'status', status: 503 })
    await using git = open()
    assert.equal((await git.resolve('main')).commit, commit)
    assert.equal(await git.read('main', 'a'), '1')
    const status = git.statuses.at(-1)
    assert.equal(status?.up, false)
    assert.equal(status?.failure?.code, 'GDE_GIT_UNREACHABLE')
    assert.ok(status?.lastContact !== undefined)
  }))

test('a failed poll changes nothing for those who ask, and is reported', () =>
  withServer(async ({ work, server, open }) => {
    const commit = await work.commit({ a: '1' })
    await using git = open()
    await git.resolve('main')
    server.behave({ type: 'status', status: 500 })
    const down = git.statusWhere((status) => !status.up)
    git.git.poll(REPOSITORY)
    assert.equal((await down).failure?.code, 'GDE_GIT_UNREACHABLE')
    assert.equal((await git.resolve('main')).commit, commit)
    server.behave({ type: 'serve' })
    const up = git.statusWhere((status) => status.up)
    git.git.poll(REPOSITORY)
    await up
  }))

test('a fetch that failed is tried again after the next poll', () =>
  withServer(async ({ work, server, open }) => {
    await work.commit({ a: '1' })
    await using git = open()
    await git.resolve('main')
    const second = await work.commit({ a: '2' })
    await pollUntilMoved(git)
    server.behave({ type: 'cut', bytes: 40, only: 'POST' })
    await assert.rejects(git.resolve('main'), { name: 'GDE_GIT_UNREACHABLE' })
    assert.equal(git.statuses.at(-1)?.up, false)
    server.behave({ type: 'serve' })
    await pollUntilMoved(git)
    assert.equal((await git.resolve('main')).commit, second)
  }))

test('what cannot be fetched is not downloaded again with every poll', () =>
  withServer(async ({ work, server, open }) => {
    await work.commit({ a: 'x'.repeat(1000) })
    // The clock stands still: no pause between two tries ever ends.
    const started = Date.now()
    await using git = open({ inflatedBytes: 500 }, () => started)
    const attempts: number[] = []
    for (let poll = 0; poll < 4; poll++) {
      const before = posts(server)
      await assert.rejects(git.resolve('main'), { name: 'GDE_TOO_LARGE' })
      attempts.push(posts(server) - before)
      await pollOnce(git)
    }
    // The first has the list of refs beside the pack; the second failure begins a pause.
    assert.deepEqual(attempts, [2, 1, 0, 0])
  }))

test('a folder that cannot hold a mirror is GDE_GIT_STORAGE', () =>
  withServer(async ({ work, state, open }) => {
    await work.commit({ a: '1' })
    await writeFile(state, 'a file where the folder should be')
    await using git = open()
    await assert.rejects(git.resolve('main'), { name: 'GDE_GIT_STORAGE', message: /ENOTDIR/ })
  }))

test('the history is fetched once to count commits, not each time', () =>
  withServer(async ({ work, server, open }) => {
    const first = await work.commit({ a: '0' })
    for (let number = 1; number < 8; number++) await work.commit({ a: String(number) })
    await using git = open()
    const { commit } = await git.resolve('main')
    const between = async (from: string) =>
      (await git.git.commitsBetween(REPOSITORY, { from, to: commit }, AbortSignal.timeout(30_000)))?.count
    assert.equal(await between(first), 7)
    const before = posts(server)
    assert.equal(await between(first), 7)
    assert.equal(await between('e'.repeat(40)), undefined)
    assert.equal(posts(server), before)
  }))

const DAMAGES: Readonly<Record<string, (mirror: string, pack: string) => Promise<void>>> = {
  'a pack that was cut off': (_, pack) => truncate(pack, 100),
  'a pack that was removed': (_, pack) => rm(pack),
  'an index that was removed': (_, pack) => rm(pack.replace(/pack$/, 'idx')),
  'a pack with a byte that is wrong': async (_, pack) => {
    const bytes = await readFile(pack)
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
    await writeFile(pack, bytes)
  },
  'an index with bytes that are wrong': async (_, pack) => {
    const path = pack.replace(/pack$/, 'idx')
    await writeFile(path, (await readFile(path)).fill(0xff, 1032, 1052))
  },
  'an index that is something else': (_, pack) => writeFile(pack.replace(/pack$/, 'idx'), 'something else'),
  'a description that is no JSON': (mirror) => writeFile(join(mirror, 'mirror.json'), '{"format":1,'),
  'a description of something else': (mirror) =>
    writeFile(join(mirror, 'mirror.json'), '{"format":1,"refs":[["a","b"]]}'),
  'a folder of objects that was removed': (mirror) => rm(join(mirror, 'objects'), { recursive: true }),
}

for (const [name, damage] of Object.entries(DAMAGES)) {
  test(`${name} is found at the next start and mended from the server`, () =>
    withServer(async ({ work, state, open }) => {
      const commit = await work.commit({ a: '1' })
      {
        await using git = open()
        await git.resolve('main')
      }
      const [pack = ''] = await packsOf(state)
      await damage(await mirrorOf(state), pack)
      await using git = open()
      assert.equal((await git.resolve('main')).commit, commit)
      assert.equal(await git.read('main', 'a'), '1')
      assert.deepEqual(
        git.events.map(({ type }) => type),
        ['repaired'],
      )
    }))
}

for (const name of ['a pack that was cut off', 'a pack that was removed', 'a pack with a byte that is wrong']) {
  test(`${name} while the mirror is in use is found by the next poll and mended`, () =>
    withServer(async ({ work, state, open }) => {
      await work.commit({ a: '1' })
      await using git = open()
      await git.resolve('main')
      const [pack = ''] = await packsOf(state)
      await DAMAGES[name]?.(await mirrorOf(state), pack)
      await pollUntilMoved(git)
      assert.equal(await git.read('main', 'a'), '1')
      assert.equal(git.events.length, 1)
    }))
}

test('damage that no poll sees is found and mended when somebody could not read an object', () =>
  withServer(async ({ work, server, state, open }) => {
    await work.commit({ a: '1' })
    await using git = open()
    const { tree } = await git.resolve('main')
    const [pack = ''] = await packsOf(state)
    await run('cp', ['--preserve=timestamps', pack, join(state, 'before')])
    await DAMAGES['a pack with a byte that is wrong']?.(await mirrorOf(state), pack)
    await run('touch', ['--reference', join(state, 'before'), pack])
    await pollOnce(git)
    assert.deepEqual(git.events, [])
    const { refsVersion = 0 } = git.statuses.at(-1) ?? {}
    const moved = git.statusWhere((status) => status.refsVersion > refsVersion)
    const fetches = posts(server)
    for (let asked = 0; asked < 20; asked++) git.git.verify(REPOSITORY)
    await moved
    assert.equal(git.events.length, 1)
    assert.deepEqual((await git.resolve('main')).tree, tree)
    assert.equal(await git.read('main', 'a'), '1')
    // The list of refs, and the pack.
    assert.equal(posts(server), fetches + 2)
  }))

test('a mirror that is as it should be is left alone when somebody could not read an object', () =>
  withServer(async ({ work, server, open }) => {
    await work.commit({ a: '1' })
    await using git = open()
    const { commit } = await git.resolve('main')
    const [fetches, { refsVersion = 0 } = {}] = [posts(server), git.statuses.at(-1)]
    const polled = git.statusWhere(() => true)
    git.git.verify(REPOSITORY)
    assert.equal((await polled).refsVersion, refsVersion)
    assert.equal((await git.resolve('main')).commit, commit)
    assert.deepEqual(git.events, [])
    assert.equal(posts(server), fetches + 1)
  }))

test('what a process left behind that ended in the middle of a fetch is removed', () =>
  withServer(async ({ work, state, open }) => {
    await work.commit({ a: '1' })
    {
      await using git = open()
      await git.resolve('main')
    }
    const folder = join(await mirrorOf(state), 'objects/pack')
    const before = await readdir(folder)
    await writeFile(join(folder, 'tmp_0123'), 'half a pack')
    await writeFile(join(folder, `pack-${'a'.repeat(40)}.pack`), 'a pack without an index')
    await using git = open()
    await git.resolve('main')
    assert.deepEqual(await readdir(folder), before)
    assert.deepEqual(git.events, [])
  }))

test('packs are put together before they pile up, and readers find everything', () =>
  withServer(async ({ work, state, open }) => {
    await work.commit({ 'folder/a': 'first', b: 'x'.repeat(5000) })
    await using git = open({ packs: 3 })
    const first = await git.resolve('main')
    const reader = createTreeOpener()(first.tree)
    const entry = reader.entry('folder/a')
    for (let number = 1; number <= 7; number++) {
      await work.commit({ 'folder/a': String(number), b: `${'x'.repeat(5000)}${number}` })
      await pollUntilMoved(git)
      assert.equal(await git.read('main', 'folder/a'), String(number))
    }
    assert.ok((await packsOf(state)).length <= 3)
    // Opened before the packs were put together.
    assert.equal(Buffer.from(reader.read(entry?.oid ?? '', 100)).toString(), 'first')
    const { commit } = await git.resolve('main')
    await run('git', ['-C', await mirrorOf(state), 'rev-list', '--objects', commit])
    for (const pack of await packsOf(state)) await run('git', ['verify-pack', pack])
  }))

test('a mirror that grew far beyond its first size is made anew', () =>
  withServer(async ({ work, state, open }) => {
    await work.commit({ a: 'small' })
    await using git = open({ growthBytes: 1 << 20 })
    await git.resolve('main')
    for (let number = 0; number < 4; number++) {
      await work.commit({ large: randomBytes(400_000) })
      await pollUntilMoved(git)
      await git.resolve('main')
    }
    const sizes = await Promise.all((await packsOf(state)).map(async (path) => (await readFile(path)).length))
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 1_000_000)
    assert.equal(await git.read('main', 'a'), 'small')
  }))

test('what two repositories of an inventory fetch with different credentials is kept apart', () =>
  withServer(async ({ work, spec, state }) => {
    await work.commit({ a: '1' })
    const git = openGit({ stateDirectory: state, now: Date.now, random: () => 0 })
    const other = 'other' as RepositoryId
    git.configure([spec, { ...spec, id: other }])
    const signal = AbortSignal.timeout(30_000)
    const [a, b] = await Promise.all([git.resolve(REPOSITORY, 'main', signal), git.resolve(other, 'main', signal)])
    assert.notEqual(a.tree.gitDirectory, b.tree.gitDirectory)
    await git.close()
  }))

test('what does not change in an inventory goes on, what is gone is not known any more', () =>
  withServer(async ({ work, spec, server, open }) => {
    await work.commit({ a: '1' })
    await using git = open()
    await git.resolve('main')
    const before = server.requests.length
    git.git.configure([{ ...spec }])
    await git.resolve('main')
    assert.equal(server.requests.length, before)
    git.git.configure([{ ...spec, pollIntervalSeconds: 60 }])
    await git.resolve('main')
    assert.equal(server.requests.length, before + 2)
    git.git.configure([])
    await assert.rejects(git.resolve('main'), { name: 'GDE_NOT_EVALUATED' })
  }))

test('mirrors that nothing used for a week are removed at the start', () =>
  withServer(async ({ work, state, open }) => {
    await work.commit({ a: '1' })
    const old = join(state, 'git', 'a'.repeat(40))
    const young = join(state, 'git', 'b'.repeat(40))
    for (const folder of [old, young]) {
      await mkdir(folder, { recursive: true })
      await copyFile('/dev/null', join(folder, 'mirror.json'))
    }
    const eightDaysAgo = Date.now() / 1000 - 8 * 24 * 3600
    await utimes(join(old, 'mirror.json'), eightDaysAgo, eightDaysAgo)
    {
      await using git = open()
      await git.resolve('main')
    }
    const names = await readdir(join(state, 'git'))
    assert.ok(!names.includes('a'.repeat(40)))
    assert.ok(names.includes('b'.repeat(40)))
  }))
