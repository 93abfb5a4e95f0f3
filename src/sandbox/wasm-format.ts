/** @file The parts of WebAssembly's binary format that building the sandbox reads and writes. */

/** What a section has is told by its number. */
export const SECTION = { memory: 5, global: 6, export: 7, start: 8, data: 11, dataCount: 12 } as const

export interface Section {
  readonly id: number
  readonly body: Uint8Array
}

const HEADER_BYTES = 8

/** @throws Error where the module is cut off */
export function readSections(module: Uint8Array): readonly Section[] {
  const sections: Section[] = []
  let offset = HEADER_BYTES
  while (offset < module.length) {
    const size = readLeb(module, offset + 1)
    const end = size.next + size.value
    if (end > module.length) throw cutOff()
    sections.push({ id: module[offset] ?? 0, body: module.subarray(size.next, end) })
    offset = end
  }
  return sections
}

/** The module with other bodies of sections, by their numbers. */
export function withSections(module: Uint8Array, bodies: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const written = readSections(module).flatMap(({ id, body }) => {
    const other = bodies.get(id) ?? body
    return [Uint8Array.from([id, ...writeLeb(other.length)]), other]
  })
  return Buffer.concat([module.subarray(0, HEADER_BYTES), ...written])
}

/** LEB128, as WebAssembly writes unsigned numbers. */
export function readLeb(bytes: Uint8Array, start: number): { readonly value: number; readonly next: number } {
  let value = 0
  for (let index = 0; index < 5; index += 1) {
    const byte = bytes[start + index]
    if (byte === undefined) break
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, next: start + index + 1 }
  }
  throw cutOff()
}

export function writeLeb(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...writeLeb(Math.floor(value / 0x80))]
}

/** The same of numbers that may be negative. */
export function writeSignedLeb(value: bigint): number[] {
  const low = Number(value & 0x7fn)
  const rest = value >> 7n
  const isLast = rest === ((low & 0x40) === 0 ? 0n : -1n)
  return isLast ? [low] : [low | 0x80, ...writeSignedLeb(rest)]
}

function cutOff(): Error {
  return new Error('the WebAssembly module is cut off')
}
