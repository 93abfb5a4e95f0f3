import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { CodedError } from '../../model/failure.ts'
import { damage } from '../git-failure.ts'

/** A pack as received: its checksum is verified, its objects are not. */
export interface WrittenPack {
  readonly path: string
  /** Without the checksum at its end. */
  readonly end: number
  readonly objects: number
  readonly checksum: Buffer
}

const CHECKSUM_BYTES = 20
export const PACK_HEADER_BYTES = 12

/**
 * Streams a received pack to a file, so that it does not have to fit in memory.
 * @returns undefined for a pack without objects
 * @throws CodedError `GDE_TOO_LARGE`, `GDE_GIT_PROTOCOL` when the bytes are no pack or are not whole
 */
export async function writePack(
  bytes: AsyncIterable<Uint8Array>,
  path: string,
  maxBytes: number,
): Promise<WrittenPack | undefined> {
  await using file = await open(path, 'wx+')
  const hash = createHash('sha1')
  let size = 0
  let tail: Buffer = Buffer.alloc(0)
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > maxBytes) throw new CodedError('GDE_TOO_LARGE', `the pack has more than ${maxBytes} bytes`)
    await file.appendFile(chunk)
    // The last twenty bytes are the checksum of all before them, so that many are always left out of the hash.
    tail = Buffer.concat([tail, chunk])
    const hashed = Math.max(tail.length - CHECKSUM_BYTES, 0)
    hash.update(tail.subarray(0, hashed))
    tail = Buffer.from(tail.subarray(hashed))
  }
  const header = Buffer.alloc(PACK_HEADER_BYTES)
  await file.read(header, 0, PACK_HEADER_BYTES, 0)
  if (size < PACK_HEADER_BYTES + CHECKSUM_BYTES || header.toString('latin1', 0, 4) !== 'PACK')
    throw new CodedError('GDE_GIT_PROTOCOL', 'the server sends something else than a pack')
  if (header.readUInt32BE(4) !== 2)
    throw new CodedError('GDE_GIT_UNSUPPORTED', `the pack has version ${header.readUInt32BE(4)}`)
  if (!hash.digest().equals(tail)) throw damage('the pack did not arrive whole')
  const objects = header.readUInt32BE(8)
  return objects === 0 ? undefined : { path, end: size - CHECKSUM_BYTES, objects, checksum: tail }
}
