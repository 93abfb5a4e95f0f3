import { join } from 'node:path'
import type { Plugin } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')

/**
 * Packages that a thread may never need, by whoever imports them: each is a file of its own beside the program, which is loaded when something of
 * it is first used. Where it is imported stays as it is; only a thread that uses it has its text and what that makes.
 */
const IMPORTERS: Readonly<Record<string, string>> = {
  ajv: 'src/',
  'js-yaml': 'src/',
  re2js: 'src/',
  yaml: 'src/',
  '@fastify/ajv-compiler': 'node_modules/fastify/',
  '@fastify/fast-json-stringify-compiler': 'node_modules/fastify/',
  'light-my-request': 'node_modules/fastify/',
  semver: 'node_modules/fastify/',
}

/** Their files, as entries of the bundle. */
export const LAZY_ENTRIES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.keys(IMPORTERS).map((name) => [entryOf(name), `package:${name}`]),
)

export const lazyPackages: Plugin = {
  name: 'lazy-packages',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(?:${Object.keys(IMPORTERS).join('|')})$`) }, ({ path, importer }) =>
      importer.startsWith(join(ROOT, IMPORTERS[path] ?? '')) ? { path, namespace: 'used' } : undefined,
    )
    onResolve({ filter: /^package:/ }, ({ path }) => ({ path: path.slice('package:'.length), namespace: 'package' }))
    onResolve({ filter: /^beside:/ }, ({ path }) => ({ path: `./${path.slice('beside:'.length)}.js`, external: true }))
    onLoad({ filter: /./, namespace: 'used' }, async ({ path }) => ({ contents: await loadedWhenUsed(path) }))
    onLoad({ filter: /./, namespace: 'package' }, async ({ path }) => ({
      contents: `export { ${(await namesOf(path)).join(', ')} } from ${JSON.stringify(path)}`,
      resolveDir: ROOT,
    }))
  },
}

function entryOf(name: string): string {
  return `package-${name.replace('@', '').replace('/', '-')}`
}

/** esbuild looks what is imported up at each use. A function can only be required whole: Fastify requires those where it needs them. */
async function loadedWhenUsed(name: string): Promise<string> {
  const load = `require('beside:${entryOf(name)}')`
  if (IMPORTERS[name] !== 'src/' && typeof (await exportsOf(name)).default === 'function')
    return `module.exports = ${load}.default`
  const getters = (await namesOf(name)).map((one) => `get ${one}() { return load().${one} }`)
  return `let loaded
    const load = () => loaded ??= ${load}
    module.exports = { __esModule: true, ${getters.join(', ')} }`
}

async function namesOf(name: string): Promise<readonly string[]> {
  return Object.keys(await exportsOf(name)).filter((one) => one !== 'module.exports' && one !== '__esModule')
}

async function exportsOf(name: string): Promise<Readonly<Record<string, unknown>>> {
  return await import(name)
}
