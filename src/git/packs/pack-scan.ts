import { createHash } from 'node:crypto'
import { crc32, createInflate } from 'node:zlib'
import { damage } from '../git-failure.ts'
import type { GitLimits } from '../limits.ts'
import { FileHandles } from '../objects/file-handles.ts'
import { type ObjectType, objectId } from '../objects/git-object.ts'
import { compressedBound, inflateObject } from '../objects/inflate.ts'
import { LONGEST_HEADER, type PackEntry, readPackEntry } from '../objects/pack-entry.ts'
import { PACK_HEADER_BYTES, type WrittenPack } from './pack-writer.ts'

/** One entry of a pack: a whole object, whose ID is known at once, or a delta to a base (offset in the pack, or ID). */
export type ScannedEntry = { readonly offset: number; readonly size: number; readonly crc: number } & (
  | { readonly kind: 'whole'; readonly type: ObjectType; readonly id: Buffer }
  | { readonly kind: 'delta'; readonly base: number | string }
)

const WINDOW_BYTES = 4 << 20

/**
 * Reads a pack from its first to its last object. Inflating is the only way to find where an entry ends.
 * @throws CodedError `GDE_GIT_DAMAGED`, and what `budget` throws
 */
export async function scanPack(
  pack: WrittenPack,
  { objectBytes }: Pick<GitLimits, 'objectBytes'>,
  budget: (bytes: number) => void,
  yieldIfBusy: () => Promise<void>,
): Promise<readonly ScannedEntry[]> {
  const file = new PackWindow(pack)
  const entries: ScannedEntry[] = []
  try {
    let offset = PACK_HEADER_BYTES
    // The count in the header is untrusted: reading past the end of the file throws.
    while (entries.length < pack.objects) {
      const entry = readPackEntry(file.from(offset, LONGEST_HEADER))
      budget(entry.size)
      const { id, length } =
        entry.size > objectBytes ? await readInPieces(file, offset, entry) : readWhole(file, offset, entry)
      entries.push(toScannedEntry(entry, offset, file.crc(offset, length), id))
      offset += length
      await yieldIfBusy()
    }
    if (offset !== pack.end) throw damage('the pack has bytes after its last object')
  } finally {
    file.close()
  }
  return entries
}

function toScannedEntry(entry: PackEntry, offset: number, crc: number, id: Buffer | undefined): ScannedEntry {
  const { size } = entry
  switch (entry.kind) {
    case 'whole':
      if (id === undefined) throw damage('an object of the pack has no content')
      return { kind: 'whole', type: entry.type, id, offset, size, crc }
    case 'offsetDelta':
      return { kind: 'delta', base: offset - entry.distance, offset, size, crc }
    case 'referenceDelta':
      return { kind: 'delta', base: entry.base, offset, size, crc }
    default:
      return entry satisfies never
  }
}

interface Content {
  /** Of a whole object. */
  readonly id: Buffer | undefined
  /** Bytes of the entry in the pack. */
  readonly length: number
}

function readWhole(file: PackWindow, offset: number, entry: PackEntry): Content {
  const near = inflateObject(file.from(offset, LONGEST_HEADER).subarray(entry.headerLength), entry.size)
  const bound = entry.headerLength + compressedBound(entry.size)
  const inflated = near ?? inflateObject(file.from(offset, bound).subarray(entry.headerLength), entry.size)
  if (inflated === undefined) throw damage('the pack ends in the middle of an object')
  const id = entry.kind === 'whole' ? objectId(entry.type, inflated.bytes) : undefined
  return { id, length: entry.headerLength + inflated.consumed }
}

/** Inflates an object in pieces when it is too large for memory. */
async function readInPieces(file: PackWindow, offset: number, entry: PackEntry): Promise<Content> {
  const hash = createHash('sha1').update(`${entry.kind === 'whole' ? entry.type : ''} ${entry.size}\0`)
  const inflate = createInflate()
  let size = 0
  const done = new Promise<void>((resolve, reject) => {
    inflate.on('error', (error) => reject(damage('an object is not a zlib stream', error)))
    inflate.on('end', resolve)
    inflate.on('data', (piece: Buffer) => {
      size += piece.length
      if (size > entry.size) inflate.destroy(damage('an object is larger than it says'))
      else hash.update(piece)
    })
  })
  let at = offset + entry.headerLength
  while (!inflate.readableEnded && !inflate.destroyed) {
    const piece = Buffer.from(file.from(at, 1).subarray(0, WINDOW_BYTES))
    if (piece.length === 0) break
    at += piece.length
    await Promise.race([new Promise<void>((resolve) => inflate.write(piece, () => resolve())), done])
  }
  if (!inflate.readableEnded) inflate.end()
  await done
  if (size !== entry.size) throw damage(`an object has ${size} bytes where it says ${entry.size}`)
  return { id: entry.kind === 'whole' ? hash.digest() : undefined, length: entry.headerLength + inflate.bytesWritten }
}

/** Reads a pack forward, a few megabytes at a time. */
class PackWindow {
  readonly #handles = new FileHandles(1)
  readonly #path: string
  readonly #end: number
  #bytes: Buffer = Buffer.alloc(0)
  #start = 0

  constructor({ path, end }: WrittenPack) {
    this.#path = path
    this.#end = end
  }

  /** All bytes at hand from the offset on: at least `least`, unless the pack ends before. */
  from(offset: number, least: number): Buffer {
    const wanted = Math.min(least, this.#end - offset)
    if (offset < this.#start || offset + wanted > this.#start + this.#bytes.length) {
      const length = Math.max(0, Math.min(Math.max(least, WINDOW_BYTES), this.#end - offset))
      this.#bytes = this.#handles.read(this.#path, offset, length)
      this.#start = offset
    }
    return this.#bytes.subarray(offset - this.#start)
  }

  crc(offset: number, length: number): number {
    let value = 0
    for (let at = offset; at < offset + length; at += WINDOW_BYTES) {
      const size = Math.min(WINDOW_BYTES, offset + length - at)
      value = crc32(this.from(at, size).subarray(0, size), value)
    }
    return value
  }

  close(): void {
    this.#handles.closeAll()
  }
}
