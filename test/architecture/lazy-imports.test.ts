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
