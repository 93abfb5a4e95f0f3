import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createStateFile } from '../../src/engine/state/state-file.ts'

test('what was written is read, and nothing else is left behind', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'state-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = createStateFile(join(folder, 'state'))
  assert.equal(await file.read(), undefined)
  await file.write(['one'])
  await file.write(['two', ' and ', 'more'])
  assert.equal(await file.read(), 'two and more')
  assert.deepEqual(await readdir(join(folder, 'state')), ['state.json'])
})

test('a folder that cannot be written to is reported as such', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'state-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'state'), 'a file')
  await assert.rejects(createStateFile(join(folder, 'state')).write(['one']), { name: 'GDE_STATE_DIRECTORY' })
})
