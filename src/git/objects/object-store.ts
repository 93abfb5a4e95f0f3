import { ByteLru } from '../../concurrency/byte-lru.ts'
import { CodedError } from '../../model/failure.ts'
import { damage, errorCode } from '../git-failure.ts'
import { applyDelta } from './delta.ts'
import { FileHandles } from './file-handles.ts'
import { objectsFolder } from './git-directory.ts'
import type { GitObject, ObjectType } from './git-object.ts'
import { ObjectDirectory, type Pack } from './object-directory.ts'
import { type PackEntry, type RawEntry, readPackEntryAt } from './pack-entry.ts'

/** Git itself makes no longer chains of deltas (`pack.depth` is at most 4095). */
const LONGEST_CHAIN = 4096
/** Alternates may have alternates: Git follows five. */
const DEEPEST_ALTERNATE = 5

export interface ObjectStoreOptions {
  /** No object above this is read, whatever the caller allows: it is what a delta's base may weigh. */
  readonly objectBytes: number
  /** For bases of deltas. */
  readonly cacheBytes: number
  readonly openFiles: number
}

/**
 * Reads objects of one repository on disk, synchronously, also while others write to it: after a repack, packs are
 * listed again. Sizes in packs are untrusted and checked before anything is inflated.
 */
export class ObjectStore {
  readonly #directories: readonly ObjectDirectory[]
  readonly #handles: FileHandles
  readonly #objectBytes: number
  readonly #bases: ByteLru<string, GitObject>

  /** @throws CodedError `GDE_GIT_*`, or the system's error when there is no such repository */
  constructor(gitDirectory: string, options: ObjectStoreOptions) {
    this.#handles = new FileHandles(options.openFiles)
    this.#objectBytes = options.objectBytes
    this.#bases = new ByteLru(options.cacheBytes)
    this.#directories = openDirectories(objectsFolder(gitDirectory), this.#handles)
  }

  /**
   * @returns undefined when there is no such object
   * @throws CodedError `GDE_TOO_LARGE` above `maxBytes`, `GDE_GIT_DAMAGED`
   */
  read(id: string, maxBytes: number): GitObject | undefined {
    return this.#read(id, Math.min(maxBytes, this.#objectBytes), 0)
  }

  has(id: string): boolean {
    const there = () => this.#packOf(id) !== undefined || this.#directories.some((directory) => directory.hasLoose(id))
    return there() || (this.rescan() && there())
  }

  /** Object IDs that begin with these digits (at least four), at most `limit`. */
  startingWith(prefix: string, limit: number): readonly string[] {
    const found = new Set<string>()
    for (const directory of this.#directories) {
      for (const pack of directory.packs) for (const id of pack.index.startingWith(prefix, limit)) found.add(id)
      for (const id of directory.looseStartingWith(prefix)) found.add(id)
    }
    return [...found].slice(0, limit)
  }

  /** Lists the packs again. @returns whether there is a new one */
  rescan(): boolean {
    return this.#directories.map((directory) => directory.rescan()).includes(true)
  }

  /** Closes files; what is read afterwards opens them again. */
  close(): void {
    this.#handles.closeAll()
  }

