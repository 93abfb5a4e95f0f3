import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, crc32, deflateRaw, deflateRawSync, inflateRaw, inflateRawSync } from 'node:zlib'
import { combine, shiftOf } from './crc32-combine.ts'

/**
 * A piece of a response, ready to be sent as part of a gzip body. The deflated form ends at a byte border and refers to
 * nothing before it, so pieces can be put one after another inside one gzip member: curl and browsers read no more than
 * the first member of a body. The text itself, ten times as long, is not in it: hardly anybody asks for it (plain-texts.ts).
 */
export interface GzipBlock {
  /** Bytes of the text. */
  readonly length: number
  /** Equal for equal texts. */
  readonly digest: string
  readonly deflated: Uint8Array
  readonly crc: number
  readonly shift: number
}

const OPTIONS = { level: 1, finishFlush: constants.Z_FULL_FLUSH }
/** Up to this size working at once is faster than the way to zlib's threads and back. */
const SYNC_LIMIT_BYTES = 8 * 1024
const deflate = promisify(deflateRaw)
const inflate = promisify(inflateRaw)

/** Compresses large text on zlib's threads, so that it does not block the event loop. */
export async function makeGzipBlock(text: Uint8Array): Promise<GzipBlock> {
  return text.length <= SYNC_LIMIT_BYTES ? makeGzipBlockSync(text) : gzipBlock(text, await deflate(text, OPTIONS))
}

export function makeGzipBlockSync(text: Uint8Array): GzipBlock {
  return gzipBlock(text, deflateRawSync(text, OPTIONS))
}

function gzipBlock(text: Uint8Array, deflated: Uint8Array): GzipBlock {
  return {
    length: text.length,
    digest: textDigest(text),
    // zlib's answer keeps the whole buffer that it was written to, 64 kB however short it is, and so does a copy in Node's pool of small ones.
    deflated: new Uint8Array(deflated),
    crc: crc32(text),
    shift: shiftOf(text.length),
  }
}

export function textDigest(text: Uint8Array): string {
  return hash('sha256', text, 'base64')
}

export async function plainText({ deflated, length }: GzipBlock): Promise<Uint8Array> {
  // A block does not say that it ends.
  const options = { finishFlush: constants.Z_SYNC_FLUSH, chunkSize: Math.max(length, constants.Z_MIN_CHUNK) }
  return length <= SYNC_LIMIT_BYTES ? inflateRawSync(deflated, options) : inflate(deflated, options)
}

const GZIP_HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff)
/** An empty last block: a deflate stream has to say where it ends. */
const LAST_BLOCK = Uint8Array.of(3, 0)

/** One gzip member made of the blocks (RFC 1952). */
export function gzipBody(gzipBlocks: readonly GzipBlock[]): readonly Uint8Array[] {
  let crc = 0
  let length = 0
  const chunks: Uint8Array[] = [GZIP_HEADER]
  for (const part of gzipBlocks) {
    crc = combine(crc, part.crc, part.shift)
    length += part.length
    chunks.push(part.deflated)
  }
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc, 0)
  trailer.writeUInt32LE(length % 2 ** 32, 4)
  chunks.push(LAST_BLOCK, trailer)
  return chunks
}
