import { readdir, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { errorCode } from '../../git/git-failure.ts'
import { createSkeleton, removePack } from '../../git/mirrors/mirror-store.ts'
import { verifyPack } from '../../git/packs/pack-verification.ts'
import { CodedError } from '../../model/failure.ts'
import type { UnpackedTree } from '../archive/unpack.ts'
import {
  EMPTY_STATE,
  type KnownTarget,
  readSourceState,
  type SourceState,
  type StoredTree,
  writeSourceState,
} from './source-state.ts'

/** Named as that of a mirror, so that what removes unused mirrors removes unused sources. */
const STATE_FILE = 'mirror.json'
/** A tree that was asked for so short a time ago may be read at this moment. */
const IN_USE_SECONDS = 3600
/** A tree that nobody asked for so long is of a version that was left behind. */
const UNUSED_SECONDS = 8 * 24 * 3600
/** Readers look through the packs of a source one by one. */
const MOST_TREES = 500

export interface ArchiveStoreOptions {
  readonly directory: string
  /** Unix seconds. */
  readonly now: () => number
  /** Most bytes of trees. */
  readonly storeBytes: number
}

/** The trees of one source on disk, each in a pack of its own, and its state file. Methods that write must not run concurrently. */
export class ArchiveStore {
  readonly #options: ArchiveStoreOptions
  #state: SourceState

  private constructor(options: ArchiveStoreOptions, state: SourceState) {
    this.#options = options
    this.#state = state
  }

  /**
   * Opens what is there. All files are verified against their checksums; what is damaged is removed, since the server still has it.
   * @returns with `damage`, why trees were removed
   */
  static async open(options: ArchiveStoreOptions): Promise<{ readonly store: ArchiveStore; readonly damage?: string }> {
    await createSkeleton(options.directory)
    try {
      const state = (await readSourceState(join(options.directory, STATE_FILE))) ?? EMPTY_STATE
      const store = new ArchiveStore(options, state)
      await store.#removeUnknown()
      const damage = await store.verify()
      return { store, ...(damage === undefined ? {} : { damage }) }
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      const store = new ArchiveStore(options, EMPTY_STATE)
      await store.#removeUnknown()
      return { store, damage: error.message }
    }
  }

  get directory(): string {
    return this.#options.directory
  }

  get packFolder(): string {
    return join(this.directory, 'objects/pack')
  }

  get state(): SourceState {
    return this.#state
  }

  /** The tree of an archive, marked as used now; undefined when it is not here, or its file was changed. */
  async tree(key: string): Promise<StoredTree | undefined> {
    const stored = this.#state.trees.find((one) => one.key === key)
    if (stored === undefined || (await sizeOf(join(this.packFolder, stored.pack))) !== stored.bytes) return undefined
    const used = { ...stored, usedAt: this.#options.now() }
    this.#change({ trees: this.#state.trees.map((one) => (one.key === key ? used : one)) })
    return used
  }

  /** @param time Unix seconds; undefined is now */
  async add(
    { key, digest, time }: { readonly key: string; readonly digest: string; readonly time?: number | undefined },
    { packPath, tree }: UnpackedTree,
  ): Promise<StoredTree> {
    const now = this.#options.now()
    const bytes = (await sizeOf(packPath)) ?? 0
    const stored = { key, tree, digest, time: time ?? now, pack: basename(packPath), bytes, usedAt: now }
    this.#change({ trees: [...this.#state.trees.filter((one) => one.key !== key), stored] })
    await this.#tidy()
    await this.#save()
    return stored
  }

  async saveTargets(
    targets: readonly KnownTarget[],
    notes: Readonly<Record<string, string>>,
    lastContact: number,
  ): Promise<void> {
    this.#change({ targets, notes, lastContact })
    await this.#save()
  }

  /** Reads all packs again and removes those that are damaged. @returns what was wrong */
  async verify(): Promise<string | undefined> {
    let damage: string | undefined
    const whole: StoredTree[] = []
    for (const stored of this.#state.trees) {
      const path = join(this.packFolder, stored.pack)
      try {
        await verifyPack(path, stored.bytes)
        whole.push(stored)
      } catch (error) {
        if (!(error instanceof CodedError)) throw error
        damage = error.message
        await removePack(path)
      }
    }
    if (damage === undefined) return undefined
    this.#change({ trees: whole })
    await this.#save()
    return damage
  }

  /** Removes what was left behind, then what was not used for longest, until the rest fits; several archives may share a pack. */
  async #tidy(): Promise<void> {
    const { storeBytes, now } = this.#options
    const kept: StoredTree[] = []
    let bytes = 0
    for (const stored of this.#state.trees.toSorted((a, b) => b.usedAt - a.usedAt)) {
      bytes += stored.bytes
      const age = now() - stored.usedAt
      const fits = bytes <= storeBytes && kept.length < MOST_TREES && age < UNUSED_SECONDS
      if (fits || age < IN_USE_SECONDS) kept.push(stored)
    }
    if (kept.length === this.#state.trees.length) return
    const packs = new Set(kept.map(({ pack }) => pack))
    for (const { pack } of this.#state.trees) if (!packs.has(pack)) await removePack(join(this.packFolder, pack))
    this.#change({ trees: kept })
  }

  /** Files that a process left behind when it died in the middle. */
  async #removeUnknown(): Promise<void> {
    const known = new Set(this.#state.trees.flatMap(({ pack }) => [pack, pack.replace(/\.pack$/, '.idx')]))
    for (const name of await readdir(this.packFolder))
      if (!known.has(name)) await rm(join(this.packFolder, name), { force: true })
    for (const name of await readdir(this.directory))
      if (/^archive-|\.new$/.test(name)) await rm(join(this.directory, name), { force: true })
  }

  #change(change: Partial<SourceState>): void {
    this.#state = { ...this.#state, ...change }
  }

  #save(): Promise<void> {
    return writeSourceState(join(this.directory, STATE_FILE), this.#state)
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
