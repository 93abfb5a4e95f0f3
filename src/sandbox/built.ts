import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The Go module; there only in a checkout of the project. */
export const WASM_SOURCES = join(import.meta.dirname, 'wasm')
const CACHE = join(import.meta.dirname, '../../.cache')

/** Part of the file name: increase it when the way of building changes. */
const BUILD_VERSION = 2

/** Where the module of today's sources lies, or would lie once built. */
export async function sandboxPath(): Promise<string> {
  const hash = createHash('sha256').update(`${BUILD_VERSION}`)
  const names = (await readdir(WASM_SOURCES, { recursive: true })).filter(isCompiled).sort()
  for (const name of names) hash.update(`\0${name}\0`).update(await readFile(join(WASM_SOURCES, name)))
  return join(CACHE, `sandbox-${hash.digest('hex').slice(0, 16)}.wasm`)
}

function isCompiled(name: string): boolean {
  return name === 'go.mod' || name === 'go.sum' || (/\.(go|s)$/.test(name) && !name.endsWith('_test.go'))
}

export async function builtSandbox(): Promise<string | undefined> {
  if (!existsSync(WASM_SOURCES)) return undefined
  const path = await sandboxPath()
  return existsSync(path) ? path : undefined
}
