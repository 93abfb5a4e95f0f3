import { abortable } from '../../concurrency/abortable.ts'
import { backoffMs } from '../../concurrency/backoff.ts'
import type { KeyedSemaphore } from '../../concurrency/keyed-semaphore.ts'
import { createSerialQueue } from '../../concurrency/serial-queue.ts'
import { CodedError } from '../../model/failure.ts'
import type { Revision } from '../../model/git.ts'
import type { RepositorySpec } from '../../model/inventory.ts'
import { systemFailure, timeoutFailure } from '../git-failure.ts'
import type { GitLimits } from '../limits.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import type { GitEvent, Repository, StatusListener } from '../repository.ts'
import { commitsBetween, commitsSince, type ObjectSource, resolveRevision } from '../revisions/revision-resolver.ts'
import { createHttpRemote } from '../transport/http-remote.ts'
import type { RefList, Remote } from '../transport/remote.ts'
import { FetchBackoff } from './fetch-backoff.ts'
import { type MirrorStore, openMirrorStore } from './mirror-store.ts'
import { RefTracker } from './ref-tracker.ts'

/** Longest delay after failures, unless the poll interval is longer. Milliseconds. */
const LONGEST_BACKOFF_MS = 120_000
const FIRST_BACKOFF_MS = 2_000
/** Fraction of the interval by which polls are spread, so that many repositories are not polled at once. */
const JITTER = 0.2
/** The state file is written at most this often when only the time of the last contact changed. */
const SAVE_CONTACT_SECONDS = 60
/** Git's own depth value for the complete history. */
const INFINITE_DEPTH = 0x7fff_ffff

export interface MirrorOptions {
  readonly gitDirectory: string
  readonly limits: GitLimits
  readonly polls: KeyedSemaphore
  readonly fetches: KeyedSemaphore
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
  const { limits, now } = options
  const closing = new AbortController()
  const host = URL.parse(spec.fetchUrl)?.host ?? ''
  let remote: Remote | undefined
  /** Refs that were requested beside branches, tags and HEAD. */
  const extraRefs = new Set<string>()
  /** Serializes writes to the mirror: a fetch often finds that the one before brought its commit. */
  const writes = createSerialQueue()
  const backoff = new FetchBackoff(now, options.random)

  const seconds = () => Math.floor(now() / 1000)
  const connection = (): Remote => {
    remote ??= createHttpRemote(spec, limits)
    return remote
  }
  const notify = (fetchSeconds?: number) => {
    const took = fetchSeconds === undefined ? {} : { fetchSeconds }
    options.notify({ repository: spec.id, url: spec.url, ...tracker.status, ...took })
  }

  const opened = open()
  // Not unhandled: everyone who awaits the store gets the error.
  opened.catch(() => undefined)

  async function open(): Promise<MirrorStore> {
    await options.ready.catch(() => undefined)
    const { store, damage } = await openMirrorStore(options.gitDirectory, { limits, now: seconds }).catch((error) => {
      throw storageFailure(error)
    })
    if (damage !== undefined) options.log({ type: 'repaired', repository: spec.url, message: damage })
    if (store.state.lastContact > 0) tracker.restore(store.state.list, store.state.lastContact)
    return store
  }

  const list = async (signal: AbortSignal) => {
    const store = await opened
    const refs = await options.polls(host, signal, () =>
      connection().listRefs([...extraRefs], AbortSignal.any([signal, AbortSignal.timeout(limits.listMs)])),
    )
    // Skipped while a fetch is running: it writes the same files, and the poll must not wait for it.
    if (!writes.busy) await writes.run(() => checkFiles(store, refs))
    return refs
  }

  const checkFiles = async (store: MirrorStore, refs: RefList): Promise<void> => {
    if (!(await store.isIntact())) await reset(store, 'files of the mirror were changed or removed')
    if (seconds() >= store.state.lastContact + SAVE_CONTACT_SECONDS) await store.saveList(refs, seconds())
  }

  const reset = async (store: MirrorStore, message: string): Promise<void> => {
    options.log({ type: 'repaired', repository: spec.url, message })
    await store.reset()
    tracker.invalidate()
  }

  const delay = (failures: number) => {
    const interval = spec.pollIntervalSeconds * 1000
    if (failures === 0) return interval * (1 + JITTER * (2 * options.random() - 1))
    const limits = { firstMs: FIRST_BACKOFF_MS, longestMs: Math.max(LONGEST_BACKOFF_MS, interval) }
    return backoffMs(failures, limits, options.random)
  }

