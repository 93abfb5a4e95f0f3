import { CodedError } from '../model/failure.ts'
import { isObjectId } from './git-object.ts'
import { DELIMITER, FLUSH, type Packet, packetLine, packetText } from './pkt-line.ts'
import type { PackRequest, Ref, RefList } from './remote.ts'
import { AGENT, serverError } from './upload-pack.ts'

/** What the server says it can do: `ls-refs=unborn`, `fetch=shallow wait-for-done`, `object-format=sha1`. */
export type Capabilities = ReadonlyMap<string, string>

const lines = (texts: readonly string[]) => texts.map(packetLine).join('')

function command(name: string, capabilities: Capabilities, args: readonly string[]): string {
  const format = capabilities.has('object-format') ? ['object-format=sha1'] : []
  return `${lines([`command=${name}`, `agent=${AGENT}`, ...format])}${DELIMITER}${lines(args)}${FLUSH}`
}

export function listRefsRequest(capabilities: Capabilities, others: readonly string[]): string {
  const prefixes = ['HEAD', 'refs/heads/', 'refs/tags/', ...others]
  return command('ls-refs', capabilities, ['peel', 'symrefs', ...prefixes.map((prefix) => `ref-prefix ${prefix}`)])
}

/** `<id> <name>[ symref-target:<name>][ peeled:<id>]` a line. @throws CodedError `GDE_GIT_PROTOCOL` */
export async function readRefs(packets: AsyncIterable<Packet>): Promise<RefList> {
  const refs = new Map<string, Ref>()
  let headTarget: string | undefined
  for await (const packet of packets) {
    // Read to the end, so that the connection can be used again.
    if (packet.type !== 'data') continue
    const text = packetText(packet.bytes)
    if (text.startsWith('ERR ')) throw serverError(text.slice(4))
    const [id = '', name = '', ...attributes] = text.split(' ')
    // A branch without a commit yet is listed as `unborn`.
    if (id === 'unborn') continue
    if (!isObjectId(id) || name === '') throw new CodedError('GDE_GIT_PROTOCOL', 'the server lists what is no ref')
    const peeled = attributes.find((attribute) => attribute.startsWith('peeled:'))?.slice('peeled:'.length)
    refs.set(name, { id, ...(peeled !== undefined && isObjectId(peeled) ? { peeled } : {}) })
    const target = attributes.find((attribute) => attribute.startsWith('symref-target:'))
    if (name === 'HEAD') headTarget = target?.slice('symref-target:'.length)
  }
  return { refs, ...(headTarget === undefined ? {} : { headTarget }) }
}

/** `done` at once: what is not common costs bytes, a round of negotiation costs time. */
export function fetchRequest(capabilities: Capabilities, request: PackRequest): string {
  return command('fetch', capabilities, [
    'ofs-delta',
    'no-progress',
    ...request.shallow.map((id) => `shallow ${id}`),
    ...(request.depth === undefined ? [] : [`deepen ${request.depth}`]),
    ...request.wants.map((id) => `want ${id}`),
    ...request.haves.map((id) => `have ${id}`),
    'done',
  ])
}

export interface FetchHead {
  readonly shallow: readonly string[]
  readonly unshallow: readonly string[]
}

/** Reads the sections before the pack; the iterator stands at the first packet of the pack. */
export async function readFetchHead(packets: AsyncIterator<Packet>): Promise<FetchHead> {
  const shallow: string[] = []
  const unshallow: string[] = []
  for (;;) {
    const next = await packets.next()
    if (next.done === true) throw new CodedError('GDE_GIT_PROTOCOL', 'the server sends no pack')
    if (next.value.type !== 'data') continue
    const text = packetText(next.value.bytes)
    if (text === 'packfile') return { shallow, unshallow }
    if (text.startsWith('ERR ')) throw serverError(text.slice(4))
    if (text.startsWith('shallow ')) shallow.push(text.slice('shallow '.length))
    if (text.startsWith('unshallow ')) unshallow.push(text.slice('unshallow '.length))
  }
}
