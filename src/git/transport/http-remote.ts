import type { HttpClient } from 'isomorphic-git'
import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { guardUrl } from '../../net/address-guard.ts'
import type { GitLimits } from '../limits.ts'
import { statusFailure } from './http-failure.ts'
import { createHttpTransport, type HttpAnswer } from './http-transport.ts'
import { readPackets } from './pkt-line.ts'
import { readRefAnswer, refList, withPrefixes } from './ref-answer.ts'
import type { Remote } from './remote.ts'
import { type Advertisement, AGENT, fetchRequest, readPackAnswer } from './upload-pack.ts'

const SERVICE = 'git-upload-pack'
const REDIRECTS = new Set([301, 302, 303, 307, 308])
const MOST_REDIRECTS = 5

/** Result of the first request: the URL after redirects, and the protocol version and capabilities of the server. */
interface Session extends Advertisement {
  readonly base: URL
  /** The response body. Kept for version 2 only, where it holds no refs and so does not go stale. */
  readonly bytes: Buffer
}

/**
 * A repository behind Git's smart HTTP protocol, version 2 or, where the server does not know it, 0.
 *
 * Refs are listed by isomorphic-git over this transport. Packs are fetched by code of our own: isomorphic-git inflates a pack
 * in memory without a limit (one of 1.1 MB took 3.9 GB), and indexes damaged ones without a word.
 */
export function createHttpRemote(spec: RepositorySpec, limits: GitLimits): Remote {
  const transport = createHttpTransport(spec, limits)
  let session: Session | undefined

  const send = (url: URL, body: string | undefined, maxBytes: number, signal: AbortSignal): Promise<HttpAnswer> =>
    transport.send(
      {
        url,
        maxBytes,
        headers: {
          'user-agent': AGENT,
          'git-protocol': 'version=2',
          ...(body === undefined
            ? {}
            : { 'content-type': `application/x-${SERVICE}-request`, accept: `application/x-${SERVICE}-result` }),
        },
        ...(body === undefined ? {} : { body }),
      },
      signal,
    )

  /** Follows redirects within the host, as Git does for the first request alone. */
  const discover = async (signal: AbortSignal): Promise<Session> => {
    let url = new URL(`${plainUrl(spec)}/info/refs?service=${SERVICE}`)
    for (let redirects = 0; ; redirects++) {
      const answer = await send(url, undefined, limits.listBytes, signal)
      if (!REDIRECTS.has(answer.status)) {
        await requireContentType(answer, 'advertisement', url.host)
        const advertisement = await readRefAnswer(answer.body, limits.refs)
        refuseSha256(advertisement)
        return { ...advertisement, base: new URL(url.href.slice(0, url.href.indexOf('/info/refs?'))) }
      }
      await answer.drop()
      if (redirects >= MOST_REDIRECTS) throw new CodedError('GDE_GIT_REDIRECT', `${url.host} redirects without an end`)
      url = redirectTarget(url, answer.location)
    }
  }

  const post = async (base: URL, body: string, maxBytes: number, signal: AbortSignal): Promise<HttpAnswer> => {
    const answer = await send(new URL(`${base.href}/${SERVICE}`), body, maxBytes, signal)
    if (REDIRECTS.has(answer.status)) {
      await answer.drop()
      throw new CodedError('GDE_GIT_REDIRECT', `${base.host} redirects in the middle of a conversation`)
    }
    await requireContentType(answer, 'result', base.host)
    return answer
  }

  /** The HTTP client for isomorphic-git: it sends the two requests to the URL of the session. */
  const client = (current: Session, extraRefs: readonly string[], signal: AbortSignal): HttpClient => ({
    request: async ({ url, body }) => {
      if (body === undefined) return bufferedResponse(url, 'advertisement', current.bytes)
      // Where an old server has no refs, isomorphic-git believes that it speaks version 2.
      if (current.version === 0) return bufferedResponse(url, 'result', Buffer.alloc(0))
      const answer = await post(current.base, await withPrefixes(body, extraRefs), limits.listBytes, signal)
      return bufferedResponse(url, 'result', (await readRefAnswer(answer.body, limits.refs)).bytes)
    },
  })

  /** After any error the session is dropped, so that the next request discovers the repository again. */
  const withSession = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      session = undefined
      throw error
    }
  }

  return {
    listRefs: (extraRefs, signal) =>
      withSession(async () => {
        // Half a megabyte of code, loaded only when there is a repository on a server.
        const { isRefusedAnswer, listServerRefs } = await import('./list-server-refs.ts')
        const current = session?.version === 2 ? session : await discover(signal)
        session = current.version === 2 ? current : { ...current, bytes: Buffer.alloc(0) }
        const http = client(current, extraRefs, signal)
        try {
          const url = current.base.href
          return refList(await listServerRefs({ http, url, symrefs: true, peelTags: true }), extraRefs)
        } catch (error) {
          if (signal.aborted || !isRefusedAnswer(error)) throw error
          throw new CodedError('GDE_GIT_PROTOCOL', 'the server lists what is no ref', {}, { cause: error })
        }
      }),
    fetchPack: (request, receive, signal) =>
      withSession(async () => {
        session ??= await discover(signal)
        const body = fetchRequest(session, request)
        // Packet and side-band headers add less than a sixteenth.
        const answer = await post(session.base, body, limits.packBytes + (limits.packBytes >> 4), signal)
        const packets = readPackets(answer.body)
        const result = await receive(await readPackAnswer(packets))
        for await (const _rest of packets);
        return result
      }),
    close: () => transport.close(),
  }
}

