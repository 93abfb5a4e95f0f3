import assert from 'node:assert/strict'
import { test } from 'node:test'
import { releaseKey } from '../../../src/discovery/discovery.ts'
import { mapFluxApps } from '../../../src/discovery/flux/flux-apps.ts'
import { releaseName } from '../../../src/discovery/flux/helm-releases/release-name.ts'
import { asKubernetesObject } from '../../../src/kubernetes/object.ts'
import { Confidential } from '../../../src/model/confidential.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { KubernetesObject } from '../../../src/model/object.ts'
import type { FluxHelmSourceOptions } from '../../../src/model/sources/flux.ts'
import { fluxContext, type TestSnapshotOptions } from './flux-snapshot.ts'
import { configMap, gitRepository, helmRelease, secret } from './resources.ts'

function map(objects: readonly KubernetesObject[], options: TestSnapshotOptions = {}) {
  const { context, decrypt } = fluxContext(objects, options)
  const { apps, ownedReleases } = mapFluxApps(context)
  const [app, ...others] = apps
  assert.ok(app !== undefined && others.length === 0)
  return { app, ownedReleases, decrypt }
}

function sourceOptionsOf(objects: readonly KubernetesObject[]): FluxHelmSourceOptions {
  const { app } = map(objects)
  assert.equal(app.problem, undefined)
  const options = app.sources[0]?.options
  assert.ok(options?.tool === 'fluxHelm')
  return options
}

test('a chart in Git is rendered from there', () => {
  const { app, ownedReleases } = map([helmRelease(), gitRepository()])
  assert.equal(app.problem, undefined)
  assert.equal(app.id, 'flux|HelmRelease|control|flux-system|web|control')
  assert.deepEqual(app.to, { cluster: 'control', server: '', namespace: 'flux-system' })
  assert.equal(app.tracking.method, 'flux')
  assert.equal(app.sources[0]?.path, './charts/web')
  assert.deepEqual(app.policy.managers, ['helm-controller', 'helm', 'Helm'])
  assert.deepEqual(ownedReleases, [releaseKey('control', 'flux-system', 'web')])
})

test('the release is called as helm-controller calls it', () => {
  assert.equal(releaseName('', '', 'web'), 'web')
  assert.equal(releaseName('', 'shop', 'web'), 'shop-web')
  assert.equal(releaseName('given', 'shop', 'web'), 'given')
  const long = releaseName('', '', 'a-name-that-is-much-longer-than-the-53-characters-of-helm')
  assert.match(long, /^a-name-that-is-much-longer-than-the-53-c-[0-9a-f]{12}$/)
  assert.equal(long.length, 53)
})

test('the release lives in targetNamespace, its storage in storageNamespace', () => {
  const { app, ownedReleases } = map([
    helmRelease({ targetNamespace: 'shop', storageNamespace: 'storage' }),
    gitRepository(),
  ])
  assert.equal(app.to.namespace, 'shop')
  assert.deepEqual(ownedReleases, [releaseKey('control', 'storage', 'shop-web')])
})

test('values are those that are referred to, in their order, Secrets encrypted', () => {
  const valuesFrom = [
    { kind: 'ConfigMap', name: 'values' },
    { kind: 'Secret', name: 'keys', valuesKey: 'password', targetPath: 'auth.password' },
    { kind: 'ConfigMap', name: 'absent', optional: true },
    { kind: 'ConfigMap', name: 'values', valuesKey: 'absent', optional: true },
    { kind: 'ConfigMap', name: 'values', valuesKey: 'motd', targetPath: 'motd', literal: true },
  ]
  const objects = [
    helmRelease({ valuesFrom, values: { replicas: 2 } }),
    gitRepository(),
    configMap('values', { 'values.yaml': 'a: 1', motd: 'a,b' }),
    secret('keys', { password: 'hunter2' }),
  ]
  const { decrypt } = map(objects)
  const options = sourceOptionsOf(objects)
  assert.deepEqual(options.values, { replicas: 2 })
  const texts = options.valuesFrom.map(({ text, ...rest }) => [rest, 'plain' in text ? text.plain : 'encrypted'])
  assert.deepEqual(texts, [
    [{ origin: 'ConfigMap flux-system/values', targetPath: '', literal: false }, 'a: 1'],
    [{ origin: 'Secret flux-system/keys', targetPath: 'auth.password', literal: false }, 'encrypted'],
    [{ origin: 'ConfigMap flux-system/values', targetPath: 'motd', literal: true }, 'a,b'],
  ])
  const encrypted = options.valuesFrom.flatMap(({ text }) => ('encrypted' in text ? [text.encrypted] : []))
  assert.deepEqual(encrypted.map(decrypt), ['hunter2'])
  assert.doesNotMatch(JSON.stringify(options), /hunter2/)
})

