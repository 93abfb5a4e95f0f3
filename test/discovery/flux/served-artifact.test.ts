import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { mapFluxApps } from '../../../src/discovery/flux/flux-apps.ts'
import { asKubernetesObject } from '../../../src/kubernetes/object.ts'
import type { App } from '../../../src/model/apps/app.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { KubernetesObject } from '../../../src/model/object.ts'
import { addressPrefix } from '../../../src/model/sources/address-start.ts'
import { digestOf } from '../../../src/sources/http/download.ts'
import { temporaryFolder } from '../../servers/folder.ts'
import { startStaticServer } from '../../servers/static-server.ts'
import { tarGzOf } from '../../sources/tar-under-test.ts'
import { fleetFixture, isStatus, NO_RULES } from './fleet-world.ts'
import { fluxContext, type TestSnapshotOptions } from './flux-snapshot.ts'
import { gitRepository, helmRelease, kustomization } from './resources.ts'

const SERVER = 'http://source-controller.flux-system.svc.cluster.local.'
const ALLOWED = { artifactUrls: ['http://source-controller.flux-system.svc.cluster.local/*'] }
const ARTIFACT = {
  url: `${SERVER}/bucket/flux-system/apps/1234.tar.gz`,
  digest: `sha256:${'a'.repeat(64)}`,
  revision: `sha256:${'b'.repeat(64)}`,
}

function source(kind: string, artifact: JsonObject | undefined, spec: JsonObject = {}): KubernetesObject {
  return asKubernetesObject({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind,
    metadata: { name: 'apps', namespace: 'flux-system' },
    spec: { interval: '1m', ...spec },
    status: artifact === undefined ? {} : { artifact },
  })
}

function mapped(objects: readonly KubernetesObject[], options: TestSnapshotOptions = ALLOWED): App {
  const [app] = mapFluxApps(fluxContext(objects, options).context).apps
  assert.ok(app !== undefined)
  return app
}

function problemOf(...args: Parameters<typeof mapped>): string {
  const { problem } = mapped(...args)
  return `${problem?.code}: ${problem?.message}`
}

const FROM_BUCKET = kustomization({ sourceRef: { kind: 'Bucket', name: 'apps' } })

test('files of buckets and of what others make are those that Flux serves', () => {
  for (const kind of ['Bucket', 'ExternalArtifact']) {
    const app = mapped([kustomization({ sourceRef: { kind, name: 'apps' } }), source(kind, ARTIFACT)])
    assert.equal(app.problem, undefined)
    const [only] = app.sources
    assert.equal(only?.url, 'http://source-controller.flux-system.svc.cluster.local./bucket/flux-system/apps')
    assert.equal(only?.targetRevision, ARTIFACT.revision)
    assert.deepEqual(only?.reference, {
      type: 'artifact',
      file: '1234.tar.gz',
      digest: ARTIFACT.digest,
      revision: ARTIFACT.revision,
      content: 'files',
    })
    assert.ok(only?.options.tool === 'flux' && only.options.artifact.isPacked === true)
  }
})

test('that server is asked only where the config has its URL', () => {
  assert.equal(
    problemOf([FROM_BUCKET, source('Bucket', ARTIFACT)], {}),
    "GDE_FLUX_ARTIFACT: Bucket flux-system/apps is to be had from Flux's own server alone: name its URLs in artifactUrls of discovery.flux",
  )
  const elsewhere = { ...ARTIFACT, url: 'http://169.254.169.254/latest/a.tar.gz' }
  assert.match(problemOf([FROM_BUCKET, source('Bucket', elsewhere)]), /^GDE_FLUX_ARTIFACT: .*matches none of/)
  const outside = { ...ARTIFACT, url: `${SERVER}/bucket/../../x/a.tar.gz` }
  assert.match(problemOf([FROM_BUCKET, source('Bucket', outside)]), /^GDE_NOT_PERMITTED: /)
})

test('an artifact that is not there yet, and half of one', () => {
  assert.match(problemOf([FROM_BUCKET]), /^GDE_FLUX_REFERENCE: Bucket flux-system\/apps is not there/)
  assert.match(problemOf([FROM_BUCKET, source('Bucket', undefined)]), /^GDE_FLUX_REFERENCE: .*made none yet/)
  const half = { url: ARTIFACT.url, revision: ARTIFACT.revision }
  assert.match(problemOf([FROM_BUCKET, source('Bucket', half)]), /^GDE_FLUX_INVALID: .*no url, digest or revision/)
})

