import { damage } from './damage.ts'
import type { FileHandles } from './file-handles.ts'
import { compressedBound, inflateObject } from './inflate.ts'
import { LONGEST_HEADER, type PackEntry, readPackEntry } from './pack-entry.ts'

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
