import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import type { RepositoryStatus } from '../../model/sources/git.ts'
import { systemFailure } from '../git-failure.ts'
import type { GitLimits } from '../limits.ts'
import { findGitDirectory, refuseUnsupported } from '../objects/git-directory.ts'
import { ObjectStore } from '../objects/object-store.ts'
import type { Repository, StatusListener } from '../repository.ts'
import { commitsBetween, commitsSince, type ObjectSource, resolveRevision } from '../revisions/revision-resolver.ts'
import { readLocalRefs } from './local-refs.ts'
import { RefTracker } from './ref-tracker.ts'

/**
 * Milliseconds between polls, so that a change is seen within a second; longer when listing takes more than a twentieth
 * of it.
 */
const POLL_INTERVAL_MS = 800
const COST_FACTOR = 20
/** An unchanged status is reported at most this often. */
const CONTACT_INTERVAL_SECONDS = 5

export interface LocalOptions {
  readonly limits: GitLimits
  /** Unix milliseconds. */
  readonly now: () => number
  readonly notify: StatusListener
}

/** A repository on this machine, read in place and never written to. */
export function createLocalRepository(spec: RepositorySpec, options: LocalOptions): Repository {
  const { limits, now } = options
  let store: { readonly gitDirectory: string; readonly objects: ObjectStore } | undefined
  const extraRefs = new Set<string>()
  let lastStatus: RepositoryStatus | undefined

  const tracker = new RefTracker({
    read: async () => {
      try {
        const gitDirectory = findGitDirectory(spec.fetchUrl)
        refuseUnsupported(gitDirectory)
        if (store?.gitDirectory !== gitDirectory) store = openLocal(gitDirectory, store?.objects, limits)
        // Closes packs that `git gc` removed.
        else store.objects.rescan()
        return readLocalRefs(gitDirectory, [...extraRefs], limits.refs)
      } catch (error) {
        throw systemFailure(error, 'GDE_GIT_UNREACHABLE', 'the repository cannot be read')
      }
    },
    delay: (failures, took) => (failures === 0 ? Math.max(POLL_INTERVAL_MS, COST_FACTOR * took) : 2 * POLL_INTERVAL_MS),
    now,
    notify: () => {
      const status = { repository: spec.id, url: spec.url, ...tracker.status }
      if (lastStatus !== undefined && isUnchanged(status, lastStatus)) return
      lastStatus = status
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
        extraRefs.add(name)
        return tracker.refresh(waiting)
      },
      // Nothing can be fetched: what is not here is reported as missing.
      obtain: async () => undefined,
      deepen: async () => undefined,
    }
  }

  return {
    resolve: async (revision, signal) => resolveRevision(spec.commit ?? revision, await source(signal), signal),
    commitsBetween: async (range, signal) => commitsBetween(range, await source(signal), signal),
    commitsSince: async (commit, time, signal) => commitsSince(commit, time, await source(signal), signal),
    poll: () => tracker.poll(),
    // The repository is not ours to repair; polling shows whether it is readable again.
    verify: () => tracker.poll(),
    close: async () => {
      await tracker.close()
      store?.objects.close()
    },
  }
}

function isUnchanged(status: RepositoryStatus, lastStatus: RepositoryStatus): boolean {
  if (status.up !== lastStatus.up || status.refsVersion !== lastStatus.refsVersion) return false
  if (status.failure?.message !== lastStatus.failure?.message) return false
  // Of a clock that was set back, too, each contact is news.
  return Math.abs((status.lastContact ?? 0) - (lastStatus.lastContact ?? 0)) < CONTACT_INTERVAL_SECONDS
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
