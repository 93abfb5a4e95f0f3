import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { damage, errorCode } from '../git-failure.ts'

const CHECKSUM_BYTES = 20

/**
 * Reads a pack and its index to the end and holds them against their checksums.
 * @throws CodedError `GDE_GIT_DAMAGED`
 */
export async function verifyPack(path: string, bytes: number): Promise<void> {
  const pack = await readChecksum(path).catch(throwIfMissing)
  if (pack.size !== bytes) throw damage(`a pack has ${pack.size} bytes where ${bytes} were written`)
  const indexPath = `${path.slice(0, -'.pack'.length)}.idx`
  await readChecksum(indexPath).catch(throwIfMissing)
  await using index = await open(indexPath)
  const { size } = await index.stat()
  const { buffer } = await index.read(Buffer.alloc(CHECKSUM_BYTES), 0, CHECKSUM_BYTES, size - 2 * CHECKSUM_BYTES)
  if (!buffer.equals(pack.checksum)) throw damage('an index is for another pack')
}

function throwIfMissing(error: unknown): never {
  throw errorCode(error) === 'ENOENT' ? damage('a pack or its index is missing', error) : error
}

async function readChecksum(path: string): Promise<{ readonly size: number; readonly checksum: Buffer }> {
  await using file = await open(path)
  const { size } = await file.stat()
  const end = size - CHECKSUM_BYTES
  if (end <= 0) throw damage('a pack or its index is too short')
  const hash = createHash('sha1')
  for await (const piece of createReadStream(path, { end: end - 1, highWaterMark: 1 << 20 })) hash.update(piece)
  const { buffer: checksum } = await file.read(Buffer.alloc(CHECKSUM_BYTES), 0, CHECKSUM_BYTES, end)
  if (!hash.digest().equals(checksum)) throw damage('a pack or its index does not have the checksum that it should')
  return { size, checksum }
}
