import { spawn, spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { installChromium } from './servers/chromium.ts'
import { installDebianPackage } from './servers/debian-package.ts'
import { installSshd } from './servers/sshd.ts'
import { fetchAxe } from './tools/axe.ts'
import { buildTools } from './tools/build.ts'

/**
 * `npm test`: builds what the tests need (once), checks format, lint and types, and runs the tests.
 * `npm test -- test/git test/drift/declared.test.ts` runs a part of them and no checks.
 */
const ROOT = join(import.meta.dirname, '..')
const BIN = join(ROOT, 'node_modules/.bin')
/** Ends a test that hangs; one with real servers takes a minute or two. */
const TIMEOUT_MS = 5 * 60 * 1000
/** Test files at a time: those with an API server of their own take half a gigabyte each. */
const CONCURRENCY = 2

const say = (line: string): void => console.log(`\n== ${line}`)

async function buildSandbox(): Promise<void> {
  const module = join(ROOT, 'src/sandbox/build.ts')
  if (!existsSync(module)) return
  const { buildSandbox } = await import(module)
  await buildSandbox({ compress: false })
}

/** Without CI, tests that need what cannot be built are skipped and say so; in CI that is a failure. */
async function build(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (process.env.CI !== undefined) throw error
    console.error(`${what} cannot be had, tests that need it are skipped:\n${error}`)
  }
}

async function command(program: string, args: readonly string[]): Promise<number> {
  const child = spawn(program, args, { cwd: ROOT, stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}

/** What the Go code of the sandbox decides by itself, natively: the rest is tested through the sandbox. */
async function goTests(): Promise<number> {
  if (process.env.CI === undefined && spawnSync('go', ['version']).status !== 0) {
    console.error('Go is not installed, its tests are skipped')
    return 0
  }
  return command('go', ['-C', join(ROOT, 'src/sandbox/wasm'), 'test', '-buildvcs=false', './...'])
}

function testFiles(part: string): string {
  const path = join(ROOT, part)
  if (!existsSync(path)) throw new Error(`there is no ${part}`)
  return statSync(path).isDirectory() ? join(path, '**/*.test.ts') : path
}

async function main(parts: readonly string[]): Promise<number> {
  const patterns = (parts.length === 0 ? ['test'] : parts).map(testFiles)
  say('building the sandbox')
  await build('the sandbox', buildSandbox)
  say('building the servers for the tests')
  await build('the servers', () => buildTools())
  await build('sshd', async () => installSshd(say))
  await build('Chromium', async () => installChromium(say))
  for (const shell of ['zsh', 'fish'])
    await build(shell, async () => installDebianPackage(shell, `/usr/bin/${shell}`, say))
  await build('axe', fetchAxe)
  let failed = 0
  if (parts.length === 0) {
    say('format, lint and types')
    failed += await command(join(BIN, 'biome'), ['check', '.'])
    failed += await command(join(BIN, 'tsc'), ['--noEmit'])
    say('tests of the Go code')
    failed += await goTests()
  }
  say('tests')
  const limits = ['--import', join(ROOT, 'test/time-limit.ts'), `--test-timeout=${TIMEOUT_MS}`]
  const flags = ['--test', `--test-concurrency=${CONCURRENCY}`, ...limits]
  failed += await command(process.execPath, [...flags, ...patterns])
  return failed === 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
