import type { Dispatcher } from 'undici'
import { CodedError } from '../../model/failure.ts'
import { guardUrl } from '../../net/address-guard.ts'
import { type ConnectionSpec, Connections, requestTarget, withOneRetry } from '../../net/connections.ts'
import type { SourceLimits } from '../limits.ts'
import { requestFailure, shownUrl, statusFailure } from './http-failure.ts'

export interface HttpRequest {
  readonly url: URL
  /** Absent is GET. */
  readonly method?: 'HEAD'
  readonly headers?: Readonly<Record<string, string>>
  /** Value of the header. It is for the origin of the URL, and goes nowhere else. */
  readonly authorization?: string | undefined
  readonly maxBytes: number
  /** Sent as a form, by POST; no redirect is followed. */
  readonly form?: URLSearchParams
  /** Redirects to other hosts are refused. */
  readonly staysAtOrigin?: true
}

export interface HttpAnswer {
  readonly status: number
  /** Where redirects led. */
  readonly url: URL
  /** The first value of a header, by its name in lower case. */
  header(name: string): string | undefined
  /** Must be read or dropped, else the connection stays in use. Throws coded errors. */
  readonly body: AsyncIterable<Uint8Array>
  drop(): Promise<void>
}

/** As Go's client, which all controllers use. */
const MOST_REDIRECTS = 10
const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** A server that names a longer time is asked again after this. Milliseconds. */
const LONGEST_PAUSE = 3600_000

/** Asks the servers of one source: guarded at each hop, with credentials for the host alone that they are for. */
export class HttpClient {
  readonly #spec: ConnectionSpec
  readonly #limits: SourceLimits
  readonly #now: () => number
  readonly #connections: Connections
  #pause: { readonly until: number; readonly failure: CodedError } | undefined

  /** @param now Unix milliseconds */
  constructor(spec: ConnectionSpec, limits: SourceLimits, now: () => number) {
    this.#spec = spec
    this.#limits = limits
    this.#now = now
    this.#connections = new Connections(spec, { connectMs: limits.connectMs, code: 'GDE_SOURCE_TLS' })
  }

  /** Milliseconds for which the server asked to be left alone; 0 when it may be asked. */
  get pauseMs(): number {
    return this.#pause === undefined ? 0 : Math.max(0, this.#pause.until - this.#now())
  }

  /**
   * One request, with the redirects that follow.
   * @throws CodedError `GDE_SOURCE_UNREACHABLE`, `GDE_SOURCE_TLS`, `GDE_SOURCE_REDIRECT`, `GDE_TIMEOUT`, `GDE_NOT_PERMITTED`; while a pause
   * lasts that the server asked for (`Retry-After`), its failure
   */
  async send(wanted: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    if (this.#pause !== undefined && this.pauseMs > 0) throw this.#pause.failure
    let { url, authorization } = wanted
    for (let redirects = 0; ; redirects += 1) {
      const answer = await this.#sendOnce({ ...wanted, url, authorization }, signal)
      if (!REDIRECTS.has(answer.status) || wanted.form !== undefined) {
        this.#notePause(answer)
        return answer
      }
      await answer.drop()
      if (redirects >= MOST_REDIRECTS)
        throw new CodedError('GDE_SOURCE_REDIRECT', `${shownUrl(wanted.url)} redirects without an end`)
      const next = redirectTarget(url, answer.header('location'))
      if (next.origin !== url.origin && wanted.staysAtOrigin === true)
        throw new CodedError('GDE_SOURCE_REDIRECT', `${shownUrl(url)} redirects to another host, ${next.host}`)
      if (next.origin !== url.origin) authorization = undefined
      url = next
    }
  }

  close(): Promise<void> {
    return this.#connections.close()
  }

  async #sendOnce(wanted: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { url, method = 'GET', headers, authorization, maxBytes, form } = wanted
    if (this.#spec.untrusted) guardUrl(url)
    const dispatcher = await this.#connections.dispatcher()
    try {
      const response = await withOneRetry(() =>
        dispatcher.request({
          ...requestTarget(url),
          signal,
          method: form === undefined ? method : 'POST',
          ...(form !== undefined && { body: form.toString() }),
          headers: {
            'user-agent': 'gitops-drift-exporter',
            ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
            ...headers,
            ...(authorization === undefined ? {} : { authorization }),
          },
          headersTimeout: this.#limits.idleMs,
          bodyTimeout: this.#limits.idleMs,
        }),
      )
      return toAnswer(response, url, maxBytes, signal)
    } catch (error) {
      throw requestFailure(error, url, signal)
    }
  }

  /** 429 without a time is left to the back-off of who asks. */
  #notePause({ status, url, header }: HttpAnswer): void {
    this.#pause = undefined
    if (status !== 429 && status !== 503) return
    const ms = Math.min(retryAfterMs(header('retry-after'), this.#now()), LONGEST_PAUSE)
    if (ms > 0) this.#pause = { until: this.#now() + ms, failure: statusFailure(status, url) }
  }
}

function toAnswer(response: Dispatcher.ResponseData, url: URL, maxBytes: number, signal: AbortSignal): HttpAnswer {
  return {
    status: response.statusCode,
    url,
    header: (name) => {
      const value = response.headers[name]
      return typeof value === 'string' ? value : value?.[0]
    },
    body: boundedBody(response.body, url, maxBytes, signal),
    drop: () => response.body.dump({ limit: 64 << 10 }),
  }
}

/** Seconds, or a date. */
function retryAfterMs(value: string | undefined, now: number): number {
  if (value === undefined) return 0
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? 0 : date - now
}

/** To other hosts, too, as releases and blobs lie there; never back to http, where anybody could change what is sent. */
function redirectTarget(from: URL, location: string | undefined): URL {
  const to = location === undefined ? null : URL.parse(location, from.href)
  if (to === null) throw new CodedError('GDE_SOURCE_REDIRECT', `${shownUrl(from)} redirects to nowhere`)
  const isDowngrade = from.protocol === 'https:' && to.protocol !== 'https:'
  if (isDowngrade || !/^https?:$/.test(to.protocol))
    throw new CodedError('GDE_SOURCE_REDIRECT', `${shownUrl(from)} redirects to ${to.protocol}//${to.host}`)
  to.username = ''
  to.password = ''
  return to
}

async function* boundedBody(
  body: AsyncIterable<Uint8Array>,
  url: URL,
  maxBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let size = 0
  try {
    for await (const chunk of body) {
      size += chunk.length
      if (size > maxBytes) throw new CodedError('GDE_TOO_LARGE', `${shownUrl(url)} sends more than ${maxBytes} bytes`)
      yield chunk
    }
  } catch (error) {
    throw requestFailure(error, url, signal)
  }
}
