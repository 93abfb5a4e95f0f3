import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ArgocdClusterAccess, readClusterSecret } from '../../../src/discovery/argocd/clusters/cluster-secret.ts'
import type { Failure } from '../../../src/model/failure.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import fc from '../../fast-check.ts'
import { secretOf } from './secret.ts'

const SERVER = 'https://c.example.com'

function access(config: JsonObject | string, server = SERVER): ArgocdClusterAccess {
  const text = typeof config === 'string' ? config : JSON.stringify(config)
  const { access } = readClusterSecret(secretOf('cluster', 's', { name: 'c', server, config: text }))
  assert.ok(!('failure' in access), JSON.stringify(access))
  return access
}

function failure(config: JsonObject | string, server = SERVER): Failure {
  const text = typeof config === 'string' ? config : JSON.stringify(config)
  const { access } = readClusterSecret(secretOf('cluster', 's', { name: 'c', server, config: text }))
  assert.ok('failure' in access)
  return access.failure
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

test('every form of login is read', () => {
  const types: readonly [JsonObject, string][] = [
    [{}, 'none'],
    [{ bearerToken: 't' }, 'bearer'],
    [{ username: 'u', password: 'p' }, 'basic'],
    [{ tlsClientConfig: { certData: base64('C'), keyData: base64('K') } }, 'certificate'],
    [{ execProviderConfig: { command: 'aws', args: ['a'], env: { A: 'b' } } }, 'exec'],
    [{ awsAuthConfig: { clusterName: 'c', roleARN: 'r' } }, 'aws'],
    [{ awsAuthConfig: {}, bearerToken: 't' }, 'aws'],
  ]
  for (const [config, type] of types) assert.equal(access(config).login.type, type, JSON.stringify(config))
})

test('the rest of config is read', () => {
  const tls = { insecure: true, serverName: 'n', caData: base64('CA') }
  const { server, inCluster, insecureSkipVerify, serverName, certificateAuthority, proxyUrl } = access(
    { tlsClientConfig: tls, proxyUrl: 'socks5://p:1' },
    `${SERVER}//`,
  )
  assert.deepEqual(
    [server, inCluster, insecureSkipVerify, serverName, certificateAuthority, proxyUrl],
    [SERVER, false, true, 'n', 'CA', 'socks5://p:1'],
  )
  assert.equal(access({}, 'https://kubernetes.default.svc/').inCluster, true)
})

test('namespaces and clusterResources limit what is read', () => {
  const { namespaces, clusterResources } = readClusterSecret(
    secretOf('cluster', 's', { server: SERVER, namespaces: ' a, b,,', clusterResources: 'true' }),
  )
  assert.deepEqual([namespaces, clusterResources], [['a', 'b'], true])
})

test('what is wrong is named, and never quoted', () => {
  const hidden = 'hidden-token'
  assert.match(failure(`{"bearerToken": "${hidden}"`).message, /^cluster Secret argocd\/s: config is not JSON$/)
  assert.match(failure('[]').message, /config is not a JSON object$/)
  assert.match(failure({ bearerToken: 7 }).message, /config\.bearerToken is not a text$/)
  assert.match(
    failure({ tlsClientConfig: { insecure: 'true' } }).message,
    /tlsClientConfig\.insecure is not true or false$/,
  )
  assert.match(
    failure({ tlsClientConfig: { caData: hidden } }).message,
    /config\.tlsClientConfig\.caData is not base64$/,
  )
  assert.match(failure({}, 'file:///etc').message, /server is no http or https URL$/)
  assert.match(failure({ proxyUrl: 'ftp://x' }).message, /proxyUrl is no http, https or socks5 URL$/)
})

test('a Secret whose config cannot be read is still a cluster to generators', () => {
  const { facts } = readClusterSecret(secretOf('cluster', 's', { name: 'c', server: SERVER, config: '{' }))
  assert.deepEqual([facts.name, facts.server, facts.broken], ['c', SERVER, true])
  const odd = readClusterSecret(secretOf('cluster', 's', { name: 'c', server: 'odd' }))
  assert.equal(odd.facts.broken, false)
})

test('the copy of the Secret that kubectl keeps in an annotation is not passed on', () => {
  const annotations = {
    'kubectl.kubernetes.io/last-applied-configuration': '{"stringData":{"config":"hidden"}}',
    team: 'a',
  }
  const { facts } = readClusterSecret(secretOf('cluster', 's', { server: SERVER }, { annotations }))
  assert.deepEqual(facts.annotations, { 'kubectl.kubernetes.io/last-applied-configuration': '', team: 'a' })
})

test('no config whatsoever throws or is shown', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (config) => {
      const read = readClusterSecret(secretOf('cluster', 's', { server: SERVER, config: `hidden${config}` }))
      assert.ok(!JSON.stringify(read).includes('hidden'))
      readClusterSecret(secretOf('cluster', 's', { server: SERVER, config }))
    }),
  )
})
