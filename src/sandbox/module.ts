import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'
import { builtSandbox } from './built.ts'

/** Beside the bundle, where `npm run build` puts it. */
const SHIPPED = new URL('./sandbox.wasm.br', import.meta.url)

/**
 * Compiles the sandbox's module: once in a process, then handed to its threads, since a module can be shared and compiling
 * takes a quarter of a second and much memory. Run from source, the module is the one in .cache (`buildSandbox`).
 * @throws Error when there is neither
 */
export async function loadSandboxModule(): Promise<WebAssembly.Module> {
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
