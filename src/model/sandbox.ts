/** Functions of the WebAssembly module. */
export type SandboxFunction = 'kustomize' | 'helm' | 'jsonnet' | 'jq' | 'template' | 'yaml'

/** Answers the sandbox's two questions about files. Paths are from the root of a source, with '/' and without '..'. */
export interface SandboxFiles {
  /** Names with type; undefined when there is no such folder. */
  list(
    source: number,
    path: string,
  ): readonly { readonly name: string; readonly type: 'file' | 'directory' | 'symlink' }[] | undefined
  /** The bytes; undefined when there is no such file. */
  read(source: number, path: string): Uint8Array | undefined
}

/** Randomness and clock as a rendering sees them: given, so that it is repeatable. */
export interface SandboxWorld {
  readonly seed: number
  /** Unix milliseconds. */
  readonly time: number
}

/** One instance of upstream's Go code, synchronous: whoever holds it must be ready to be killed with its thread. */
export interface Sandbox {
  /** @throws CodedError with what the Go code reported */
  call(fn: SandboxFunction, input: Uint8Array, files: SandboxFiles, world: SandboxWorld): SandboxResult
}

export interface SandboxResult {
  readonly output: Uint8Array
  /** It asked for randomness or the time, so a second rendering may differ. */
  readonly usedWorld: boolean
}
