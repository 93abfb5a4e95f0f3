import type { Dispatcher } from 'undici'
import type { CredentialResolver } from '../../credentials/credential-resolver.ts'
import type { ApiRequest } from '../../credentials/github-app.ts'
import { authorizationHeader } from '../../credentials/login.ts'
import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { guardUrl } from '../../net/address-guard.ts'
import { type ConnectionSpec, Connections, isBroken, requestTarget, withOneRetry } from '../../net/connections.ts'
import { BrokenAnswer } from '../git-failure.ts'
import type { GitLimits } from '../limits.ts'
import { requestFailure } from './http-failure.ts'

export interface HttpRequest {
  readonly url: URL
  /** What credentials are for: the part of the URL that names the repository. */
  readonly repository: URL
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
   * @throws CodedError `GDE_GIT_UNREACHABLE`, `GDE_GIT_TLS`, `GDE_GIT_AUTH`, `GDE_CREDENTIALS`, `GDE_TIMEOUT`, `GDE_NOT_PERMITTED`
   */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>
  close(): Promise<void>
}

type TransportSpec = ConnectionSpec & Pick<RepositorySpec, 'credentials'>

/** Answers of GitHub's API to what is asked of it. */
const MOST_API_BYTES = 4 << 20

export function createHttpTransport(
  spec: TransportSpec,
  limits: GitLimits,
  credentials: CredentialResolver,
): HttpTransport {
  const connections = new Connections(spec, { connectMs: limits.connectMs, code: 'GDE_GIT_TLS' })
  const timeouts = { headersTimeout: limits.idleMs, bodyTimeout: limits.idleMs }

  /** Requests for tokens go the way of the repository's own. */
  const askApi =
    (dispatcher: Dispatcher, signal: AbortSignal): ApiRequest =>
    async ({ method, url, headers }) => {
      if (spec.untrusted) guardUrl(url)
      try {
        const response = await dispatcher.request({ ...requestTarget(url), signal, method, headers, ...timeouts })
        const parts: Uint8Array[] = []
        for await (const part of boundedBody(response.body, url.host, MOST_API_BYTES, signal)) parts.push(part)
        return { status: response.statusCode, body: Buffer.concat(parts).toString('utf8') }
      } catch (error) {
        throw requestFailure(error, url.host, signal)
      }
    }

  return {
    send: async ({ url, repository, headers, body, maxBytes }, signal) => {
      if (spec.untrusted) guardUrl(url)
      const dispatcher = await connections.dispatcher()
      const login = await credentials.login(spec.credentials, { url: repository, send: askApi(dispatcher, signal) })
      const authorization = login === undefined ? {} : { authorization: authorizationHeader(login) }
      try {
        const response = await withOneRetry(() =>
          dispatcher.request({
            ...requestTarget(url),
            signal,
            method: body === undefined ? 'GET' : 'POST',
            headers: { ...headers, ...authorization },
            body: body ?? null,
            ...timeouts,
          }),
        )
        if (response.statusCode === 401) credentials.refused(spec.credentials, repository)
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
    close: () => connections.close(),
  }
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
    if (!signal.aborted && isBroken(error)) throw new BrokenAnswer(host, error)
    throw requestFailure(error, host, signal)
  }
}

function headerText(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}
