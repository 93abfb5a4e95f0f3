import { hash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { createSemaphore, takePlace } from '../../concurrency/semaphore.ts'
import { parseJson } from '../../kubernetes/serialization/json.ts'
import { CodedError } from '../../model/failure.ts'
import type { Json } from '../../model/json.ts'
import type { ConnectionStatus } from '../connection-status.ts'
import type { ServerLimits } from '../options.ts'
import { readLines, readText } from './api/body.ts'
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

/** An answer of which much may be in memory until it is released. */
export interface HeldAnswer extends JsonAnswer {
  release(): void
}

/** Requests to one API server. Errors are coded and name the subject; see failures.ts. */
export interface ServerClient {
  json(request: ServerRequest, signal: AbortSignal): Promise<JsonAnswer>
  /** The same for a page of a list, which the caller works through: no other large answer is read until he releases it. */
  held(request: ServerRequest, signal: AbortSignal): Promise<HeldAnswer>
  /** Undefined when the content still has the tag. */
  jsonIfChanged(request: ServerRequest, signal: AbortSignal): Promise<JsonAnswer | undefined>
  /** Waits for a place among the simultaneous lists; call what it gives to leave it, more than once is the same as once. */
  enterList(signal: AbortSignal): Promise<() => void>
  /** The lines of a watch, from when the server accepted it until it ends. */
  lines(request: ServerRequest, signal: AbortSignal): Promise<AsyncGenerator<string>>
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

  async function heldIfChanged(request: ServerRequest, signal: AbortSignal): Promise<HeldAnswer | undefined> {
    return semaphore(signal, () => {
      // A server that sends forever, a little at a time, is cut off.
      const limited = AbortSignal.any([signal, AbortSignal.timeout(2 * limits.answer)])
      return tracked(request, signal, async () => {
        const response = await sendRequest(sender, request, limited)
        const maxBytes = request.maxBytes ?? limits.answerBytes
        const { body: stream, headers, statusCode } = response
        const { text, place } = await readText(stream, isGzip(response), maxBytes, request.subject, enter(limited))
        const release = (): void => place?.release()
        try {
          const etag = typeof headers.etag === 'string' ? headers.etag : undefined
          const body = statusCode === 304 ? undefined : parseAnswer(text, request, response)
          if (body !== undefined)
            return { body, etag, release, ...(request.digest && { digest: hash(request.digest, text) }) }
        } catch (error) {
          release()
          throw error
        }
        release()
        return undefined
      })
    })
  }

  async function held(request: ServerRequest, signal: AbortSignal): Promise<HeldAnswer> {
    const answer = await heldIfChanged(request, signal)
    if (answer === undefined) throw new CodedError('GDE_CLUSTER_PROTOCOL', `${request.subject}: HTTP 304 unasked`)
    return answer
  }

  return {
    held,
    jsonIfChanged: async (request, signal) => {
      const answer = await heldIfChanged(request, signal)
      answer?.release()
      return answer
    },
    json: async (request, signal) => {
      const answer = await held(request, signal)
      answer.release()
      return answer
    },
    enterList: (signal) => takePlace(semaphore, signal),
    lines: async (request, signal) => {
      const response = await tracked(request, signal, () => sendRequest(sender, request, signal))
      return linesOf(response.body, request, signal)
    },
  }

  async function* linesOf(body: Readable, request: ServerRequest, signal: AbortSignal): AsyncGenerator<string> {
    try {
      for await (const line of readLines(body, limits.objectBytes, request.subject, enter(signal))) {
        connection.recordSuccess()
        yield line
      }
    } catch (error) {
      if (isAbort(error, signal)) throw error
      throw connectionError(error)
    } finally {
      // A reader that stops early wants the connection closed, not drained.
      body.destroy()
    }
  }
}

/** @throws CodedError `GDE_CLUSTER_PROTOCOL`, `GDE_TOO_LARGE` */
function parseAnswer(text: string, request: ServerRequest, response: Dispatcher.ResponseData): Json {
  try {
    return parseJson(text)
  } catch (error) {
    if (!(error instanceof CodedError) || error.failure.code !== 'GDE_TOO_LARGE') throw notJson(request, response)
    throw new CodedError('GDE_TOO_LARGE', `${request.subject}: ${error.failure.message}`)
  }
}

function notJson(request: ServerRequest, response: Dispatcher.ResponseData): CodedError {
  const type = String(response.headers['content-type'] ?? 'no content type').slice(0, 80)
  return new CodedError('GDE_CLUSTER_PROTOCOL', `${request.subject}: the answer is not JSON (${type})`)
}
