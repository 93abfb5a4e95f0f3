import { CodedError } from '../model/failure.ts'
import { isObjectId } from './git-object.ts'
import { FLUSH, type Packet, packetLine, packetText } from './pkt-line.ts'
import type { PackRequest, Ref, RefList } from './remote.ts'
import { AGENT, serverError } from './upload-pack.ts'
import type { FetchHead } from './upload-pack-v2.ts'

/** What a server that knows no protocol version 2 (Azure DevOps, AWS CodeCommit) answers to the first request: everything. */
export interface Advertisement extends RefList {
  readonly capabilities: readonly string[]
}

/** @param first the packet that was read already to find out which version it is */
export async function readAdvertisement(packets: AsyncIterator<Packet>, first: Packet): Promise<Advertisement> {
  const refs = new Map<string, Ref>()
  let capabilities: readonly string[] = []
  let packet = first
  for (;;) {
    if (packet.type === 'data') {
      const text = packetText(packet.bytes)
      if (text.startsWith('ERR ')) throw serverError(text.slice(4))
      const [line = '', list] = text.split('\0')
      if (list !== undefined) capabilities = list.trim().split(' ')
      addRef(refs, line)
    }
    const next = await packets.next()
    if (next.done === true) break
    packet = next.value
  }
  const symref = capabilities.find((capability) => capability.startsWith('symref=HEAD:'))
  return { refs, capabilities, ...(symref === undefined ? {} : { headTarget: symref.slice('symref=HEAD:'.length) }) }
}

function addRef(refs: Map<string, Ref>, line: string): void {
  const [id = '', name = ''] = line.split(' ')
  // An empty repository is told by a line that carries capabilities alone; a shallow one lists its borders.
  if (name === 'capabilities^{}' || id === 'shallow' || id === 'version') return
  if (!isObjectId(id) || name === '') throw new CodedError('GDE_GIT_PROTOCOL', 'the server lists what is no ref')
  if (!name.endsWith('^{}')) {
    refs.set(name, { id })
    return
  }
  const tag = name.slice(0, -'^{}'.length)
  const ref = refs.get(tag)
  if (ref !== undefined) refs.set(tag, { ...ref, peeled: id })
}

/** Azure DevOps refuses clients without multi_ack; no-done is left out because `done` is sent at once. */
const WANTED_CAPABILITIES = ['multi_ack_detailed', 'side-band-64k', 'ofs-delta', 'no-progress']

export function fetchRequest(offered: readonly string[], request: PackRequest): string {
  const capabilities = WANTED_CAPABILITIES.filter((capability) => offered.includes(capability))
  if (!capabilities.includes('side-band-64k'))
    throw new CodedError('GDE_GIT_UNSUPPORTED', 'the server cannot send packs in the form of after 2006')
  if (request.depth !== undefined && !offered.includes('shallow'))
    throw new CodedError('GDE_GIT_UNSUPPORTED', 'the server cannot send parts of a history')
  const wants = request.wants.map((id, index) =>
    packetLine(index === 0 ? `want ${id} ${[...capabilities, `agent=${AGENT}`].join(' ')}` : `want ${id}`),
  )
  return [
    ...wants,
    ...request.shallow.map((id) => packetLine(`shallow ${id}`)),
    ...(request.depth === undefined ? [] : [packetLine(`deepen ${request.depth}`)]),
    FLUSH,
    ...request.haves.map((id) => packetLine(`have ${id}`)),
    packetLine('done'),
  ].join('')
}

/** Reads shallow lines and acknowledgements. @returns them with the first packet of the pack, which shows where they end */
export async function readFetchHead(packets: AsyncIterator<Packet>): Promise<FetchHead & { readonly first: Packet }> {
  const shallow: string[] = []
  const unshallow: string[] = []
  for (;;) {
    const next = await packets.next()
    if (next.done === true) throw new CodedError('GDE_GIT_PROTOCOL', 'the server sends no pack')
    const packet = next.value
    if (packet.type !== 'data') continue
    const band = packet.bytes[0]
    if (band !== undefined && band <= 3) return { shallow, unshallow, first: packet }
    const text = packetText(packet.bytes)
    if (text.startsWith('ERR ')) throw serverError(text.slice(4))
    if (text.startsWith('shallow ')) shallow.push(text.slice('shallow '.length))
    else if (text.startsWith('unshallow ')) unshallow.push(text.slice('unshallow '.length))
    else if (!/^(?:ACK|NAK)\b/.test(text))
      throw new CodedError('GDE_GIT_PROTOCOL', 'the server answers what cannot be understood')
  }
}
