import { createHash } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { abortableYield, createEventLoopSlice } from '../concurrency/event-loop-slice.ts'
import { createKeyedSemaphore } from '../concurrency/keyed-semaphore.ts'
import { CodedError } from '../model/failure.ts'
import type { GitService, RepositoryStatus } from '../model/git.ts'
import type { RepositorySpec } from '../model/inventory.ts'
import type { Dependency, SourceTree } from '../model/rendering.ts'
import type { RepositoryId } from '../model/source.ts'
import { dependencyHolds } from '../model/tree.ts'
import { errorCode, timeoutFailure } from './git-failure.ts'
import { DEFAULT_GIT_LIMITS, type GitLimits } from './limits.ts'
import { createLocalRepository } from './mirrors/local-repository.ts'
import { createMirror } from './mirrors/mirror.ts'
import { createTreeOpener } from './objects/tree-reader.ts'
import type { GitEvent, Repository, StatusListener } from './repository.ts'
import { sameCredentials } from './transport/authorization.ts'

/** Long work stops this often for what else the thread has to do. */
const SLICE_MS = 20

export interface GitOptions {
  /** Mirrors lie in `git/` below it. Whoever opens it has locked it. */
  readonly stateDirectory: string
  /** Unix milliseconds. */
  readonly now: () => number
  /** From 0 to 1: spreads polls. */
  readonly random: () => number
  readonly limits?: Partial<GitLimits>
  readonly log?: (event: GitEvent) => void
}

/** All repositories of an inventory. */
export interface Git extends GitService {
  /** Starts polling new repositories and closes those that are gone; unchanged ones stay open. */
  configure(specs: readonly RepositorySpec[]): void
  /** Called whenever a poll or a fetch ends. Returns how to stop. */
  onStatus(listener: StatusListener): () => void
  verify(repository: RepositoryId): void
  /** Resolves once nothing runs and no file is open any more. */
  close(): Promise<void>
}

/** Mirrors unused for this long are removed. Not sooner: a repository can be missing from the inventory for a while. */
const UNUSED_MS = 7 * 24 * 3600 * 1000

interface OpenRepository {
  readonly spec: RepositorySpec
  readonly repository: Repository
  readonly gitDirectory: string
}

