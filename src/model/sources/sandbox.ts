import type { Failure } from '../failure.ts'
import type { RemoteNeed } from './remote-reference.ts'

/** Functions of the WebAssembly module. */
export type SandboxFunction =
  | 'kustomize'
  | 'helm'
  | 'jsonnet'
  | 'jq'
  | 'expressions'
  | 'appset'
  | 'yaml'
  | 'flux'
  | 'fluxHelm'
  | 'fluxRelease'

/**
 * Answers the sandbox's questions about files. Paths are from the root of a source, with '/' and without '..'; the host
 * follows symlinks. What these throw is what the call throws.
 */
export interface SandboxFiles {
  /** Names with type, sorted by name; undefined when there is no such folder. */
  list(
    source: number,
    path: string,
  ): readonly { readonly name: string; readonly type: 'file' | 'directory' }[] | undefined
  /** The bytes; undefined when there is no such file. */
  read(source: number, path: string): Uint8Array | undefined
  /** The path with every symlink followed, and what lies there; undefined when there is nothing. */
  resolve(source: number, path: string): { readonly path: string; readonly type: 'file' | 'directory' } | undefined
  /**
   * The index of the source that holds what a file names elsewhere, or why it cannot be had; undefined when it is not there yet, which the
   * host remembers. Absent where nothing can be.
   */
  remote?(need: RemoteNeed): number | Failure | undefined
}

/** Seed and clock of a rendering, fixed so that it is repeatable. */
export interface SandboxEnvironment {
  readonly seed: number
  /** Unix milliseconds. */
  readonly time: number
}

/** One instance of the Go code, synchronous: a call that takes too long can only be ended by killing its thread. */
export interface Sandbox {
  /**
   * @param input JSON, as the function in wasm/ takes it
   * @throws CodedError with what the Go code reported; `GDE_RENDER_CRASHED` when it ran out of memory
   */
  call(fn: SandboxFunction, input: Uint8Array, files: SandboxFiles, environment: SandboxEnvironment): SandboxResult
}

export interface SandboxResult {
  /** JSON. */
  readonly output: Uint8Array
  /** The output depends on randomness, the time or the order of a map, so a second rendering may differ. */
  readonly usedEnvironment: boolean
}
