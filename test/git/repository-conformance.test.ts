import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { openTree } from '../../src/git/objects/tree-reader.ts'
import type { RepositorySpec } from '../../src/model/apps/inventory.ts'
import { Confidential } from '../../src/model/confidential.ts'
import type { Dependency } from '../../src/model/sources/rendering.ts'
import { listingKey } from '../../src/model/sources/tree.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { startGitServer } from '../servers/git-http-backend.ts'
import { createSshKey, skipWithoutSshd, startSshd } from '../servers/sshd.ts'
import { openGitUnderTest } from './git-under-test.ts'
import { createWorkingRepository, REPOSITORY, repositorySpec, type WorkingRepository } from './working-repository.ts'

/** Every kind of repository keeps the same promises. */
const KINDS = {
  'over http with protocol 2': { server: 'http', oldProtocol: false },
  'over http with protocol 0': { server: 'http', oldProtocol: true },
  'over ssh with protocol 2': { server: 'ssh', oldProtocol: false },
  'over ssh with protocol 0': { server: 'ssh', oldProtocol: true },
  'in a local folder': { server: false, oldProtocol: false },
} as const

for (const [name, kind] of Object.entries(KINDS)) {
  const withRepository = async (
    body: (work: WorkingRepository, spec: RepositorySpec, state: string) => Promise<void>,
  ): Promise<void> => {
    await using folder = await temporaryFolder('git')
    const work = await createWorkingRepository(join(folder.path, 'repositories/platform'))
    const state = join(folder.path, 'state')
    if (!kind.server) return await body(work, repositorySpec(work.url), state)
    if (kind.server === 'ssh') {
      const [key, hostKey] = [
        await createSshKey(join(folder.path, 'id')),
        await createSshKey(join(folder.path, 'host')),
      ]
      const options = { folder: join(folder.path, 'sshd'), authorizedKeys: [key.publicKey], hostKeys: [hostKey] }
      await using server = await startSshd({ ...options, acceptsVersion2: !kind.oldProtocol })
      const credentials = { type: 'ssh', privateKey: new Confidential(key.privateKey) } as const
      const spec = repositorySpec(server.url(work.path), { credentials, knownHosts: server.knownHosts })
      return await body(work, spec, state)
    }
    const root = join(folder.path, 'repositories')
    await using server = await startGitServer({ root, oldProtocol: kind.oldProtocol })
    await body(work, repositorySpec(`${server.url}/platform/.git`), state)
  }

  describe(`a repository ${name}`, { skip: kind.server === 'ssh' && skipWithoutSshd() }, () => {
    test('resolves HEAD, branches, tags and commits to a commit with its tree', () =>
      withRepository(async (work, spec, state) => {
        const first = await work.commit({ 'app/a.yaml': 'one\n' })
        await work.git('tag', 'v1.0.0')
        await work.git('tag', '--annotate', 'v1.1.0', '--message', 'release')
        const second = await work.commit({ 'app/a.yaml': 'two\n' })
        await work.git('branch', 'team/feature')
        await work.git('pack-refs', '--all')
        await using git = openGitUnderTest(state, spec)
        const commits = async (...revisions: readonly string[]) =>
          Promise.all(revisions.map(async (revision) => (await git.resolve(revision)).commit))
        assert.deepEqual(
          await commits('HEAD', '', 'main', 'refs/heads/main', 'team/feature', second),
          Array(6).fill(second),
        )
        assert.deepEqual(await commits('v1.0.0', 'v1.1.0', 'refs/tags/v1.1.0', first, '1.0.*'), Array(5).fill(first))
        assert.deepEqual(await commits(first.slice(0, 7), first.slice(0, 12).toUpperCase()), [first, first])
        const revision = await git.resolve('main')
        assert.equal(revision.commitTime, 1_700_000_120)
        assert.equal(revision.author, 'Ada')
        assert.equal(revision.subject, await work.git('log', '-1', '--format=%s', 'main'))
        assert.equal(revision.tree.tree, await work.git('rev-parse', 'main^{tree}'))
        assert.equal(await git.read('v1.1.0', 'app/a.yaml'), 'one\n')
        assert.equal(await git.read('main', 'app/a.yaml'), 'two\n')
      }))

    test('resolves a version range to the highest tag, and an exact version to the tag of that name alone', () =>
      withRepository(async (work, spec, state) => {
        const commits = new Map<string, string>()
        for (const tag of ['v1.2.0', '1.2.9', 'v1.2.10', 'v1.3.0-rc.1', 'v2.0.0']) {
          commits.set(tag, await work.commit({ version: tag }))
          await work.git('tag', tag)
        }
        await using git = openGitUnderTest(state, spec)
        for (const [range, tag] of [
          ['1.2.*', 'v1.2.10'],
          ['>=1.0.0 <2', 'v1.2.10'],
          ['~1.2.0', 'v1.2.10'],
          ['>=1.3.0-0, <2.0.0-0', 'v1.3.0-rc.1'],
          ['*', 'v2.0.0'],
          ['1.2.9', '1.2.9'],
        ] as const)
          assert.equal((await git.resolve(range)).commit, commits.get(tag), range)
        await assert.rejects(git.resolve('1.2.10'), { name: 'GDE_GIT_REVISION' })
        await assert.rejects(git.resolve('^3'), { name: 'GDE_GIT_REVISION' })
      }))

    test('says which revision is not there', () =>
      withRepository(async (work, spec, state) => {
        await work.commit({ a: '1' })
        await using git = openGitUnderTest(state, spec)
        for (const revision of ['gone', 'refs/heads/gone', 'deadbeef', 'd'.repeat(40), 'refs/pull/1/head'])
          await assert.rejects(git.resolve(revision), {
            name: 'GDE_GIT_REVISION',
            message: new RegExp(revision),
          })
      }))

    test('is listed as ever after somebody asked for what can be no ref', () =>
      withRepository(async (work, spec, state) => {
        const commit = await work.commit({ a: '1' })
        await using git = openGitUnderTest(state, spec)
        for (const revision of [`refs/${'x'.repeat(70_000)}`, 'refs/a\nb', 'refs/a b', 'refs/../../HEAD'])
          await assert.rejects(git.resolve(revision), { name: 'GDE_GIT_REVISION' })
        const polled = git.statusWhere(() => true)
        git.git.poll(REPOSITORY)
        assert.equal((await polled).up, true)
        assert.equal((await git.resolve('main')).commit, commit)
      }))

    test('says that a repository without a commit is empty', () =>
      withRepository(async (work, spec, state) => {
        await using git = openGitUnderTest(state, spec)
        await assert.rejects(git.resolve('HEAD'), { name: 'GDE_GIT_REVISION', message: 'the repository is empty' })
        const before = git.statuses.at(-1)?.refsVersion ?? 0
        const moved = git.statusWhere((status) => status.refsVersion > before)
        const first = await work.commit({ a: '1' })
        git.git.poll(REPOSITORY)
        await moved
        assert.equal((await git.resolve('HEAD')).commit, first)
      }))

    test('finds refs that are neither branch nor tag', () =>
      withRepository(async (work, spec, state) => {
        const first = await work.commit({ a: '1' })
        await work.git('update-ref', 'refs/pull/7/head', first)
        await work.commit({ a: '2' })
        await using git = openGitUnderTest(state, spec)
        await git.resolve('main')
        assert.equal((await git.resolve('refs/pull/7/head')).commit, first)
      }))

    test('follows a branch through new commits, a force push, its end, and a new default branch', () =>
      withRepository(async (work, spec, state) => {
        const first = await work.commit({ a: '1' })
        await using git = openGitUnderTest(state, spec)
        let known = 0
        const latest = () => git.statuses.at(-1)?.refsVersion ?? 0
        // A poll of its own may have seen the change already.
        const afterPoll = async (revision: string) => {
          const seen = git.statusWhere((status) => status.refsVersion > known)
          git.git.poll(REPOSITORY)
          if (latest() <= known) await seen
          known = latest()
          return git.resolve(revision)
        }
        assert.equal((await git.resolve('main')).commit, first)
        known = latest()
        const second = await work.commit({ a: '2' })
        assert.equal((await afterPoll('main')).commit, second)
        await work.git('checkout', '--quiet', '--orphan', 'other')
        const rewritten = await work.commit({ a: '3', b: 'x' })
        await work.git('update-ref', 'refs/heads/main', rewritten)
        assert.equal((await afterPoll('main')).commit, rewritten)
        assert.equal(await git.read('main', 'b'), 'x')
        assert.equal((await git.resolve('HEAD')).commit, rewritten)
        const third = await work.commit({ a: '4' })
        await work.git('branch', '--delete', '--force', 'main')
        await assert.rejects(afterPoll('main'), { name: 'GDE_GIT_REVISION' })
        assert.equal((await git.resolve('HEAD')).commit, third)
      }))

    test('counts commits between two revisions, merges and other histories too', () =>
      withRepository(async (work, spec, state) => {
        const first = await work.commit({ a: '0' })
        for (let number = 1; number <= 60; number++) await work.commit({ a: String(number) })
        await work.git('checkout', '--quiet', '-b', 'side', 'main~10')
        await work.commit({ b: '1' })
        const side = await work.commit({ b: '2' })
        await work.git('checkout', '--quiet', 'main')
        await work.git('merge', '--quiet', '--no-ff', '--message', 'merge', 'side')
        const merge = await work.git('rev-parse', 'main')
        await using git = openGitUnderTest(state, spec)
        await git.resolve('main')
        const between = async (from: string, to: string) =>
          (await git.git.commitsBetween(REPOSITORY, { from, to }, AbortSignal.timeout(30_000)))?.count
        for (const [from, to] of [
          [merge, merge],
          [first, merge],
          [side, merge],
          [merge, side],
          [await work.git('rev-parse', 'main~2'), side],
        ] as const)
          assert.equal(await between(from, to), Number(await work.git('rev-list', '--count', `${from}..${to}`)))
        assert.equal(await between('e'.repeat(40), merge), undefined)
      }))

    test('counts the commits that touch what was read, as git itself does', () =>
      withRepository(async (work, spec, state) => {
        const first = await work.commit({ 'app/a.yaml': '0', 'app/sub/b.yaml': '0', 'other/c.yaml': '0' })
        await work.commit({ 'other/c.yaml': '1' })
        await work.commit({ 'app/a.yaml': '1' })
        await work.git('checkout', '--quiet', '-b', 'side')
        await work.commit({ 'app/sub/b.yaml': '1' })
        await work.commit({ 'other/d.yaml': '1' })
        await work.git('checkout', '--quiet', 'main')
        await work.commit({ 'app/sub/new.yaml': '1' })
        await work.git('merge', '--quiet', '--no-ff', '--message', 'merge', 'side')
        await work.commit({ 'app/sub/new.yaml': null, 'later.yaml': '1' })
        const to = await work.git('rev-parse', 'main')
        await using git = openGitUnderTest(state, spec)
        await git.resolve('main')
        const count = (...reads: readonly Omit<Dependency, 'source'>[]) => {
          const range = { from: first, to, reads: reads.map((read) => ({ source: 0, ...read })) }
          return git.git.commitsBetween(REPOSITORY, range, AbortSignal.timeout(30_000))
        }
        for (const paths of [
          ['app'],
          ['app/a.yaml'],
          ['app/sub', 'other/c.yaml'],
          ['later.yaml'],
          ['nowhere/x'],
          ['.'],
        ]) {
          const args = ['rev-list', '--count', '--full-history', `${first}..${to}`, '--', ...paths]
          const reads = paths.map((path) => ({ path: path === '.' ? '' : path, oid: 'e'.repeat(40) }))
          const found = await count(...reads)
          assert.equal(found?.count, Number(await work.git(...args)), paths.join())
          const newest = ['log', '-1', '--full-history', '--format=%H %s', `${first}..${to}`, '--', ...paths]
          const { commit, subject } = found?.newest ?? {}
          assert.equal(commit === undefined ? '' : `${commit} ${subject}`, await work.git(...newest), paths.join())
        }
        // Of a folder that was listed only the names count.
        assert.equal((await count({ path: 'app/sub', listing: '' }))?.count, 2)
        assert.equal((await count({ path: 'app', listing: '' }))?.count, 0)
        assert.equal((await count())?.count, 0)
      }))

    test('lists the first parents since a time, and the one before', () =>
      withRepository(async (work, spec, state) => {
        const day = 86_400
        const line: string[] = []
        for (let number = 0; number < 60; number++)
          line.unshift(await work.commit({ a: String(number) }, { time: 1_700_000_000 + number * day }))
        await using git = openGitUnderTest(state, spec)
        const { commit } = await git.resolve('main')
        const since = async (time: number) => {
          const line = await git.git.commitsSince(REPOSITORY, commit, time, AbortSignal.timeout(30_000))
          return line.map((one) => one.commit)
        }
        assert.deepEqual(await since(1_700_000_000 + 100 * day), line.slice(0, 1))
        assert.deepEqual(await since(1_700_000_000 + 59 * day), line.slice(0, 2), 'what is as old counts as younger')
        assert.deepEqual(await since(1_700_000_000 + 2 * day), line.slice(0, 59))
        assert.deepEqual(await since(0), line)
      }))

    test('says which dependencies are the same in another commit', () =>
      withRepository(async (work, spec, state) => {
        await work.commit({ 'apps/a/x.yaml': '1', 'base/y.yaml': '1', 'other/z': '1' })
        await using git = openGitUnderTest(state, spec)
        const before = await git.resolve('main')
        const reader = openTree(before.tree)
        const dependency = (path: string) => {
          const oid = reader.entry(path)?.oid
          return { source: 0, path, ...(oid === undefined ? {} : { oid }) }
        }
        const dependencies = ['apps/a', 'base/y.yaml', 'apps/a/.argocdignore'].map(dependency)
        const holds = async (commit: string) =>
          git.git.unchanged([(await git.resolve(commit)).tree], dependencies, AbortSignal.timeout(30_000))
        assert.equal(await holds(await work.commit({ 'other/z': '2' })), true)
        assert.equal(await holds(await work.commit({ 'base/y.yaml': '2' })), false)
        assert.equal(await holds(await work.commit({ 'base/y.yaml': '1', 'apps/a/.argocdignore': '' })), false)
      }))

    test('a folder of which only the names were read is the same while its files change', () =>
      withRepository(async (work, spec, state) => {
        await work.commit({ 'apps/a/x.yaml': '1', 'apps/b/y.yaml': '1' })
        await using git = openGitUnderTest(state, spec)
        const reader = openTree((await git.resolve('main')).tree)
        const [oid, listing] = [reader.entry('apps/a')?.oid ?? '', listingKey(reader.list('apps/a') ?? [])]
        const holds = async (files: Readonly<Record<string, string | null>>) => {
          const { tree } = await git.resolve(await work.commit(files))
          const dependencies = [{ source: 0, path: 'apps/a', oid, listing }]
          return git.git.unchanged([tree], dependencies, AbortSignal.timeout(30_000))
        }
        assert.equal(await holds({ 'apps/a/x.yaml': '2' }), true)
        assert.equal(await holds({ 'apps/a/z.yaml': '1' }), false)
        assert.equal(await holds({ 'apps/a/z.yaml': null }), true)
        assert.equal(await holds({ 'apps/a/x.yaml': null, 'apps/a/x.yaml/file': '1' }), false)
      }))
  })
}
