import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { builtProgram, MAIN } from '../commands/program.ts'

test('no file of the program has a character that would double what it takes in each thread', async () => {
  await builtProgram()
  const folder = dirname(MAIN)
  const files = (await readdir(folder)).filter((name) => name.endsWith('.js'))
  assert.ok(files.length > 5)
  for (const file of files) {
    const [found] = /[^\0-\x7f]/.exec(await readFile(join(folder, file), 'utf8')) ?? []
    assert.equal(found, undefined, file)
  }
})
