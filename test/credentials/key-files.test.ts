import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { followKeyFiles } from '../../src/credentials/key-files.ts'
import { Confidential } from '../../src/model/confidential.ts'
import { outgoingText } from '../../src/model/secrets/outgoing-text.ts'
import { temporaryFolder } from '../servers/folder.ts'

/** Resolves with the next change. */
function changes() {
  let next = Promise.withResolvers<void>()
  return {
    onChange: () => {
      next.resolve()
      next = Promise.withResolvers<void>()
    },
    next: () => next.promise,
  }
}

test('without files all is known at once', (t) => {
  const ended = new AbortController()
  t.after(() => ended.abort())
  assert.equal(followKeyFiles([], () => assert.fail('nothing changes'), ended.signal).contents?.size, 0)
})

test('files are read, and again when they change; one that is gone is told by its name', {
  timeout: 60_000,
}, async (t) => {
  await using folder = await temporaryFolder('keys')
  const ended = new AbortController()
  t.after(() => ended.abort())
  const file = join(folder.path, 'age.agekey')
  await writeFile(file, '# created\nAGE-SECRET-KEY-1CANARYCANARY\n')
  const { onChange, next } = changes()
  const keys = followKeyFiles([file], onChange, ended.signal)
  assert.equal(keys.contents === undefined, true)
  await next()
  const first = keys.contents?.get(file)
  assert.ok(first instanceof Confidential)
  assert.equal(outgoingText('it says AGE-SECRET-KEY-1CANARYCANARY'), 'it says [hidden]')
  await writeFile(file, 'AGE-SECRET-KEY-1OTHEROTHER\n')
  await next()
  const second = keys.contents?.get(file)
  assert.ok(second instanceof Confidential && !second.equals(first))
  await rm(file)
  await next()
  const gone = keys.contents?.get(file)
  assert.ok(gone !== undefined && !(gone instanceof Confidential))
  assert.deepEqual([gone.code, gone.file], ['GDE_DECRYPTION_KEY', file])
})
