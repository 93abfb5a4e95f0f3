/** @file Writes a maximum into a module's memory section: the Go linker has no flag for it, and without one a template takes 4 GiB. */

const MEMORY_SECTION = 5
const PAGE_BYTES = 65_536

/**
 * @returns the module with its one memory limited to `maximumBytes`
 * @throws Error when the bytes are no module with one unshared memory
 */
export function limitMemory(module: Uint8Array, maximumBytes: number): Uint8Array {
  let offset = 8
  while (offset < module.length) {
    const id = module[offset]
    const size = readLeb(module, offset + 1)
    if (id === MEMORY_SECTION) {
      const body = limitedBody(module.subarray(size.next, size.next + size.value), maximumBytes / PAGE_BYTES)
      const rest = module.subarray(size.next + size.value)
      return Buffer.concat([module.subarray(0, offset), section(MEMORY_SECTION, body), rest])
    }
    offset = size.next + size.value
  }
  throw new Error('the WebAssembly module has no memory section')
}

function limitedBody(body: Uint8Array, maximumPages: number): Uint8Array {
  const count = readLeb(body, 0)
  const flags = body[count.next]
  if (count.value !== 1 || (flags !== 0 && flags !== 1))
    throw new Error('the WebAssembly module has an unexpected memory')
  const minimum = readLeb(body, count.next + 1)
  return Uint8Array.from([1, 1, ...writeLeb(minimum.value), ...writeLeb(maximumPages)])
}

function section(id: number, body: Uint8Array): Uint8Array {
  return Uint8Array.from([id, ...writeLeb(body.length), ...body])
}

/** LEB128, as WebAssembly writes unsigned numbers. */
function readLeb(bytes: Uint8Array, start: number): { readonly value: number; readonly next: number } {
  let value = 0
  for (let index = 0; index < 5; index += 1) {
    const byte = bytes[start + index]
    if (byte === undefined) break
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, next: start + index + 1 }
  }
  throw new Error('the WebAssembly module is cut off')
}

function writeLeb(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...writeLeb(Math.floor(value / 0x80))]
}
