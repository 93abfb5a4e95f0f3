import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confidentialSecret } from '../../../src/clusters/confidential-secret.ts'
import { archiveLogin } from '../../../src/discovery/flux/sources/archive-login.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { urlOf } from '../urls.ts'
import { secret } from './resources.ts'

function loginOf(entry: JsonObject, host = 'registry.example.com'): JsonObject {
  const config = JSON.stringify({ auths: { [host]: entry } })
  const login = archiveLogin(
    [confidentialSecret(secret('registry', { '.dockerconfigjson': config }))],
    urlOf('oci://registry.example.com/charts/web'),
  )
  if ('code' in login) return { code: login.code }
  const { credentials } = login
  if (credentials.type === 'basic')
    return { type: 'basic', username: credentials.username, password: credentials.password.reveal() }
  const token = credentials.type === 'bearer' || credentials.type === 'identityToken' ? credentials.token.reveal() : ''
  return { type: credentials.type, token }
}

test('an entry of a Docker config is user and password, or a token, which comes first', () => {
  const auth = Buffer.from('ada:secret').toString('base64')
  assert.deepEqual(loginOf({ auth }), { type: 'basic', username: 'ada', password: 'secret' })
  assert.deepEqual(loginOf({ auth, identitytoken: 'fresh' }), { type: 'identityToken', token: 'fresh' })
  assert.deepEqual(loginOf({ registrytoken: 'ready' }), { type: 'bearer', token: 'ready' })
  assert.deepEqual(loginOf({ auth: 'nobody' }), { code: 'GDE_FLUX_INVALID' })
})

test('an entry of another host is nobody’s', () => {
  assert.deepEqual(loginOf({ identitytoken: 'fresh' }, 'registry.example.com.evil.org'), { type: 'none', token: '' })
})