test('a key that is not there is named', () => {
  const valuesFrom = [{ kind: 'ConfigMap', name: 'values', valuesKey: 'other' }]
  const { app } = map([helmRelease({ valuesFrom }), gitRepository(), configMap('values', {})])
  assert.equal(app.problem?.code, 'GDE_FLUX_REFERENCE')
  assert.equal(app.problem.message, 'ConfigMap flux-system/values has no other')
})

test('an empty value is a value', () => {
  const valuesFrom = [{ kind: 'Secret', name: 'keys', valuesKey: 'password', targetPath: 'password' }]
  const objects = [helmRelease({ valuesFrom }), gitRepository(), secret('keys', { password: '' })]
  assert.equal(sourceOptionsOf(objects).valuesFrom.length, 1)
})

test('the schema of values counts unless an installation or an upgrade leaves it out', () => {
  const skips = (spec: JsonObject) => sourceOptionsOf([helmRelease(spec), gitRepository()]).skipSchemaValidation
  assert.equal(skips({}), false)
  assert.equal(skips({ install: { disableSchemaValidation: true } }), true)
  assert.equal(skips({ upgrade: { disableSchemaValidation: true } }), true)
})

test('reconcileStrategy tells whether the commit is part of the version', () => {
  const chart = (reconcileStrategy: string) => ({
    spec: { chart: './charts/web', reconcileStrategy, sourceRef: { kind: 'GitRepository', name: 'fleet' } },
  })
  const versioned = (strategy: string) =>
    sourceOptionsOf([helmRelease({ chart: chart(strategy) }), gitRepository()]).versionedByCommit
  assert.deepEqual(['Revision', 'ChartVersion'].map(versioned), [true, false])
})

test('CRDs are made once, replaced where an upgrade does, and left out where nobody makes them', () => {
  const crds = (spec: JsonObject) => sourceOptionsOf([helmRelease(spec), gitRepository()]).crds
  assert.equal(crds({}), 'Create')
  assert.equal(crds({ upgrade: { crds: 'CreateReplace' } }), 'CreateReplace')
  assert.equal(crds({ install: { crds: 'Skip' } }), 'Skip')
  assert.equal(crds({ install: { skipCRDs: true } }), 'Skip')
  assert.equal(crds({ install: { skipCRDs: true, crds: 'Create' } }), 'Create')
})

test('the revision is that of the newest release of the history', () => {
  const status = { history: [{ version: 3 }, { version: 4 }, { version: 'x' }] }
  assert.equal(sourceOptionsOf([helmRelease({}, { status }), gitRepository()]).revision, 4)
  assert.equal(sourceOptionsOf([helmRelease(), gitRepository()]).revision, 1)
})

test('driftDetection.ignore are paths whose drift is ignored', () => {
  const driftDetection = { ignore: [{ paths: ['/spec/replicas'] }] }
  const { app } = map([helmRelease({ driftDetection }), gitRepository()])
  assert.deepEqual(
    app.policy.ignore.map(({ jsonPointers }) => jsonPointers),
    [['/spec/replicas']],
  )
})

