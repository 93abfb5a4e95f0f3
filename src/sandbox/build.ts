import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'
import { sandboxPath, WASM_SOURCES } from './built.ts'
import { initializedModule } from './initialized-module.ts'
import { limitMemory } from './wasm-memory.ts'

/** Memory limit of one rendering; beyond it the Go runtime exits and the host creates a new instance. */
const MEMORY_BYTES = 640 * 1024 * 1024

export interface BuildSandboxOptions {
  /** Print nothing but errors. */
  readonly quiet?: boolean
  /** Make the compressed copy too, which `npm run build` ships. Default true. */
  readonly compress?: boolean
}

export interface BuiltSandbox {
  readonly wasm: string
  /** Brotli; there when `compress` was asked for. */
  readonly compressed: string
}

/**
 * Compiles src/sandbox/wasm to .cache/sandbox-<hash of the sources>.wasm unless it is there already; older ones are removed.
 * @throws Error when Go is missing or does not compile it
 */
export async function buildSandbox(options: BuildSandboxOptions = {}): Promise<BuiltSandbox> {
  const wasm = await sandboxPath()
  const compressed = `${wasm}.br`
  const say = (line: string): void => {
    if (options.quiet !== true) process.stderr.write(`sandbox: ${line}\n`)
  }
  if (!existsSync(wasm)) {
    say('compiling upstream Go code to WebAssembly (minutes the first time, seconds later)')
    const started = performance.now()
    await compile(wasm)
    await removeOthers(wasm)
    say(`compiled in ${Math.round((performance.now() - started) / 1000)} s`)
  }
  if (options.compress !== false && !existsSync(compressed)) {
    say('compressing')
    await writeAtomically(compressed, await compress(await readFile(wasm)))
  }
  return { wasm, compressed }
}

async function compile(target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  const raw = `${target}.${process.pid}.raw`
  try {
    await go(['build', '-mod=readonly', '-trimpath', '-buildmode=c-shared', '-ldflags=-s', '-o', raw, '.'])
    await writeAtomically(target, limitMemory(initializedModule(await readFile(raw)), MEMORY_BYTES))
  } finally {
    await rm(raw, { force: true })
  }
}

function go(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, {
      cwd: WASM_SOURCES,
      env: { ...process.env, GOOS: 'wasip1', GOARCH: 'wasm', GOFLAGS: '-buildvcs=false' },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    child.on('error', (error) => {
      const missing = 'code' in error && error.code === 'ENOENT'
      reject(missing ? new Error('Go is needed to build the sandbox: install Go 1.26 or newer') : error)
    })
    child.on('exit', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`go ${args[0]} failed (${signal ?? code})`))
    })
  })
}

async function compress(bytes: Uint8Array): Promise<Uint8Array> {
  return promisify(brotliCompress)(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 5,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  })
}

/** Concurrent builds must not see a half-written file. */
async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}.${process.pid}.part`
  await writeFile(part, bytes)
  await rename(part, path)
}

async function removeOthers(kept: string): Promise<void> {
  const folder = dirname(kept)
  for (const name of await readdir(folder)) {
    if (/^sandbox-[0-9a-f]{16}\.wasm(\.br)?$/.test(name) && !name.startsWith(basename(kept)))
      await rm(join(folder, name), { force: true })
  }
}
