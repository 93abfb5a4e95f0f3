import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { constants, inflateSync } from 'node:zlib'
import { CodedError } from '../../model/failure.ts'
import { damage, errorCode } from '../git-failure.ts'
import type { FileHandles } from './file-handles.ts'
import type { GitObject, ObjectType } from './git-object.ts'
import { inflateObject } from './inflate.ts'
import { openPackIndex, type PackIndex } from './pack-index.ts'

/** One pack with its index. */
export interface Pack {
  readonly path: string
  /** Identity of the file: a damaged pack may be fetched again under the same name. */
  readonly file: string
  readonly index: PackIndex
}

/** A folder of objects: loose ones, and packs. Git's `objects`, or an alternate of it. */
export class ObjectDirectory {
  readonly path: string
  readonly #handles: FileHandles
  #packs: Pack[] = []

  constructor(path: string, handles: FileHandles) {
    this.path = path
    this.#handles = handles
    this.rescan()
  }

  /** The pack of the last object read comes first, since related objects are usually read together. */
  get packs(): readonly Pack[] {
    return this.#packs
  }

  preferred(pack: Pack): void {
    if (this.#packs[0] !== pack) this.#packs = [pack, ...this.#packs.filter((other) => other !== pack)]
  }

  /** Lists the packs again. @returns whether there is a new one */
  rescan(): boolean {
    const present = new Map(listPacks(join(this.path, 'pack')).map((path) => [path, fileOf(path)]))
    const kept = this.#packs.filter(({ path, file }) => present.get(path) === file && present.delete(path))
    for (const pack of this.#packs) if (!kept.includes(pack)) closePack(pack, this.#handles)
    const added = [...present].map(([path, file]) => this.#open(path, file)).filter((pack) => pack !== undefined)
    this.#packs = [...added, ...kept]
    return added.length > 0
  }

  /** Drops a pack that cannot be read any more; the next scan finds it again if it is still there. */
  forget(pack: Pack): void {
    this.#packs = this.#packs.filter((other) => other !== pack)
    closePack(pack, this.#handles)
  }

  /** The object in a file of its own. @throws CodedError `GDE_TOO_LARGE`, `GDE_GIT_DAMAGED` */
  loose(id: string, maxBytes: number): GitObject | undefined {
    const path = join(this.path, id.slice(0, 2), id.slice(2))
    let size: number
    try {
      size = statSync(path).size
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined
      throw error
    }
    // The compressed form of what is small enough is not much larger than it.
    if (size > maxBytes + (maxBytes >> 10) + 1024) throw tooLarge(id, size, maxBytes)
    return readLoose(readFileSync(path), id, maxBytes)
  }

  hasLoose(id: string): boolean {
    return statSync(join(this.path, id.slice(0, 2), id.slice(2)), { throwIfNoEntry: false }) !== undefined
  }

  looseStartingWith(prefix: string): readonly string[] {
    const folder = prefix.slice(0, 2)
    return readNames(join(this.path, folder))
      .map((name) => folder + name)
      .filter((id) => /^[0-9a-f]{40}$/.test(id) && id.startsWith(prefix))
  }

  /** Folders that `info/alternates` names, where more objects are. */
  alternates(): readonly string[] {
    let text: string
    try {
      text = readFileSync(join(this.path, 'info/alternates'), 'utf8')
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return []
      throw error
    }
    return text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => resolve(this.path, line))
  }

  #open(path: string, file: string): Pack | undefined {
    try {
      return { path, file, index: openPackIndex(indexPath(path), this.#handles) }
    } catch (error) {
      // Removed between listing and opening; a repacked repository has its objects elsewhere.
      if (errorCode(error) === 'ENOENT') return undefined
      throw error
    }
  }
}

function indexPath(pack: string): string {
  return `${pack.slice(0, -'.pack'.length)}.idx`
}

function fileOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  return found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`
}

function closePack(pack: Pack, handles: FileHandles): void {
  handles.close(pack.path)
  handles.close(indexPath(pack.path))
}

/** Packs that have an index, which Git and this program put in place last. */
function listPacks(folder: string): readonly string[] {
  const names = readNames(folder)
  const packs = new Set(names.filter((name) => name.endsWith('.pack')))
  return names
    .filter((name) => name.endsWith('.idx'))
    .map((name) => `${name.slice(0, -'.idx'.length)}.pack`)
    .filter((name) => packs.has(name))
    .map((name) => join(folder, name))
}

function readNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}

const LOOSE_HEADER = /^(commit|tree|blob|tag) (\d{1,15})\0/

function readLoose(file: Uint8Array, id: string, maxBytes: number): GitObject {
  const match = LOOSE_HEADER.exec(inflateStart(file, id))
  if (match === null) throw damage(`object ${id} has no header`)
  const size = Number(match[2])
  if (size > maxBytes) throw tooLarge(id, size, maxBytes)
  const inflated = inflateObject(file, match[0].length + size)
  if (inflated === undefined) throw damage(`object ${id} ends too early`)
  return { type: objectType(match[1]), data: inflated.bytes.subarray(match[0].length) }
}

/** The first bytes of a loose object: enough for its header. */
function inflateStart(file: Uint8Array, id: string): string {
  try {
    return inflateSync(file.subarray(0, 256), {
      finishFlush: constants.Z_SYNC_FLUSH,
      chunkSize: 512,
      maxOutputLength: 1 << 20,
    })
      .subarray(0, 32)
      .toString('latin1')
  } catch (error) {
    throw damage(`object ${id} is not a zlib stream`, error)
  }
}

function objectType(name: string | undefined): ObjectType {
  if (name === 'commit' || name === 'tree' || name === 'blob' || name === 'tag') return name
  throw damage('an object has no type')
}

function tooLarge(id: string, size: number, maxBytes: number): CodedError {
  return new CodedError('GDE_TOO_LARGE', `object ${id} has ${size} bytes, more than ${maxBytes}`)
}
