import { abortableYield, createEventLoopSlice } from '../concurrency/event-loop-slice.ts'
import type { RepositorySpec } from '../model/apps/inventory.ts'
import { CodedError } from '../model/failure.ts'
import type { GitService } from '../model/sources/git.ts'
import type { Dependency, SourceTree } from '../model/sources/rendering.ts'
import type { RepositoryId } from '../model/sources/source.ts'
import { dependencyHolds } from '../model/sources/tree.ts'
import { timeoutFailure } from './git-failure.ts'
import { DEFAULT_GIT_LIMITS, type GitLimits } from './limits.ts'
import { mirrorsFolder } from './mirrors-folder.ts'
import { createTreeOpener } from './objects/tree-reader.ts'
import { type OpenArchives, OpenRepositories } from './open-repositories.ts'
import type { GitEvent, Repository, StatusListener } from './repository.ts'

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
  /** For specs with a type; absent where there are none. */
  readonly openArchives?: OpenArchives
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

/** Opens the Git side of the exporter: mirrors of repositories on servers, and local ones where they are. */
export function openGit(options: GitOptions): Git {
  const { now, random, log = () => undefined, openArchives } = options
  const limits: GitLimits = { ...DEFAULT_GIT_LIMITS, ...options.limits }
  const openTree = createTreeOpener()
  const listeners = new Set<StatusListener>()
  const notify: StatusListener = (status) => {
    for (const listener of listeners) listener(status)
  }
  const folder = mirrorsFolder(options.stateDirectory)
  const repositories = new OpenRepositories({ folder, limits, now, random, log, notify, openArchives })

  /** Calls the repository; errors get its URL, so that messages name it. */
  const onRepository = async <T>(id: RepositoryId, work: (repository: Repository) => Promise<T>): Promise<T> => {
    const found = repositories.get(id)
    if (found === undefined) throw new CodedError('GDE_NOT_EVALUATED', 'the repository is not watched yet')
    try {
      return await work(found.repository)
    } catch (thrown) {
      const error = timeoutFailure(thrown, 'the repository')
      if (!(error instanceof CodedError)) throw error
      const { code, message, ...where } = error.failure
      throw new CodedError(code, message, { repository: found.spec.url, ...where }, { cause: error })
    }
  }

  /** @throws CodedError `GDE_GIT_DAMAGED`, after having the mirror verify its files and repair itself */
  const holds = (dependency: Dependency, tree: SourceTree): boolean => {
    try {
      return dependencyHolds(dependency, openTree(tree))
    } catch (error) {
      if (error instanceof CodedError && error.failure.code === 'GDE_GIT_DAMAGED')
        for (const { repository } of repositories.in(tree.gitDirectory)) repository.verify()
      throw error
    }
  }

  return {
    configure: (specs) => repositories.configure(specs),
    resolve: (id, revision, signal) => onRepository(id, (repository) => repository.resolve(revision, signal)),
    commitsBetween: (id, range, signal) => onRepository(id, (repository) => repository.commitsBetween(range, signal)),
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
    poll: (id) => repositories.get(id)?.repository.poll(),
    verify: (id) => repositories.get(id)?.repository.verify(),
    onStatus: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => {
      listeners.clear()
      await repositories.close()
    },
  }
}
