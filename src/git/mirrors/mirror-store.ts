import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { CodedError } from '../../model/failure.ts'
import { damage, errorCode } from '../git-failure.ts'
import type { GitLimits } from '../limits.ts'
import { readCommit } from '../objects/commit-graph.ts'
import { ObjectStore } from '../objects/object-store.ts'
import { consolidatePacks } from '../packs/pack-consolidation.ts'
import { receivePack } from '../packs/pack-receiver.ts'
import { verifyPack } from '../packs/pack-verification.ts'
import type { PackRequest, RefList, Remote } from '../transport/remote.ts'
import { EMPTY_STATE, type FetchedCommit, type MirrorState, readMirrorState, writeMirrorState } from './mirror-state.ts'

const STATE_FILE = 'mirror.json'
/** `have` lines in a request; more would not help the server to find common history. */
const MOST_HAVES = 64
const GROWTH_FACTOR = 3
/** Shallow commits before the mirror is re-cloned: each commit fetched on its own adds one. */
const MOST_SHALLOW = 1000
/** Commits not requested for this long are left out when a mirror is cloned again. */
const FORGET_SECONDS = 7 * 24 * 3600
/** Fetched commits to remember; above this, the least recently used are forgotten. */
const MOST_FETCHED = 1000

/** The objects of one mirror on disk, and its state file. Methods that write must not run concurrently. */
export class MirrorStore {
  readonly gitDirectory: string
  readonly #limits: GitLimits
  readonly #now: () => number
  #objects: ObjectStore
  #state: MirrorState
  #fingerprints: ReadonlyMap<string, string> = new Map()

  /** Use `openMirrorStore`. */
  constructor(gitDirectory: string, state: MirrorState, options: StoreOptions) {
    this.gitDirectory = gitDirectory
    this.#limits = options.limits
    this.#now = options.now
    this.#objects = openObjects(gitDirectory, options.limits)
    this.#state = state
  }

  get objects(): ObjectStore {
    return this.#objects
  }

  get state(): MirrorState {
    return this.#state
  }

  /** The commit that was fetched for this key last, if it is still here. */
  fetched(key: string): string | undefined {
    return this.#state.fetched.find((one) => one.key === key)?.commit
  }

