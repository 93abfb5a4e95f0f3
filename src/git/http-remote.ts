import { CodedError } from '../model/failure.ts'
import type { RepositorySpec } from '../model/inventory.ts'
import { guardUrl } from './guarded-lookup.ts'
import { statusFailure } from './http-failure.ts'
import { createHttpTransport, type HttpAnswer } from './http-transport.ts'
import type { GitLimits } from './limits.ts'
import { type Packet, packetText, readPackets } from './pkt-line.ts'
import type { PackAnswer, PackRequest, Remote } from './remote.ts'
import { AGENT, packBytes, serverError } from './upload-pack.ts'
import * as v0 from './upload-pack-v0.ts'
import * as v2 from './upload-pack-v2.ts'

const SERVICE = 'git-upload-pack'
const REDIRECTS = new Set([301, 302, 303, 307, 308])
const MOST_REDIRECTS = 5

/** What the first request found out: where the repository really is, and which protocol the server speaks. */
type Session = { readonly base: URL } & (
  | { readonly version: 2; readonly capabilities: v2.Capabilities }
  | { readonly version: 0; readonly advertisement: v0.Advertisement }
)

/** A repository behind Git's smart HTTP protocol, version 2 or, where the server does not know it, 0. */
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
        session = await readSession(answer, url)
        return session
      }
      await answer.drop()
      if (redirects >= MOST_REDIRECTS) throw new CodedError('GDE_GIT_REDIRECT', `${url.host} redirects without an end`)
      url = redirectTarget(url, answer.location)
    }
  }

  const post = async (base: URL, body: string, maxBytes: number, signal: AbortSignal): Promise<HttpAnswer> => {
    const answer = await send(new URL(`${base.href}/${SERVICE}`), body, maxBytes, signal)
    if (answer.status === 200 && answer.contentType === `application/x-${SERVICE}-result`) return answer
    await answer.drop()
    if (REDIRECTS.has(answer.status))
      throw new CodedError('GDE_GIT_REDIRECT', `${base.host} redirects in the middle of a conversation`)
    throw answer.status === 200 ? noGit(base.host, answer.contentType) : statusFailure(answer.status, base.host)
  }

  /** Whatever went wrong, the next request finds out anew where the repository is. */
  const withSession = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      session = undefined
      throw error
    }
  }

  return {
    listRefs: (others, signal) =>
      withSession(async () => {
        const known = session
        // Version 0 has its list in the first answer.
        const current = known?.version === 2 ? known : await discover(signal)
        if (current.version === 0) return current.advertisement
        const request = v2.listRefsRequest(current.capabilities, others)
        const answer = await post(current.base, request, limits.listBytes, signal)
        return v2.readRefs(readPackets(answer.body))
      }),
    fetchPack: (request, receive, signal) =>
      withSession(async () => {
        const current = session ?? (await discover(signal))
        const body = fetchBody(current, request)
        // Three bands and their frames weigh less than a sixteenth of what they carry.
        const answer = await post(current.base, body, limits.packBytes + (limits.packBytes >> 4), signal)
        const packets = readPackets(answer.body)
        const result = await receive(await packAnswer(current.version, packets))
        for await (const _rest of packets);
        return result
      }),
    close: () => transport.close(),
  }
}

function fetchBody(session: Session, request: PackRequest): string {
  return session.version === 2
    ? v2.fetchRequest(session.capabilities, request)
    : v0.fetchRequest(session.advertisement.capabilities, request)
}

async function packAnswer(version: Session['version'], packets: AsyncGenerator<Packet>): Promise<PackAnswer> {
  if (version === 2) return { ...(await v2.readFetchHead(packets)), pack: packBytes(packets) }
  const { first, ...head } = await v0.readFetchHead(packets)
  return { ...head, pack: packBytes(packets, first) }
}

async function readSession(answer: HttpAnswer, url: URL): Promise<Session> {
  if (answer.status !== 200) {
    await answer.drop()
    throw statusFailure(answer.status, url.host)
  }
  if (answer.contentType !== `application/x-${SERVICE}-advertisement`) {
    await answer.drop()
    throw noGit(url.host, answer.contentType)
  }
  const base = new URL(url.href.slice(0, url.href.indexOf('/info/refs?')))
  const packets = readPackets(answer.body)
  try {
    const session = await readGreeting(base, packets)
    refuseSha256(session)
    return session
  } finally {
    await packets.return()
  }
}

async function readGreeting(base: URL, packets: AsyncGenerator<Packet>): Promise<Session> {
  let first = await nextPacket(packets)
  // Version 0 and some servers of version 2 name the service first.
  if (first.type === 'data' && packetText(first.bytes).startsWith('# service=')) {
    first = await nextPacket(packets)
    if (first.type === 'flush') first = await nextPacket(packets)
  }
  // An empty repository has nothing to tell, in version 0.
  if (first.type !== 'data') return { base, version: 0, advertisement: { refs: new Map(), capabilities: [] } }
  return packetText(first.bytes) === 'version 2'
    ? { base, version: 2, capabilities: await readCapabilities(packets) }
    : { base, version: 0, advertisement: await v0.readAdvertisement(packets, first) }
}

async function nextPacket(packets: AsyncIterator<Packet>): Promise<Packet> {
  const next = await packets.next()
  if (next.done === true) throw new CodedError('GDE_GIT_PROTOCOL', 'the answer of the server ends too early')
  return next.value
}

async function readCapabilities(packets: AsyncIterable<Packet>): Promise<v2.Capabilities> {
  const capabilities = new Map<string, string>()
  for await (const packet of packets) {
    if (packet.type !== 'data') continue
    const text = packetText(packet.bytes)
    if (text.startsWith('ERR ')) throw serverError(text.slice(4))
    const equals = text.indexOf('=')
    capabilities.set(equals < 0 ? text : text.slice(0, equals), equals < 0 ? '' : text.slice(equals + 1))
  }
  return capabilities
}

function refuseSha256(session: Session): void {
  const format =
    session.version === 2
      ? session.capabilities.get('object-format')
      : session.advertisement.capabilities
          .find((one) => one.startsWith('object-format='))
          ?.slice('object-format='.length)
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

function noGit(host: string, contentType: string): CodedError {
  return new CodedError(
    'GDE_GIT_PROTOCOL',
    `${host} answers ${contentType === '' ? 'something' : contentType}, not Git`,
  )
}

/** Without user info, which would go to wherever the URL leads, and without what no repository has. */
function plainUrl({ fetchUrl, untrusted }: RepositorySpec): string {
  const url = URL.parse(fetchUrl)
  if (url !== null && untrusted) guardUrl(url)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new CodedError('GDE_GIT_UNSUPPORTED', 'a repository is read over http, https or file')
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}
