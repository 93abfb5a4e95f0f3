import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'

export const TYPE = { commit: 1, tree: 2, blob: 3, tag: 4, offsetDelta: 6, referenceDelta: 7 } as const

export interface CraftedEntry {
  readonly type: number
  readonly content: Uint8Array
  /** What the header says; the true one if absent. */
  readonly size?: number
  /** Between header and compressed bytes: the base of a delta. */
  readonly base?: Uint8Array
  /** Instead of the compressed content. */
  readonly raw?: Uint8Array
}

/** The bytes of a pack with such entries, right or wrong. */
export function craftPack(entries: readonly CraftedEntry[], change: { count?: number; version?: number } = {}): Buffer {
  const header = Buffer.alloc(12)
  header.write('PACK')
  header.writeUInt32BE(change.version ?? 2, 4)
  header.writeUInt32BE(change.count ?? entries.length, 8)
  const body = Buffer.concat([header, ...entries.map(craftEntry)])
  return Buffer.concat([body, createHash('sha1').update(body).digest()])
}

export function craftEntry({
  type,
  content,
  size = content.length,
  base = Buffer.alloc(0),
  raw,
}: CraftedEntry): Buffer {
  const bytes = [(type << 4) | (size & 15)]
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push((bytes.pop() ?? 0) | 0x80, rest % 128)
  }
  return Buffer.concat([Buffer.from(bytes), base, raw ?? deflateSync(content)])
}

/** How Git writes the distance to the base of a delta. */
export function distance(value: number): Buffer {
  const bytes = [value & 0x7f]
  for (let rest = value >> 7; rest > 0; rest = (rest - 1) >> 7) {
    rest--
    bytes.unshift(0x80 | (rest & 0x7f))
    rest++
  }
  return Buffer.from(bytes)
}

/** A size at the start of a delta. */
function deltaSize(value: number): readonly number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push(0x80 | (rest % 128))
  return [...bytes, rest]
}

/** A delta with these commands. */
export function delta(baseSize: number, resultSize: number, commands: readonly number[]): Buffer {
  return Buffer.from([...deltaSize(baseSize), ...deltaSize(resultSize), ...commands])
}

export function blobId(content: Uint8Array): Buffer {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest()
}