  /** Marks the commit as used now; written to disk with the next save. */
  use(key: string, commit: string): void {
    const used: FetchedCommit = { key, commit, usedAt: this.#now() }
    const others = this.#state.fetched.filter((one) => one.key !== key)
    this.#state = { ...this.#state, fetched: [...others, used].slice(-MOST_FETCHED) }
  }

  async saveList(list: RefList, lastContact: number): Promise<void> {
    await this.#save({ list, lastContact })
  }

  /**
   * Fetches commits with their files.
   * @param depth number of commits of history; absent fetches all between them and the commits already here
   * @throws CodedError `GDE_GIT_*`, `GDE_TOO_LARGE`, `GDE_TIMEOUT`
   */
  async fetch(remote: Remote, wants: readonly string[], depth: number | undefined, signal: AbortSignal): Promise<void> {
    const haves = new Set(this.#state.fetched.map((one) => one.commit))
    const request: PackRequest = {
      wants: [...new Set(wants)],
      haves: [...haves].filter((commit) => this.#objects.has(commit)).slice(-MOST_HAVES),
      shallow: this.#state.shallow,
      ...(depth === undefined ? {} : { depth }),
    }
    const limits = depth === undefined ? { ...this.#limits, packBytes: this.#incrementalBytes() } : this.#limits
    const answer = await this.#receive(remote, request, limits, signal)
    const shallow = new Set([...this.#state.shallow, ...answer.shallow])
    for (const commit of answer.unshallow) shallow.delete(commit)
    // Deepened history was requested, so it does not count as growth that triggers a re-clone.
    const base = this.#state.packs.length === 0 || (depth !== undefined && depth > 1)
    await this.#savePacks({ shallow: [...shallow] }, base)
    await this.#tidy(remote, signal)
  }

  /** Whether the files on disk are still those that were written or verified last. Cheap. */
  async isIntact(): Promise<boolean> {
    for (const [path, fingerprint] of this.#fingerprints) if ((await fingerprintOf(path)) !== fingerprint) return false
    return true
  }

  /** Reads all that is on disk and holds it against its checksums. @throws CodedError `GDE_GIT_DAMAGED` */
  async verify(): Promise<void> {
    const { packs, fetched } = this.#state
    // Fingerprints are taken before reading, so that a change during the read is found by the next check.
    this.#fingerprints = await fingerprintsOf(this.#packFolder, packs)
    for (const { name, bytes } of packs) await verifyPack(join(this.#packFolder, name), bytes)
    for (const { commit } of fetched) {
      const found = readCommit(this.#objects, commit)
      if (found === undefined || !this.#objects.has(found.tree)) throw damage(`commit ${commit} is missing`)
    }
  }

  /** Removes all objects, so that the next fetch is a clone. The list of refs stays valid. */
  async reset(): Promise<void> {
    this.#objects.close()
    await removeObjects(this.gitDirectory)
    this.#fingerprints = new Map()
    this.#objects = openObjects(this.gitDirectory, this.#limits)
    await this.#save({ packs: [], clonedBytes: 0, shallow: [], fetched: [] })
  }

  close(): void {
    this.#objects.close()
  }

  get #packFolder(): string {
    return join(this.gitDirectory, 'objects/pack')
  }

  /** A new history (force push, merge of another one) is cheaper to clone than to fetch. */
  #incrementalBytes(): number {
    return Math.min(this.#limits.packBytes, Math.max(this.#limits.growthBytes, 2 * totalBytes(this.#state.packs)))
  }

  async #receive(remote: Remote, request: PackRequest, limits: GitLimits, signal: AbortSignal) {
    const answer = await remote.fetchPack(
      request,
      async ({ shallow, unshallow, pack }) => {
        const path = await receivePack(pack, this.#packFolder, limits, signal)
        return { shallow, unshallow, path }
      },
      signal,
    )
    this.#objects.rescan()
    for (const commit of request.wants) {
      const found = readCommit(this.#objects, commit)
      if (found === undefined || !this.#objects.has(found.tree))
        throw new CodedError('GDE_GIT_PROTOCOL', `the server did not send commit ${commit}`)
    }
    return answer
  }

  async #tidy(remote: Remote, signal: AbortSignal): Promise<void> {
    const { packs, clonedBytes, shallow } = this.#state
    const bytes = totalBytes(packs)
    if (bytes > GROWTH_FACTOR * clonedBytes + this.#limits.growthBytes || shallow.length > MOST_SHALLOW)
      await this.#renew(remote, signal)
    else if (packs.length > this.#limits.packs) {
      const paths = packs.map(({ name }) => join(this.#packFolder, name))
      await this.#replacePacks(paths, await consolidatePacks(paths, this.#packFolder), {})
    }
  }

  /** Clones the commits still in use, then removes the old packs. Readers find their objects in the new one. */
  async #renew(remote: Remote, signal: AbortSignal): Promise<void> {
    const old = this.#state.packs.map(({ name }) => join(this.#packFolder, name))
    const fetched = this.#state.fetched.filter((one) => one.usedAt > this.#now() - FORGET_SECONDS)
    const wants = [...new Set(fetched.map((one) => one.commit))]
    const request = { wants, haves: [], shallow: [], depth: 1 }
    const { shallow, path } = await this.#receive(remote, request, this.#limits, signal)
    await this.#replacePacks(old, path, { shallow, fetched })
  }

  async #replacePacks(old: readonly string[], kept: string | undefined, change: Partial<MirrorState>): Promise<void> {
    for (const path of old) if (path !== kept) await removePack(path)
    this.#objects.rescan()
    await this.#savePacks(change, true)
  }

  async #savePacks(change: Partial<MirrorState>, base: boolean): Promise<void> {
    const packs = await listPackFiles(this.#packFolder)
    this.#fingerprints = await fingerprintsOf(this.#packFolder, packs)
    await this.#save({ ...change, packs, ...(base ? { clonedBytes: totalBytes(packs) } : {}) })
  }

  async #save(change: Partial<MirrorState>): Promise<void> {
    this.#state = { ...this.#state, ...change }
    // For Git itself, when people look into the mirror; this program does not read it.
    if (change.shallow !== undefined)
      await writeFile(join(this.gitDirectory, 'shallow'), change.shallow.map((commit) => `${commit}\n`).join(''))
    await writeMirrorState(join(this.gitDirectory, STATE_FILE), this.#state)
  }
}

export interface StoreOptions {
  readonly limits: GitLimits
  /** Unix seconds. */
  readonly now: () => number
}

/**
 * Opens a mirror, or creates one. All files are verified against their checksums; when anything is wrong, all objects
 * are removed, since the server still has them.
 * @returns with `damage`, why the objects were removed
 */
export async function openMirrorStore(
  gitDirectory: string,
  options: StoreOptions,
): Promise<{ readonly store: MirrorStore; readonly damage?: string }> {
  await createSkeleton(gitDirectory)
  let store: MirrorStore | undefined
  try {
    const state = (await readMirrorState(join(gitDirectory, STATE_FILE))) ?? EMPTY_STATE
    await removeUnknown(join(gitDirectory, 'objects/pack'), state)
    store = new MirrorStore(gitDirectory, state, options)
    await store.verify()
    return { store }
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    store?.close()
    await removeObjects(gitDirectory)
    const empty = new MirrorStore(gitDirectory, EMPTY_STATE, options)
    await empty.reset()
    return { store: empty, damage: error.message }
  }
}

async function removeObjects(gitDirectory: string): Promise<void> {
  await rm(join(gitDirectory, 'objects'), { recursive: true, force: true })
  await createSkeleton(gitDirectory)
}

/** The minimum that makes the folder a repository for Git, so that people can inspect a mirror with it. */
export async function createSkeleton(gitDirectory: string): Promise<void> {
  // Fetching may have needed credentials, so other users of the machine get no access.
  await mkdir(gitDirectory, { recursive: true, mode: 0o700 })
  await mkdir(join(gitDirectory, 'objects/pack'), { recursive: true })
  await mkdir(join(gitDirectory, 'refs'), { recursive: true })
  await writeFile(join(gitDirectory, 'HEAD'), 'ref: refs/heads/none\n')
  await writeFile(join(gitDirectory, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n')
}

/** Removes files that a process left behind when it died during a fetch. */
async function removeUnknown(packFolder: string, state: MirrorState): Promise<void> {
  const known = new Set(state.packs.flatMap(({ name }) => [name, indexName(name)]))
  for (const name of await readdir(packFolder)) if (!known.has(name)) await rm(join(packFolder, name), { force: true })
}

/** The index first: readers take a pack for complete as long as it is there. */
export async function removePack(path: string): Promise<void> {
  await rm(indexName(path), { force: true })
  await rm(path, { force: true })
}

async function listPackFiles(packFolder: string): Promise<MirrorState['packs']> {
  const names = (await readdir(packFolder)).filter((name) => name.endsWith('.pack'))
  return Promise.all(names.map(async (name) => ({ name, bytes: (await stat(join(packFolder, name))).size })))
}

async function fingerprintsOf(packFolder: string, packs: MirrorState['packs']): Promise<ReadonlyMap<string, string>> {
  const paths = packs.flatMap(({ name }) => [join(packFolder, name), join(packFolder, indexName(name))])
  return new Map(await Promise.all(paths.map(async (path) => [path, await fingerprintOf(path)] as const)))
}

async function fingerprintOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true })
    return `${ino}-${size}-${mtimeNs}`
  } catch (error) {
    return `${basename(path)}: ${errorCode(error)}`
  }
}

function indexName(pack: string): string {
  return `${pack.slice(0, -'.pack'.length)}.idx`
}

function totalBytes(packs: MirrorState['packs']): number {
  return packs.reduce((sum, { bytes }) => sum + bytes, 0)
}

function openObjects(gitDirectory: string, limits: GitLimits): ObjectStore {
  return new ObjectStore(gitDirectory, { objectBytes: limits.objectBytes, cacheBytes: 16 << 20, openFiles: 16 })
}