/** Opens the Git side of the exporter: mirrors of repositories on servers, and local ones where they are. */
export function openGit(options: GitOptions): Git {
  const limits: GitLimits = { ...DEFAULT_GIT_LIMITS, ...options.limits }
  const folder = join(options.stateDirectory, 'git')
  const polls = createKeyedSemaphore(limits.concurrentPerHost, limits.concurrent)
  const fetches = createKeyedSemaphore(limits.concurrentPerHost, limits.concurrent)
  const openTree = createTreeOpener()
  const listeners = new Set<StatusListener>()
  const openRepositories = new Map<RepositoryId, OpenRepository>()
  /** Mirrors that are being closed: one directory has one owner at a time. */
  const closing = new Map<string, Promise<unknown>>()
  let swept: Promise<void> | undefined

  const notify = (status: RepositoryStatus) => {
    for (const listener of listeners) listener(status)
  }

  const create = (spec: RepositorySpec): OpenRepository => {
    const gitDirectory = join(folder, mirrorName(spec))
    const local = spec.fetchUrl.startsWith('file:')
    if (local && !spec.untrusted)
      return { spec, gitDirectory, repository: createLocalRepository(spec, { limits, now: options.now, notify }) }
    return {
      spec,
      gitDirectory,
      repository: createMirror(spec, {
        gitDirectory,
        limits,
        polls,
        fetches,
        now: options.now,
        random: options.random,
        log: options.log ?? (() => undefined),
        notify,
        ready: closing.get(gitDirectory) ?? Promise.resolve(),
      }),
    }
  }

  const close = ({ repository, gitDirectory }: OpenRepository): Promise<unknown> => {
    const done = repository.close().finally(() => {
      if (closing.get(gitDirectory) === done) closing.delete(gitDirectory)
    })
    closing.set(gitDirectory, done)
    return done
  }

  const find = (id: RepositoryId): OpenRepository => {
    const found = openRepositories.get(id)
    if (found === undefined) throw new CodedError('GDE_NOT_EVALUATED', 'the repository is not watched yet')
    return found
  }

  /** Calls the repository; errors get its URL, so that messages name it. */
  const onRepository = async <T>(id: RepositoryId, work: (repository: Repository) => Promise<T>): Promise<T> => {
    const { spec, repository } = find(id)
    try {
      return await work(repository)
    } catch (thrown) {
      const error = timeoutFailure(thrown, 'the repository')
      if (!(error instanceof CodedError)) throw error
      const { code, message, ...where } = error.failure
      throw new CodedError(code, message, { repository: spec.url, ...where }, { cause: error })
    }
  }

  /** @throws CodedError `GDE_GIT_DAMAGED`, after having the mirror verify its files and repair itself */
  const holds = (dependency: Dependency, tree: SourceTree): boolean => {
    try {
      return dependencyHolds(dependency, openTree(tree))
    } catch (error) {
      if (error instanceof CodedError && error.failure.code === 'GDE_GIT_DAMAGED')
        for (const { gitDirectory, repository } of openRepositories.values())
          if (gitDirectory === tree.gitDirectory) repository.verify()
      throw error
    }
  }

  return {
    configure: (specs) => {
      const wanted = new Map(specs.map((spec) => [spec.id, spec]))
      for (const [id, current] of openRepositories) {
        const spec = wanted.get(id)
        if (spec !== undefined && sameSpec(current.spec, spec)) wanted.delete(id)
        else {
          openRepositories.delete(id)
          void close(current)
        }
      }
      for (const [id, spec] of wanted) {
        const created = create(spec)
        openRepositories.set(id, created)
        created.repository.poll()
      }
      const used = new Set([...openRepositories.values()].map(({ gitDirectory }) => gitDirectory))
      // Not reported here: when the disk cannot be read, each mirror on it fails with the reason.
      swept ??= sweep(folder, used, options.now()).catch(() => undefined)
    },
    resolve: (id, revision, signal) => onRepository(id, (repository) => repository.resolve(revision, signal)),
    commitsBetween: (id, from, to, signal) =>
      onRepository(id, (repository) => repository.commitsBetween(from, to, signal)),
    commitsSince: (id, commit, time, signal) =>
      onRepository(id, (repository) => repository.commitsSince(commit, time, signal)),
    unchanged: async (trees, dependencies, signal) => {
      const yieldIfBusy = abortableYield(createEventLoopSlice(SLICE_MS), signal)
      for (const dependency of dependencies) {
        const tree = trees[dependency.source]
        if (tree === undefined || !holds(dependency, tree)) return false
        await yieldIfBusy()
      }
      return true
    },
    poll: (id) => openRepositories.get(id)?.repository.poll(),
    verify: (id) => openRepositories.get(id)?.repository.verify(),
    onStatus: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => {
      listeners.clear()
      const all = [...openRepositories.values()]
      openRepositories.clear()
      for (const one of all) void close(one)
      await Promise.all([...closing.values(), swept])
    },
  }
}

/** Names the mirror by what is fetched and by whose credentials, so that no app reads what another's fetched. */
function mirrorName({ id, fetchUrl }: RepositorySpec): string {
  return createHash('sha256').update(`${id}\0${fetchUrl}`).digest('hex').slice(0, 40)
}

function sameSpec(a: RepositorySpec, b: RepositorySpec): boolean {
  // JSON redacts inline credentials, so they are compared separately.
  return JSON.stringify(a) === JSON.stringify(b) && sameCredentials(a.credentials, b.credentials)
}

async function sweep(folder: string, used: ReadonlySet<string>, now: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (used.has(path) || !/^[0-9a-f]{40}$/.test(name)) continue
    try {
      const { mtimeMs } = await stat(join(path, 'mirror.json'))
      if (mtimeMs < now - UNUSED_MS) await rm(path, { recursive: true, force: true })
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
    }
  }
}
