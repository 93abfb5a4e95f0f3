import { CodedError } from '../../model/failure.ts'
import type { RepositoryStatus } from '../../model/git.ts'
import type { RepositorySpec } from '../../model/inventory.ts'
import { systemFailure } from '../git-failure.ts'
import type { GitLimits } from '../limits.ts'
import { findGitDirectory, refuseUnsupported } from '../objects/git-directory.ts'
import { ObjectStore } from '../objects/object-store.ts'
import type { Repository, StatusListener } from '../repository.ts'
import { commitsBetween, commitsSince, type ObjectSource, resolveRevision } from '../revisions/revision-resolver.ts'
import { readLocalRefs } from './local-refs.ts'
import { RefTracker } from './ref-tracker.ts'

/** A change is seen within a second, a large repository costs no more than a twentieth of the thread. */
const INTERVAL = 400
const COST_FACTOR = 20
/** Contact alone is told this often, seconds. */
const CONTACT_INTERVAL = 5

export interface LocalOptions {
  readonly limits: GitLimits
  /** Unix milliseconds. */
  readonly now: () => number
  readonly notify: StatusListener
}

/** A repository on this machine, read where it is. Nothing is ever written to it. */
export function createLocalRepository(spec: RepositorySpec, options: LocalOptions): Repository {
  const { limits, now } = options
  let store: { readonly gitDirectory: string; readonly objects: ObjectStore } | undefined
  const others = new Set<string>()
  let told: RepositoryStatus | undefined

  const tracker = new RefTracker({
    read: async () => {
      try {
        const gitDirectory = findGitDirectory(spec.fetchUrl)
        refuseUnsupported(gitDirectory)
        if (store?.gitDirectory !== gitDirectory) store = openLocal(gitDirectory, store?.objects, limits)
        // Packs that `git gc` removed are let go.
        else store.objects.rescan()
        return readLocalRefs(gitDirectory, [...others], limits.refs)
      } catch (error) {
        throw systemFailure(error, 'GDE_GIT_UNREACHABLE', 'the repository cannot be read')
      }
    },
    delay: (failures, took) => (failures === 0 ? Math.max(INTERVAL, COST_FACTOR * took) : 2 * INTERVAL),
    now,
    notify: () => {
      const status = { repository: spec.id, url: spec.url, ...tracker.status }
      if (told !== undefined && isOldNews(status, told)) return
      told = status
      options.notify(status)
    },
  })

  const source = async (signal: AbortSignal): Promise<ObjectSource> => {
    await tracker.current(signal)
    if (store === undefined) throw new CodedError('GDE_INTERNAL', 'a list without a repository')
    return {
      ...store,
      list: (waiting) => tracker.current(waiting),
      newerList: (name, waiting) => {
        others.add(name)
        return tracker.refresh(waiting)
      },
      // What is not here cannot be had.
      obtain: async () => undefined,
      deepen: async () => undefined,
    }
  }

  return {
    resolve: async (revision, signal) => resolveRevision(revision, await source(signal), signal),
    commitsBetween: async (from, to, signal) => commitsBetween(from, to, await source(signal), signal),
    commitsSince: async (commit, time, signal) => commitsSince(commit, time, await source(signal), signal),
    poll: () => tracker.poll(),
    // Nothing here is ours to mend.
    verify: () => tracker.poll(),
    close: async () => {
      await tracker.close()
      store?.objects.close()
    },
  }
}

function isOldNews(status: RepositoryStatus, told: RepositoryStatus): boolean {
  if (status.up !== told.up || status.refsVersion !== told.refsVersion) return false
  if (status.failure?.message !== told.failure?.message) return false
  return (status.lastContact ?? 0) < (told.lastContact ?? 0) + CONTACT_INTERVAL
}

function openLocal(gitDirectory: string, before: ObjectStore | undefined, limits: GitLimits) {
  before?.close()
  const objects = new ObjectStore(gitDirectory, {
    objectBytes: limits.objectBytes,
    cacheBytes: 16 << 20,
    openFiles: 16,
  })
  return { gitDirectory, objects }
}
