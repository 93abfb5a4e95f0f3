import { createHash } from 'node:crypto'
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { build, type Metafile } from 'esbuild'
import { buildSandbox } from '../src/sandbox/build.ts'
import { bundledSource } from './bundled-source.ts'
import { LAZY_ENTRIES, lazyPackages } from './lazy-packages.ts'
import { thirdPartyLicences } from './third-party.ts'

const ROOT = join(import.meta.dirname, '..')
const DIST = join(ROOT, 'dist')
/** Hash of the bundle's inputs, so that it is built only when they change. */
const STAMP = join(DIST, '.inputs.json')

export interface BuildOptions {
  /** Say something only when something has to be built. */
  readonly quiet?: boolean
}

/**
 * Makes dist/: main.js, which runs on any Node from 18 on and finds Node 24; program.js, which is the program; engine.js, git.js,
 * journal.js and pool.js, the entries of its threads; and the sandbox beside them. What is up to date stays as it is.
 * @throws Error when Go is missing or something does not compile
 */
export async function buildProgram(options: BuildOptions = {}): Promise<void> {
  const { compressed } = await buildSandbox({ quiet: false })
  await mkdir(DIST, { recursive: true })
  await copyIfChanged(compressed, join(DIST, 'sandbox.wasm.br'))
  if (await isUpToDate()) {
    if (options.quiet !== true) process.stderr.write('program: up to date\n')
    return
  }
  const started = performance.now()
  await bundle()
  process.stderr.write(`program: bundled in ${Math.round(performance.now() - started)} ms\n`)
}

async function bundle(): Promise<void> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: {
      main: 'src/launcher.ts',
      program: 'src/main.ts',
      engine: 'src/threads/entries/engine.ts',
      git: 'src/threads/entries/git.ts',
      journal: 'src/threads/entries/journal.ts',
      pool: 'src/threads/entries/pool.ts',
      ...LAZY_ENTRIES,
    },
    outdir: 'dist',
    bundle: true,
    // Lazy imports stay in files of their own and cost nothing until they are used (client-node: 0.6 s).
    splitting: true,
    format: 'esm',
    // ssh2's native parts, which an installation may or may not have made: it does without them.
    external: ['*.node', 'cpu-features'],
    platform: 'node',
    // The launcher, which older ones run, keeps to what they know by itself.
    target: 'node24',
    plugins: [lazyPackages, bundledSource],
    legalComments: 'none',
    // Each thread holds the text of what it runs: comments and indents are a third of it, and names stay for stack traces.
    minifyWhitespace: true,
    metafile: true,
    write: false,
    // CommonJS packages call `require` for Node's own modules, and ssh2 names its folder: an ES module has neither.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url), __dirname = import.meta.dirname;",
    },
    logLevel: 'warning',
  })
  for (const { path, contents } of outputFiles) await writeAtomically(path, contents)
  await chmod(join(DIST, 'main.js'), 0o755)
  await writeAtomically(join(DIST, 'THIRD-PARTY.txt'), await thirdPartyLicences(Object.keys(metafile.inputs), ROOT))
  await removeOldChunks(metafile)
  // Others than files are made of lists in this folder.
  const inputs = Object.keys(metafile.inputs)
    .filter((input) => !input.includes(':'))
    .sort()
  await writeAtomically(STAMP, JSON.stringify({ inputs, hash: await hashOf(inputs) }))
}

async function isUpToDate(): Promise<boolean> {
  try {
    const stamp: unknown = JSON.parse(await readFile(STAMP, 'utf8'))
    if (typeof stamp !== 'object' || stamp === null || !('inputs' in stamp) || !('hash' in stamp)) return false
    const { inputs, hash } = stamp
    if (!Array.isArray(inputs) || !inputs.every((input) => typeof input === 'string')) return false
    return (await hashOf(inputs)) === hash
  } catch (error) {
    // No stamp yet, or an input is gone: build.
    if (error instanceof Error && ('code' in error || error instanceof SyntaxError)) return false
    throw error
  }
}

/** Of the sources' content, and of the lock file for what comes from packages. */
async function hashOf(inputs: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  const own = inputs.filter((input) => !input.startsWith('node_modules/'))
  for (const path of [
    'package-lock.json',
    'build/program.ts',
    'build/bundled-source.ts',
    'build/third-party.ts',
    ...own,
  ])
    hash.update(`${path}\0`).update(await readFile(join(ROOT, path)))
  return hash.digest('hex')
}

/** Chunks are named by their content: those of older builds are harmless, but would pile up. */
async function removeOldChunks(metafile: Metafile): Promise<void> {
  const made = new Set(Object.keys(metafile.outputs).map((path) => path.slice('dist/'.length)))
  for (const name of await readdir(DIST))
    if (/-[A-Z0-9]{8}\.js$/.test(name) && !made.has(name)) await rm(join(DIST, name), { force: true })
}

async function copyIfChanged(from: string, to: string): Promise<void> {
  const [source, target] = await Promise.all([stat(from), stat(to).catch(() => undefined)])
  if (target !== undefined && target.size === source.size && target.mtimeMs >= source.mtimeMs) return
  const part = `${to}.${process.pid}.part`
  await copyFile(from, part)
  await rename(part, to)
}

/** A program that starts meanwhile, or a second build, must not see half a file. */
async function writeAtomically(path: string, contents: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const part = `${path}.${process.pid}.part`
  await writeFile(part, contents)
  await rename(part, path)
}
