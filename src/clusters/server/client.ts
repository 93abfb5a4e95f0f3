import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { createSemaphore } from '../../concurrency/semaphore.ts'
import { CodedError } from '../../model/failure.ts'
import type { Json } from '../../model/json.ts'
import type { ConnectionStatus } from '../connection-status.ts'
import type { ServerLimits } from '../options.ts'
import { readLines, readText } from './api/body.ts'
import { connectionError, RefusedError } from './failures.ts'
import { isAbort, isGzip, jsonOrUndefined, type ServerRequest, sendRequest } from './send-request.ts'
import type { Session } from './session.ts'

export interface JsonAnswer {
  readonly body: Json
  readonly etag: string | undefined
}

/** Requests to one API server. Errors are coded and name the subject; see failures.ts. */
export interface ServerClient {
  json(request: ServerRequest, signal: AbortSignal): Promise<JsonAnswer>
  /** Undefined when the content still has the tag. */
  jsonIfChanged(request: ServerRequest, signal: AbortSignal): Promise<JsonAnswer | undefined>
  /** The lines of a watch, from when the server accepted it until it ends. */
  lines(request: ServerRequest, signal: AbortSignal): Promise<AsyncGenerator<string>>
}

export function createServerClient(session: Session, connection: ConnectionStatus, limits: ServerLimits): ServerClient {
  const sender = { session, connection, limits }
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

  async function jsonIfChanged(request: ServerRequest, signal: AbortSignal): Promise<JsonAnswer | undefined> {
    return semaphore(signal, () => {
      // A server that sends forever, a little at a time, is cut off.
      const limited = AbortSignal.any([signal, AbortSignal.timeout(2 * limits.answer)])
      return tracked(request, signal, async () => {
        const response = await sendRequest(sender, request, limited)
        const maxBytes = request.maxBytes ?? limits.answerBytes
        const text = await readText(response.body, isGzip(response), maxBytes, request.subject)
        if (response.statusCode === 304) return undefined
        const body = jsonOrUndefined(text)
        if (body === undefined) throw notJson(request, response)
        const etag = response.headers.etag
        return { body, etag: typeof etag === 'string' ? etag : undefined }
      })
    })
  }

  return {
    jsonIfChanged,
    json: async (request, signal) => {
      const answer = await jsonIfChanged(request, signal)
      if (answer === undefined) throw new CodedError('GDE_CLUSTER_PROTOCOL', `${request.subject}: HTTP 304 unasked`)
      return answer
    },
    lines: async (request, signal) => {
      const response = await tracked(request, signal, () => sendRequest(sender, request, signal))
      return linesOf(response.body, request, signal)
    },
  }

  async function* linesOf(body: Readable, request: ServerRequest, signal: AbortSignal): AsyncGenerator<string> {
    try {
      for await (const line of readLines(body, limits.objectBytes, request.subject)) {
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

function notJson(request: ServerRequest, response: Dispatcher.ResponseData): CodedError {
  const type = String(response.headers['content-type'] ?? 'no content type').slice(0, 80)
  return new CodedError('GDE_CLUSTER_PROTOCOL', `${request.subject}: the answer is not JSON (${type})`)
}
