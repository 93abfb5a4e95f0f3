import { createSystem, INITIALIZED_MS } from './wasi.ts'
import { readLeb, readSections, SECTION, type Section, withSections, writeLeb, writeSignedLeb } from './wasm-format.ts'

const INITIALIZE = '_initialize'
/** What the start of Go sees; no rendering does. */
const START = { seed: 1, time: Date.UTC(2026, 0, 1) } as const

const PAGE_BYTES = 65_536
/** So many zeros are not written: a segment of its own costs eight bytes. */
const GAP_BYTES = 64

const EXPORTED_GLOBAL = 3
const I32 = 0x7f
const I64 = 0x7e
/** What makes a constant of a type. */
const CONSTANT: ReadonlyMap<number, number> = new Map([
  [I32, 0x41],
  [I64, 0x42],
])
const MUTABLE = 1
const END = 0x0b

/**
 * Starts Go once, when the sandbox is built: of the module that comes out memory and globals begin as they are then, and it has no
 * `_initialize`. Starting takes as long as a hundred renderings, and V8 would optimize functions that are never called again. It depends on
 * nothing but the module, so the same one comes out each time.
 * @throws Error where the module has what the Go linker does not write
 */
export function initializedModule(module: Uint8Array): Uint8Array {
  const sections = readSections(module)
  if (sections.some(({ id }) => id === SECTION.start || id === SECTION.dataCount))
    throw new Error('the WebAssembly module starts by itself, or has data that is put in place later')
  const globals = readGlobals(bodyOf(sections, SECTION.global))
  const exported = bodyOf(sections, SECTION.export)
  const started = startGo(withSections(module, new Map([[SECTION.export, withGlobals(exported, globals)]])))
  const memory = new Uint8Array(started.memory.buffer)
  return withSections(
    module,
    new Map([
      [SECTION.memory, Uint8Array.from([1, 0, ...writeLeb(memory.length / PAGE_BYTES)])],
      [SECTION.global, globalSection(globals, started.globals)],
      [SECTION.export, withoutInitialize(exported)],
      [SECTION.data, dataSection(memory)],
    ]),
  )
}

interface StartedGo {
  readonly memory: WebAssembly.Memory
  readonly globals: readonly bigint[]
}

function startGo(bytes: Uint8Array): StartedGo {
  const module = new WebAssembly.Module(bytes)
  const imported = WebAssembly.Module.imports(module)
  let asked = 0
  const clock = (): number => {
    asked += 1
    return asked / 1000
  }
  const namesOf = (from: string): readonly string[] =>
    imported.filter((one) => one.module === from).map(({ name }) => name)
  const system = createSystem(() => memoryOf(exports), namesOf('wasi_snapshot_preview1'), clock)
  const refuse = (): never => {
    throw new Error('Go asks the host for files while it starts')
  }
  const { exports } = new WebAssembly.Instance(module, {
    wasi_snapshot_preview1: system.imports,
    gde: Object.fromEntries(namesOf('gde').map((name) => [name, refuse])),
  })
  const initialize = exports[INITIALIZE]
  if (typeof initialize !== 'function') throw new Error(`the WebAssembly module exports no ${INITIALIZE}`)
  system.setEnvironment(START.seed, START.time)
  initialize()
  if (clock() >= INITIALIZED_MS) throw new Error('Go has asked for the time too often while it started')
  const globals = Object.entries(exports).flatMap(([name, value]) =>
    name.startsWith(GLOBAL_PREFIX) && value instanceof WebAssembly.Global ? [BigInt(value.value)] : [],
  )
  return { memory: memoryOf(exports), globals }
}

function memoryOf({ memory }: WebAssembly.Exports): WebAssembly.Memory {
  if (memory instanceof WebAssembly.Memory) return memory
  throw new Error('the WebAssembly module exports no memory')
}

function bodyOf(sections: readonly Section[], wanted: number): Uint8Array {
  const found = sections.find(({ id }) => id === wanted)
  if (found === undefined) throw new Error(`the WebAssembly module has no section ${wanted}`)
  return found.body
}

/** The types of the globals, which all begin as a constant. */
function readGlobals(body: Uint8Array): readonly number[] {
  const count = readLeb(body, 0)
  const types: number[] = []
  let at = count.next
  while (types.length < count.value) {
    const type = body[at] ?? 0
    if (!CONSTANT.has(type) || CONSTANT.get(type) !== body[at + 2])
      throw new Error('the WebAssembly module has a global that is no constant number')
    types.push(type)
    at = readLeb(body, at + 3).next + 1
  }
  return types
}

function globalSection(types: readonly number[], values: readonly bigint[]): Uint8Array {
  const entries = types.flatMap((type, index) => [
    ...[type, MUTABLE, CONSTANT.get(type) ?? 0],
    ...writeSignedLeb(BigInt.asIntN(type === I32 ? 32 : 64, values[index] ?? 0n)),
    END,
  ])
  return Uint8Array.from([...writeLeb(types.length), ...entries])
}

const GLOBAL_PREFIX = 'global '

/** What is exported, and the globals by their numbers. */
function withGlobals(exported: Uint8Array, globals: readonly number[]): Uint8Array {
  const count = readLeb(exported, 0)
  const added = globals.flatMap((_, index) => {
    const name = Buffer.from(`${GLOBAL_PREFIX}${index}`)
    return [name.length, ...name, EXPORTED_GLOBAL, ...writeLeb(index)]
  })
  return Uint8Array.from([...writeLeb(count.value + globals.length), ...exported.subarray(count.next), ...added])
}

function withoutInitialize(exported: Uint8Array): Uint8Array {
  const count = readLeb(exported, 0)
  const kept: number[] = []
  let at = count.next
  for (let index = 0; index < count.value; index += 1) {
    const name = readLeb(exported, at)
    const kind = name.next + name.value
    const end = readLeb(exported, kind + 1).next
    const isKept = Buffer.from(exported.subarray(name.next, kind)).toString() !== INITIALIZE
    if (isKept) kept.push(...exported.subarray(at, end))
    at = end
  }
  return Uint8Array.from([...writeLeb(count.value - 1), ...kept])
}

/** All of the memory that is not zero. */
function dataSection(memory: Uint8Array): Uint8Array {
  const segments = [...filledRanges(memory)].flatMap(({ start, end }) => [
    Uint8Array.from([0, CONSTANT.get(I32) ?? 0, ...writeSignedLeb(BigInt(start)), END, ...writeLeb(end - start)]),
    memory.subarray(start, end),
  ])
  return Buffer.concat([Uint8Array.from(writeLeb(segments.length / 2)), ...segments])
}

function* filledRanges(memory: Uint8Array): Generator<{ readonly start: number; readonly end: number }> {
  const blocks = new BigUint64Array(memory.buffer, memory.byteOffset, memory.length / 8)
  let start: number | undefined
  let end = 0
  for (let at = 0; at < blocks.length; at += 1) {
    if (blocks[at] === 0n) continue
    if (start !== undefined && (at - end) * 8 >= GAP_BYTES) {
      yield { start: start * 8, end: end * 8 }
      start = undefined
    }
    start ??= at
    end = at + 1
  }
  if (start !== undefined) yield { start: start * 8, end: end * 8 }
}
