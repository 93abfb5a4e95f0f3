import { pipeline, type Readable } from 'node:stream'
import { createGunzip, type Gunzip } from 'node:zlib'
import { errorCode } from '../../git/git-failure.ts'
import { CodedError } from '../../model/failure.ts'

const FORMAT = new Set(['Z_DATA_ERROR', 'Z_BUF_ERROR', 'Z_NEED_DICT', 'ERR_TRAILING_JUNK_AFTER_STREAM_END'])

/**
 * The content of a gzip stream, a piece at a time: a bomb costs its limit and no more.
 * @throws CodedError `GDE_SOURCE_ARCHIVE` when it is no gzip stream, or not whole; `GDE_TOO_LARGE`
 */
export async function* boundedGunzip(
  source: Readable,
  maxBytes: number,
  what: string,
): AsyncGenerator<Buffer, void, undefined> {
  const gunzip: Gunzip = createGunzip({ chunkSize: 64 << 10 })
  let size = 0
  try {
    // Errors of either end destroy both, and are thrown by the loop.
    pipeline(source, gunzip, () => undefined)
    for await (const piece of gunzip as AsyncIterable<Buffer>) {
      size += piece.length
      if (size > maxBytes) throw new CodedError('GDE_TOO_LARGE', `${what} unpacks to more than ${maxBytes} bytes`)
      yield piece
    }
  } catch (error) {
    if (!FORMAT.has(errorCode(error))) throw error
    throw new CodedError('GDE_SOURCE_ARCHIVE', `${what} is no gzip file, or not whole`, {}, { cause: error })
  } finally {
    gunzip.destroy()
    source.destroy()
  }
}
