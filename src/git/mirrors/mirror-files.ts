import { createSerialQueue } from '../../concurrency/serial-queue.ts'
import { CodedError } from '../../model/failure.ts'
import { systemFailure } from '../git-failure.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import type { RefList } from '../transport/remote.ts'
import { type MirrorStore, openMirrorStore, type StoreOptions } from './mirror-store.ts'

/** The state file is written at most this often when only the time of the last contact changed. */
const SAVE_CONTACT_SECONDS = 60

export interface MirrorFilesOptions extends StoreOptions {
  readonly gitDirectory: string
  /** Resolves once no earlier mirror uses the directory. */
  readonly ready: Promise<unknown>
  /** The store as it was found, before anybody reads it. */
  readonly onOpen: (store: MirrorStore) => void
  /** All objects were removed since the files were damaged; the next fetches are clones. */
  readonly onReset: (reason: string) => void
}

/** The files of one mirror: writes come one after the other, and damage is repaired by beginning anew. */
export class MirrorFiles {
  /** Rejects where the disk cannot be read. */
  readonly store: Promise<MirrorStore>
  readonly #options: MirrorFilesOptions
  /** A fetch often finds that the one before brought its commit. */
  readonly #writes = createSerialQueue()

  constructor(options: MirrorFilesOptions) {
    this.#options = options
    this.store = this.#open()
    // Not unhandled: everyone who awaits the store gets the error.
    this.store.catch(() => undefined)
  }

  /** Runs work that writes to the store. */
  write<T>(work: () => Promise<T>): Promise<T> {
    return this.#writes.run(work)
  }

  /** After a poll: notices files that somebody changed, and saves the list. */
  async polled(refs: RefList): Promise<void> {
    const store = await this.store
    // Skipped while a fetch is running: it writes the same files, and the poll must not wait for it.
    if (this.#writes.busy) return
    await this.write(async () => {
      if (!(await store.isIntact())) await this.#reset(store, 'files of the mirror were changed or removed')
      const now = this.#options.now()
      // A clock that was set back makes no contact an old one.
      if (Math.abs(now - store.state.lastContact) >= SAVE_CONTACT_SECONDS) await store.saveList(refs, now)
    })
  }

  /** Resets the mirror unless somebody did since: many readers may find the same damaged object at once. */
  discard(store: MirrorStore, objects: ObjectStore, reason: string): Promise<void> {
    return this.write(async () => {
      if (store.objects === objects) await this.#reset(store, reason)
    })
  }

  /** Reads everything again, and resets the mirror where anything is damaged. */
  async verify(): Promise<void> {
    const store = await this.store
    await this.write(async () => {
      try {
        await store.verify()
      } catch (error) {
        if (!(error instanceof CodedError)) throw error
        await this.#reset(store, error.message)
      }
    })
  }

  /** Resolves when no file is open any more; writes that wait are refused with the reason. */
  async close(reason: unknown): Promise<void> {
    await this.#writes.close(reason)
    await this.store.then((store) => store.close()).catch(() => undefined)
  }

  async #open(): Promise<MirrorStore> {
    const { gitDirectory, ready, onOpen, onReset } = this.#options
    await ready.catch(() => undefined)
    const { store, damage } = await openMirrorStore(gitDirectory, this.#options).catch((error) => {
      throw storageFailure(error)
    })
    if (damage !== undefined) onReset(damage)
    onOpen(store)
    return store
  }

  async #reset(store: MirrorStore, reason: string): Promise<void> {
    await store.reset()
    this.#options.onReset(reason)
  }
}

export function storageFailure(error: unknown): unknown {
  return systemFailure(error, 'GDE_GIT_STORAGE', 'the mirror cannot be read or written')
}
