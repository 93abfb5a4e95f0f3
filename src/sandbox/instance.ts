import type { SandboxEnvironment, SandboxFiles } from '../model/sources/sandbox.ts'
import { readRemoteNeed } from './remote-need.ts'
import { createSystem, INITIALIZED_MS } from './wasi.ts'

/** Answers of the host besides a length (wasm/host.go). */
const ABSENT = -1
const REFUSED = -2

/** One instance of the module. After a throw it must not be used again: Go's heap may be in any state. */
export interface SandboxInstance {
  /** @throws what the runtime died of: out of memory, stack overflow, exit */
  call(
    name: Uint8Array,
    input: Uint8Array,
    files: SandboxFiles,
    environment: SandboxEnvironment,
  ): { readonly flags: number; readonly output: Uint8Array }
  /** The first error that a host function threw in the last call. */
  hostFailure(): unknown
  stderr(): string
  /** WebAssembly's memory grows and never shrinks. */
  memoryBytes(): number
}

interface Exports {
  readonly memory: WebAssembly.Memory
  readonly reserve: (size: number) => number
  readonly call: (nameLength: number, inputLength: number, seed: bigint) => number
  readonly output_pointer: () => number
  readonly output_length: () => number
  readonly release: () => void
}

/** @param module in which Go has started already (`initializedModule`) */
export function createInstance(module: WebAssembly.Module): SandboxInstance {
  const created = performance.now()
  const sinceStart = (): number => INITIALIZED_MS + performance.now() - created
  const system = createSystem(() => exports.memory, importedSystemFunctions(module), sinceStart)
  let files: SandboxFiles | undefined
  let waiting: Uint8Array = new Uint8Array()
  let failure: unknown

  const textAt = (pointer: number, length: number): string =>
    Buffer.from(exports.memory.buffer, pointer >>> 0, length >>> 0).toString('utf8')
  const answer = (ask: (files: SandboxFiles) => Uint8Array | undefined): number => {
    try {
      const bytes = files === undefined ? undefined : ask(files)
      if (bytes === undefined) return ABSENT
      waiting = bytes
      return bytes.length
    } catch (thrown) {
      failure ??= thrown
      return REFUSED
    }
  }
  const instance = new WebAssembly.Instance(module, {
    wasi_snapshot_preview1: system.imports,
    gde: {
      list: (source: number, path: number, length: number) =>
        answer((from) => {
          const entries = from.list(source, textAt(path, length))
          return entries === undefined ? undefined : Buffer.from(JSON.stringify(entries))
        }),
      read: (source: number, path: number, length: number) => answer((from) => from.read(source, textAt(path, length))),
      resolve: (source: number, path: number, length: number) =>
        answer((from) => {
          const resolved = from.resolve(source, textAt(path, length))
          return resolved === undefined ? undefined : Buffer.from(JSON.stringify(resolved))
        }),
      remote: (reference: number, length: number) =>
        answer((from) => {
          const found = from.remote?.(readRemoteNeed(textAt(reference, length)))
          if (found === undefined) return undefined
          return Buffer.from(JSON.stringify(typeof found === 'number' ? { source: found } : { failure: found }))
        }),
      take: (into: number) => {
        new Uint8Array(exports.memory.buffer, into >>> 0, waiting.length).set(waiting)
        waiting = new Uint8Array()
      },
    },
  })
  const exports: Exports = asExports(instance.exports)

  return {
    call(name, input, sourceFiles, environment) {
      files = sourceFiles
      failure = undefined
      system.setEnvironment(environment.seed, environment.time)
      const pointer = exports.reserve(name.length + input.length) >>> 0
      const inbox = new Uint8Array(exports.memory.buffer, pointer, name.length + input.length)
      inbox.set(name)
      inbox.set(input, name.length)
      const flags = exports.call(name.length, input.length, BigInt(environment.seed))
      // A copy: the memory behind a view may grow and move in the next call.
      const output = new Uint8Array(
        exports.memory.buffer,
        exports.output_pointer() >>> 0,
        exports.output_length() >>> 0,
      ).slice()
      exports.release()
      files = undefined
      return { flags, output }
    },
    hostFailure: () => failure,
    stderr: () => system.stderr(),
    memoryBytes: () => exports.memory.buffer.byteLength,
  }
}

function importedSystemFunctions(module: WebAssembly.Module): readonly string[] {
  return WebAssembly.Module.imports(module)
    .filter((imported) => imported.module === 'wasi_snapshot_preview1')
    .map((imported) => imported.name)
}

/** The module is our own, so its exports are known; a missing one is a build that went wrong. */
function asExports(exports: WebAssembly.Exports): Exports {
  for (const name of ['reserve', 'call', 'output_pointer', 'output_length', 'release'])
    if (typeof exports[name] !== 'function') throw new Error(`the sandbox module exports no ${name}`)
  if (!(exports.memory instanceof WebAssembly.Memory)) throw new Error('the sandbox module exports no memory')
  return exports as unknown as Exports
}
