import fs from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import git from 'isomorphic-git'
import http from 'isomorphic-git/http/node'
import { DEFAULT_GIT_LIMITS } from '../src/git/limits.ts'
import { createTreeOpener } from '../src/git/objects/tree-reader.ts'
import { receivePack } from '../src/git/packs/pack-receiver.ts'
import { createHttpRemote } from '../src/git/transport/http-remote.ts'
import type { TreeReader } from '../src/model/sources/tree.ts'
import { createWorkingRepository, repositorySpec, type WorkingRepository } from '../test/git/working-repository.ts'
import { temporaryFolder } from '../test/servers/folder.ts'
import { startGitServer } from '../test/servers/git-http-backend.ts'
import { run as runProgram } from '../test/servers/run.ts'
import { type BenchResult, median } from './result.ts'

const FILES = 5000
/** isomorphic-git reads these few of them in the time that it takes to read all. */
const READ_BY_OTHER = 250
const signal = new AbortController().signal

/** No-op poll, first clone and reading of all files, against git itself and isomorphic-git, with a real git http-backend. */
export async function run(): Promise<readonly BenchResult[]> {
  await using folder = await temporaryFolder('bench-git')
  const work = await largeRepository(join(folder.path, 'repositories/large'))
  await using server = await startGitServer({ root: join(folder.path, 'repositories') })
  const url = `${server.url}/large/.git`
  return [await poll(url), await clone(url, folder.path), await readFiles(work)]
}

async function largeRepository(path: string): Promise<WorkingRepository> {
  const work = await createWorkingRepository(path)
  const files = Array.from({ length: FILES }, (_, index) => {
    const lines = Array.from(
      { length: 40 },
      (_line, line) => `key${line}: ${(index * 7919 + line * 104_729) % 1_000_003}`,
    )
    return [`apps/team${index % 50}/app${index % 500}/file${index}.yaml`, lines.join('\n')] as const
  })
  await work.commit(Object.fromEntries(files))
  for (let commit = 0; commit < 20; commit++) await work.commit({ 'apps/team0/app0/file0.yaml': `commit: ${commit}` })
  await work.git('gc', '--quiet')
  return work
}

async function poll(url: string): Promise<BenchResult> {
  const remote = createHttpRemote(repositorySpec(url), DEFAULT_GIT_LIMITS)
  const ours = await timed(30, () => remote.listRefs([], signal))
  await remote.close()
  const program = await timed(10, () => runProgram('git', ['ls-remote', '--quiet', url]))
  const library = await timed(30, () => git.listServerRefs({ http, url, symrefs: true, peelTags: true }))
  return {
    name: 'No-op poll of a repository',
    unit: 'ms',
    rows: [
      { label: 'this program', values: { poll: ours } },
      { label: 'isomorphic-git with its own HTTP', values: { poll: library } },
      { label: 'git ls-remote', values: { poll: program } },
    ],
    ratio: { label: 'git ls-remote’s time against ours', value: program / ours },
    note: 'Over HTTP on loopback; the server starts a `git http-backend` for each request, which is most of the time. This program lists with isomorphic-git over its own transport: one request a poll once the first told what the server can do.',
  }
}

async function clone(url: string, folder: string): Promise<BenchResult> {
  let number = 0
  const next = () => join(folder, `clone-${number++}`)
  const remote = createHttpRemote(repositorySpec(url), DEFAULT_GIT_LIMITS)
  const { refs } = await remote.listRefs([], signal)
  const wants = [refs.get('HEAD')?.id ?? '']
  const request = { wants, haves: [], shallow: [], depth: 1 }
  const receive = (pack: AsyncIterable<Uint8Array>) => receivePack(pack, next(), DEFAULT_GIT_LIMITS, signal)
  const ours = await timed(5, () => remote.fetchPack(request, ({ pack }) => receive(pack), signal))
  await remote.close()
  const library = await timed(3, () => {
    const gitdir = next()
    return git.clone({ fs, http, dir: gitdir, gitdir, url, depth: 1, singleBranch: true, noCheckout: true })
  })
  const program = await timed(5, () => runProgram('git', ['clone', '--quiet', '--bare', '--depth=1', url, next()]))
  return {
    name: `First clone of ${FILES.toLocaleString('en-US')} files, depth 1`,
    unit: 'ms',
    rows: [
      { label: 'this program', values: { clone: ours } },
      { label: 'isomorphic-git', values: { clone: library } },
      { label: 'git clone', values: { clone: program } },
    ],
    ratio: { label: 'isomorphic-git’s time against ours', value: library / ours },
  }
}

async function readFiles(work: WorkingRepository): Promise<BenchResult> {
  const gitDirectory = join(work.path, '.git')
  const tree = { gitDirectory, commit: '', tree: await work.git('rev-parse', 'HEAD^{tree}') }
  const ours = await timed(5, async () => readAll(createTreeOpener()(tree), ''))
  const ids = (await work.git('ls-tree', '-r', '--format=%(objectname)', 'HEAD')).split('\n')
  const some = ids.filter((_, index) => index % Math.floor(ids.length / READ_BY_OTHER) === 0)
  const library = await timed(3, async () => {
    const cache = {}
    for (const oid of some) await git.readBlob({ fs, dir: work.path, gitdir: gitDirectory, oid, cache })
  })
  const list = join(work.path, '.git/ids')
  await writeFile(list, ids.join('\n'))
  const program = await timed(5, () =>
    runProgram('sh', ['-c', `git -C "$0" cat-file --batch < "$1" > /dev/null`, work.path, list]),
  )
  const perFile = { ours: ours / ids.length, library: library / some.length, program: program / ids.length }
  return {
    name: `Reading the files of a commit, one after another`,
    unit: 'µs a file',
    rows: [
      { label: 'this program', values: { 'a file': perFile.ours * 1000 } },
      { label: 'isomorphic-git', values: { 'a file': perFile.library * 1000 } },
      { label: 'git cat-file --batch', values: { 'a file': perFile.program * 1000 } },
    ],
    ratio: { label: 'isomorphic-git’s time against ours', value: perFile.library / perFile.ours },
    note: `All ${FILES} files of a packed repository, opened anew each time and walked from its root; isomorphic-git reads ${some.length} of them by ID, with its cache.`,
  }
}

function readAll(reader: TreeReader, folder: string): number {
  let bytes = 0
  for (const { name, type, oid } of reader.list(folder) ?? []) {
    if (type === 'directory') bytes += readAll(reader, folder === '' ? name : `${folder}/${name}`)
    else bytes += reader.read(oid, 1 << 20).length
  }
  return bytes
}

async function timed(rounds: number, work: () => Promise<unknown>): Promise<number> {
  await work()
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
  }
  return median(times)
}
