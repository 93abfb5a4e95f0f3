import type { RepositorySpec } from '../../model/apps/inventory.ts'
import type { Failure } from '../../model/failure.ts'
import { type GitService, hasMoved, type RepositoryStatus, type Revision } from '../../model/sources/git.ts'
import type { RepositoryId } from '../../model/sources/source.ts'
import { type ContactAge, createContactAge } from '../contact-age.ts'

/** The Git thread as the engine uses it: the service, and its status updates. */
export interface GitPort extends GitService {
  configure(specs: readonly RepositorySpec[]): void
  /** Called after each poll or fetch. Returns how to stop. */
  onStatus(listener: (status: RepositoryStatus) => void): () => void
}

export interface RepositoriesOptions {
  readonly git: GitPort
  readonly now: () => number
  readonly uptime: () => number
  readonly staleAfterMs: number
  readonly onStatus: (status: RepositoryStatus) => void
  /** Revisions of this repository may resolve to something else now. */
  readonly onMoved: (repository: RepositoryId) => void
  /** It became stale, or is no longer. */
  readonly onFreshness: (repository: RepositoryId) => void
}

export interface Repositories {
  configure(specs: readonly RepositorySpec[]): { readonly removed: readonly RepositoryId[] }
  /** Cached until the repository moves, so that many apps cause one request. @throws CodedError `GDE_GIT_*` */
  resolve(repository: RepositoryId, targetRevision: string, signal: AbortSignal): Promise<Revision>
  /** Why the last contact is too long ago to trust its data; undefined while it is not. */
  staleness(repository: RepositoryId): Failure | undefined
  pollAll(): void
  /** An object could not be read (`GDE_GIT_DAMAGED`): has the mirror verified, once for all apps that report it. */
  verify(repository: RepositoryId): void
  tick(): void
  close(): void
}

interface Repository {
  spec: RepositorySpec
  readonly knownSince: number
  status: RepositoryStatus | undefined
  readonly age: ContactAge
  stale: boolean
  /** When it was last verified, by `uptime`. */
  verifiedAt: number
  readonly revisions: Map<string, Promise<Revision>>
}

/** Verifying reads the whole mirror, and does not repair a repository on the server: so it is done this rarely. */
const VERIFY_MS = 300_000
/** Polls that may fail before a verdict is stale, where the poll interval is longer than `staleAfter`. */
const MISSED_POLLS = 3

export function createRepositories(options: RepositoriesOptions): Repositories {
  const { git, now, uptime } = options
  const known = new Map<RepositoryId, Repository>()
  const unsubscribe = git.onStatus((status) => {
    const repository = known.get(status.repository)
    if (repository === undefined) return
    const before = repository.status
    repository.status = status
    options.onStatus(status)
    if (!hasMoved(before, status)) return
    repository.revisions.clear()
    options.onMoved(status.repository)
  })

  /** A poll interval longer than `staleAfter` must not make the data stale between two polls. */
  function lifetime({ spec }: Repository): number {
    return Math.max(options.staleAfterMs, spec.pollIntervalSeconds * 1000 * MISSED_POLLS)
  }

  function staleness(id: RepositoryId): Failure | undefined {
    const repository = known.get(id)
    if (repository === undefined) return undefined
    const { lastContact, failure } = repository.status ?? {}
    const contact = lastContact === undefined ? repository.knownSince : lastContact * 1000
    if (repository.age(contact) <= lifetime(repository)) return undefined
    return {
      code: 'GDE_STALE',
      repository: repository.spec.url,
      message: `no contact with the repository since ${new Date(contact).toISOString()}${failure === undefined ? '' : `: ${failure.message} (${failure.code})`}`,
    }
  }

  return {
    configure(specs) {
      const wanted = new Set(specs.map((spec) => spec.id))
      const removed = [...known.keys()].filter((id) => !wanted.has(id))
      for (const id of removed) known.delete(id)
      for (const spec of specs) {
        const repository = known.get(spec.id)
        if (repository !== undefined) repository.spec = spec
        else known.set(spec.id, newRepository(spec, now(), uptime))
      }
      git.configure(specs)
      return { removed }
    },
    resolve(id, targetRevision, signal) {
      const revisions = known.get(id)?.revisions
      const cached = revisions?.get(targetRevision)
      if (cached !== undefined) return cached
      const asked = git.resolve(id, targetRevision, signal)
      revisions?.set(targetRevision, asked)
      asked.catch(() => {
        if (revisions?.get(targetRevision) === asked) revisions.delete(targetRevision)
      })
      return asked
    },
    staleness,
    pollAll() {
      for (const id of known.keys()) git.poll(id)
    },
    verify(id) {
      const repository = known.get(id)
      if (repository === undefined || uptime() - repository.verifiedAt < VERIFY_MS) return
      repository.verifiedAt = uptime()
      git.verify?.(id)
    },
    tick() {
      for (const [id, repository] of known) {
        const stale = staleness(id) !== undefined
        if (stale === repository.stale) continue
        repository.stale = stale
        options.onFreshness(id)
      }
    },
    close: unsubscribe,
  }
}

function newRepository(spec: RepositorySpec, now: number, uptime: () => number): Repository {
  return {
    spec,
    knownSince: now,
    status: undefined,
    age: createContactAge(uptime),
    stale: false,
    verifiedAt: Number.NEGATIVE_INFINITY,
    revisions: new Map(),
  }
}