test('other charts compare against what Helm stored', () => {
  const chart = { spec: { chart: 'web', sourceRef: { kind: 'HelmRepository', name: 'charts' } } }
  const releases = [
    {
      cluster: 'control',
      namespace: 'flux-system',
      name: 'web',
      version: 3,
      status: 'deployed' as const,
      newest: { version: 3, status: 'deployed' },
      content: new Confidential('stored'),
    },
  ]
  const { app, decrypt } = map([helmRelease({ chart })], { releases })
  assert.equal(app.problem, undefined)
  assert.deepEqual(app.sources, [])
  assert.equal(app.storedRelease?.release, 'web')
  assert.equal(app.storedRelease && decrypt(app.storedRelease.storage), 'stored')
  assert.deepEqual(app.tracking, { method: 'helm', release: 'web', namespace: 'flux-system' })

  const oci = { chart: null, chartRef: { kind: 'OCIRepository', name: 'charts' } }
  assert.equal(map([helmRelease(oci)], { releases }).app.storedRelease?.release, 'web')
})

test('what a HelmRelease declares of such a chart goes with what Helm stored', async (t) => {
  const newest = { version: 3, status: 'deployed' } as const
  const stored = { cluster: 'control', namespace: 'flux-system', name: 'web', version: 3, status: 'deployed' as const }
  const releases = [{ ...stored, newest, content: new Confidential('stored') }]
  const declaredOf = (spec: JsonObject, rest: JsonObject = {}, more: readonly KubernetesObject[] = []) =>
    map([helmRelease(spec, rest), ...more], { releases }).app.declaredRelease
  const chartOf = (chart: JsonObject) => ({
    chart: { spec: { ...chart, sourceRef: { kind: 'HelmRepository', name: 'charts' } } },
  })
  const source = (kind: string, spec: JsonObject) =>
    asKubernetesObject({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind,
      metadata: { name: 'charts', namespace: 'flux-system' },
      spec,
    })

  await t.test('a chart of a HelmRepository, by name and version', () => {
    const chart = declaredOf(chartOf({ chart: 'sub/web', version: '1.2.3' }))?.chart
    assert.deepEqual([chart?.name, chart?.version, chart?.ignoreMetadata], ['web', '1.2.3', false])
    assert.equal(declaredOf(chartOf({ chart: 'web' }))?.chart.version, '*')
    assert.equal(declaredOf(chartOf({ chart: 'web', valuesFiles: ['prod.yaml'] }))?.chart.ignoreMetadata, true)
  })

  await t.test('an OCIRepository, by digest, range or tag', () => {
    const oci = { chart: null, chartRef: { kind: 'OCIRepository', name: 'charts' } }
    const ofRef = (ref: JsonObject) => declaredOf(oci, {}, [source('OCIRepository', { url: 'oci://x', ref })])?.chart
    assert.equal(ofRef({ tag: '1.2.3_up1' })?.version, '1.2.3+up1')
    assert.equal(ofRef({ tag: 'latest' })?.version, undefined)
    assert.equal(ofRef({ tag: '1.0.0', semver: '^2' })?.version, '^2')
    assert.deepEqual(
      [ofRef({ digest: 'sha256:ab', tag: '1.0.0' })?.digest, ofRef({})?.version],
      ['sha256:ab', undefined],
    )
    assert.equal(declaredOf(oci)?.chart.version, undefined)
  })

  await t.test('an OCIRepository that cannot be read leaves the version open, and the app as it is', () => {
    const { context } = fluxContext(
      [helmRelease({ chart: null, chartRef: { kind: 'OCIRepository', name: 'charts' } })],
      {
        releases,
      },
    )
    const failure = { code: 'GDE_SNAPSHOT_KIND', message: 'the snapshot holds none' } as const
    const [app] = mapFluxApps({ ...context, snapshot: { ...context.snapshot, chartSource: () => ({ failure }) } }).apps
    assert.deepEqual([app?.problem, app?.declaredRelease?.chart.version], [undefined, undefined])
  })

  await t.test('a HelmChart, by what it declares', () => {
    const chart = { chart: 'web', version: '2.0.0', sourceRef: { kind: 'HelmRepository', name: 'charts' } }
    const spec = { chart: null, chartRef: { kind: 'HelmChart', name: 'charts' } }
    assert.equal(declaredOf(spec, {}, [source('HelmChart', chart)])?.chart.version, '2.0.0')
  })

  await t.test('values, and the revision that the controller made last', () => {
    const status = { history: [{ version: 2 }, { version: 3 }] }
    const declared = declaredOf({ ...chartOf({ chart: 'web' }), values: { a: 1 } }, { status })
    assert.deepEqual([declared?.values, declared?.observed?.version, declared?.newest], [{ a: 1 }, 3, newest])
  })

  await t.test('the digest of that revision, of controllers that make it as it is made today', () => {
    const entry = { version: 3, digest: 'sha256:ab', ociDigest: 'sha256:cd' }
    const observed = (apiVersion?: string) =>
      declaredOf(chartOf({ chart: 'web' }), { status: { history: [{ ...entry, ...(apiVersion && { apiVersion }) }] } })
        ?.observed
    assert.deepEqual(observed('v2'), entry)
    assert.deepEqual(observed(), { version: 3, ociDigest: 'sha256:cd' })
  })

  await t.test('post-renderers of a generation that was not observed, by their digest', () => {
    const patch = { patch: 'a: <b> & "c"\n', target: { name: 'web', kind: 'Deployment' } }
    const postRenderers = [{ kustomize: { images: [{ newTag: 'v2', name: 'web' }], patches: [patch] } }]
    // What `json.Encoder` makes of it, with the fields in the order of the API's types.
    const digest = 'sha256:274b22ae4f1a563d31972bcef021c3fbca2d9bf5ecb63076d54bdbe8be728dec'
    const at = (observedGeneration: number, recorded?: string) =>
      declaredOf(
        { ...chartOf({ chart: 'web' }), postRenderers },
        {
          metadata: { generation: 2 },
          status: {
            conditions: [{ type: 'Ready', status: 'True', observedGeneration }],
            ...(recorded !== undefined && { observedPostRenderersDigest: recorded }),
          },
        },
      )
    assert.deepEqual(at(1, digest)?.changed, [])
    assert.deepEqual(at(1, 'sha256:00')?.changed, ['/spec/postRenderers'])
    assert.deepEqual(at(2, 'sha256:00')?.changed, [])
    assert.deepEqual([at(1)?.changed, at(1)?.undetermined], [[], ['/spec/postRenderers']])
  })
})

