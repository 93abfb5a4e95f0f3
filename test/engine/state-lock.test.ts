import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { lockStateDirectory } from '../../src/engine/state/state-lock.ts'

const LOCK = new URL('../../src/engine/state/state-lock.ts', import.meta.url)

test('a state directory belongs to one process, until that ends in whatever way', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lock-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const script = `
    const { lockStateDirectory } = await import(${JSON.stringify(LOCK.href)})
    await lockStateDirectory(${JSON.stringify(folder)})
    console.log('locked')
    setInterval(() => undefined, 1000)
  `
  const other = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => other.kill('SIGKILL'))
  await once(other.stdout, 'data')
  await assert.rejects(lockStateDirectory(folder), { name: 'GDE_STATE_LOCKED' })
  other.kill('SIGKILL')
  await once(other, 'exit')
  const lock = await lockStateDirectory(folder)
  await assert.rejects(lockStateDirectory(folder), { name: 'GDE_STATE_LOCKED' }, 'by the same process neither')
  lock.release()
  const again = await lockStateDirectory(folder)
  again.release()
})

test('what is no folder cannot be a state directory', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lock-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'file')
  await writeFile(file, '')
  await assert.rejects(lockStateDirectory(file), { name: 'GDE_STATE_DIRECTORY' })
  await assert.rejects(lockStateDirectory(join(file, 'below')), { name: 'GDE_STATE_DIRECTORY' })
})

test('a state directory is made with what is above it, or cannot be made', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lock-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const lock = await lockStateDirectory(join(folder, 'of/some/depth'))
  lock.release()
  await assert.rejects(lockStateDirectory('/proc/nothing/here'), { name: 'GDE_STATE_DIRECTORY' })
})
