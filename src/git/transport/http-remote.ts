import { type CredentialResolver, createCredentialResolver } from '../../credentials/credential-resolver.ts'
import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { guardUrl } from '../../net/address-guard.ts'
import type { GitLimits } from '../limits.ts'
import { type Conversation, refuseSha256, SERVICE, type UploadPack } from './conversation.ts'
import { statusFailure } from './http-failure.ts'
import { createHttpTransport, type HttpAnswer } from './http-transport.ts'
import { readRefAnswer } from './ref-answer.ts'
import type { Remote } from './remote.ts'
import { createServerRemote } from './server-remote.ts'
import { AGENT } from './upload-pack.ts'

const REDIRECTS = new Set([301, 302, 303, 307, 308])
const MOST_REDIRECTS = 5
/** Behind the URL of a repository: what is asked for first. */
const GREETING = `/info/refs?service=${SERVICE}`

/** A repository behind Git's smart HTTP protocol. */
export function createHttpRemote(
  spec: RepositorySpec,
  limits: GitLimits,
  credentials: CredentialResolver = createCredentialResolver(),
): Remote {
  return createServerRemote(httpUploadPack(spec, limits, credentials), limits)
}

function httpUploadPack(spec: RepositorySpec, limits: GitLimits, credentials: CredentialResolver): UploadPack {
  const transport = createHttpTransport(spec, limits, credentials)
  let known: Conversation | undefined

  const send = (
    base: URL,
    rest: string,
    body: string | undefined,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<HttpAnswer> =>
    transport.send(
      {
        url: new URL(`${base.href}${rest}`),
        repository: base,
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

  const post = async (base: URL, body: string, maxBytes: number, signal: AbortSignal): Promise<HttpAnswer> => {
    const answer = await send(base, `/${SERVICE}`, body, maxBytes, signal)
    if (REDIRECTS.has(answer.status)) {
      await answer.drop()
      throw new CodedError('GDE_GIT_REDIRECT', `${base.host} redirects in the middle of a conversation`)
    }
    await requireContentType(answer, 'result', base.host)
    return answer
  }

  /** Follows redirects within the host, as Git does for the first request alone. */
  const discover = async (signal: AbortSignal): Promise<Conversation> => {
    let url = new URL(`${plainUrl(spec)}${GREETING}`)
    for (let redirects = 0; ; redirects++) {
      const base = new URL(url.href.slice(0, url.href.indexOf(GREETING)))
      const answer = await send(base, GREETING, undefined, limits.listBytes, signal)
      if (!REDIRECTS.has(answer.status)) {
        await requireContentType(answer, 'advertisement', url.host)
        const advertisement = await readRefAnswer(answer.body, limits.refs)
        refuseSha256(advertisement)
        return {
          ...advertisement,
          ask: async (body, maxBytes, until) => (await post(base, body, maxBytes, until)).body,
          // Each request stands alone.
          end: () => undefined,
        }
      }
      await answer.drop()
      if (redirects >= MOST_REDIRECTS) throw new CodedError('GDE_GIT_REDIRECT', `${url.host} redirects without an end`)
      url = redirectTarget(url, answer.location)
    }
  }

  return {
    open: async (purpose, signal) => {
      if (known !== undefined && (known.version === 2 || purpose === 'fetch')) return known
      const found = await discover(signal)
      // In version 2 the greeting holds no refs, and does not go stale.
      known = found.version === 2 ? found : { ...found, bytes: Buffer.alloc(0) }
      return found
    },
    forget: () => {
      known = undefined
    },
    close: () => transport.close(),
  }
}

async function requireContentType(answer: HttpAnswer, type: 'advertisement' | 'result', host: string): Promise<void> {
  const { status, contentType } = answer
  if (status === 200 && contentType === `application/x-${SERVICE}-${type}`) return
  await answer.drop()
  if (status !== 200) throw statusFailure(status, host)
  const what = contentType === '' ? 'something' : contentType
  throw new CodedError('GDE_GIT_PROTOCOL', `${host} answers ${what}, not the smart HTTP protocol of Git`)
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
    throw new CodedError('GDE_GIT_UNSUPPORTED', 'a repository is read over https, http, ssh or file')
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}
