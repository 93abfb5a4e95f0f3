import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldsOf } from '../../../src/discovery/fields/fields.ts'
import { artifactOfRegistry, chartOfRepository } from '../../../src/discovery/flux/sources/chart-source.ts'
import { asKubernetesObject } from '../../../src/kubernetes/object.ts'
import type { RepositorySpec } from '../../../src/model/apps/inventory.ts'
import { CodedError } from '../../../src/model/failure.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { KubernetesObject } from '../../../src/model/object.ts'
import { addressPrefix } from '../../../src/model/sources/address-start.ts'
import { fluxContext, type TestSnapshotOptions } from './flux-snapshot.ts'
import { secret } from './resources.ts'

const REGISTRY = 'oci://registry.example.com/charts/web'
const FROM = { namespace: 'flux-system', controller: 'helm-controller' } as const
const HELPER = { command: ['docker-credential-cloud'], protocol: 'docker', variables: [] } as const
const BY_HELPER: TestSnapshotOptions = {
  settings: {
    credentials: [
      {
        match: addressPrefix('oci://registry.example.com/'),
        credentials: { type: 'helper', helper: HELPER },
        anyResource: false,
      },
    ],
  },
}

function source(kind: string, spec: JsonObject): KubernetesObject {
  const metadata = { name: 'web', namespace: 'flux-system' }
  return asKubernetesObject({ apiVersion: 'source.toolkit.fluxcd.io/v1', kind, metadata, spec })
}

/** How a source is read, or why it cannot be. */
function specOf(
  kind: 'HelmRepository' | 'OCIRepository',
  spec: JsonObject,
  options: TestSnapshotOptions = {},
  others: readonly KubernetesObject[] = [],
): RepositorySpec | string {
  const { context } = fluxContext([source(kind, spec), ...others], options)
  try {
    const found =
      kind === 'OCIRepository'
        ? artifactOfRegistry(context, FROM, fieldsOf({ name: 'web' }, 'GDE_FLUX_INVALID'))
        : chartOfRepository(context, FROM, fieldsOf({ chart: 'web', sourceRef: { name: 'web' } }, 'GDE_FLUX_INVALID'))
    return found.spec
  } catch (error) {
    assert.ok(error instanceof CodedError, String(error))
    return `${error.failure.code}: ${error.failure.message}`
  }
}

function loginOf(...asked: Parameters<typeof specOf>): string {
  const found = specOf(...asked)
  return typeof found === 'string' ? found : found.credentials.type
}

test('a cloud is signed in to by the helper that the config names, and by nothing else', () => {
  for (const provider of ['aws', 'azure', 'gcp']) {
    assert.equal(loginOf('OCIRepository', { url: REGISTRY, provider }, BY_HELPER), 'helper')
    const repository = { type: 'oci', url: 'oci://registry.example.com/charts', provider }
    assert.equal(loginOf('HelmRepository', repository, BY_HELPER), 'helper')
    assert.match(
      loginOf('OCIRepository', { url: REGISTRY, provider }),
      new RegExp(`^GDE_UNSUPPORTED_CREDENTIALS: .*identity of Flux at ${provider}.*credentials\\[\\]\\.helper`),
    )
  }
  // Without a provider it is somebody who asks for nothing.
  assert.equal(loginOf('OCIRepository', { url: REGISTRY }, BY_HELPER), 'none')
  assert.match(loginOf('OCIRepository', { url: REGISTRY, provider: 'other' }), /^GDE_FLUX_INVALID: .*"other"/)
  // source-controller asks servers of indexes without it.
  assert.equal(loginOf('HelmRepository', { url: 'https://charts.example.com', provider: 'aws' }), 'none')
})

test('a Secret comes before the cloud', () => {
  const spec = { url: REGISTRY, provider: 'aws', secretRef: { name: 'login' } }
  const login = secret('login', { username: 'ada', password: 'secret-of-ada' })
  assert.equal(loginOf('OCIRepository', spec, BY_HELPER, [login]), 'basic')
})

test('what a ServiceAccount pulls images with is known to the config alone', () => {
  const spec = { url: REGISTRY, serviceAccountName: 'puller' }
  assert.equal(loginOf('OCIRepository', spec, BY_HELPER), 'helper')
  assert.match(
    loginOf('OCIRepository', spec),
    /^GDE_UNSUPPORTED_CREDENTIALS: .*ServiceAccount flux-system\/puller.*credentials\[\]\.helper/,
  )
})

test('a proxy of a Secret is used where trustedUrls lists it, with its login', () => {
  const spec = { url: REGISTRY, proxySecretRef: { name: 'proxy' } }
  const proxy = secret('proxy', { address: 'http://proxy.example.com:3128', username: 'u', password: 'p' })
  assert.match(loginOf('OCIRepository', spec, {}, [proxy]), /^GDE_NOT_PERMITTED: .*trustedUrls/)
  const found = specOf('OCIRepository', spec, { trustedUrls: ['http://proxy.example.com:3128'] }, [proxy])
  assert.ok(typeof found !== 'string', String(found))
  assert.deepEqual([found.proxy, found.proxyLogin?.username], ['http://proxy.example.com:3128', 'u'])
})
