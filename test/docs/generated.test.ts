import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { GENERATED_FILES } from '../../docs/generators.ts'

for (const { path, make } of GENERATED_FILES)
  test(`${path} is what \`npm run generate\` makes`, async () => {
    assert.equal(await readFile(join(import.meta.dirname, '../..', path), 'utf8'), await make())
  })
