import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { DEFAULT_MANUAL_MANAGERS } from '../../src/config/default-managers.ts'
import { OPERATIONAL_METADATA } from '../../src/drift/operational-metadata.ts'
import { DIFFERENCE_CLASSES } from '../../src/model/verdicts/difference.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/comparing.md'), 'utf8')

/** What is in backquotes between two texts of the page. */
function listed(from: string, to: string): readonly string[] {
  const start = page.indexOf(from)
  const end = page.indexOf(to, start)
  assert.ok(start !== -1 && end !== -1, `${from} … ${to}`)
  return [...page.slice(start + from.length, end).matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name)
}

test('docs/comparing.md lists the classes, X', () => {
  const classes = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name)
  assert.deepEqual(classes.toSorted(), [...DIFFERENCE_CLASSES].toSorted())
  assert.deepEqual(listed('the default is\n', '\n`comparing.added`'), DEFAULT_MANUAL_MANAGERS)
  const marks = OPERATIONAL_METADATA.map((mark) => ('key' in mark ? mark.key : mark.path))
  assert.deepEqual(listed('and fields. Known are\n', '\nOthers are added'), marks)
})
