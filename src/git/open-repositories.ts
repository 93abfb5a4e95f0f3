import { createHash } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createKeyedSemaphore, type KeyedSemaphore } from '../concurrency/keyed-semaphore.ts'
import { type CredentialResolver, createCredentialResolver } from '../credentials/credential-resolver.ts'
import type { ArchiveType, RepositorySpec } from '../model/apps/inventory.ts'
import { Confidential } from '../model/confidential.ts'
import { CodedError } from '../model/failure.ts'
import type { RepositoryId } from '../model/sources/source.ts'
import { errorCode } from './git-failure.ts'
import type { GitLimits } from './limits.ts'
import { createLocalRepository } from './mirrors/local-repository.ts'
import { createMirror } from './mirrors/mirror.ts'
import type { GitEvent, Repository, StatusListener } from './repository.ts'

/** Mirrors unused for this long are removed. Not sooner: a repository can be missing from the inventory for a while. */
const UNUSED_MS = 7 * 24 * 3600 * 1000

export interface OpenRepository {
  readonly spec: RepositorySpec
  readonly repository: Repository
  readonly gitDirectory: string
}

/** What whoever opens sources of archives has to share with the mirrors. */
export interface SharedOptions {
  readonly gitDirectory: string
  readonly polls: KeyedSemaphore
  readonly fetches: KeyedSemaphore
  readonly credentials: CredentialResolver
  readonly now: () => number
  readonly random: () => number
  readonly log: (event: GitEvent) => void
  readonly notify: StatusListener
  /** Resolves once nobody uses the directory any more. */
  readonly ready: Promise<unknown>
}

/** Opens what is no Git: `src/sources`, which stands on this room. */
export type OpenArchives = (type: ArchiveType, spec: RepositorySpec, options: SharedOptions) => Repository

export interface OpenRepositoriesOptions {
  /** Mirrors lie in folders below it. */
  readonly folder: string
  readonly limits: GitLimits
  /** Unix milliseconds. */
  readonly now: () => number
  /** From 0 to 1. */
  readonly random: () => number
  readonly log: (event: GitEvent) => void
  readonly notify: StatusListener
  readonly openArchives: OpenArchives | undefined
}

/** The repositories of the inventory, and their mirrors on disk: one directory has one owner at a time. */
export class OpenRepositories {
  readonly #options: OpenRepositoriesOptions
  readonly #polls
  readonly #fetches
  readonly #credentials: CredentialResolver
  readonly #open = new Map<RepositoryId, OpenRepository>()
  /** Mirrors that are being closed. */
  readonly #closing = new Map<string, Promise<unknown>>()
  #swept: Promise<void> | undefined

  constructor(options: OpenRepositoriesOptions) {
    this.#options = options
    const { concurrentPerHost, concurrent } = options.limits
    this.#polls = createKeyedSemaphore(concurrentPerHost, concurrent)
    this.#fetches = createKeyedSemaphore(concurrentPerHost, concurrent)
    this.#credentials = createCredentialResolver(options.now)
  }

  get(id: RepositoryId): OpenRepository | undefined {
    return this.#open.get(id)
  }

  /** Those whose files lie in the directory. */
  in(gitDirectory: string): readonly OpenRepository[] {
    return [...this.#open.values()].filter((one) => one.gitDirectory === gitDirectory)
  }

  /** Opens and polls what is new, closes what is gone; unchanged ones stay open. */
  configure(specs: readonly RepositorySpec[]): void {
    const wanted = new Map(specs.map((spec) => [spec.id, spec]))
    for (const [id, current] of this.#open) {
      const spec = wanted.get(id)
      if (spec !== undefined && sameSpec(current.spec, spec)) wanted.delete(id)
      else {
        this.#open.delete(id)
        this.#close(current)
      }
    }
    for (const [id, spec] of wanted) {
      const created = this.#create(spec)
      this.#open.set(id, created)
      created.repository.poll()
    }
    const used = new Set([...this.#open.values()].map(({ gitDirectory }) => gitDirectory))
    // Not reported here: when the disk cannot be read, each mirror on it fails with the reason.
    this.#swept ??= removeUnused(this.#options.folder, used, this.#options.now()).catch(() => undefined)
  }

  /** Resolves once nothing runs and no file is open any more. */
  async close(): Promise<void> {
    const all = [...this.#open.values()]
    this.#open.clear()
    for (const one of all) this.#close(one)
    await Promise.all([...this.#closing.values(), this.#swept])
  }

  #create(spec: RepositorySpec): OpenRepository {
    const { folder, openArchives, ...options } = this.#options
    const gitDirectory = join(folder, mirrorName(spec))
    const isLocal = spec.type === undefined && spec.fetchUrl.startsWith('file:')
    if (isLocal && !spec.untrusted) return { spec, gitDirectory, repository: createLocalRepository(spec, options) }
    const ready = this.#closing.get(gitDirectory) ?? Promise.resolve()
    const shared = { polls: this.#polls, fetches: this.#fetches, credentials: this.#credentials }
    const mirror = { ...options, ...shared, gitDirectory, ready }
    if (spec.type === undefined) return { spec, gitDirectory, repository: createMirror(spec, mirror) }
    if (openArchives === undefined) throw new CodedError('GDE_INTERNAL', `nobody opens sources of type ${spec.type}`)
    return { spec, gitDirectory, repository: openArchives(spec.type, spec, mirror) }
  }

  #close({ repository, gitDirectory }: OpenRepository): void {
    const done = repository.close().finally(() => {
      if (this.#closing.get(gitDirectory) === done) this.#closing.delete(gitDirectory)
    })
    this.#closing.set(gitDirectory, done)
  }
}

/** Names the mirror by what is fetched and by whose credentials, so that no app reads what another's fetched. */
function mirrorName({ id, fetchUrl, type, oci }: RepositorySpec): string {
  const kind = type === undefined ? '' : `\0${type}\0${JSON.stringify(oci)}`
  return createHash('sha256').update(`${id}\0${fetchUrl}${kind}`).digest('hex').slice(0, 40)
}

function sameSpec(a: RepositorySpec, b: RepositorySpec): boolean {
  // JSON redacts secrets, so they are compared separately. The content of files is not compared: it is read at each use.
  const [secrets, others] = [secretsIn(a), secretsIn(b)]
  const isSame = secrets.length === others.length && secrets.every((one, index) => others[index]?.equals(one) === true)
  return isSame && JSON.stringify(a) === JSON.stringify(b)
}

function secretsIn(data: unknown): readonly Confidential[] {
  if (data instanceof Confidential) return [data]
  return typeof data === 'object' && data !== null ? Object.values(data).flatMap(secretsIn) : []
}

async function removeUnused(folder: string, used: ReadonlySet<string>, now: number): Promise<void> {
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