test('of what was never deployed it is said why the chart cannot be had', () => {
  const chart = { spec: { chart: 'web', sourceRef: { kind: 'HelmRepository', name: 'charts' } } }
  const { app } = map([helmRelease({ chart })])
  assert.equal(app.problem?.code, 'GDE_FLUX_REFERENCE')
  assert.match(app.problem.message, /HelmRepository flux-system\/charts is not there$/)
})

test('charts of buckets and of artifacts that others make are not asked for unless the config says so', () => {
  const bucket = { spec: { chart: 'web', sourceRef: { kind: 'Bucket', name: 'charts' } } }
  const [declared, made] = ['Bucket', 'ExternalArtifact'].map((kind) =>
    asKubernetesObject({ apiVersion: 'v1', kind, metadata: { name: 'charts', namespace: 'flux-system' }, spec: {} }),
  )
  assert.ok(declared !== undefined && made !== undefined)
  assert.equal(map([helmRelease({ chart: bucket }), declared]).app.problem?.code, 'GDE_FLUX_ARTIFACT')
  const chartRef = { kind: 'ExternalArtifact', name: 'charts' }
  const { app } = map([helmRelease({ chart: null, chartRef }), made])
  // What Helm installed would stand for it, and nothing is.
  assert.deepEqual([app.sources, app.problem?.code], [[], 'GDE_FLUX_ARTIFACT'])
})

test('values that cannot be read leave the release to be compared', () => {
  const chart = { spec: { chart: 'web', sourceRef: { kind: 'HelmRepository', name: 'charts' } } }
  const newest = { version: 1, status: 'deployed' } as const
  const stored = { cluster: 'control', namespace: 'flux-system', name: 'web', version: 1, status: 'deployed' as const }
  const releases = [{ ...stored, newest, content: new Confidential('stored') }]
  const { app } = map([helmRelease({ chart, valuesFrom: [{ kind: 'Secret', name: 'gone' }] })], { releases })
  assert.equal(app.problem, undefined)
  const valuesFrom = app.declaredRelease?.valuesFrom
  assert.ok(valuesFrom !== undefined && 'code' in valuesFrom && valuesFrom.code === 'GDE_FLUX_CLUSTER_REFERENCE')
})
