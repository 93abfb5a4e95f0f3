import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadKubeconfigText } from '../../src/clusters/server/credentials/kubeconfig-text.ts'
import { printYaml } from '../../src/kubernetes/serialization/yaml.ts'
import type { ClusterAccess } from '../../src/model/apps/inventory.ts'
import { Confidential } from '../../src/model/confidential.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { guardedLookup, guardUrl } from '../../src/net/address-guard.ts'

const GUARD = { checkUrl: guardUrl, lookup: guardedLookup }
const SIGNAL = new AbortController().signal

type Access = Extract<ClusterAccess, { type: 'kubeconfigText' }>

function kubeconfig(cluster: JsonObject, user: JsonObject, rest: Partial<Access> = {}): Access {
  const text = printYaml({
    'current-context': 'one',
    contexts: [{ name: 'one', context: { cluster: 'one', user: 'one' } }],
    clusters: [{ name: 'one', cluster: { server: 'https://cluster.example.com', ...cluster } }],
    users: [{ name: 'one', user }],
  })
  return { type: 'kubeconfigText', kubeconfig: new Confidential(text), version: '1', ...rest }
}

const load = (access: Access) => loadKubeconfigText(access, {}, GUARD)(SIGNAL)

test('inline data is used, and names are looked up with care', async () => {
  const { address, credentials } = await load(kubeconfig({}, { token: 'hunter2' }))
  assert.equal(address.url, 'https://cluster.example.com')
  assert.equal(address.lookup, guardedLookup)
  assert.equal((await credentials.current(SIGNAL)).authorization?.reveal(), 'Bearer hunter2')
})

test('what would run a program, read a file or go elsewhere first is refused, by name', async () => {
  const refused: readonly (readonly [string, JsonObject, JsonObject])[] = [
    ['exec', {}, { exec: { command: 'id' } }],
    ['auth-provider', {}, { 'auth-provider': { name: 'gcp' } }],
    ['tokenFile', {}, { tokenFile: '/etc/shadow' }],
    ['client-certificate', {}, { 'client-certificate': '/etc/passwd' }],
    ['client-key', {}, { 'client-key': '/etc/passwd' }],
    ['certificate-authority', { 'certificate-authority': '/etc/passwd' }, {}],
    ['proxy-url', { 'proxy-url': 'http://proxy.example.com' }, {}],
  ]
  for (const [field, cluster, user] of refused)
    await assert.rejects(load(kubeconfig(cluster, user)), {
      name: 'GDE_NOT_PERMITTED',
      message: new RegExp(`^${field} `),
    })
})

test('addresses of this host and of the cloud are refused, and so is http', async () => {
  for (const server of [
    'https://127.0.0.1:6443',
    'https://[::1]',
    'https://169.254.169.254',
    'http://cluster.example.com',
  ])
    await assert.rejects(load(kubeconfig({ server }, {})), { name: 'GDE_NOT_PERMITTED' })
  const allowed = await load(kubeconfig({ server: 'https://127.0.0.1:6443' }, {}, { allows: ['anyAddress'] }))
  assert.equal(allowed.address.lookup, undefined)
})

test('without a guard there is no way to it', async () => {
  const access = kubeconfig({}, {})
  await assert.rejects(loadKubeconfigText(access, {}, undefined)(SIGNAL), { name: 'GDE_NOT_PERMITTED' })
})

test('what is no kubeconfig is an error that tells nothing of it', async () => {
  for (const text of ['hunter2: [', 'hunter2', ''])
    await assert.rejects(
      load({ type: 'kubeconfigText', kubeconfig: new Confidential(text), version: '1' }),
      (error: Error) => error.name === 'GDE_CLUSTER_KUBECONFIG' && !error.message.includes('hunter2'),
    )
})
