import { hash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { createSemaphore, takePlace } from '../../concurrency/semaphore.ts'
import { withTimeLimit } from '../../concurrency/time-limit.ts'
import { parseJson } from '../../kubernetes/serialization/json.ts'
import { CodedError } from '../../model/failure.ts'
import type { Json } from '../../model/json.ts'
import type { ConnectionStatus } from '../connection-status.ts'
import type { ServerLimits } from '../options.ts'
import { type AnswerBytes, readBytes, readLines } from './api/body.ts'
import { chunksOf } from './api/body-chunks.ts'
import type { EnterLargeAnswer } from './api/large-answers.ts'
import { connectionError, RefusedError } from './failures.ts'
import { isAbort, isGzip, type ServerRequest, sendRequest } from './send-request.ts'
import type { Session } from './session.ts'

export interface JsonAnswer {
  readonly body: Json
  readonly etag: string | undefined
  /** Where the request asks for it. */
  readonly digest?: string
}

/** An answer of which much may be in memory until it is released: what was found in its bytes, or all of it as values. */
export interface HeldAnswer<Found> {
  readonly content: { readonly found: Found } | { readonly body: Json }
  release(): void
}

/** Requests to one API server. Errors are coded and name the subject; see failures.ts. */
export interface ServerClient {
  json(request: ServerRequest, signal: AbortSignal): Promise<JsonAnswer>
  /**
   * The same for a page of a list, which the caller works through: no other large answer is read until he releases it. What `find` does
   * not find in its bytes is parsed.
   */
  held<Found>(
    request: ServerRequest,
    find: (bytes: Buffer) => Found | undefined,
    signal: AbortSignal,
  ): Promise<HeldAnswer<Found>>
  /** Undefined when the content still has the tag or the digest. */
  jsonIfChanged(request: ServerRequest, signal: AbortSignal): Promise<JsonAnswer | undefined>
  /** Waits for a place among the simultaneous lists; call what it gives to leave it, more than once is the same as once. */
  enterList(signal: AbortSignal): Promise<() => void>
  /** The lines of a watch, together as they come, from when the server accepted it until it ends. */
  lines(request: ServerRequest, signal: AbortSignal): Promise<AsyncGenerator<readonly Buffer[]>>
}

export function createServerClient(
  session: Session,
  connection: ConnectionStatus,
  limits: ServerLimits,
  enterLargeAnswer: EnterLargeAnswer,
): ServerClient {
  const { name } = connection.status()
  const enter = (signal: AbortSignal) => () => enterLargeAnswer(name, signal)
  const sender = { session, connection, limits, enter }
  const semaphore = createSemaphore(limits.concurrency)

  /** Tells the connection status how it went. Refusals that concern one kind alone say that the server is well. */
  async function tracked<T>(request: ServerRequest, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      const result = await work()
      connection.recordSuccess()
      return result
    } catch (error) {
      if (isAbort(error, signal)) throw error
      const coded = connectionError(error)
      if (!(coded instanceof RefusedError)) connection.recordFailure(coded.failure)
      else if (coded.status === 401) connection.recordFailure(coded.failure)
      else if (coded.status < 500 && coded.status !== 429) connection.recordSuccess()
      else if (request.aggregated !== true) connection.recordFailure(coded.failure)
      throw coded
    }
  }

  /** @param read what the answer is made of, for as long as it has the place of a large one */
  async function answered<T>(
    request: ServerRequest,
    signal: AbortSignal,
    read: (answer: AnswerBytes, response: Dispatcher.ResponseData) => Promise<T>,
  ): Promise<T> {
    const whole = async (limited: AbortSignal): Promise<T> => {
      const response = await sendRequest(sender, request, limited)
      const maxBytes = request.maxBytes ?? limits.answerBytes
      const answer = await readBytes(response.body, isGzip(response), maxBytes, request.subject, enter(limited))
      return read(answer, response)
    }
    // A server that sends forever, a little at a time, is cut off.
    const inTime = () => withTimeLimit(2 * limits.answer, signal, whole)
    return semaphore(signal, () => tracked(request, signal, inTime))
  }

  function jsonIfChanged(request: ServerRequest, signal: AbortSignal): Promise<JsonAnswer | undefined> {
    return answered(request, signal, async ({ bytes, place }, response) => {
      try {
        if (response.statusCode === 304) return undefined
        const { etag } = response.headers
        const digest = request.digest && hash(request.digest, bytes)
        if (digest !== undefined && digest === request.knownDigest) return undefined
        const body = parseAnswer(bytes, request, response)
        return { body, etag: typeof etag === 'string' ? etag : undefined, ...(digest && { digest }) }
      } finally {
        place?.release()
      }
    })
  }

  async function json(request: ServerRequest, signal: AbortSignal): Promise<JsonAnswer> {
    const answer = await jsonIfChanged(request, signal)
    if (answer === undefined) throw new CodedError('GDE_CLUSTER_PROTOCOL', `${request.subject}: HTTP 304 unasked`)
    return answer
  }

  return {
    json,
    jsonIfChanged,
    held: (request, find, signal) =>
      answered(request, signal, async ({ bytes, place }, response) => {
        const release = (): void => place?.release()
        try {
          const found = find(bytes)
          return { content: found === undefined ? { body: parseAnswer(bytes, request, response) } : { found }, release }
        } catch (error) {
          release()
          throw error
        }
      }),
    enterList: (signal) => takePlace(semaphore, signal),
    lines: async (request, signal) => {
      const response = await tracked(request, signal, () => sendRequest(sender, request, signal))
      const lines = readLines(chunksOf(response.body), limits.objectBytes, request.subject, enter(signal))
      return linesOf(lines, response.body, connection, signal)
    },
  }
}

async function* linesOf(
  batches: AsyncGenerator<readonly Buffer[]>,
  body: Readable,
  connection: ConnectionStatus,
  signal: AbortSignal,
): AsyncGenerator<readonly Buffer[]> {
  try {
    for await (const lines of batches) {
      connection.recordSuccess()
      yield lines
    }
  } catch (error) {
    if (isAbort(error, signal)) throw error
    throw connectionError(error)
  } finally {
    // A reader that stops early wants the connection closed, not drained.
    body.destroy()
  }
}

/** @throws CodedError `GDE_CLUSTER_PROTOCOL`, `GDE_TOO_LARGE` */
function parseAnswer(bytes: Buffer, request: ServerRequest, response: Dispatcher.ResponseData): Json {
  try {
    return parseJson(bytes.toString())
  } catch (error) {
    if (!(error instanceof CodedError) || error.failure.code !== 'GDE_TOO_LARGE') throw notJson(request, response)
    throw new CodedError('GDE_TOO_LARGE', `${request.subject}: ${error.failure.message}`)
  }
}

function notJson(request: ServerRequest, response: Dispatcher.ResponseData): CodedError {
  const type = String(response.headers['content-type'] ?? 'no content type').slice(0, 80)
  return new CodedError('GDE_CLUSTER_PROTOCOL', `${request.subject}: the answer is not JSON (${type})`)
}
