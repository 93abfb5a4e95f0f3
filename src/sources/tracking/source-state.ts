import { readFile, rename, writeFile } from 'node:fs/promises'
import { damage, errorCode } from '../../git/git-failure.ts'
import { isObjectId } from '../../git/objects/git-object.ts'
import type { FoundArchive } from '../archive-server.ts'

/** What a source keeps on disk beside its trees: enough to answer after a restart without its server. */
export interface SourceState {
  /** Unix seconds of the last poll that succeeded; 0 for none. */
  readonly lastContact: number
  readonly notes: Readonly<Record<string, string>>
  readonly targets: readonly KnownTarget[]
  readonly trees: readonly StoredTree[]
}

export interface KnownTarget {
  readonly target: string
  readonly found: FoundArchive
}

export interface StoredTree {
  /** Of the archive that it was made of. */
  readonly key: string
  readonly tree: string
  /** Of the archive. */
  readonly digest: string
  /** Unix seconds when the archive was made, else when it was first seen. */
  readonly time: number
  /** The file in objects/pack, and its size. */
  readonly pack: string
  readonly bytes: number
  /** Unix seconds. */
  readonly usedAt: number
}

export const EMPTY_STATE: SourceState = { lastContact: 0, notes: {}, targets: [], trees: [] }

const FORMAT = 1

/**
 * @returns undefined when there is none
 * @throws CodedError `GDE_GIT_DAMAGED` when it is not what `writeSourceState` writes
 */
export async function readSourceState(path: string): Promise<SourceState | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    return parseState(JSON.parse(text))
  } catch (error) {
    throw damage('the file that describes the archives cannot be used', error)
  }
}

/** Atomic: written to another file, then renamed. */
export async function writeSourceState(path: string, state: SourceState): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify({ archives: FORMAT, ...state }), { mode: 0o600 })
  await rename(`${path}.new`, path)
}

function parseState(value: unknown): SourceState {
  const state = readRecord(value)
  if (state.archives !== FORMAT) throw damage('another version wrote it')
  return {
    lastContact: readNumber(state.lastContact),
    notes: Object.fromEntries(Object.entries(readRecord(state.notes)).map(([name, note]) => [name, readText(note)])),
    targets: readArray(state.targets)
      .map(readRecord)
      .map(({ target, found }) => ({ target: readText(target), found: readFound(readRecord(found)) })),
    trees: readArray(state.trees).map(readRecord).map(readTree),
  }
}

function readFound({ key, version, digest, commit, time, url }: Readonly<Record<string, unknown>>): FoundArchive {
  return {
    key: readText(key),
    version: readText(version),
    digest: readText(digest),
    commit: commit === 'version' ? 'version' : 'digest',
    ...(time === undefined ? {} : { time: readNumber(time) }),
    ...(url === undefined ? {} : { url: readText(url) }),
  }
}

function readTree(stored: Readonly<Record<string, unknown>>): StoredTree {
  const tree = readText(stored.tree)
  const pack = readText(stored.pack)
  if (!isObjectId(tree)) throw damage('no object ID')
  if (!/^pack-[0-9a-f]{40}\.pack$/.test(pack)) throw damage('no pack')
  return {
    key: readText(stored.key),
    tree,
    pack,
    digest: readText(stored.digest),
    time: readNumber(stored.time),
    bytes: readNumber(stored.bytes),
    usedAt: readNumber(stored.usedAt),
  }
}

function readRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw damage('no object')
  return { ...value }
}

function readArray(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw damage('no list')
  return value
}

function readText(value: unknown): string {
  if (typeof value !== 'string') throw damage('no text')
  return value
}

function readNumber(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw damage('no number')
  return value
}
