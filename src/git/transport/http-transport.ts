import { open } from 'node:fs/promises'
import { getCACertificates } from 'node:tls'
import { Agent, type Dispatcher, ProxyAgent, request } from 'undici'
import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { guardedLookup, guardUrl } from '../../net/address-guard.ts'
import { errorCode } from '../git-failure.ts'
import type { GitLimits } from '../limits.ts'
import { authorizationOf } from './authorization.ts'
import { requestFailure } from './http-failure.ts'

export interface HttpRequest {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Sent by POST; without it the request is a GET. */
  readonly body?: string
  readonly maxBytes: number
}

export interface HttpAnswer {
  readonly status: number
  /** Lower case, without parameters. */
  readonly contentType: string
  readonly location: string | undefined
  /** Must be read or dropped, else the connection stays in use. Throws coded errors. */
  readonly body: AsyncIterable<Uint8Array>
  drop(): Promise<void>
}

export interface HttpTransport {
  /**
   * One request with the credentials of the repository, no redirect followed.
   * @throws CodedError `GDE_GIT_UNREACHABLE`, `GDE_GIT_TLS`, `GDE_GIT_AUTH`, `GDE_TIMEOUT`, `GDE_NOT_PERMITTED`
   */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>
  close(): Promise<void>
}

type TransportSpec = Pick<
  RepositorySpec,
  'credentials' | 'caFile' | 'ca' | 'insecureSkipVerify' | 'proxy' | 'untrusted'
>

/** A certificate bundle of all authorities there are has some 220 KB. */
const LARGEST_CA_FILE = 4 << 20

export function createHttpTransport(spec: TransportSpec, limits: GitLimits): HttpTransport {
  let current: { readonly ca: string; readonly dispatcher: Dispatcher } | undefined

  /** Connections are reused until the content of the CA file changes. */
  const dispatcherNow = async (): Promise<Dispatcher> => {
    const ca = spec.caFile === undefined ? (spec.ca ?? '') : await readCaFile(spec.caFile)
    if (current?.ca === ca) return current.dispatcher
    const stale = current
    current = { ca, dispatcher: createDispatcher(spec, ca, limits) }
    void stale?.dispatcher.close()
    return current.dispatcher
  }

  return {
    send: async ({ url, headers, body, maxBytes }, signal) => {
      if (spec.untrusted) guardUrl(url)
      const dispatcher = await dispatcherNow()
      const authorization = await authorizationOf(spec.credentials)
      try {
        const response = await withOneRetry(() =>
          request(url, {
            dispatcher,
            signal,
            method: body === undefined ? 'GET' : 'POST',
            headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
            body: body ?? null,
            headersTimeout: limits.idleMs,
            bodyTimeout: limits.idleMs,
          }),
        )
        return {
          status: response.statusCode,
          contentType: (headerText(response.headers['content-type']) ?? '').split(';')[0]?.trim().toLowerCase() ?? '',
          location: headerText(response.headers.location),
          body: boundedBody(response.body, url.host, maxBytes, signal),
          drop: () => response.body.dump({ limit: 64 << 10 }),
        }
      } catch (error) {
        throw requestFailure(error, url.host, signal)
      }
    },
    close: async () => {
      await current?.dispatcher.destroy()
      current = undefined
    },
  }
}

/**
 * A server may close a connection that rests just when the next request goes out on it. All requests only read, so that one is sent again.
 */
async function withOneRetry<Answer>(send: () => Promise<Answer>): Promise<Answer> {
  try {
    return await send()
  } catch (error) {
    const code = errorCode(error)
    if (code !== 'ECONNRESET' && code !== 'UND_ERR_SOCKET' && code !== 'EPIPE') throw error
    return await send()
  }
}

function createDispatcher(spec: TransportSpec, ca: string, limits: GitLimits): Dispatcher {
  const tls = {
    // The authorities of the system (and NODE_EXTRA_CA_CERTS) stay trusted beside the one that is given.
    ...(ca === '' ? {} : { ca: [...getCACertificates('default'), ca] }),
    ...(spec.insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
    timeout: limits.connectMs,
    allowH2: false,
  }
  if (spec.proxy !== undefined)
    return new ProxyAgent({ uri: spec.proxy, requestTls: tls, connectTimeout: limits.connectMs })
  return new Agent({ connect: { ...tls, ...(spec.untrusted ? { lookup: guardedLookup } : {}) } })
}

async function* boundedBody(
  body: AsyncIterable<Uint8Array>,
  host: string,
  maxBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let size = 0
  try {
    for await (const chunk of body) {
      size += chunk.length
      if (size > maxBytes) throw new CodedError('GDE_TOO_LARGE', `${host} sends more than ${maxBytes} bytes`)
      yield chunk
    }
  } catch (error) {
    throw requestFailure(error, host, signal)
  }
}

function headerText(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}

async function readCaFile(path: string): Promise<string> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    if (size > LARGEST_CA_FILE) throw new CodedError('GDE_GIT_TLS', 'the CA file is too large', { file: path })
    return await file.readFile('utf8')
  } catch (error) {
    if (error instanceof CodedError) throw error
    throw new CodedError('GDE_GIT_TLS', `the CA file cannot be read: ${errorCode(error)}`, { file: path })
  }
}