  const tracker = new RefTracker({ read: list, delay, now, notify: () => notify() })

  /** The fetch is not aborted with its requester, since others may wait for it. @param subject key for the back-off */
  const fetching = async (subject: string, work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal) => {
    backoff.check(subject)
    const fetched = writes.run(async () => {
      try {
        await options.fetches(host, closing.signal, async () => {
          const start = performance.now()
          await work(AbortSignal.any([closing.signal, AbortSignal.timeout(limits.fetchMs)]))
          backoff.succeeded(subject)
          notify((performance.now() - start) / 1000)
        })
      } catch (error) {
        const failure = storageFailure(timeoutFailure(error, `fetching from ${host}`))
        backoff.failed(subject, failure)
        if (isTransportFailure(failure)) tracker.failed(failure)
        throw failure
      }
    })
    return abortable(fetched, signal)
  }

  const sourceOf = (store: MirrorStore): ObjectSource => ({
    gitDirectory: store.gitDirectory,
    get objects() {
      return store.objects
    },
    list: (signal) => tracker.current(signal),
    newerList: async (name, signal) => {
      if (!name.startsWith('refs/heads/') && !name.startsWith('refs/tags/')) extraRefs.add(name)
      return tracker.refresh(signal)
    },
    obtain: async (key, commit, signal) => {
      if (!store.objects.has(commit))
        await fetching(
          commit,
          async (limit) => {
            if (!store.objects.has(commit)) await fetchCommit(store, connection(), key, commit, limit)
          },
          signal,
        )
      store.use(key, commit)
    },
    deepen: async (commits, depth, signal) => {
      const whole = store.state.shallow.length === 0 && commits.every((commit) => store.objects.has(commit))
      if (whole) return
      const most = depth === 'all' ? INFINITE_DEPTH : depth
      await fetching(`${commits[0]} ${most}`, (limit) => store.fetch(connection(), commits, most, limit), signal)
    },
  })

  /** Resets the mirror unless somebody did since: many readers may find the same damaged object at once. */
  const discard = (store: MirrorStore, objects: ObjectStore, message: string): Promise<void> =>
    writes.run(async () => {
      if (store.objects === objects) await reset(store, message)
    })

  let verifying = false
  const verify = async (): Promise<void> => {
    const store = await opened
    await writes.run(async () => {
      try {
        await store.verify()
      } catch (error) {
        if (!(error instanceof CodedError)) throw error
        await reset(store, error.message)
      }
    })
  }

  /** When an object that must be there cannot be read, resets the mirror and tries once more. */
  const withSource = async <T>(signal: AbortSignal, work: (source: ObjectSource) => Promise<T>): Promise<T> => {
    const store = await abortable(opened, signal)
    const { objects } = store
    try {
      return await work(sourceOf(store))
    } catch (error) {
      if (!(error instanceof CodedError) || error.failure.code !== 'GDE_GIT_DAMAGED') throw error
      await abortable(discard(store, objects, error.message), signal)
      return work(sourceOf(store))
    }
  }

  return {
    resolve: (revision, signal): Promise<Revision> =>
      withSource(signal, (source) => resolveRevision(revision, source, signal)),
    commitsBetween: (from, to, signal) => withSource(signal, (source) => commitsBetween(from, to, source, signal)),
    commitsSince: (commit, time, signal) => withSource(signal, (source) => commitsSince(commit, time, source, signal)),
    poll: () => tracker.poll(),
    verify: () => {
      if (verifying) return
      verifying = true
      // Not reported here: when the disk cannot be read, those who request its content fail with the reason.
      const done = verify().catch(() => undefined)
      void done.then(() => {
        verifying = false
        tracker.poll()
      })
    },
    close: async () => {
      const reason = new CodedError('GDE_ABORTED', 'the repository is not used any more')
      closing.abort(reason)
      await tracker.close()
      await remote?.close()
      await writes.close(reason)
      await opened.then((store) => store.close()).catch(() => undefined)
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

const storageFailure = (error: unknown) =>
  systemFailure(error, 'GDE_GIT_STORAGE', 'the mirror cannot be read or written')

/** Failures of the connection or the server, as opposed to a single revision that is not there. */
function isTransportFailure(error: unknown): boolean {
  return (
    error instanceof CodedError && error.failure.code !== 'GDE_GIT_REVISION' && error.failure.code !== 'GDE_ABORTED'
  )
}
