import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CodedError } from '../../../model/failure.ts'

/**
 * The text of an answer, unpacked. @throws CodedError `GDE_TOO_LARGE` above `maxBytes`, counted unpacked
 */
export async function readText(body: Readable, gzipped: boolean, maxBytes: number, subject: string): Promise<string> {
  // Errors of the pipeline surface in the iteration below.
  const stream = gzipped ? pipeline(body, createGunzip(), () => undefined) : body
  const parts: Buffer[] = []
  let size = 0
  for await (const part of stream) {
    const bytes = Buffer.from(part)
    size += bytes.length
    if (size > maxBytes)
      throw new CodedError(
        'GDE_TOO_LARGE',
        `${subject}: the answer is larger than ${Math.round(maxBytes / 1048576)} MB`,
      )
    parts.push(bytes)
  }
  return Buffer.concat(parts).toString('utf8')
}

/**
 * The lines of a stream, without their ends; what follows the last end is dropped, for it is only a part of a line.
 * @throws CodedError `GDE_TOO_LARGE` when one is longer than `maxBytes`
 */
export async function* readLines(
  body: AsyncIterable<Buffer>,
  maxBytes: number,
  subject: string,
): AsyncGenerator<string> {
  let parts: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const last = chunk.subarray(start, end)
      const line = parts.length === 0 ? last : Buffer.concat([...parts, last])
      parts = []
      size = 0
      start = end + 1
      if (line.length > 0) yield line.toString('utf8')
    }
    if (start === chunk.length) continue
    const rest = chunk.subarray(start)
    size += rest.length
    if (size > maxBytes)
      throw new CodedError('GDE_TOO_LARGE', `${subject}: one event is larger than ${Math.round(maxBytes / 1048576)} MB`)
    parts.push(rest)
  }
}
