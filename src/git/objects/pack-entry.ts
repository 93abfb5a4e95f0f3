import { damage } from '../git-failure.ts'
import type { FileHandles } from './file-handles.ts'
import type { ObjectType } from './git-object.ts'
import { compressedBound, inflateObject } from './inflate.ts'

/** What stands before the compressed bytes of one object in a pack. */
export type PackEntry = {
  /** Of the object, or of the delta; before compression. */
  readonly size: number
  /** Where the compressed bytes begin, counted from the start of the entry. */
  readonly headerLength: number
} & (
  | { readonly kind: 'whole'; readonly type: ObjectType }
  /** The base stands that many bytes before this entry. */
  | { readonly kind: 'offsetDelta'; readonly distance: number }
  | { readonly kind: 'referenceDelta'; readonly base: string }
)

/** No header is longer: nine bytes of size, then a distance of nine bytes or an object ID of twenty. */
export const LONGEST_HEADER = 32

const TYPES: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' }

/** @throws CodedError `GDE_GIT_DAMAGED` when no entry begins here */
export function readPackEntry(bytes: Uint8Array): PackEntry {
  const first = byteAt(bytes, 0)
  let size = first & 0x0f
  let at = 1
  for (let byte = first, scale = 16; byte & 0x80; scale *= 128) {
    byte = byteAt(bytes, at++)
    size += (byte & 0x7f) * scale
  }
  if (!Number.isSafeInteger(size)) throw damage('an object in a pack has a size that cannot be')
  const code = (first >> 4) & 7
  const type = TYPES[code]
  if (type !== undefined) return { kind: 'whole', type, size, headerLength: at }
  if (code === 6) {
    const { distance, end } = readDistance(bytes, at)
    return { kind: 'offsetDelta', distance, size, headerLength: end }
  }
  if (code === 7) {
    if (bytes.length < at + 20) throw damage('a pack ends too early')
    const base = Buffer.from(bytes.buffer, bytes.byteOffset + at, 20).toString('hex')
    return { kind: 'referenceDelta', base, size, headerLength: at + 20 }
  }
  throw damage(`a pack has an object of the unknown type ${code}`)
}

/** Git's offset encoding: seven bits a byte, the highest first, and one added at each continuation. */
function readDistance(bytes: Uint8Array, start: number): { readonly distance: number; readonly end: number } {
  let at = start
  let byte = byteAt(bytes, at++)
  let distance = byte & 0x7f
  while (byte & 0x80) {
    byte = byteAt(bytes, at++)
    distance = (distance + 1) * 128 + (byte & 0x7f)
  }
  if (!Number.isSafeInteger(distance) || distance === 0) throw damage('a delta in a pack has no base')
  return { distance, end: at }
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = at < LONGEST_HEADER ? bytes[at] : undefined
  if (byte === undefined) throw damage('an object in a pack has a header that does not end')
  return byte
}

/** How much is read at first: most manifests and folders fit, so one read gives header and content. */
const FIRST_READ = 4096

/** One entry of a pack, as it stands there: a whole object, or a delta. */
export interface RawEntry {
  readonly entry: PackEntry
  readonly data: Uint8Array
}

/**
 * Reads the entry at an offset of a pack.
 * @param accept is asked with the header before anything is inflated, and throws when it is too large
 * @throws CodedError `GDE_GIT_DAMAGED`; the system's error when the file cannot be read
 */
export function readPackEntryAt(
  handles: FileHandles,
  path: string,
  offset: number,
  accept: (entry: PackEntry) => void,
): RawEntry {
  let bytes = handles.read(path, offset, FIRST_READ)
  const entry = readPackEntry(bytes.subarray(0, LONGEST_HEADER))
  accept(entry)
  if (bytes.length === FIRST_READ) {
    const early = entry.size < FIRST_READ ? inflateObject(bytes.subarray(entry.headerLength), entry.size) : undefined
    if (early !== undefined) return { entry, data: early.bytes }
    bytes = handles.read(path, offset, entry.headerLength + compressedBound(entry.size))
  }
  const inflated = inflateObject(bytes.subarray(entry.headerLength), entry.size)
  if (inflated === undefined) throw damage('a pack ends in the middle of an object')
  return { entry, data: inflated.bytes }
}
