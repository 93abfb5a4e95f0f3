/** @file Writes a maximum into a module's memory section: the Go linker has no flag for it, and without one a template takes 4 GiB. */
import { readLeb, readSections, SECTION, withSections, writeLeb } from './wasm-format.ts'

const PAGE_BYTES = 65_536

/**
 * @returns the module with its one memory limited to `maximumBytes`
 * @throws Error when the bytes are no module with one unshared memory
 */
export function limitMemory(module: Uint8Array, maximumBytes: number): Uint8Array {
  const memory = readSections(module).find(({ id }) => id === SECTION.memory)
  if (memory === undefined) throw new Error('the WebAssembly module has no memory section')
  return withSections(module, new Map([[SECTION.memory, limitedBody(memory.body, maximumBytes / PAGE_BYTES)]]))
}

function limitedBody(body: Uint8Array, maximumPages: number): Uint8Array {
  const count = readLeb(body, 0)
  const flags = body[count.next]
  if (count.value !== 1 || (flags !== 0 && flags !== 1))
    throw new Error('the WebAssembly module has an unexpected memory')
  const minimum = readLeb(body, count.next + 1)
  return Uint8Array.from([1, 1, ...writeLeb(minimum.value), ...writeLeb(maximumPages)])
}
