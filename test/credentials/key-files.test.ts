import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { followKeyFiles } from '../../src/credentials/key-files.ts'
import { Confidential } from '../../src/model/confidential.ts'
import { outgoingText } from '../../src/model/secrets/outgoing-text.ts'
import { until } from '../commands/until.ts'
import { temporaryFolder } from '../servers/folder.ts'

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
  const changes: number[] = []
  const keys = followKeyFiles([file], () => changes.push(changes.length), ended.signal)
  assert.equal(keys.contents === undefined, true)
  const content = () => keys.contents?.get(file)
  const first = await until('the key', async () => content())
  assert.ok(first instanceof Confidential)
  assert.equal(changes.length, 1)
  assert.equal(outgoingText('it says AGE-SECRET-KEY-1CANARYCANARY'), 'it says [hidden]')
  await writeFile(file, 'AGE-SECRET-KEY-1OTHEROTHER\n')
  // A file that is being written may be read half.
  await until('the other key', async () => {
    const second = content()
    return second instanceof Confidential && second.equals(new Confidential('AGE-SECRET-KEY-1OTHEROTHER'))
      ? true
      : undefined
  })
  await rm(file)
  const gone = await until('a failure', async () => {
    const last = content()
    return last instanceof Confidential ? undefined : last
  })
  assert.ok(changes.length >= 3)
  assert.deepEqual([gone.code, gone.file], ['GDE_DECRYPTION_KEY', file])
})
