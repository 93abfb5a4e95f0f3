import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { temporaryFolder } from '../servers/folder.ts'
import { run } from '../servers/run.ts'
import { openGitUnderTest } from './git-under-test.ts'
import { createWorkingRepository, repositorySpec, type WorkingRepository } from './working-repository.ts'

async function withWork(body: (work: WorkingRepository, folder: string) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder('git')
  await body(await createWorkingRepository(join(folder.path, 'work')), folder.path)
}

/** Names, contents and times of everything in a folder. */
async function fingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries.toSorted((a, b) => (join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1))) {
    const path = join(entry.parentPath, entry.name)
    hash.update(`${path}\0${(await stat(path, { bigint: true })).mtimeNs}\0`)
    if (entry.isFile()) hash.update(await readFile(path))
  }
  return hash.digest('hex')
}

test('a commit is noticed by polling alone', () =>
  withWork(async (work, folder) => {
    await work.commit({ a: '1' })
    await using git = openGitUnderTest(folder, repositorySpec(work.url))
    await git.resolve('main')
    const version = git.statuses.at(-1)?.refsVersion ?? 0
    const moved = git.statusWhere((status) => status.refsVersion > version)
    const second = await work.commit({ a: '2' })
    await moved
    assert.equal((await git.resolve('main')).commit, second)
  }))

test('nothing is ever written to it', () =>
  withWork(async (work, folder) => {
    await work.commit({ a: '1' })
    await work.git('gc', '--quiet')
    const first = await work.commit({ a: '2' })
    const before = await fingerprint(work.path)
    {
      await using git = openGitUnderTest(join(folder, 'state'), repositorySpec(work.url))
      await git.read('main', 'a')
      await git.git.commitsBetween(
        repositorySpec('').id,
        { from: first, to: await work.git('rev-parse', 'main~1') },
        AbortSignal.timeout(10_000),
      )
      await assert.rejects(git.resolve('gone'))
    }
    assert.equal(await fingerprint(work.path), before)
  }))

test('a bare one, a linked worktree and a submodule are read where they are', () =>
  withWork(async (work, folder) => {
    const commit = await work.commit({ a: '1' })
    const bare = join(folder, 'bare repository.git')
    await run('git', ['clone', '--quiet', '--bare', work.path, bare])
    const linked = join(folder, 'linked')
    await work.git('worktree', 'add', '--quiet', '-b', 'side', linked)
    const outer = await createWorkingRepository(join(folder, 'outer'))
    await outer.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', work.path, 'inner')
    for (const path of [bare, linked, join(folder, 'outer/inner')]) {
      await using git = openGitUnderTest(join(folder, 'state'), repositorySpec(pathToFileURL(path).href))
      assert.equal((await git.resolve('HEAD')).commit, commit, path)
      assert.equal(await git.read('main', 'a'), '1')
    }
    // HEAD is the worktree's own, branches are common.
    const side = await run('git', [
      '-C',
      linked,
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@b',
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      'x',
    ]).then(() => work.git('rev-parse', 'side'))
    await using git = openGitUnderTest(join(folder, 'state'), repositorySpec(pathToFileURL(linked).href))
    assert.equal((await git.resolve('HEAD')).commit, side)
    assert.equal((await git.resolve('main')).commit, commit)
  }))

test('it may be packed, collected, removed and made anew while it is watched', () =>
  withWork(async (work, folder) => {
    await work.commit({ a: '1' })
    await using git = openGitUnderTest(join(folder, 'state'), repositorySpec(work.url))
    for (let round = 2; round < 5; round++) {
      await git.read('main', 'a')
      const version = git.statuses.at(-1)?.refsVersion ?? 0
      const moved = git.statusWhere((status) => status.refsVersion > version)
      await work.commit({ a: String(round) })
      await work.git('gc', '--quiet', '--prune=now')
      await moved
      assert.equal(await git.read('main', 'a'), String(round))
    }
    const down = git.statusWhere((status) => !status.up)
    await rename(work.path, join(folder, 'away'))
    assert.equal((await down).failure?.code, 'GDE_GIT_UNREACHABLE')
    const up = git.statusWhere((status) => status.up)
    const again = await createWorkingRepository(work.path)
    const commit = await again.commit({ a: 'again' })
    await up
    assert.equal((await git.resolve(commit)).commit, commit)
  }))

test('what this program cannot read is said', () =>
  withWork(async (work, folder) => {
    const open = (path: string) => openGitUnderTest(join(folder, 'state'), repositorySpec(pathToFileURL(path).href))
    const sha256 = await createWorkingRepository(join(folder, 'sha256'), '--object-format=sha256')
    await sha256.commit({ a: '1' })
    await using other = open(sha256.path)
    await assert.rejects(other.resolve('main'), { name: 'GDE_GIT_UNSUPPORTED', message: /sha256/ })
    await work.commit({ a: '1' })
    await writeFile(join(work.path, '.git/config'), '[core]\n\tbare = false\n[extensions]\n\trefStorage = reftable\n')
    await using reftable = open(work.path)
    await assert.rejects(reftable.resolve('main'), { name: 'GDE_GIT_UNSUPPORTED', message: /reftable/ })
    await using nothing = open(join(folder, 'nothing'))
    await assert.rejects(nothing.resolve('main'), { name: 'GDE_GIT_UNREACHABLE' })
  }))

test('a repository that lost an object says which one', () =>
  withWork(async (work, folder) => {
    await work.commit({ a: '1' })
    const blob = await work.git('rev-parse', 'HEAD:a')
    await rm(join(work.path, '.git/objects', blob.slice(0, 2), blob.slice(2)))
    await using git = openGitUnderTest(join(folder, 'state'), repositorySpec(work.url))
    await assert.rejects(git.read('main', 'a'), { name: 'GDE_GIT_DAMAGED', message: new RegExp(blob) })
  }))

test('a branch name that leads out of the repository reads nothing there', () =>
  withWork(async (work, folder) => {
    await work.commit({ a: '1' })
    await writeFile(join(folder, 'secret'), 'e'.repeat(40))
    await using git = openGitUnderTest(join(folder, 'state'), repositorySpec(work.url))
    await assert.rejects(git.resolve('refs/../../../secret'), { name: 'GDE_GIT_REVISION' })
  }))
