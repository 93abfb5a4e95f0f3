import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { brotliDecompress } from 'node:zlib'
import { builtSandbox } from './built.ts'

/** Beside the bundle, where `npm run build` puts it. */
const SHIPPED = new URL('./sandbox.wasm.br', import.meta.url)

/**
 * Bytes that a function executes before V8 optimizes it, three times what it takes by itself: most of what starting and the first hundred
 * renderings use is not used often enough to be worth it.
 */
const TIERING_BYTES = 40_000_000

/**
 * Compiles the sandbox's module: once in a process, then handed to its threads, since a module can be shared and compiling
 * takes a quarter of a second and much memory. Run from source, the module is the one in .cache (`buildSandbox`).
 * @throws Error when there is neither
 */
export async function loadSandboxModule(): Promise<WebAssembly.Module> {
  // V8 reads it while it compiles and runs modules; there is no other.
  setFlagsFromString(`--wasm-tiering-budget=${TIERING_BYTES}`)
  return WebAssembly.compile(await sandboxBytes())
}

async function sandboxBytes(): Promise<Uint8Array> {
  if (existsSync(SHIPPED)) return promisify(brotliDecompress)(await readFile(SHIPPED))
  const built = await builtSandbox()
  if (built === undefined)
    throw new Error(
      `the sandbox is not built: neither ${fileURLToPath(SHIPPED)} nor a module in .cache is there (npm run build)`,
    )
  return readFile(built)
}
