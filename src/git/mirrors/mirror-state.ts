import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { damage, errorCode } from '../git-failure.ts'
import { isObjectId } from '../objects/git-object.ts'
import type { Ref, RefList } from '../transport/remote.ts'

/** What a mirror stores on disk beside its objects. */
export interface MirrorState {
  /** The last listing of the server's refs. */
  readonly list: RefList
  /** Unix seconds of that listing; 0 for none. */
  readonly lastContact: number
  /** Files in objects/pack with their sizes. */
  readonly packs: readonly { readonly name: string; readonly bytes: number }[]
  /** Total size of all packs when the mirror was last cloned or deepened. */
  readonly clonedBytes: number
  readonly shallow: readonly string[]
  /** Commits that are here with their files, by the ref (or `commit:` and the ID) that they were requested as. */
  readonly fetched: readonly FetchedCommit[]
}

export interface FetchedCommit {
  readonly key: string
  readonly commit: string
  /** Unix seconds. */
  readonly usedAt: number
}

export const EMPTY_STATE: MirrorState = {
  list: { refs: new Map() },
  lastContact: 0,
  packs: [],
  clonedBytes: 0,
  shallow: [],
  fetched: [],
}

const FORMAT = 1
/** 200,000 refs take some 30 MB. */
const MAX_BYTES = 128 * 1024 * 1024

/**
 * @returns undefined when there is none
 * @throws CodedError `GDE_GIT_DAMAGED` when it is not what `writeMirrorState` writes
 */
export async function readMirrorState(path: string): Promise<MirrorState | undefined> {
  let text: string
  try {
    const found = await stat(path)
    if (!found.isFile() || found.size > MAX_BYTES) throw damage('what describes the mirror is no file of the exporter')
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    return parseState(JSON.parse(text))
  } catch (error) {
    throw damage('the file that describes the mirror cannot be used', error)
  }
}

/** Atomic: written to another file, then renamed. */
export async function writeMirrorState(path: string, state: MirrorState): Promise<void> {
  const refs = [...state.list.refs].map(([name, { id, peeled }]) =>
    peeled === undefined ? [name, id] : [name, id, peeled],
  )
  const { headTarget } = state.list
  const { lastContact, packs, clonedBytes, shallow, fetched } = state
  const text = JSON.stringify({ format: FORMAT, headTarget, lastContact, clonedBytes, packs, shallow, fetched, refs })
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}

function parseState(value: unknown): MirrorState {
  const state = readRecord(value)
  if (state.format !== FORMAT) throw damage('another version wrote the mirror')
  const refs = new Map(readArray(state.refs).map(parseRef))
  const headTarget = state.headTarget === undefined ? {} : { headTarget: readText(state.headTarget) }
  return {
    list: { refs, ...headTarget },
    lastContact: readNumber(state.lastContact),
    clonedBytes: readNumber(state.clonedBytes),
    packs: readArray(state.packs)
      .map(readRecord)
      .map((pack) => ({ name: readPackName(pack.name), bytes: readNumber(pack.bytes) })),
    shallow: readArray(state.shallow).map(readObjectId),
    fetched: readArray(state.fetched)
      .map(readRecord)
      .map((one) => ({ key: readText(one.key), commit: readObjectId(one.commit), usedAt: readNumber(one.usedAt) })),
  }
}

function parseRef(value: unknown): [string, Ref] {
  const [name, id, peeled] = readArray(value)
  return [readText(name), { id: readObjectId(id), ...(peeled === undefined ? {} : { peeled: readObjectId(peeled) }) }]
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

function readObjectId(value: unknown): string {
  const id = readText(value)
  if (!isObjectId(id)) throw damage('no object ID')
  return id
}

function readPackName(value: unknown): string {
  const name = readText(value)
  if (!/^pack-[0-9a-f]{40}\.pack$/.test(name)) throw damage('no pack')
  return name
}