  #read(id: string, maxBytes: number, depth: number): GitObject | undefined {
    for (let attempt = 0; ; attempt++) {
      const location = this.#packOf(id)
      if (location === undefined) {
        const loose = this.#loose(id, maxBytes)
        if (loose !== undefined || attempt > 0 || !this.rescan()) return loose
        continue
      }
      try {
        const object = this.#readAt(location.pack, location.offset, maxBytes, depth)
        location.directory.preferred(location.pack)
        return object
      } catch (error) {
        // The pack was removed by a repack since the last scan: the object is in another one now.
        if (errorCode(error) !== 'ENOENT' || attempt >= 8) throw withObjectId(error, id)
        location.directory.forget(location.pack)
        this.rescan()
      }
    }
  }

  #loose(id: string, maxBytes: number): GitObject | undefined {
    for (const directory of this.#directories) {
      const object = directory.loose(id, maxBytes)
      if (object !== undefined) return object
    }
    return undefined
  }

  #packOf(id: string): { directory: ObjectDirectory; pack: Pack; offset: number } | undefined {
    for (const directory of this.#directories) {
      for (const pack of directory.packs) {
        const offset = pack.index.offsetOf(id)
        if (offset !== undefined) return { directory, pack, offset }
      }
    }
    return undefined
  }

  /** Follows deltas to their base, then applies them on the way back. No recursion, so no chain is too long for the stack. */
  #readAt(pack: Pack, start: number, maxBytes: number, depth: number): GitObject {
    const deltas: { readonly key: string; readonly data: Uint8Array }[] = []
    let offset = start
    let base: GitObject | undefined
    while (base === undefined) {
      if (deltas.length + depth > LONGEST_CHAIN) throw damage('deltas without an end')
      const key = `${pack.path}:${offset}`
      base = this.#bases.get(key)
      if (base !== undefined) break
      const raw = this.#entry(pack, offset, deltas.length === 0 ? maxBytes : this.#objectBytes)
      switch (raw.entry.kind) {
        case 'whole':
          base = { type: raw.entry.type, data: raw.data }
          if (deltas.length > 0) this.#bases.set(key, base, base.data.length)
          break
        case 'offsetDelta':
          deltas.push({ key, data: raw.data })
          offset -= raw.entry.distance
          if (offset < 12) throw damage('a delta in a pack has no base')
          break
        case 'referenceDelta': {
          deltas.push({ key, data: raw.data })
          const inSamePack = pack.index.offsetOf(raw.entry.base)
          if (inSamePack === undefined) base = this.#external(raw.entry.base, depth + deltas.length)
          else offset = inSamePack
          break
        }
        default:
          raw.entry satisfies never
      }
    }
    return this.#undelta(base, deltas, maxBytes)
  }

  #undelta(
    base: GitObject,
    deltas: readonly { readonly key: string; readonly data: Uint8Array }[],
    maxBytes: number,
  ): GitObject {
    let object = base
    for (const [index, delta] of deltas.toReversed().entries()) {
      const last = index === deltas.length - 1
      const data = applyDelta(object.data, delta.data, last ? maxBytes : this.#objectBytes)
      object = { type: object.type, data }
      if (!last) this.#bases.set(delta.key, object, data.length)
    }
    if (object.data.length > maxBytes) throw tooLarge(object.data.length, maxBytes)
    return object
  }

  #external(id: string, depth: number): GitObject {
    const base = this.#read(id, this.#objectBytes, depth)
    if (base === undefined) throw damage('the base of a delta is missing')
    return base
  }

  #entry(pack: Pack, offset: number, maxBytes: number): RawEntry {
    return readPackEntryAt(this.#handles, pack.path, offset, (entry: PackEntry) => {
      // The size of a delta does not bound the size of its result, which applyDelta checks.
      const limit = entry.kind === 'whole' ? maxBytes : this.#objectBytes
      if (entry.size > limit) throw tooLarge(entry.size, limit)
    })
  }
}

/** @throws CodedError `GDE_GIT_DAMAGED` when it is of another type */
export function expectType(object: GitObject, type: ObjectType, id: string): Uint8Array {
  if (object.type !== type) throw damage(`object ${id} is a ${object.type} where a ${type} is expected`)
  return object.data
}

function openDirectories(objects: string, handles: FileHandles): readonly ObjectDirectory[] {
  const directories = new Map<string, ObjectDirectory>()
  const open = (path: string, depth: number): void => {
    if (directories.has(path) || depth > DEEPEST_ALTERNATE) return
    const directory = new ObjectDirectory(path, handles)
    directories.set(path, directory)
    for (const alternate of directory.alternates()) open(alternate, depth + 1)
  }
  open(objects, 0)
  return [...directories.values()]
}

function tooLarge(size: number, maxBytes: number): CodedError {
  return new CodedError('GDE_TOO_LARGE', `an object has ${size} bytes, more than ${maxBytes}`)
}

/** Adds the requested object ID to errors of a pack, which do not know it. */
function withObjectId(error: unknown, id: string): unknown {
  if (!(error instanceof CodedError)) return error
  const { code, message } = error.failure
  return message.includes(id) ? error : new CodedError(code, `${message} (object ${id})`, {}, { cause: error })
}
