import { CodedError } from '../../model/failure.ts'

/** The frame that all of Git's protocol is made of: four hexadecimal digits of length, then that many bytes less four. */
export type Packet =
  | { readonly type: 'data'; readonly bytes: Buffer }
  | { readonly type: 'flush' }
  | { readonly type: 'delimiter' }
  | { readonly type: 'end' }

export const FLUSH = '0000'
export const DELIMITER = '0001'

/** One line to send, '\n' included. */
export function packetLine(text: string): string {
  return `${(Buffer.byteLength(text) + 5).toString(16).padStart(4, '0')}${text}\n`
}

/** The text of a data packet, without its newline. */
export function packetText(bytes: Buffer): string {
  const end = bytes.at(-1) === 0x0a ? bytes.length - 1 : bytes.length
  return bytes.toString('utf8', 0, end)
}

/** @throws CodedError `GDE_GIT_PROTOCOL` when it is no such stream, or ends in the middle of a packet */
export async function* readPackets(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Packet, void, undefined> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of body) {
    rest =
      rest.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([rest, chunk])
    let at = 0
    while (rest.length - at >= 4) {
      const length = packetLength(rest.toString('latin1', at, at + 4))
      if (length >= 4 && rest.length - at < length) break
      yield packetOf(rest, at, length)
      at += Math.max(length, 4)
    }
    rest = rest.subarray(at)
  }
  if (rest.length > 0) throw new CodedError('GDE_GIT_PROTOCOL', 'the answer of the server ends too early')
}

/** @param digits the first four characters of a packet @throws CodedError `GDE_GIT_PROTOCOL` */
export function packetLength(digits: string): number {
  if (!/^[0-9a-fA-F]{4}$/.test(digits))
    throw new CodedError('GDE_GIT_PROTOCOL', 'the answer of the server is not in the protocol of Git')
  return Number.parseInt(digits, 16)
}

function packetOf(bytes: Buffer, at: number, length: number): Packet {
  switch (length) {
    case 0:
      return { type: 'flush' }
    case 1:
      return { type: 'delimiter' }
    case 2:
      return { type: 'end' }
    case 3:
      throw new CodedError('GDE_GIT_PROTOCOL', 'the answer of the server has a packet of no length')
    default:
      return { type: 'data', bytes: bytes.subarray(at + 4, at + length) }
  }
}
