import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limitMemory } from '../../src/sandbox/wasm-memory.ts'

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
const MEMORY_OF_TWO_PAGES = [0x05, 0x03, 0x01, 0x00, 0x02]
const EXPORT_MEMORY = [0x07, 0x05, 0x01, 0x01, 0x6d, 0x02, 0x00]

function memoryOf(bytes: Uint8Array): { grow(pages: number): number } {
  const module = new WebAssembly.Module(Uint8Array.from(bytes))
  const memory: unknown = new WebAssembly.Instance(module, {}).exports.m
  assert.ok(memory instanceof WebAssembly.Memory)
  return { grow: (pages) => Reflect.apply(Reflect.get(memory, 'grow'), memory, [pages]) }
}

test('a limited memory grows to its limit and no further', () => {
  const limited = limitMemory(Uint8Array.from([...HEADER, ...MEMORY_OF_TWO_PAGES, ...EXPORT_MEMORY]), 300 * 65_536)
  const memory = memoryOf(limited)
  assert.equal(memory.grow(298), 2)
  assert.throws(() => memory.grow(1), RangeError)
})

test('what is no module with one memory is refused', () => {
  assert.throws(() => limitMemory(Uint8Array.from(HEADER), 65_536), /no memory section/)
  assert.throws(() => limitMemory(Uint8Array.from([...HEADER, 0x05, 0x01, 0x00]), 65_536), /unexpected memory/)
  assert.throws(() => limitMemory(Uint8Array.from([...HEADER, 0x05, 0xff]), 65_536), /cut off/)
})
