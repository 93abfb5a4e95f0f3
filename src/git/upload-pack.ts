import { CodedError } from '../model/failure.ts'
import type { Packet } from './pkt-line.ts'

/** Some servers serve Git only to programs that call themselves so. */
export const AGENT = 'git/gitops-drift-exporter'

/** What the server reports in its own words, cut and without control characters. */
export function serverError(text: string): CodedError {
  const printable = text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200)
  if (/not our ref|no such remote ref|unadvertised object/.test(text))
    return new CodedError('GDE_GIT_REVISION', `the server does not give the commit: ${printable}`)
  return new CodedError('GDE_GIT_PROTOCOL', `the server reports: ${printable}`)
}

/** The bytes of the pack out of the three bands that share the stream: pack, progress, error. */
export async function* packBytes(
  packets: AsyncIterator<Packet>,
  first?: Packet,
): AsyncGenerator<Uint8Array, void, undefined> {
  let packet = first
  for (;;) {
    if (packet?.type === 'data') {
      const band = packet.bytes[0]
      if (band === 1) yield packet.bytes.subarray(1)
      else if (band === 3) throw serverError(packet.bytes.toString('utf8', 1))
      else if (band !== 2) throw new CodedError('GDE_GIT_PROTOCOL', 'the server sends a pack in an unknown form')
    } else if (packet !== undefined) return
    const next = await packets.next()
    if (next.done === true) return
    packet = next.value
  }
}
