import assert from 'node:assert/strict'
import { test } from 'node:test'
import { app, configMap, createFixture, inventory, isStatus } from './engine-fixture.ts'

const clusterRole = (resource: string): string =>
  `${JSON.stringify({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'reader' },
    rules: [{ apiGroups: [''], resources: [resource], verbs: ['get'] }],
  })}\n`

/** What is shown of an app that declares an object in its own namespace, one in another, and a cluster-scoped one. */
async function toldLiveValues(showValues: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  await using fixture = await createFixture()
  await fixture.commit('repository', {
    'shop/own.yaml': configMap('own', 'declared', 'shop'),
    'shop/foreign.yaml': configMap('foreign', 'declared', 'kube-system'),
    'shop/role.yaml': clusterRole('pods'),
  })
  await fixture.live('one', 'own.yaml', configMap('own', 'live', 'shop'))
  await fixture.live('one', 'foreign.yaml', configMap('foreign', 'live', 'kube-system'))
  await fixture.live('one', 'role.yaml', clusterRole('secrets'))
  await using running = await fixture.start()
  const kinds = ['ConfigMap', 'ClusterRole.rbac.authorization.k8s.io']
  running.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop', showValues })], kinds))
  const { verdict } = await running.until('shop', isStatus('OutOfSync'))
  assert.equal(verdict.objects.length, 3)
  return Object.fromEntries(
    verdict.objects.map(({ key, differences: [difference] }) => [
      key.name,
      difference?.redacted === true ? 'differs' : difference?.live,
    ]),
  )
}

test('what is live is shown in the namespaces that the config allows', async () => {
  assert.deepEqual(await toldLiveValues(['shop']), { own: 'live', foreign: 'differs', reader: 'differs' })
  assert.deepEqual(await toldLiveValues([]), { own: 'differs', foreign: 'differs', reader: 'differs' })
})

test('what is live is shown everywhere where the config allows everything', async () => {
  assert.deepEqual(await toldLiveValues(['shop', '*']), { own: 'live', foreign: 'live', reader: 'secrets' })
})

test('only a live value is withheld; one of a Secret is redacted on both sides', async () => {
  await using fixture = await createFixture()
  const secret = (text: string): string =>
    `${JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db', namespace: 'kube-system' },
      data: { password: Buffer.from(text).toString('base64') },
    })}\n`
  await fixture.commit('repository', {
    'shop/map.yaml': configMap('foreign', 'declared', 'kube-system'),
    'shop/secret.yaml': secret('declared'),
  })
  await fixture.live('one', 'map.yaml', configMap('foreign', 'live', 'kube-system'))
  await fixture.live('one', 'secret.yaml', secret('live'))
  await using running = await fixture.start()
  running.engine.reconcile(
    inventory(fixture, [app(fixture, { name: 'shop', showValues: [] })], ['ConfigMap', 'Secret']),
  )
  const { verdict } = await running.until('shop', isStatus('OutOfSync'))
  assert.deepEqual(
    Object.fromEntries(
      verdict.objects.map(({ key, differences: [one] }) => [key.kind, [one?.redacted, one?.withheld, one?.live]]),
    ),
    { ConfigMap: [true, true, undefined], Secret: [true, undefined, undefined] },
  )
})
