import type { SandboxEnvironment, SandboxFiles, SandboxFunction } from '../../src/model/sources/sandbox.ts'
import { buildSandbox } from '../../src/sandbox/build.ts'
import { loadSandboxModule } from '../../src/sandbox/module.ts'
import { createSandbox } from '../../src/sandbox/sandbox.ts'

/** The module of today's sources, built if it is not there yet. */
export async function testModule(): Promise<WebAssembly.Module> {
  await buildSandbox({ quiet: true, compress: false })
  return loadSandboxModule()
}

export const NO_FILES: SandboxFiles = { list: () => undefined, read: () => undefined, resolve: () => undefined }
export const ENVIRONMENT: SandboxEnvironment = { seed: 2, time: Date.UTC(2026, 0, 1) }

/** A source that is held in memory: paths and texts. */
export function filesOf(texts: Readonly<Record<string, string>>): SandboxFiles {
  const paths = Object.keys(texts)
  const isFolder = (path: string): boolean => path === '' || paths.some((name) => name.startsWith(`${path}/`))
  return {
    list(_source, path) {
      if (!isFolder(path)) return undefined
      const prefix = path === '' ? '' : `${path}/`
      const below = paths.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
      const names = [...new Set(below.map((name) => name.split('/')[0] ?? ''))].sort()
      return names.map((name) => ({ name, type: texts[prefix + name] === undefined ? 'directory' : 'file' }))
    },
    read(_source, path) {
      const text = texts[path]
      return text === undefined ? undefined : Buffer.from(text)
    },
    resolve(_source, path) {
      if (texts[path] !== undefined) return { path, type: 'file' }
      return isFolder(path) ? { path, type: 'directory' } : undefined
    },
  }
}

/** One call with JSON in and out; a text is taken for JSON. */
export type Call = (
  fn: SandboxFunction,
  input: unknown,
  files?: SandboxFiles,
  environment?: SandboxEnvironment,
) => CallResult

export interface CallResult {
  /** As `JSON.parse` gives it: tests know what they look for. */
  readonly output: Record<string, unknown>
  readonly usedEnvironment: boolean
}

export function caller(module: WebAssembly.Module): Call {
  const sandbox = createSandbox(module)
  return (fn, input, files = NO_FILES, environment = ENVIRONMENT) => {
    const text = typeof input === 'string' ? input : JSON.stringify(input)
    const { output, usedEnvironment } = sandbox.call(fn, Buffer.from(text), files, environment)
    return { output: JSON.parse(Buffer.from(output).toString('utf8')), usedEnvironment }
  }
}
