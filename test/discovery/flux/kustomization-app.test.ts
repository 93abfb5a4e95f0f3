import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapFluxApps } from '../../../src/discovery/flux/flux-apps.ts'
import type { App } from '../../../src/model/apps/app.ts'
import type { KubernetesObject } from '../../../src/model/object.ts'
import { fluxContext, type TestSnapshotOptions } from './flux-snapshot.ts'
import { configMap, gitRepository, kustomization, secret } from './resources.ts'

function onlyApp(objects: readonly KubernetesObject[], options: TestSnapshotOptions = {}): App {
  const [app, ...others] = mapFluxApps(fluxContext(objects, options).context).apps
  assert.ok(app !== undefined && others.length === 0)
  return app
}

function problemOf(objects: readonly KubernetesObject[], options: TestSnapshotOptions = {}): string {
  const { problem } = onlyApp(objects, options)
  assert.ok(problem !== undefined)
  assert.equal(problem.app, 'shop')
  return `${problem.code}: ${problem.message}`
}

test('a Kustomization is an app of its cluster, marked by labels', () => {
  const app = onlyApp([kustomization(), gitRepository()])
  assert.equal(app.id, 'flux|Kustomization|control|flux-system|shop|control')
  assert.deepEqual(app.to, { cluster: 'control', server: '', namespace: '' })
  assert.deepEqual(app.tracking, {
    method: 'flux',
    group: 'kustomize.toolkit.fluxcd.io',
    name: 'shop',
    namespace: 'flux-system',
  })
  assert.deepEqual(app.policy.managers, ['kustomize-controller'])
  assert.equal(app.syncIntervalSeconds, 600)
  assert.equal(app.autoSync, true)
  assert.equal(app.problem, undefined)
  const [source, ...others] = app.sources
  assert.deepEqual(others, [])
  assert.deepEqual(
    [source?.url, source?.targetRevision, source?.path],
    ['https://git.example.com/fleet.git', 'main', './apps/shop'],
  )
})

test('a suspended one is no autosync, and says so', () => {
  const app = onlyApp([kustomization({ suspend: true }), gitRepository()])
  assert.equal(app.autoSync, false)
  assert.equal(app.reportedStatus?.suspended, true)
})

test('dependencies are named, with their namespace where it is another', () => {
  const dependsOn = [{ name: 'infra' }, { name: 'crds', namespace: 'platform' }]
  assert.deepEqual(onlyApp([kustomization({ dependsOn }), gitRepository()]).dependsOn, ['infra', 'platform/crds'])
})

test('spec.ignore are paths whose drift is ignored', () => {
  const ignore = [{ paths: ['/spec/replicas'], target: { kind: 'Deployment' } }]
  const app = onlyApp([kustomization({ ignore }), gitRepository()])
  assert.deepEqual(
    app.policy.ignore.map(({ kind, jsonPointers }) => [kind, jsonPointers]),
    [['Deployment', ['/spec/replicas']]],
  )
})

test('variables count in the order of their references, those of the spec last, Secrets encrypted', () => {
  const postBuild = {
    substitute: { COLOR: 'green' },
    substituteFrom: [
      { kind: 'ConfigMap', name: 'vars' },
      { kind: 'Secret', name: 'keys' },
      { kind: 'Secret', name: 'absent', optional: true },
    ],
  }
  const objects = [
    kustomization({ postBuild }),
    gitRepository(),
    configMap('vars', { A: '1' }),
    secret('keys', { B: '2' }),
  ]
  const { context, decrypt } = fluxContext(objects)
  const options = mapFluxApps(context).apps[0]?.sources[0]?.options
  assert.ok(options?.tool === 'flux')
  const variables = options.postBuild?.variables.map((one) => ('values' in one ? one.values : decrypt(one.encrypted)))
  assert.deepEqual(variables, [{ A: '1' }, '{"B":"2"}', { COLOR: 'green' }])
  assert.doesNotMatch(JSON.stringify(options), /"B"/)
})

test('what is referred to and not there is named', () => {
  const from = (entry: { kind: string; name: string }) => kustomization({ postBuild: { substituteFrom: [entry] } })
  assert.equal(
    problemOf([from({ kind: 'ConfigMap', name: 'vars' }), gitRepository()]),
    'GDE_FLUX_REFERENCE: ConfigMap flux-system/vars is not there',
  )
  assert.equal(
    problemOf([from({ kind: 'Secret', name: 'vars' }), gitRepository(), secret('vars', {}, 'other')]),
    'GDE_FLUX_CLUSTER_REFERENCE: Secret flux-system/vars is not there',
  )
  assert.equal(problemOf([kustomization()]), 'GDE_FLUX_REFERENCE: GitRepository flux-system/fleet is not there')
})

test('a field that cannot be understood is named, and the rest of the app is told', () => {
  const app = onlyApp([kustomization({ patches: [{ patch: 7 }] }), gitRepository()])
  assert.equal(app.problem?.code, 'GDE_FLUX_INVALID')
  assert.equal(app.problem.message, 'spec.patches[0].patch is not a text')
  assert.equal(app.destination, 'control')
  const values = kustomization({ postBuild: { substitute: { A: 3 } } })
  assert.equal(problemOf([values, gitRepository()]), 'GDE_FLUX_INVALID: spec.postBuild.substitute.A is not a text')
})

