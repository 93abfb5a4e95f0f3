import type { RepositorySpec } from '../../model/apps/inventory.ts'
import type { Failure } from '../../model/failure.ts'
import type { AppId } from '../../model/identity.ts'
import { type GitService, hasMoved, type RepositoryStatus, type Revision } from '../../model/sources/git.ts'
import { artifactRevision, chartRevision, ociRevision } from '../../model/sources/remote-reference.ts'
import type { RepositoryId, Source } from '../../model/sources/source.ts'
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

/** What a revision depends on. */
export type ResolvedSource = Pick<Source, 'repository' | 'chart' | 'reference' | 'targetRevision'>

export interface Repositories {
  /** Those of the inventory; what apps borrow is watched besides. */
  configure(specs: readonly RepositorySpec[]): { readonly removed: readonly RepositoryId[] }
  /** Replaces what files of the app name; what nobody needs any more goes with the next inventory. */
  borrow(app: AppId, specs: readonly RepositorySpec[]): void
  /** Cached until the repository moves, so that many apps cause one request. @throws CodedError `GDE_GIT_*` */
  resolve(source: ResolvedSource, signal: AbortSignal): Promise<Revision>
  /** The same as long as what revisions of it resolved to holds; to be compared, and nothing else. */
  state(repository: RepositoryId): unknown
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
  /** Another map once they may resolve to something else. */
  revisions: Map<string, Promise<Revision>>
}

/** Verifying reads the whole mirror, and does not repair a repository on the server: so it is done this rarely. */
const VERIFY_MS = 300_000
/** Polls that may fail before a verdict is stale, where the poll interval is longer than `staleAfter`. */
const MISSED_POLLS = 3

export function createRepositories(options: RepositoriesOptions): Repositories {
  const { git, now, uptime } = options
  const known = new Map<RepositoryId, Repository>()
  const borrowed = new Map<AppId, readonly RepositorySpec[]>()
  let declared: readonly RepositorySpec[] = []
  const unsubscribe = git.onStatus((status) => {
    const repository = known.get(status.repository)
    if (repository === undefined) return
    const before = repository.status
    repository.status = status
    options.onStatus(status)
    if (!hasMoved(before, status)) return
    repository.revisions = new Map()
    options.onMoved(status.repository)
  })

  /** What the inventory says of a repository counts before what an app borrowed. */
  function allSpecs(): ReadonlyMap<RepositoryId, RepositorySpec> {
    return new Map([...borrowed.values(), declared].flatMap((specs) => specs.map((spec) => [spec.id, spec] as const)))
  }

  function watch(specs: ReadonlyMap<RepositoryId, RepositorySpec>): void {
    for (const spec of specs.values()) {
      const repository = known.get(spec.id)
      if (repository !== undefined) repository.spec = spec
      else known.set(spec.id, newRepository(spec, now(), uptime))
    }
    git.configure([...known.values()].map(({ spec }) => spec))
  }

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
      declared = specs
      const wanted = allSpecs()
      const removed = [...known.keys()].filter((id) => !wanted.has(id))
      for (const id of removed) known.delete(id)
      watch(wanted)
      return { removed }
    },
    borrow(app, specs) {
      if (specs.length === 0) borrowed.delete(app)
      else borrowed.set(app, specs)
      if (specs.every(({ id }) => known.has(id))) return
      watch(allSpecs())
    },
    resolve(source, signal) {
      const { repository: id, chart } = source
      const { spec, revisions } = known.get(id) ?? {}
      const wanted = wantedRevision(source, spec)
      const key = chart === undefined ? wanted : `chart ${wanted}`
      const cached = revisions?.get(key)
      if (cached !== undefined) return cached
      const answer = git.resolve(id, wanted, signal)
      const asked = chart === undefined ? answer : answer.then(namedByVersion)
      revisions?.set(key, asked)
      asked.catch(() => {
        if (revisions?.get(key) === asked) revisions.delete(key)
      })
      return asked
    },
    state: (id) => known.get(id)?.revisions,
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

/** What the service is asked for, in the spelling of the kind of repository. */
function wantedRevision(
  { chart, reference, targetRevision }: ResolvedSource,
  spec: RepositorySpec | undefined,
): string {
  if (spec?.type === 'helm') return chartRevision(chart ?? '', targetRevision)
  // A revision that was resolved before is asked for by its name alone.
  if (reference?.type === 'artifact')
    return targetRevision === reference.revision ? artifactRevision(reference) : targetRevision
  return reference === undefined || targetRevision.startsWith('sha256:') ? targetRevision : ociRevision(reference)
}

/** Argo CD names charts by their version, those of registries as well. */
function namedByVersion(revision: Revision): Revision {
  return { ...revision, commit: revision.archive?.version || revision.commit }
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