test('the server may be reached in another way', () => {
  const rewrites = [{ match: addressPrefix(SERVER.slice(0, -1)), fetchFrom: addressPrefix('https://flux.example.com') }]
  const context = fluxContext([FROM_BUCKET, source('Bucket', ARTIFACT)], {
    ...ALLOWED,
    settings: { rewrites },
  })
  const { repositories } = mapFluxApps(context.context)
  assert.deepEqual(
    repositories.map(({ fetchUrl }) => fetchUrl),
    ['https://flux.example.com/bucket/flux-system/apps'],
  )
})

test('a chart in a bucket, and one that others make', () => {
  const chart = { spec: { chart: 'web', sourceRef: { kind: 'Bucket', name: 'apps' }, reconcileStrategy: 'Revision' } }
  const ofBucket = mapped([helmRelease({ chart }), source('Bucket', ARTIFACT)])
  assert.equal(ofBucket.problem, undefined)
  const [only] = ofBucket.sources
  assert.ok(only?.options.tool === 'fluxHelm' && only.options.chart === 'web' && only.options.versionedByCommit)
  const chartRef = { kind: 'ExternalArtifact', name: 'apps' }
  for (const [revision, versioned] of [
    ['v1.2.3', false],
    [`v1.2.3@sha256:${'b'.repeat(64)}`, true],
  ] as const) {
    const app = mapped([helmRelease({ chart: null, chartRef }), source('ExternalArtifact', { ...ARTIFACT, revision })])
    assert.equal(app.problem, undefined)
    const [served] = app.sources
    assert.ok(served?.reference?.type === 'artifact' && served.reference.content === 'chart')
    assert.ok(served.options.tool === 'fluxHelm' && served.options.versionedByCommit === versioned, revision)
  }
})

test('of a source that cannot be read itself Flux’s own server is asked, if it may be', () => {
  const artifact = { ...ARTIFACT, revision: `main@sha1:${'4'.repeat(40)}` }
  const azure = gitRepository({ provider: 'azure' })
  const unread = { ...azure, status: { artifact } }
  assert.match(problemOf([kustomization(), unread], {}), /^GDE_UNSUPPORTED_CREDENTIALS: /)
  const app = mapped([kustomization(), unread])
  assert.equal(app.problem, undefined)
  assert.equal(app.sources[0]?.reference?.type, 'artifact')
  const denied = mapped([kustomization(), unread], { ...ALLOWED, allowedRepositories: ['https://other.example.com/*'] })
  assert.equal(denied.problem?.code, 'GDE_NOT_PERMITTED')
})

test('an app of a bucket is computed, and follows what Flux says of it', async () => {
  await using served = await temporaryFolder('served')
  await using server = await startStaticServer({ folder: served.path })
  await using fixture = await fleetFixture(['control'])
  const declare = async (color: string) => {
    const content = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\ndata: {color: ${color}}\n`
    const bytes = await tarGzOf([{ name: 'apps/shop/settings.yaml', content }])
    await writeFile(join(served.path, `${color}.tar.gz`), bytes)
    const artifact = { url: `${server.url}/${color}.tar.gz`, digest: digestOf(bytes), revision: digestOf(bytes) }
    await fixture.live('control', 'flux.yaml', [FROM_BUCKET, source('Bucket', artifact)])
  }
  const labels = {
    'kustomize.toolkit.fluxcd.io/name': 'shop',
    'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
  }
  const live = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'shop', labels } }
  await fixture.commit({})
  await fixture.live('control', 'live.yaml', [{ ...live, data: { color: 'red' } }])
  await declare('red')
  fixture.follow({
    flux: [{ cluster: 'control', namespaces: ['*'], ...NO_RULES, artifactUrls: [`${server.url}/*`] }],
  })
  await fixture.until('control/shop', isStatus('Synced'))
  await declare('blue')
  await fixture.until('control/shop', isStatus('OutOfSync'))
})
