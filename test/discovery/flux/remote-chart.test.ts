import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fluxRemote } from '../../../src/discovery/flux/helm-releases/remote-chart.ts'
import { asKubernetesObject } from '../../../src/kubernetes/object.ts'
import type { RepositorySpec } from '../../../src/model/apps/inventory.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { KubernetesObject } from '../../../src/model/object.ts'
import { fluxContext, type TestSnapshotOptions } from './flux-snapshot.ts'
import { helmRelease, secret } from './resources.ts'

const OWNER = { controller: 'flux', declaredIn: 'control', project: '', namespace: 'flux-system', name: 'web' } as const
const DEPENDENCY = { type: 'helm', url: 'https://charts.example.com/stable', chart: 'queue', version: '1.x' } as const
const LOGIN = { username: 'ada', password: 'secret-of-ada' }

function helmRepository(spec: JsonObject, namespace = 'flux-system'): KubernetesObject {
  return asKubernetesObject({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmRepository',
    metadata: { name: 'stable', namespace },
    spec: { secretRef: { name: 'login' }, ...spec },
  })
}

function userOf({ credentials }: RepositorySpec): string {
  return credentials.type === 'basic' ? credentials.username : credentials.type
}

test('a dependency is read as the HelmRepository of its URL says, whatever slash is at its end', () => {
  for (const url of ['https://charts.example.com/stable', 'https://charts.example.com/stable/']) {
    const { context } = fluxContext([
      helmRelease(),
      helmRepository({ url, passCredentials: true }),
      secret('login', LOGIN),
    ])
    const found = fluxRemote(OWNER, DEPENDENCY, context)
    assert.deepEqual([found.type, userOf(found), found.passCredentials], ['helm', 'ada', true])
  }
})

test('one of a registry is found by the registry that holds it', () => {
  const { context } = fluxContext([
    helmRelease(),
    helmRepository({ type: 'oci', url: 'oci://registry.example.com/charts' }),
    secret('login', LOGIN),
  ])
  const chart = (url: string) => userOf(fluxRemote(OWNER, { type: 'oci', url, version: '1.2.3' }, context))
  assert.equal(chart('oci://registry.example.com/charts/queue'), 'ada')
  assert.equal(chart('oci://registry.example.com/other/queue'), 'none')
})

test('credentials of another namespace, or of another URL, are nobody’s', () => {
  const other = (object: KubernetesObject, options: TestSnapshotOptions = {}) => {
    const { context } = fluxContext(
      [helmRelease(), object, secret('login', LOGIN), secret('login', LOGIN, 'b')],
      options,
    )
    return userOf(fluxRemote(OWNER, DEPENDENCY, context))
  }
  assert.equal(other(helmRepository({ url: DEPENDENCY.url }, 'b')), 'none')
  assert.equal(other(helmRepository({ url: 'https://charts.example.com' })), 'none')
  assert.equal(other(helmRepository({ url: 'https://charts.example.com/stable' })), 'ada')
})

test('what counts is the namespace of the chart’s source, if the release may refer to it', () => {
  const sourceRef = { kind: 'GitRepository', name: 'fleet', namespace: 'b' }
  const objects = [
    helmRelease({ chart: { spec: { chart: './charts/web', sourceRef } } }),
    helmRepository({ url: DEPENDENCY.url }, 'b'),
    secret('login', LOGIN, 'b'),
  ]
  const permitted = fluxContext(objects, { crossNamespaceReferences: true })
  assert.equal(userOf(fluxRemote(OWNER, DEPENDENCY, permitted.context)), 'ada')
  assert.throws(() => fluxRemote(OWNER, DEPENDENCY, fluxContext(objects).context), { name: 'GDE_NOT_PERMITTED' })
})

test('allowedRepositories decides all the same', () => {
  const objects = [helmRelease(), helmRepository({ url: DEPENDENCY.url }), secret('login', LOGIN)]
  const { context } = fluxContext(objects, { allowedRepositories: ['https://git.example.com/*'] })
  assert.throws(() => fluxRemote(OWNER, DEPENDENCY, context), { name: 'GDE_NOT_PERMITTED' })
})
