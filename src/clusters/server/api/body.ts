import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { JsonMeter } from '../../../kubernetes/serialization/json-memory.ts'
import { requireMemory } from '../../../kubernetes/serialization/parsing-budget.ts'
import { CodedError } from '../../../model/failure.ts'
import { chunksOf } from './body-chunks.ts'
import { type LargeAnswer, USUAL_ANSWER, USUAL_LINE_BYTES } from './large-answers.ts'

/** How to wait until this is the one large answer. */
export type Enter = () => Promise<LargeAnswer>

export interface AnswerBytes {
  readonly bytes: Buffer
  /** Where it is large: to be released when nothing of it is held any more. */
  readonly place: LargeAnswer | undefined
}

/** A part that comes when the place is no longer its own is not waited for. */
function requireTime(place: LargeAnswer | undefined, subject: string): void {
  if (place?.signal.aborted === true)
    throw new CodedError('GDE_CLUSTER_UNREACHABLE', `${subject}: a large answer comes too slowly`)
}

/** What would take too much as values is not read to its end. */
function requireRoom(memory: number, subject: string): void {
  try {
    requireMemory(memory, {})
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    throw new CodedError('GDE_TOO_LARGE', `${subject}: ${error.failure.message}`)
  }
}

const megabytes = (bytes: number): number => Math.round(bytes / 1048576)

/**
 * An answer, unpacked. @throws CodedError `GDE_TOO_LARGE` above `maxBytes`, counted unpacked, or when it would take too much as values
 */
export async function readBytes(
  body: Readable,
  gzipped: boolean,
  maxBytes: number,
  subject: string,
  enter: Enter,
): Promise<AnswerBytes> {
  // Errors of the pipeline surface in the iteration below.
  const stream = gzipped ? pipeline(body, createGunzip(), () => undefined) : body
  const parts: Buffer[] = []
  const meter = new JsonMeter()
  let size = 0
  let place: LargeAnswer | undefined
  try {
    for await (const chunks of chunksOf(stream))
      for (const bytes of chunks) {
        size += bytes.length
        if (size > maxBytes)
          throw new CodedError('GDE_TOO_LARGE', `${subject}: the answer is larger than ${megabytes(maxBytes)} MB`)
        meter.add(bytes)
        requireRoom(meter.memory, subject)
        parts.push(bytes)
        if (size > USUAL_ANSWER.bytes || meter.memory > USUAL_ANSWER.memory) place ??= await enter()
        requireTime(place, subject)
      }
    return { bytes: Buffer.concat(parts), place }
  } catch (error) {
    place?.release()
    throw error
  }
}

/**
 * The lines of a stream, without their ends, together as they come; what follows the last end is dropped, for it is only a part of a line.
 * @throws CodedError `GDE_TOO_LARGE` when one is longer than `maxBytes`
 */
export async function* readLines(
  body: AsyncIterable<readonly Buffer[]>,
  maxBytes: number,
  subject: string,
  enter: Enter,
): AsyncGenerator<readonly Buffer[]> {
  let parts: Buffer[] = []
  let size = 0
  let place: LargeAnswer | undefined
  const leave = (): void => {
    place?.release()
    place = undefined
  }
  try {
    for await (const chunks of body) {
      let lines: Buffer[] = []
      for (const chunk of chunks) {
        let start = 0
        for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
          const last = chunk.subarray(start, end)
          const line = parts.length === 0 ? last : Buffer.concat([...parts, last])
          parts = []
          size = 0
          start = end + 1
          if (line.length > 0) lines.push(line)
        }
        if (start === chunk.length) continue
        parts.push(chunk.subarray(start))
        size += chunk.length - start
        if (size <= Math.min(maxBytes, USUAL_LINE_BYTES)) continue
        // What came before a large line does not wait for it.
        if (lines.length > 0) {
          yield lines
          lines = []
          leave()
        }
        if (size > maxBytes)
          throw new CodedError('GDE_TOO_LARGE', `${subject}: one event is larger than ${megabytes(maxBytes)} MB`)
        place ??= await enter()
        requireTime(place, subject)
      }
      if (lines.length > 0) yield lines
      if (size <= USUAL_LINE_BYTES) leave()
    }
  } finally {
    leave()
  }
}
