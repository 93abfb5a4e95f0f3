import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { DEFAULT_PERSONS } from '../../src/config/default-managers.ts'
import { OPERATIONAL_MARKS } from '../../src/drift/operational-marks.ts'
import { DIFFERENCE_CLASSES } from '../../src/model/difference.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/comparing.md'), 'utf8')
const words = new Set([...page.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]))

test('docs/comparing.md names every class, every operational mark and every tool of persons', () => {
  for (const name of [...DIFFERENCE_CLASSES, ...OPERATIONAL_MARKS, ...DEFAULT_PERSONS]) assert.ok(words.has(name), name)
})
