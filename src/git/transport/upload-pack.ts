import { CodedError } from '../../model/failure.ts'
import { outgoingText } from '../../model/secrets/outgoing-text.ts'
import { DELIMITER, FLUSH, type Packet, packetLine, packetText } from './pkt-line.ts'
import type { PackAnswer, PackRequest } from './remote.ts'

/** Some servers serve Git only to programs that call themselves so. */
export const AGENT = 'git/gitops-drift-exporter'

/**
 * Protocol version and capabilities that a server advertises (`fetch=shallow`, `side-band-64k`, `object-format=sha1`).
 */
export interface Advertisement {
  /** 0 is what servers speak that do not know 2 (Azure DevOps, AWS CodeCommit). */
  readonly version: 0 | 2
  readonly capabilities: readonly string[]
}

/** An error that the server reports, truncated and without control characters and the credentials that it repeats. */
export function serverError(text: string): CodedError {
  // Hidden first: half of a credential would not be found.
  const printable = outgoingText(text)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200)
  if (/not our ref|no such remote ref|unadvertised object/.test(text))
    return new CodedError('GDE_GIT_REVISION', `the server does not give the commit: ${printable}`)
  return new CodedError('GDE_GIT_PROTOCOL', `the server reports: ${printable}`)
}

const packetLines = (texts: readonly string[]) => texts.map(packetLine).join('')

/**
 * The body of a request for a pack. `done` is sent at once: a few superfluous objects cost less than a round of
 * negotiation.
 * @throws CodedError `GDE_GIT_UNSUPPORTED`
 */
export function fetchRequest({ version, capabilities }: Advertisement, request: PackRequest): string {
  const borders = [
    ...request.shallow.map((id) => `shallow ${id}`),
    ...(request.depth === undefined ? [] : [`deepen ${request.depth}`]),
  ]
  const haves = request.haves.map((id) => `have ${id}`)
  const wants = request.wants.map((id) => `want ${id}`)
  if (version === 2) {
    const format = capabilities.some((one) => one.startsWith('object-format=')) ? ['object-format=sha1'] : []
    const args = ['ofs-delta', 'no-progress', ...borders, ...wants, ...haves, 'done']
    return `${packetLines(['command=fetch', `agent=${AGENT}`, ...format])}${DELIMITER}${packetLines(args)}${FLUSH}`
  }
  const [first, ...others] = wants
  const wanted = [`${first} ${[...oldCapabilities(capabilities, request), `agent=${AGENT}`].join(' ')}`, ...others]
  return `${packetLines([...wanted, ...borders])}${FLUSH}${packetLines([...haves, 'done'])}`
}

/** Azure DevOps refuses clients without multi_ack; no-done is left out because `done` is sent at once. */
const OLD_CAPABILITIES = ['multi_ack_detailed', 'side-band-64k', 'ofs-delta', 'no-progress']

function oldCapabilities(offered: readonly string[], request: PackRequest): readonly string[] {
  if (!offered.includes('side-band-64k'))
    throw new CodedError('GDE_GIT_UNSUPPORTED', 'the server cannot send packs in the form of after 2006')
  if (request.depth !== undefined && !offered.includes('shallow'))
    throw new CodedError('GDE_GIT_UNSUPPORTED', 'the server cannot send parts of a history')
  return OLD_CAPABILITIES.filter((capability) => offered.includes(capability))
}

/** Section headers of version 2 and acknowledgements of both: nothing in them is needed. */
const PASSED_OVER = /^(?:packfile$|shallow-info$|acknowledgments$|ready$|ACK |NAK$)/

/** Reads the lines before the pack, in either version, up to the first packet with a side band. */
export async function readPackAnswer(packets: AsyncIterator<Packet>): Promise<PackAnswer> {
  const shallow: string[] = []
  const unshallow: string[] = []
  for (;;) {
    const next = await packets.next()
    if (next.done === true) throw new CodedError('GDE_GIT_PROTOCOL', 'the server sends no pack')
    const packet = next.value
    if (packet.type !== 'data') continue
    const band = packet.bytes[0]
    if (band !== undefined && band <= 3) return { shallow, unshallow, pack: packBytes(packets, packet) }
    const text = packetText(packet.bytes)
    if (text.startsWith('ERR ')) throw serverError(text.slice(4))
    if (text.startsWith('shallow ')) shallow.push(text.slice('shallow '.length))
    else if (text.startsWith('unshallow ')) unshallow.push(text.slice('unshallow '.length))
    else if (!PASSED_OVER.test(text))
      throw new CodedError('GDE_GIT_PROTOCOL', 'the server answers what cannot be understood')
  }
}

/** The bytes of the pack out of the three bands that share the stream: pack, progress, error. */
async function* packBytes(packets: AsyncIterator<Packet>, first: Packet): AsyncGenerator<Uint8Array, void, undefined> {
  let packet = first
  while (packet.type === 'data') {
    const band = packet.bytes[0]
    if (band === 1) yield packet.bytes.subarray(1)
    else if (band === 3) throw serverError(packet.bytes.toString('utf8', 1))
    else if (band !== 2) throw new CodedError('GDE_GIT_PROTOCOL', 'the server sends a pack in an unknown form')
    const next = await packets.next()
    if (next.done === true) return
    packet = next.value
  }
}
