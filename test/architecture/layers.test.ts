import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { importsOf, sourceFiles } from './imports.ts'

const SOURCE = join(import.meta.dirname, '../../src')

/** Which rooms a room may import. A new edge is a decision: it is made here. */
const EDGES: Readonly<Record<string, readonly string[]>> = {
  model: [],
  text: [],
  concurrency: ['model'],
  net: ['model', 'credentials'],
  kubernetes: ['model'],
  drift: ['model', 'text', 'kubernetes'],
  presentation: ['model', 'text', 'kubernetes'],
  'ignore-rules': ['model', 'text', 'kubernetes'],
  config: ['model', 'text', 'kubernetes', 'ignore-rules'],
  credentials: ['model', 'concurrency'],
  git: ['model', 'concurrency', 'net', 'credentials'],
  sources: ['model', 'text', 'concurrency', 'net', 'kubernetes', 'credentials', 'git'],
  sandbox: ['model'],
  journal: ['model', 'kubernetes'],
  render: ['model', 'text', 'kubernetes'],
  clusters: ['model', 'concurrency', 'net', 'kubernetes'],
  discovery: ['model', 'text', 'concurrency', 'net', 'kubernetes', 'ignore-rules'],
  engine: ['model', 'text', 'concurrency', 'kubernetes', 'drift'],
  metrics: ['model', 'text', 'concurrency'],
  http: ['model', 'text', 'concurrency', 'kubernetes', 'presentation', 'config'],
}
/** Beside the rooms: what starts the program, and the program. */
const ENTRIES = ['launcher.ts', 'main.ts']
/** These put things together and may import every room. */
const COMPOSERS = ['commands', 'threads']

/** The rooms that know no I/O, clock, randomness or logger. `node:crypto` is there for keyed hashes, which are pure. */
const PURE = ['model', 'text', 'kubernetes', 'drift', 'presentation', 'ignore-rules']
const PURE_BUILTINS = ['node:crypto', 'node:buffer']
/** Libraries that do nothing but read, describe and match values. */
const PURE_PACKAGES = ['yaml', 'js-yaml', '@sinclair/typebox', 're2js']

test('rooms import only the rooms that DESIGN allows', async () => {
  const wrong: string[] = []
  for (const file of await sourceFiles()) {
    const room = file.split('/')[0] ?? ''
    if (ENTRIES.includes(room) || COMPOSERS.includes(room)) continue
    const allowed = EDGES[room]
    assert.ok(allowed !== undefined, `src/${file} lies in no known room`)
    for (const name of importsOf(await readFile(join(SOURCE, file), 'utf8'))) {
      if (!name.startsWith('.')) continue
      const target = join(dirname(file), name).split('/')[0] ?? ''
      if (target !== room && !allowed.includes(target)) wrong.push(`src/${file} imports ${name}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('the pure core imports no I/O, clock or package that has one', async () => {
  const wrong: string[] = []
  for (const file of await sourceFiles()) {
    if (!PURE.includes(file.split('/')[0] ?? '')) continue
    const text = await readFile(join(SOURCE, file), 'utf8')
    for (const name of importsOf(text)) {
      if (name.startsWith('.') || PURE_BUILTINS.includes(name) || PURE_PACKAGES.includes(name)) continue
      wrong.push(`src/${file} imports ${name}`)
    }
    if (/\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.|\bconsole\./.test(text))
      wrong.push(`src/${file} uses a clock, randomness, the process or the console`)
  }
  assert.deepEqual(wrong, [])
})
