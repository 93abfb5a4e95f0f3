import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Confidential } from '../../src/model/confidential.ts'
import type { GitCredentials, RepositorySpec } from '../../src/model/inventory.ts'
import type { RepositoryId } from '../../src/model/source.ts'
import {
  disclose,
  discloseText,
  enclose,
  encloseText,
  newEnvelopeKey,
} from '../../src/threads/rpc/secret-encryption.ts'

const spec = (credentials: GitCredentials): RepositorySpec => ({
  id: 'r' as RepositoryId,
  url: 'https://git.example.com/a.git',
  fetchUrl: 'https://git.example.com/a.git',
  credentials,
  pollIntervalSeconds: 30,
  untrusted: true,
})

test('credentials cross a structured clone encrypted, and come out whole', () => {
  const key = newEnvelopeKey()
  const specs = [
    spec({ type: 'basic', username: 'git', password: new Confidential('c\u00f4rrect-horse') }),
    spec({ type: 'bearer', token: new Confidential('s3cret-token') }),
    spec({ type: 'bearerFile', tokenFile: '/etc/token' }),
    spec({ type: 'none' }),
  ]
  const crossed = structuredClone(enclose(specs, key))
  const clear = Buffer.from(JSON.stringify(crossed)).toString('latin1')
  assert.ok(!clear.includes('s3cret-token') && !clear.includes('rrect-horse'))
  const [basic, bearer, file, none] = disclose(crossed, key)
  assert.ok(basic?.credentials.type === 'basic' && basic.credentials.password.reveal() === 'c\u00f4rrect-horse')
  assert.ok(bearer?.credentials.type === 'bearer' && bearer.credentials.token.reveal() === 's3cret-token')
  assert.deepEqual(file?.credentials, { type: 'bearerFile', tokenFile: '/etc/token' })
  assert.deepEqual(none?.credentials, { type: 'none' })
})

test('another key opens nothing', () => {
  const [enclosed] = enclose([spec({ type: 'bearer', token: new Confidential('token') })], newEnvelopeKey())
  assert.ok(enclosed !== undefined)
  assert.throws(() => disclose([enclosed], newEnvelopeKey()))
})

test('an enclosed text is plain data, equal for equal texts alone', () => {
  const key = newEnvelopeKey()
  const enclosed = encloseText(new Confidential('c\u00f4rrect-horse'), key)
  assert.equal(structuredClone(enclosed), enclosed)
  assert.equal(encloseText(new Confidential('c\u00f4rrect-horse'), key), enclosed)
  assert.notEqual(encloseText(new Confidential('correct-horse'), key), enclosed)
  assert.doesNotMatch(Buffer.from(enclosed, 'base64').toString('latin1'), /rrect/)
  assert.equal(discloseText(enclosed, key), 'c\u00f4rrect-horse')
  assert.throws(() => discloseText(enclosed, newEnvelopeKey()))
})
