// What of the WebAssembly API is used: Node's types leave it to the DOM library, which would let browser globals into the code.
declare namespace WebAssembly {
  /** Structured clone shares it with worker threads. */
  class Module {
    private readonly brand: symbol
    constructor(bytes: Uint8Array)
    static exports(module: Module): readonly { readonly name: string; readonly kind: string }[]
    static imports(module: Module): readonly { readonly module: string; readonly name: string; readonly kind: string }[]
  }
  class Memory {
    readonly buffer: ArrayBuffer
    constructor(descriptor: { readonly initial: number; readonly maximum?: number })
  }
  class Global {
    readonly value: number | bigint
  }
  type Exports = Readonly<Record<string, unknown>>
  class Instance {
    readonly exports: Exports
    // biome-ignore lint/complexity/noBannedTypes: whatever can be called can be imported.
    constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, Function>>>>)
  }
  class RuntimeError extends Error {}
  function compile(bytes: Uint8Array): Promise<Module>
}
