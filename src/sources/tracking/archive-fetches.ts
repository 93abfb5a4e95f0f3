import { randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyedSemaphore } from '../../concurrency/keyed-semaphore.ts'
import { systemFailure, timeoutFailure } from '../../git/git-failure.ts'
import { FetchBackoff } from '../../git/mirrors/fetch-backoff.ts'
import { storeFile, unpackArchive } from '../archive/unpack.ts'
import type { ArchiveServer, FoundArchive } from '../archive-server.ts'
import type { SourceLimits } from '../limits.ts'
import type { ArchiveStore } from './archive-store.ts'
import type { StoredTree } from './source-state.ts'

export interface ArchiveFetchesOptions {
  readonly server: ArchiveServer
  readonly limits: SourceLimits
  readonly fetches: KeyedSemaphore
  /** Unix milliseconds. */
  readonly now: () => number
  /** From 0 to 1. */
  readonly random: () => number
  /** Runs work that writes to the store, one after the other. */
  readonly write: <T>(work: () => Promise<T>) => Promise<T>
  readonly onFetched: (seconds: number) => void
}

/** The fetches of one source: each archive once, few per host, and none again and again that cannot succeed. */
export class ArchiveFetches {
  readonly #options: ArchiveFetchesOptions
  readonly #backoff: FetchBackoff
  readonly #closing = new AbortController()
  readonly #running = new Map<string, Promise<StoredTree>>()

  constructor(options: ArchiveFetchesOptions) {
    this.#options = options
    this.#backoff = new FetchBackoff(options.now, options.random)
  }

  /**
   * Not aborted with who asked first, since others may wait for it.
   * @throws what the last fetch of the archive threw, until its delay is over
   */
  fetch(store: ArchiveStore, found: FoundArchive): Promise<StoredTree> {
    const running = this.#running.get(found.key)
    if (running !== undefined) return running
    this.#backoff.check(found.key)
    const work = this.#run(store, found).finally(() => this.#running.delete(found.key))
    this.#running.set(found.key, work)
    return work
  }

  /** Resolves when none is running any more. */
  async close(reason: unknown): Promise<void> {
    this.#closing.abort(reason)
    await Promise.allSettled(this.#running.values())
  }

  async #run(store: ArchiveStore, found: FoundArchive): Promise<StoredTree> {
    const { server, limits, fetches, onFetched } = this.#options
    const { signal } = this.#closing
    try {
      return await fetches(server.host, signal, async () => {
        const start = performance.now()
        const limit = AbortSignal.any([signal, AbortSignal.timeout(limits.fetchMs)])
        const stored = await this.#store(store, found, limit)
        this.#backoff.succeeded(found.key)
        onFetched((performance.now() - start) / 1000)
        return stored
      })
    } catch (error) {
      const failure = storageFailure(timeoutFailure(error, `fetching from ${server.host}`))
      this.#backoff.failed(found.key, failure)
      throw failure
    }
  }

  async #store(store: ArchiveStore, found: FoundArchive, signal: AbortSignal): Promise<StoredTree> {
    const { server, limits, write } = this.#options
    const file = join(store.directory, `archive-${randomBytes(8).toString('hex')}`)
    try {
      const archive = await server.fetch(found, file, signal)
      const unpacked =
        archive.type === 'file'
          ? await storeFile(await readFile(file), 'file', store.packFolder)
          : await unpackArchive(file, store.packFolder, { ...archive, limits }, signal)
      const time = archive.type === 'tar' ? (archive.time ?? found.time) : found.time
      return await write(() => store.add({ key: found.key, digest: archive.digest, time }, unpacked))
    } finally {
      await rm(file, { force: true })
    }
  }
}

export function storageFailure(error: unknown): unknown {
  return systemFailure(error, 'GDE_GIT_STORAGE', 'the copy on this disk cannot be read or written')
}
