import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import about from '../../package.json' with { type: 'json' }
import { COMMANDS } from '../../src/commands/command-list.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (file: string): Promise<string> => readFile(join(ROOT, file), 'utf8')
const contributing = await read('CONTRIBUTING.md')

const matches = (pattern: RegExp): readonly string[] => {
  const found = contributing.matchAll(pattern).map((match) => match[1] ?? '')
  return [...new Set(found)]
}

test('the npm scripts that CONTRIBUTING names are there, and all that a contributor needs are named', () => {
  const named = [...matches(/\bnpm run ([a-z]+)/g), ...(contributing.includes('npm test') ? ['test'] : [])]
  assert.deepEqual(
    named.filter((name) => !(name in about.scripts)),
    [],
  )
  const unnamed = Object.keys(about.scripts).filter(
    (name) => !['demo', 'prepack'].includes(name) && !named.includes(name),
  )
  assert.deepEqual(unnamed, [])
})

test('the files and folders that it names are there', () => {
  const paths = matches(/(?<![\w./])((?:test|src|bench|docs)\/[\w./-]*[\w-])/g)
  assert.ok(paths.includes('test/drift/declared.test.ts'))
  assert.deepEqual(
    paths.filter((path) => !existsSync(join(ROOT, path))),
    [],
  )
})

test('the commands of the program that it names are there', () => {
  const named = matches(/dist\/(?:main|program)\.js ([a-z]+)/g)
  assert.ok(named.length > 0)
  assert.deepEqual(
    named.filter((name) => !Object.hasOwn(COMMANDS, name)),
    [],
  )
})

test('the benches that it names are there', () => {
  const named = matches(/npm run bench -- ([a-z]+(?:[ -][a-z]+)*)/g).flatMap((names) => names.split(' '))
  assert.ok(named.length > 0)
  assert.deepEqual(
    named.filter((name) => !existsSync(join(ROOT, `bench/${name}.bench.ts`))),
    [],
  )
})

test('README leads to it and to SECURITY', async () => {
  const readme = await read('README.md')
  for (const file of ['CONTRIBUTING.md', 'SECURITY.md']) assert.ok(readme.includes(`(${file})`), file)
})
