import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'

const SOURCE = join(import.meta.dirname, '../../src')

test('packages are imported lazily through a module of our own, since a bundle gives lazy packages no names and all their code', async () => {
  const entries = await readdir(SOURCE, { recursive: true, withFileTypes: true })
  const wrong: string[] = []
  for (const entry of entries.filter((one) => one.isFile() && one.name.endsWith('.ts'))) {
    const text = await readFile(join(entry.parentPath, entry.name), 'utf8')
    for (const [, name] of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g))
      if (name !== undefined && !name.startsWith('.')) wrong.push(`${entry.name} imports ${name}`)
  }
  assert.deepEqual(wrong, [])
})

test('node:http is imported where a web config is read, and that lazily: an ES module has all of it loaded, with a second HTTP client', async () => {
  const imports = async (pattern: RegExp): Promise<readonly string[]> => {
    const found: string[] = []
    for (const name of await readdir(SOURCE, { recursive: true }))
      if (name.endsWith('.ts') && pattern.test(await readFile(join(SOURCE, name), 'utf8'))) found.push(name)
    return found
  }
  assert.deepEqual(await imports(/^import (?!type\b).* from 'node:http'$/m), ['http/web/web-access.ts'])
  assert.deepEqual(await imports(/^import (?!type\b).* from '.*\/web-access\.ts'$/m), [])
})

test('the builders of schemas are imported one by one, since the object of all of them has a parser of TypeScript, in each thread', async () => {
  const wrong: string[] = []
  for (const name of await readdir(SOURCE, { recursive: true })) {
    if (!name.endsWith('.ts')) continue
    const text = await readFile(join(SOURCE, name), 'utf8')
    if (/^import \{[^}]*\b(?:Type|Value)\b[^}]*\} from '@sinclair\/typebox/m.test(text)) wrong.push(name)
  }
  assert.deepEqual(wrong, [])
})
