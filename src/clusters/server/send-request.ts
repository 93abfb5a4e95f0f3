import type { Dispatcher } from 'undici'
import { pause } from '../../concurrency/pause.ts'
import { parseJson } from '../../kubernetes/serialization/json.ts'
import type { Json } from '../../model/json.ts'
import type { GroupKind } from '../../model/object.ts'
import type { ConnectionStatus } from '../connection-status.ts'
import type { ServerLimits } from '../options.ts'
import { type Enter, readBytes } from './api/body.ts'
import { connectionError, RefusedError } from './failures.ts'
import type { Opened, Session } from './session.ts'

export interface ServerRequest {
  readonly verb: 'get' | 'list' | 'watch' | 'apply' | 'create'
  /** A watch that begins with a list counts as one. */
  readonly countedAs?: 'list'
  /** From the root of the API, segments encoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly accept?: string
  /** Gives `undefined` when the content still has this tag. */
  readonly etag?: string | undefined
  readonly body?: { readonly text: string; readonly type: string }
  /** For messages: `pods in shop`. */
  readonly subject: string
  /** The kind that is requested, for messages. */
  readonly kind?: GroupKind
  /** An aggregated API server may answer: its 5xx do not mean that the cluster is down. */
  readonly aggregated?: boolean
  readonly maxBytes?: number
  /** The answer comes with this hash of its text, in hex. */
  readonly digest?: 'sha512' | 'sha256'
  /** Gives `undefined` when it is this one. */
  readonly knownDigest?: string | undefined
}

/** Where requests of a cluster go, and what notices how they went. */
export interface Sender {
  readonly session: Session
  readonly connection: Pick<ConnectionStatus, 'countRequest'>
  readonly limits: ServerLimits
  readonly enter: (signal: AbortSignal) => Enter
}

/** 201 answers an apply that creates the object. */
const DONE = [200, 201, 304]
const RETRIES = 3
const MOST_UNSEEN = 10
const MAX_RETRY_AFTER_MS = 30_000

/**
 * Sends until it is done. Refused credentials are renewed once, `Retry-After` is honoured.
 * @throws RefusedError
 */
export async function sendRequest(
  sender: Sender,
  request: ServerRequest,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const { session } = sender
  for (let retries = 0, unseen = 0, renewed = false; ; ) {
    const opened = await session.open(signal)
    let response: Dispatcher.ResponseData
    try {
      response = await sendOnce(sender, request, opened, signal)
    } catch (error) {
      if (isAbort(error, signal)) throw error
      if (isUnseen(error) && unseen < MOST_UNSEEN) {
        unseen += 1
        continue
      }
      const coded = connectionError(error)
      // The client certificate may have been rotated on disk.
      if (renewed || coded.failure.code !== 'GDE_CLUSTER_TLS' || !session.refused(opened)) throw coded
      renewed = true
      continue
    }
    const { statusCode } = response
    if (DONE.includes(statusCode)) return response
    const refused = await readRefusal(response, request, sender, signal)
    if (statusCode === 401 && !renewed && session.refused(opened)) {
      renewed = true
      continue
    }
    const wait = retryAfter(response)
    if (wait === undefined || retries >= RETRIES) throw refused
    retries += 1
    // Whoever was refused in one instant does not come back in one.
    await pause(wait * (1 + Math.random() / 2), signal)
    signal.throwIfAborted()
  }
}

async function sendOnce(
  { connection, limits }: Sender,
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
      method: request.body === undefined ? 'GET' : request.verb === 'create' ? 'POST' : 'PATCH',
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
    connection.countRequest(request.countedAs ?? request.verb, String(response.statusCode))
    return response
  } catch (error) {
    if (!isAbort(error, signal)) connection.countRequest(request.countedAs ?? request.verb, '0')
    throw error
  }
}

async function readRefusal(
  response: Dispatcher.ResponseData,
  request: ServerRequest,
  { limits, enter }: Sender,
  signal: AbortSignal,
): Promise<RefusedError> {
  const { body } = response
  const { bytes, place } = await readBytes(body, isGzip(response), limits.answerBytes, request.subject, enter(signal))
  place?.release()
  const { statusCode: status } = response
  return new RefusedError({
    status,
    body: jsonOrUndefined(bytes.toString()),
    subject: request.subject,
    kind: request.kind,
  })
}

/** The server was closing the connection and has not seen the request: API servers close those over HTTP/2 on which they refused somebody. */
function isUnseen(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'UND_ERR_INFO'
}

/** Whether the caller aborted. Our own timeouts are failures like any other. */
export function isAbort(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted || !(error instanceof Error) || error.name === 'TimeoutError') return false
  return error === signal.reason || error.name === 'AbortError'
}

export function isGzip(response: Dispatcher.ResponseData): boolean {
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

/** Milliseconds; servers send it that are overloaded, by priority and fairness for one, or starting. */
function retryAfter(response: Dispatcher.ResponseData): number | undefined {
  const { statusCode, headers } = response
  if (statusCode !== 429 && statusCode !== 503) return undefined
  const seconds = Number(headers['retry-after'])
  if (!Number.isFinite(seconds)) return undefined
  return Math.min(Math.max(seconds, 0) * 1000, MAX_RETRY_AFTER_MS)
}
