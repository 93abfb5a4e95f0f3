import { open } from 'node:fs/promises'
import { getCACertificates } from 'node:tls'
import { Agent, type Dispatcher, ProxyAgent, request } from 'undici'
import type { CredentialResolver } from '../../credentials/credential-resolver.ts'
import type { ApiRequest } from '../../credentials/github-app.ts'
import { authorizationHeader } from '../../credentials/login.ts'
import { readSecretText } from '../../credentials/secret-text.ts'
import type { ProxyLogin, RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { hideWhileUsed } from '../../model/secrets/outgoing-text.ts'
import { guardedLookup, guardUrl } from '../../net/address-guard.ts'
import { BrokenAnswer, errorCode } from '../git-failure.ts'
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

type TransportSpec = Pick<
  RepositorySpec,
  'credentials' | 'caFile' | 'ca' | 'insecureSkipVerify' | 'clientCertificate' | 'proxy' | 'proxyLogin' | 'untrusted'
>

/** A certificate bundle of all authorities there are has some 220 KB. */
const LARGEST_CA_FILE = 4 << 20
/** Answers of GitHub's API to what is asked of it. */
const MOST_API_BYTES = 4 << 20

/** Certificates as they are now. */
interface TlsMaterial {
  readonly ca: string
  readonly certificate: string
  readonly key: string
}

export function createHttpTransport(
  spec: TransportSpec,
  limits: GitLimits,
  credentials: CredentialResolver,
): HttpTransport {
  let current: { readonly material: TlsMaterial; readonly dispatcher: Dispatcher } | undefined

  /** Connections are reused until the content of a certificate file changes. */
  const dispatcherNow = async (): Promise<Dispatcher> => {
    const material = await readMaterial(spec)
    if (current !== undefined && isSameMaterial(current.material, material)) return current.dispatcher
    const stale = current
    current = { material, dispatcher: createDispatcher(spec, material, limits) }
    void stale?.dispatcher.close()
    return current.dispatcher
  }

  const timeouts = { headersTimeout: limits.idleMs, bodyTimeout: limits.idleMs }

  /** Requests for tokens go the way of the repository's own. */
  const askApi =
    (dispatcher: Dispatcher, signal: AbortSignal): ApiRequest =>
    async ({ method, url, headers }) => {
      if (spec.untrusted) guardUrl(url)
      try {
        const response = await request(url, { dispatcher, signal, method, headers, ...timeouts })
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
      const dispatcher = await dispatcherNow()
      const login = await credentials.login(spec.credentials, { url: repository, send: askApi(dispatcher, signal) })
      const authorization = login === undefined ? {} : { authorization: authorizationHeader(login) }
      try {
        const response = await withOneRetry(() =>
          request(url, {
            dispatcher,
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
    if (!isBroken(error)) throw error
    return await send()
  }
}

function isBroken(error: unknown): boolean {
  return ['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE'].includes(errorCode(error))
}

async function readMaterial(spec: TransportSpec): Promise<TlsMaterial> {
  const { caFile, ca = '', clientCertificate } = spec
  const own = clientCertificate && {
    certificate: await readSecretText(clientCertificate.certificate),
    key: await readSecretText(clientCertificate.key),
  }
  if (own !== undefined) hideWhileUsed(spec, own.key)
  return { ca: caFile === undefined ? ca : await readCaFile(caFile), certificate: '', key: '', ...own }
}

function isSameMaterial(one: TlsMaterial, other: TlsMaterial): boolean {
  return one.ca === other.ca && one.certificate === other.certificate && one.key === other.key
}

function createDispatcher(spec: TransportSpec, { ca, certificate, key }: TlsMaterial, limits: GitLimits): Dispatcher {
  const tls = {
    // The authorities of the system (and NODE_EXTRA_CA_CERTS) stay trusted beside the one that is given.
    ...(ca === '' ? {} : { ca: [...getCACertificates('default'), ca] }),
    ...(key === '' ? {} : { cert: certificate, key }),
    ...(spec.insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
    timeout: limits.connectMs,
    allowH2: false,
  }
  if (spec.proxy !== undefined)
    return new ProxyAgent({
      uri: spec.proxy,
      ...(spec.proxyLogin && { token: proxyAuthorization(spec.proxyLogin) }),
      requestTls: tls,
      connectTimeout: limits.connectMs,
    })
  return new Agent({ connect: { ...tls, ...(spec.untrusted ? { lookup: guardedLookup } : {}) } })
}

function proxyAuthorization(login: ProxyLogin): string {
  const header = authorizationHeader({ type: 'basic', username: login.username, password: login.password.reveal() })
  hideWhileUsed(login, header)
  return header
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