test('an artifact of a registry, and what is no source of a Kustomization', () => {
  const of = (kind: string) => problemOf([kustomization({ sourceRef: { kind, name: 'apps' } })])
  assert.equal(of('OCIRepository'), 'GDE_FLUX_REFERENCE: OCIRepository flux-system/apps is not there')
  const invalid = 'GDE_FLUX_INVALID: the source "apps" has the kind "HelmChart", which is none that may stand here'
  assert.equal(of('HelmChart'), invalid)
})

test('a reference to another namespace is refused', () => {
  const sourceRef = { kind: 'GitRepository', name: 'fleet', namespace: 'platform' }
  assert.equal(
    problemOf([kustomization({ sourceRef }), gitRepository()]),
    'GDE_NOT_PERMITTED: spec.sourceRef refers to the namespace platform, and references stay in their own: no Deployment of kustomize-controller can be read in the namespace flux-system (controllerNamespace); set crossNamespaceReferences of discovery.flux to decide it',
  )
})

test('left unset, the config follows the flags of the controller; a value in it wins', () => {
  const sourceRef = { kind: 'GitRepository', name: 'fleet', namespace: 'platform' }
  const repository = gitRepository({}, 'fleet')
  const elsewhere = { ...repository, metadata: { ...repository.metadata, namespace: 'platform' } }
  const problem = (options: TestSnapshotOptions) => onlyApp([kustomization({ sourceRef }), elsewhere], options).problem
  assert.equal(problem({ permits: true }), undefined)
  assert.match(problem({ permits: false })?.message ?? '', /runs with --no-cross-namespace-refs/)
  assert.match(problem({ permits: true, crossNamespaceReferences: false })?.message ?? '', /is false$/)
  assert.equal(problem({ permits: false, crossNamespaceReferences: true }), undefined)
})

test('the config may allow references to other namespaces', () => {
  const sourceRef = { kind: 'GitRepository', name: 'fleet', namespace: 'platform' }
  const repository = gitRepository({}, 'fleet')
  const elsewhere = { ...repository, metadata: { ...repository.metadata, namespace: 'platform' } }
  const app = onlyApp([kustomization({ sourceRef }), elsewhere], { crossNamespaceReferences: true })
  assert.equal(app.problem, undefined)
  assert.equal(app.sources.length, 1)
})

test('the kubeconfig of a Secret leads to a cluster of its own, one for each Secret', () => {
  const kubeConfig = { secretRef: { name: 'edge' } }
  const objects = [
    kustomization({ kubeConfig }),
    kustomization({ kubeConfig }, { metadata: { name: 'cart' } }),
    gitRepository(),
    secret('edge', { value: 'apiVersion: v1' }),
  ]
  const { context } = fluxContext(objects)
  const { apps, clusters } = mapFluxApps(context)
  assert.deepEqual(
    apps.map(({ destination }) => destination),
    ['control/flux-system/edge', 'control/flux-system/edge'],
  )
  assert.deepEqual(
    clusters.map(({ name, access }) => [name, access.type]),
    [['control/flux-system/edge', 'kubeconfigText']],
  )
  const rotated = mapFluxApps(fluxContext([...objects.slice(0, 3), secret('edge', { value: 'kind: Config' })]).context)
  assert.notDeepEqual(rotated.clusters[0]?.access, clusters[0]?.access)
})

test('a kubeconfig that leads to a trusted server may lead anywhere', () => {
  const kubeConfig = { secretRef: { name: 'edge' } }
  const config = 'clusters: [{name: a, cluster: {server: "https://127.0.0.1:6443"}}]'
  const objects = [kustomization({ kubeConfig }), gitRepository(), secret('edge', { value: config })]
  const accessWith = (trustedUrls: readonly string[]) => {
    const access = mapFluxApps(fluxContext(objects, { trustedUrls }).context).clusters[0]?.access
    return access?.type === 'kubeconfigText' ? access.allows : assert.fail('no kubeconfig')
  }
  assert.equal(accessWith([]), undefined)
  assert.equal(accessWith(['https://other/*']), undefined)
  assert.deepEqual(accessWith(['https://127.0.0.1:*']), ['anyAddress'])
})

test('a kubeconfig that is missing makes the destination unknown', () => {
  const app = onlyApp([kustomization({ kubeConfig: { secretRef: { name: 'edge' } } }), gitRepository()])
  assert.equal(app.destination, '')
  assert.equal(app.problem?.message, 'Secret flux-system/edge is not there')
  const generic = kustomization({ kubeConfig: { configMapRef: { name: 'edge' } } })
  assert.equal(
    problemOf([generic, gitRepository()]),
    'GDE_UNSUPPORTED_CREDENTIALS: spec.kubeConfig without secretRef is not supported',
  )
})

test('whether bases may lie elsewhere is the flag of kustomize-controller', () => {
  for (const remoteBases of [true, false]) {
    const options = onlyApp([kustomization(), gitRepository()], { remoteBases }).sources[0]?.options
    assert.ok(options?.tool === 'flux')
    assert.equal(options.spec.remoteBases, remoteBases)
  }
})
