import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { pause } from '../../concurrency/pause.ts'
import { createSemaphore } from '../../concurrency/semaphore.ts'
import { parseJson } from '../../kubernetes/serialization/json.ts'
import { CodedError } from '../../model/failure.ts'
import type { Json } from '../../model/json.ts'
import type { GroupKind } from '../../model/object.ts'
import type { ConnectionStatus } from '../connection-status.ts'
import type { ServerLimits } from '../options.ts'
import { readLines, readText } from './api/body.ts'
import { connectionError, RefusedError } from './failures.ts'
import type { Opened, Session } from './session.ts'

export interface ServerRequest {
  readonly verb: 'get' | 'list' | 'watch' | 'apply'
  /** From the root of the API, segments encoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly accept?: string
  /** Gives `undefined` when the content still has this tag. */
  readonly etag?: string
  readonly body?: { readonly text: string; readonly type: string }
  /** For messages: `pods in shop`. */
  readonly subject: string
  /** The kind that is requested, for messages. */
  readonly kind?: GroupKind
  /** An aggregated API server may answer: its 5xx do not mean that the cluster is down. */
  readonly aggregated?: boolean
  readonly maxBytes?: number
}

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

/** 201 answers an apply that creates the object. */
const DONE = [200, 201, 304]
const RETRIES = 3
const MAX_RETRY_AFTER_MS = 30_000

export function createServerClient(session: Session, connection: ConnectionStatus, limits: ServerLimits): ServerClient {
  const semaphore = createSemaphore(limits.concurrency)

  async function sendOnce(
    request: ServerRequest,
    opened: Opened,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const { address, credentials, dispatcher } = opened
    const { origin, pathname } = new URL(address.url)
    const query = request.query === undefined ? '' : `?${new URLSearchParams(request.query)}`
    try {
      const response = await dispatcher.request({
        origin,
        path: `${pathname.replace(/\/$/, '')}${request.path}${query}`,
        method: request.body === undefined ? 'GET' : 'PATCH',
        signal,
        headers: {
          ...address.headers,
          accept: request.accept ?? 'application/json',
          'user-agent': 'gitops-drift-exporter',
          ...(request.verb === 'watch' ? {} : { 'accept-encoding': 'gzip' }),
          ...(request.etag === undefined ? {} : { 'if-none-match': request.etag }),
          ...(request.body === undefined ? {} : { 'content-type': request.body.type }),
          ...(credentials.authorization === undefined ? {} : { authorization: credentials.authorization.reveal() }),
        },
        ...(request.body === undefined ? {} : { body: request.body.text }),
        ...(request.verb === 'watch' ? { bodyTimeout: limits.watchSilence } : {}),
      })
      connection.countRequest(request.verb, String(response.statusCode))
      return response
    } catch (error) {
      if (!isAbort(error, signal)) connection.countRequest(request.verb, '0')
      throw error
    }
  }

  /** Sends until it is done. Refused credentials are renewed once, `Retry-After` is honoured. @throws RefusedError */
  async function send(request: ServerRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    for (let retries = 0, renewed = false; ; ) {
      const opened = await session.open(signal)
      let response: Dispatcher.ResponseData
      try {
        response = await sendOnce(request, opened, signal)
      } catch (error) {
        if (isAbort(error, signal)) throw error
        const coded = connectionError(error)
        // The client certificate may have been rotated on disk.
        if (renewed || coded.failure.code !== 'GDE_CLUSTER_TLS' || !session.refused(opened)) throw coded
        renewed = true
        continue
      }
      const { statusCode } = response
      if (DONE.includes(statusCode)) return response
      const refused = await readRefusal(response, request)
      if (statusCode === 401 && !renewed && session.refused(opened)) {
        renewed = true
        continue
      }
      const wait = retryAfter(response)
      if (wait === undefined || retries >= RETRIES) throw refused
      retries += 1
      await pause(wait, signal)
      signal.throwIfAborted()
    }
  }

  async function readRefusal(response: Dispatcher.ResponseData, request: ServerRequest): Promise<RefusedError> {
    const text = await readText(response.body, isGzip(response), limits.answerBytes, request.subject)
    const { statusCode: status } = response
    return new RefusedError({ status, body: jsonOrUndefined(text), subject: request.subject, kind: request.kind })
  }

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
        const response = await send(request, limited)
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
      const response = await tracked(request, signal, () => send(request, signal))
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

/** Whether the caller aborted. Our own timeouts are failures like any other. */
function isAbort(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted || !(error instanceof Error) || error.name === 'TimeoutError') return false
  return error === signal.reason || error.name === 'AbortError'
}

function isGzip(response: Dispatcher.ResponseData): boolean {
  return response.headers['content-encoding'] === 'gzip'
}

function jsonOrUndefined(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch {
    // The caller reports what it expected.
    return undefined
  }
}

function notJson(request: ServerRequest, response: Dispatcher.ResponseData): CodedError {
  const type = String(response.headers['content-type'] ?? 'no content type').slice(0, 80)
  return new CodedError('GDE_CLUSTER_PROTOCOL', `${request.subject}: the answer is not JSON (${type})`)
}

/** Milliseconds; only servers that are overloaded or starting send it. */
function retryAfter(response: Dispatcher.ResponseData): number | undefined {
  const { statusCode, headers } = response
  if (statusCode !== 429 && statusCode !== 503) return undefined
  const seconds = Number(headers['retry-after'])
  if (!Number.isFinite(seconds)) return undefined
  return Math.min(Math.max(seconds, 0) * 1000, MAX_RETRY_AFTER_MS)
}
