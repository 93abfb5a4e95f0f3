import assert from 'node:assert/strict'
import { test } from 'node:test'
import { initializedModule } from '../../src/sandbox/initialized-module.ts'
import { testModule } from './test-sandbox.ts'

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
const TYPES = [0x01, 0x04, 0x01, 0x60, 0x00, 0x00]
const FUNCTIONS = [0x03, 0x02, 0x01, 0x00]
const MEMORY = [0x05, 0x03, 0x01, 0x00, 0x01]
/** An i32 of 7 and an i64 of 0. */
const GLOBALS = [0x06, 0x0b, 0x02, 0x7f, 0x01, 0x41, 0x07, 0x0b, 0x7e, 0x01, 0x42, 0x00, 0x0b]
const text = (name: string): number[] => [name.length, ...Buffer.from(name)]
const EXPORTED = [
  ...[0x04, ...text('memory'), 0x02, 0x00, ...text('_initialize'), 0x00, 0x00],
  ...[...text('small'), 0x03, 0x00, ...text('large'), 0x03, 0x01],
]
const EXPORTS = [0x07, EXPORTED.length, ...EXPORTED]
/** Adds 1 to the byte at 8, writes 9 at 60,000, grows the memory by a page, writes 3 there, and sets the globals to -2 and to 1 - 2^62. */
const STEPS = [
  ...[0x00, 0x41, 0x08, 0x41, 0x08, 0x2d, 0x00, 0x00, 0x41, 0x01, 0x6a, 0x3a, 0x00, 0x00],
  ...[0x41, 0xe0, 0xd4, 0x03, 0x41, 0x09, 0x3a, 0x00, 0x00],
  ...[0x41, 0x01, 0x40, 0x00, 0x1a, 0x41, 0x80, 0x80, 0x04, 0x41, 0x03, 0x3a, 0x00, 0x00],
  ...[0x41, 0x7e, 0x24, 0x00, 0x42, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0x24, 0x01, 0x0b],
]
const CODE = [0x0a, STEPS.length + 2, 0x01, STEPS.length, ...STEPS]
/** 5 at 8. */
const DATA = [0x0b, 0x07, 0x01, 0x00, 0x41, 0x08, 0x0b, 0x01, 0x05]
const MODULE = Uint8Array.from([
  ...[...HEADER, ...TYPES, ...FUNCTIONS, ...MEMORY, ...GLOBALS],
  ...[...EXPORTS, ...CODE, ...DATA],
])

test('a module begins with the memory and the globals that it had once it was initialized', () => {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(initializedModule(MODULE)), {})
  const { memory, small, large } = exports
  assert.ok(memory instanceof WebAssembly.Memory)
  assert.ok(small instanceof WebAssembly.Global && large instanceof WebAssembly.Global)
  const bytes = new Uint8Array(memory.buffer)
  assert.equal(bytes.length, 2 * 65_536)
  const filled = [...bytes.entries()].filter(([, byte]) => byte !== 0)
  assert.deepEqual(filled, [
    [8, 6],
    [60_000, 9],
    [65_536, 3],
  ])
  assert.deepEqual([small.value, large.value], [-2, 1n - 2n ** 62n])
  assert.deepEqual(Object.keys(exports).sort(), ['large', 'memory', 'small'])
})

test('a module that starts by itself, or that exports nothing to initialize, is refused', () => {
  const start = [0x08, 0x01, 0x00]
  const starting = Uint8Array.from([
    ...[...HEADER, ...TYPES, ...FUNCTIONS, ...MEMORY, ...GLOBALS],
    ...[...EXPORTS, ...start, ...CODE, ...DATA],
  ])
  assert.throws(() => initializedModule(starting), /starts by itself/)
  const other = Buffer.from(Buffer.from(MODULE).toString('latin1').replace('_initialize', '_initialise'), 'latin1')
  assert.throws(() => initializedModule(other), /exports no _initialize/)
})

test('Go has started in the module of the sandbox', async () => {
  const module = await testModule()
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name)
  assert.deepEqual(exported.sort(), ['call', 'memory', 'output_length', 'output_pointer', 'release', 'reserve'])
})
