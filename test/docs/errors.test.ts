import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ERRORS } from '../../src/model/errors.ts'

const ROOT = join(import.meta.dirname, '../..')

test('every error code has its heading in docs/errors.md, and no other is there', async () => {
  const page = await readFile(join(ROOT, 'docs/errors.md'), 'utf8')
  const headings = [...page.matchAll(/^## (\S+)$/gm)].map((match) => match[1])
  assert.deepEqual(headings, Object.keys(ERRORS))
})

test('every error code that the sources and docs name is one of the table', async () => {
  const unknown: string[] = []
  for (const folder of ['src', 'docs', 'alerts', 'dashboards', 'deploy']) {
    const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true })
    for (const entry of entries.filter((one) => one.isFile() && /\.(ts|md|ya?ml|json|go)$/.test(one.name))) {
      const text = await readFile(join(entry.parentPath, entry.name), 'utf8')
      for (const [code] of text.matchAll(/\bGDE_[A-Z]+(?:_[A-Z]+)*\b(?![_*])/g))
        if (!Object.hasOwn(ERRORS, code)) unknown.push(`${entry.name}: ${code}`)
    }
  }
  assert.deepEqual(unknown, [])
})