/**
 * isomorphic-git does not notice a truncated response, so it only gets bodies that were read completely and validated.
 */
function bufferedResponse(
  url: string,
  type: 'advertisement' | 'result',
  bytes: Buffer,
): Awaited<ReturnType<HttpClient['request']>> {
  async function* body() {
    yield bytes
  }
  const headers = { 'content-type': `application/x-${SERVICE}-${type}` }
  return { url, statusCode: 200, statusMessage: 'OK', headers, body: body() }
}

async function requireContentType(answer: HttpAnswer, type: 'advertisement' | 'result', host: string): Promise<void> {
  const { status, contentType } = answer
  if (status === 200 && contentType === `application/x-${SERVICE}-${type}`) return
  await answer.drop()
  if (status !== 200) throw statusFailure(status, host)
  const what = contentType === '' ? 'something' : contentType
  throw new CodedError('GDE_GIT_PROTOCOL', `${host} answers ${what}, not the smart HTTP protocol of Git`)
}

function refuseSha256({ capabilities }: Advertisement): void {
  const format = capabilities.find((one) => one.startsWith('object-format='))?.slice('object-format='.length)
  if (format !== undefined && format !== 'sha1')
    throw new CodedError('GDE_GIT_UNSUPPORTED', `the repository names its objects by ${format}`)
}

/** Same host and port, or from http to https of the same name; never back to http, where credentials would be readable. */
function redirectTarget(from: URL, location: string | undefined): URL {
  const to = location === undefined ? null : URL.parse(location, from.href)
  if (to === null) throw new CodedError('GDE_GIT_REDIRECT', `${from.host} redirects to nowhere`)
  const upgrade =
    from.protocol === 'http:' && to.protocol === 'https:' && to.hostname === from.hostname && to.port === ''
  if (to.origin !== from.origin && !(upgrade && from.port === ''))
    throw new CodedError('GDE_GIT_REDIRECT', `${from.host} redirects to ${to.protocol}//${to.host}`)
  if (!to.pathname.endsWith('/info/refs') || to.searchParams.get('service') !== SERVICE)
    throw new CodedError('GDE_GIT_PROTOCOL', `${from.host} redirects to ${to.pathname}, which is no repository`)
  return new URL(`${to.origin}${to.pathname}?service=${SERVICE}`)
}

/** The URL without user info, which must not be sent to redirect targets, and without query and fragment. */
function plainUrl({ fetchUrl, untrusted }: RepositorySpec): string {
  const url = URL.parse(fetchUrl)
  if (url !== null && untrusted) guardUrl(url)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new CodedError('GDE_GIT_UNSUPPORTED', 'a repository is read over http, https or file')
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}
