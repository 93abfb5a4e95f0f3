import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asKubernetesObject } from '../../../src/kubernetes/object.ts'
import type { AppReport } from '../../../src/model/fleet.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { fleetFixture, isStatus, isUnknownFor, NO_RULES, REPOSITORY_URL } from './fleet-world.ts'
import { configMap, gitRepository, kustomization } from './resources.ts'

const FLUX = { flux: [{ cluster: 'control', namespaces: ['*'], ...NO_RULES }] }
const METADATA = { metadata: { name: 'shop', namespace: 'tenant' } }
const SOURCE = gitRepository({ url: REPOSITORY_URL })
const MARKS = { 'kustomize.toolkit.fluxcd.io/name': 'shop', 'kustomize.toolkit.fluxcd.io/namespace': 'tenant' }
const FILES = {
  'apps/shop/own.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own, namespace: tenant}\ndata: {color: red}\n',
  'apps/shop/other.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: guess, namespace: kube-system}\ndata: {color: red}\n',
}

const marked = (name: string, namespace: string, color: string): JsonObject => {
  const object = configMap(name, { color }, namespace)
  return { ...object, metadata: { ...object.metadata, labels: MARKS } }
}

const controller = (...args: readonly string[]): JsonObject =>
  asKubernetesObject({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'kustomize-controller', namespace: 'flux-system' },
    spec: {
      template: {
        spec: { containers: [{ name: 'manager', image: 'ghcr.io/fluxcd/kustomize-controller:v1.9.6', args }] },
      },
    },
  })

const roles = (resource: string): readonly JsonObject[] => [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'reader', namespace: 'kube-system' },
    rules: [{ apiGroups: [''], resources: [resource], verbs: ['get', 'patch'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'reader', namespace: 'kube-system' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
    subjects: [{ kind: 'ServiceAccount', name: 'deployer', namespace: 'tenant' }],
  },
]

const spoken = ({ verdict }: AppReport) =>
  verdict.objects.map(({ key, state, reason, differences }) => [key.name, state, reason?.message, differences])

test('an object that its service account may not get is not looked at, and the answer is the same whatever it holds', async (t) => {
  await using fixture = await fleetFixture(['control'])
  await fixture.commit(FILES)
  await fixture.live('control', 'source.yaml', [{ ...SOURCE, metadata: { ...SOURCE.metadata, namespace: 'tenant' } }])
  await fixture.live('control', 'kustomization.yaml', [kustomization({ serviceAccountName: 'deployer' }, METADATA)])
  await fixture.live('control', 'own.yaml', [marked('own', 'tenant', 'red')])
  await fixture.live('control', 'roles.yaml', roles('secrets'))
  fixture.follow(FLUX)
  const absent = spoken(await fixture.until('control/shop', isUnknownFor('GDE_NOT_PERMITTED')))
  assert.deepEqual(absent, [
    [
      'guess',
      'unknown',
      'not shown: ConfigMap kube-system/guess: no Role lets the service account tenant/deployer get it',
      [],
    ],
  ])

  for (const color of ['red', 'blue']) {
    // The edit of the object that is shown says that the other one was seen, too, if it is looked at at all.
    await fixture.live('control', 'live.yaml', [marked('guess', 'kube-system', color)])
    await fixture.live('control', 'own.yaml', [marked('own', 'tenant', 'green')])
    const drifted = spoken(await fixture.until('control/shop', isStatus('OutOfSync')))
    assert.deepEqual(
      drifted.filter(([name]) => name === 'guess'),
      absent,
    )
    await fixture.live('control', 'own.yaml', [marked('own', 'tenant', 'red')])
    const back = spoken(await fixture.until('control/shop', isUnknownFor('GDE_NOT_PERMITTED')))
    assert.deepEqual(back, absent)
  }

  await t.test('once a Role lets it, what differs is seen at once', async () => {
    await fixture.live('control', 'roles.yaml', roles('configmaps'))
    const { verdict } = await fixture.until('control/shop', isStatus('OutOfSync'))
    assert.deepEqual(
      verdict.objects.flatMap(({ differences }) => differences.map(({ path }) => path)),
      ['/data/color'],
    )
    await fixture.live('control', 'roles.yaml', roles('secrets'))
    await fixture.until('control/shop', isUnknownFor('GDE_NOT_PERMITTED'))
  })

  await t.test('an account that the controller has for all counts like one that is named', async () => {
    await fixture.live('control', 'kustomization.yaml', [kustomization({}, METADATA)])
    await fixture.until('control/shop', isStatus('OutOfSync'))
    await fixture.live('control', 'controller.yaml', [controller('--default-service-account=nobody')])
    const { verdict } = await fixture.until('control/shop', isUnknownFor('GDE_NOT_PERMITTED'))
    assert.match(verdict.objects[0]?.reason?.message ?? '', /service account tenant\/nobody/)
    await fixture.live('control', 'controller.yaml', [controller('--default-service-account', 'deployer')])
    await fixture.live('control', 'roles.yaml', roles('configmaps'))
    await fixture.until('control/shop', isStatus('OutOfSync'))
  })
})
