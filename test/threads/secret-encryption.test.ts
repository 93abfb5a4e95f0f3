import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GitCredentials, RepositorySpec } from '../../src/model/apps/inventory.ts'
import { Confidential } from '../../src/model/confidential.ts'
import type { RepositoryId } from '../../src/model/sources/source.ts'
import {
  decryptRepositories,
  decryptText,
  encryptRepositories,
  encryptText,
  newEncryptionKey,
} from '../../src/threads/rpc/secret-encryption.ts'
import { urlOf } from '../discovery/urls.ts'

const spec = (credentials: GitCredentials): RepositorySpec => ({
  id: 'r' as RepositoryId,
  url: 'https://git.example.com/a.git',
  fetchUrl: urlOf('https://git.example.com/a.git').address,
  credentials,
  pollIntervalSeconds: 30,
  untrusted: true,
})

test('credentials cross a structured clone encrypted, and come out whole', () => {
  const key = newEncryptionKey()
  const specs = [
    spec({ type: 'basic', username: 'git', password: new Confidential('c\u00f4rrect-horse') }),
    spec({ type: 'bearer', token: new Confidential('s3cret-token') }),
    spec({ type: 'bearerFile', tokenFile: '/etc/token' }),
    spec({ type: 'none' }),
  ]
  const crossed = structuredClone(encryptRepositories(specs, key))
  const clear = Buffer.from(JSON.stringify(crossed)).toString('latin1')
  assert.ok(!clear.includes('s3cret-token') && !clear.includes('rrect-horse'))
  const [basic, bearer, file, none] = decryptRepositories(crossed, key)
  assert.ok(basic?.credentials.type === 'basic' && basic.credentials.password.reveal() === 'c\u00f4rrect-horse')
  assert.ok(bearer?.credentials.type === 'bearer' && bearer.credentials.token.reveal() === 's3cret-token')
  assert.deepEqual(file?.credentials, { type: 'bearerFile', tokenFile: '/etc/token' })
  assert.deepEqual(none?.credentials, { type: 'none' })
})

test('another key opens nothing', () => {
  const [encrypted] = encryptRepositories(
    [spec({ type: 'bearer', token: new Confidential('token') })],
    newEncryptionKey(),
  )
  assert.ok(encrypted !== undefined)
  assert.throws(() => decryptRepositories([encrypted], newEncryptionKey()))
})

test('an enclosed text is plain data, equal for equal texts alone', () => {
  const key = newEncryptionKey()
  const encrypted = encryptText(new Confidential('c\u00f4rrect-horse'), key)
  assert.equal(structuredClone(encrypted), encrypted)
  assert.equal(encryptText(new Confidential('c\u00f4rrect-horse'), key), encrypted)
  assert.notEqual(encryptText(new Confidential('correct-horse'), key), encrypted)
  assert.doesNotMatch(Buffer.from(encrypted, 'base64').toString('latin1'), /rrect/)
  assert.equal(decryptText(encrypted, key), 'c\u00f4rrect-horse')
  assert.throws(() => decryptText(encrypted, newEncryptionKey()))
})
