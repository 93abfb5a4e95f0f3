import { abortable } from '../../concurrency/abortable.ts'
import { backoffMs } from '../../concurrency/backoff.ts'
import type { KeyedSemaphore } from '../../concurrency/keyed-semaphore.ts'
import type { CredentialResolver } from '../../credentials/credential-resolver.ts'
import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import type { GitLimits } from '../limits.ts'
import type { GitEvent, Repository, StatusListener } from '../repository.ts'
import { commitsBetween, commitsSince, type ObjectSource, resolveRevision } from '../revisions/revision-resolver.ts'
import type { Remote } from '../transport/remote.ts'
import { Fetcher } from './fetcher.ts'
import { MirrorFiles } from './mirror-files.ts'
import { MirrorRemote } from './mirror-remote.ts'
import type { MirrorStore } from './mirror-store.ts'
import { RefTracker } from './ref-tracker.ts'

/** Longest delay after failures, unless the poll interval is longer. Milliseconds. */
const LONGEST_BACKOFF_MS = 120_000
const FIRST_BACKOFF_MS = 2_000
/** Fraction of the interval by which polls are spread, so that many repositories are not polled at once. */
const JITTER = 0.2
/** Git's own depth value for the complete history. */
const INFINITE_DEPTH = 0x7fff_ffff

export interface MirrorOptions {
  readonly gitDirectory: string
  readonly limits: GitLimits
  readonly polls: KeyedSemaphore
  readonly fetches: KeyedSemaphore
  readonly credentials: CredentialResolver
  /** Unix milliseconds. */
  readonly now: () => number
  /** From 0 to 1. */
  readonly random: () => number
  readonly log: (event: GitEvent) => void
  readonly notify: StatusListener
  /** Resolves once no earlier mirror uses the directory. */
  readonly ready: Promise<unknown>
}

/** A copy of a repository on a server: refs are polled, objects are fetched on demand. */
export function createMirror(spec: RepositorySpec, options: MirrorOptions): Repository {
  const { gitDirectory, limits, now, random, ready } = options
  const remote = new MirrorRemote(spec, options)

  const notify = (took: { readonly fetchSeconds?: number } = {}) =>
    options.notify({ repository: spec.id, url: spec.url, ...tracker.status, ...took })

  const tracker: RefTracker = new RefTracker({
    read: async (signal) => {
      await files.store
      const refs = await remote.listRefs(signal)
      await files.polled(refs)
      return refs
    },
    delay: (failures) => pollDelay(spec, failures, random),
    now,
    notify,
  })

  const files = new MirrorFiles({
    gitDirectory,
    limits,
    ready,
    now: () => Math.floor(now() / 1000),
    onOpen: ({ state }) => {
      if (state.lastContact > 0) tracker.restore(state.list, state.lastContact)
    },
    onReset: (message) => {
      options.log({ type: 'repaired', repository: spec.url, message })
      tracker.invalidate()
    },
  })

  const fetcher = new Fetcher({
    host: remote.host,
    files,
    fetches: options.fetches,
    fetchMs: limits.fetchMs,
    now,
    random,
    onFetched: (fetchSeconds) => notify({ fetchSeconds }),
    onUnreachable: (failure) => tracker.failed(failure),
  })

  /** When an object that must be there cannot be read, resets the mirror and tries once more. */
  const withSource = async <T>(signal: AbortSignal, work: (source: ObjectSource) => Promise<T>): Promise<T> => {
    const store = await abortable(files.store, signal)
    const { objects } = store
    const source = mirrorSource(store, { remote, tracker, fetcher })
    try {
      return await work(source)
    } catch (error) {
      if (!(error instanceof CodedError) || error.failure.code !== 'GDE_GIT_DAMAGED') throw error
      await abortable(files.discard(store, objects, error.message), signal)
      return work(source)
    }
  }

  let verifying = false
  return {
    resolve: (revision, signal) => withSource(signal, (source) => resolveRevision(revision, source, signal)),
    commitsBetween: (range, signal) => withSource(signal, (source) => commitsBetween(range, source, signal)),
    commitsSince: (commit, time, signal) => withSource(signal, (source) => commitsSince(commit, time, source, signal)),
    poll: () => tracker.poll(),
    verify: () => {
      if (verifying) return
      verifying = true
      // Not reported here: when the disk cannot be read, those who request its content fail with the reason.
      const done = files.verify().catch(() => undefined)
      void done.then(() => {
        verifying = false
        tracker.poll()
      })
    },
    close: async () => {
      const reason = new CodedError('GDE_ABORTED', 'the repository is not used any more')
      fetcher.close(reason)
      await tracker.close()
      await remote.close()
      await files.close(reason)
    },
  }
}

/** Milliseconds until the next poll. */
function pollDelay(spec: RepositorySpec, failures: number, random: () => number): number {
  const interval = spec.pollIntervalSeconds * 1000
  if (failures === 0) return interval * (1 + JITTER * (2 * random() - 1))
  const limits = { firstMs: FIRST_BACKOFF_MS, longestMs: Math.max(LONGEST_BACKOFF_MS, interval) }
  return backoffMs(failures, limits, random)
}

interface SourceParts {
  readonly remote: MirrorRemote
  readonly tracker: RefTracker
  readonly fetcher: Fetcher
}

/** What is in the mirror, and behind it what the server has. */
function mirrorSource(store: MirrorStore, { remote, tracker, fetcher }: SourceParts): ObjectSource {
  return {
    gitDirectory: store.gitDirectory,
    get objects() {
      return store.objects
    },
    list: (signal) => tracker.current(signal),
    newerList: async (name, signal) => {
      remote.addRef(name)
      return tracker.refresh(signal)
    },
    obtain: async (key, commit, signal) => {
      const fetch = async (limit: AbortSignal) => {
        if (!store.objects.has(commit)) await fetchCommit(store, remote.connection, key, commit, limit)
      }
      if (!store.objects.has(commit)) await fetcher.fetch(commit, fetch, signal)
      store.use(key, commit)
    },
    deepen: async (commits, depth, signal) => {
      const whole = store.state.shallow.length === 0 && commits.every((commit) => store.objects.has(commit))
      if (whole) return
      const most = depth === 'all' ? INFINITE_DEPTH : depth
      const fetch = (limit: AbortSignal) => store.fetch(remote.connection, commits, most, limit)
      await fetcher.fetch(`${commits[0]} ${most}`, fetch, signal)
    },
  }
}

/**
 * Fetches incrementally from the last commit of the ref. When that is too large (rewritten history), fetches the new
 * commit alone.
 */
async function fetchCommit(
  store: MirrorStore,
  remote: Remote,
  key: string,
  commit: string,
  signal: AbortSignal,
): Promise<void> {
  const before = store.fetched(key)
  if (before === undefined || !store.objects.has(before)) return store.fetch(remote, [commit], 1, signal)
  try {
    return await store.fetch(remote, [commit], undefined, signal)
  } catch (error) {
    if (!(error instanceof CodedError) || error.failure.code !== 'GDE_TOO_LARGE') throw error
    return store.fetch(remote, [commit], 1, signal)
  }
}
