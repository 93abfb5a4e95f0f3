import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { printYaml } from '../../../src/kubernetes/serialization/yaml.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { startKubeApiServer } from '../../servers/kube-apiserver.ts'
import { untilFleet } from '../argocd/until-fleet.ts'
import { fleetFixture, isStatus, isUnknownFor, NO_RULES, REPOSITORY_URL, releaseSecret } from './fleet-world.ts'
import { configMap, gitRepository, helmRelease, kustomization, secret } from './resources.ts'

const READ = ['get', 'list', 'watch']
const MANIFEST = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {color: "\${COLOR}", key: "\${KEY}"}
`

/** Of HelmReleases there is no definition to copy: this one takes them as they are. */
const HELM_RELEASES: JsonObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'helmreleases.helm.toolkit.fluxcd.io' },
  spec: {
    group: 'helm.toolkit.fluxcd.io',
    scope: 'Namespaced',
    names: { plural: 'helmreleases', singular: 'helmrelease', kind: 'HelmRelease', listKind: 'HelmReleaseList' },
    versions: [
      {
        name: 'v2',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}

async function definition(name: string): Promise<string> {
  const packed = await readFile(join(import.meta.dirname, 'crds', `${name}.yaml.gz`))
  return gunzipSync(packed).toString('utf8')
}

function settings(color: string, key: string): JsonObject {
  const labels = {
    'kustomize.toolkit.fluxcd.io/name': 'shop',
    'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
  }
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'shop', labels },
    data: { color, key },
  }
}

test('Flux on a real API server, with a token that may only read', async (t) => {
  const server = await startKubeApiServer()
  after(() => server.close())
  const { admin } = server
  await admin.installCrds([
    await definition('kustomize.toolkit.fluxcd.io_kustomizations'),
    await definition('source.toolkit.fluxcd.io_gitrepositories'),
    printYaml(HELM_RELEASES),
  ])
  for (const namespace of ['flux-system', 'shop']) await server.kubectl(['create', 'namespace', namespace])
  const reader = await server.addUser('reader', {
    clusterRules: [
      { apiGroups: ['', 'apps'], resources: ['configmaps', 'secrets', 'deployments', 'namespaces'], verbs: READ },
      {
        apiGroups: ['kustomize.toolkit.fluxcd.io', 'source.toolkit.fluxcd.io', 'helm.toolkit.fluxcd.io'],
        resources: ['*'],
        verbs: READ,
      },
    ],
  })
  const access = { type: 'kubeconfig', path: reader.kubeconfig } as const
  await using fixture = await fleetFixture([], [{ name: 'control', labels: {}, access }])
  await fixture.commit({ 'apps/shop/settings.yaml': MANIFEST })
  const substituteFrom = [
    { kind: 'ConfigMap', name: 'vars' },
    { kind: 'Secret', name: 'keys' },
  ]
  const resources = [
    gitRepository({ url: REPOSITORY_URL }),
    kustomization({ postBuild: { substituteFrom } }),
    configMap('vars', { COLOR: 'red' }),
    secret('keys', { KEY: 'hunter2' }),
  ]
  for (const resource of resources) await admin.apply(resource)
  await admin.apply(settings('red', 'hunter2'), 'kustomize-controller')
  fixture.follow({
    flux: [{ cluster: 'control', namespaces: ['flux-system'], ...NO_RULES }],
    helm: [{ cluster: 'control', namespaces: ['shop'] }],
  })
  await fixture.until('control/shop', isStatus('Synced'))

  await t.test('a live edit is drift, and its field manager is named', async () => {
    await server.kubectl(['patch', '-n', 'shop', 'cm', 'settings', '-p', '{"data":{"color":"green"}}'])
    const { verdict } = await fixture.until('control/shop', isStatus('OutOfSync'))
    const [difference] = verdict.objects.flatMap(({ differences }) => differences)
    assert.deepEqual([difference?.path, difference?.actor?.manager], ['/data/color', 'kubectl-patch'])
    await admin.apply(settings('red', 'hunter2'), 'kustomize-controller')
    await fixture.until('control/shop', isStatus('Synced'))
  })

  await t.test('a Secret that is rotated renders anew', async () => {
    await server.kubectl(['patch', '-n', 'flux-system', 'secret', 'keys', '-p', '{"stringData":{"KEY":"other"}}'])
    await fixture.until('control/shop', isStatus('OutOfSync'))
    await admin.apply(settings('red', 'other'), 'kustomize-controller')
    await fixture.until('control/shop', isStatus('Synced'))
  })

  await t.test('a Secret that is deleted makes the app Unknown, by its name', async () => {
    await server.kubectl(['delete', '-n', 'flux-system', 'secret', 'keys'])
    const { verdict } = await fixture.until('control/shop', isUnknownFor('GDE_FLUX_CLUSTER_REFERENCE'))
    assert.ok(verdict.outcome.status === 'Unknown')
    assert.equal(verdict.outcome.reason.message, 'Secret flux-system/keys is not there')
    await admin.apply(secret('keys', { KEY: 'other' }))
    await fixture.until('control/shop', isStatus('Synced'))
  })

  await t.test(
    'as a service account: not shown while Roles cannot be read, and then what the server lets it get',
    async () => {
      const account = 'system:serviceaccount:flux-system:deployer'
      const spec = { postBuild: { substituteFrom }, serviceAccountName: 'deployer' }
      await admin.apply(kustomization(spec))
      const hidden = await fixture.until('control/shop', isUnknownFor('GDE_NOT_PERMITTED'))
      assert.match(
        hidden.verdict.objects[0]?.reason?.message ?? '',
        /it is not known whether the service account flux-system\/deployer may get it: .*forbidden/,
      )
      const mayRead = ['create', 'clusterrole', 'rbac-reader', '--verb=get,list,watch']
      await server.kubectl([...mayRead, '--resource=roles,rolebindings,clusterroles,clusterrolebindings'])
      await server.kubectl([
        'create',
        'clusterrolebinding',
        'rbac-reader',
        '--clusterrole=rbac-reader',
        '--serviceaccount=default:reader',
      ])
      const isRefused = /no Role lets the service account flux-system\/deployer get it/
      await fixture.until('control/shop', ({ verdict }) => isRefused.test(verdict.objects[0]?.reason?.message ?? ''))
      const mayGet = () => server.kubectl(['auth', 'can-i', 'get', 'configmaps', '-n', 'shop', '--as', account])
      await assert.rejects(mayGet)
      await server.kubectl(['create', 'role', '-n', 'shop', 'deployer', '--verb=get,patch', '--resource=configmaps'])
      const subject = '--serviceaccount=flux-system:deployer'
      await server.kubectl(['create', 'rolebinding', '-n', 'shop', 'deployer', '--role=deployer', subject])
      await fixture.until('control/shop', isStatus('Synced'))
      await mayGet()
    },
  )

  await t.test('a kubeconfig that leads to this host is refused', async () => {
    const kubeConfig = { secretRef: { name: 'edge' } }
    await admin.apply(secret('edge', { value: await readFile(reader.kubeconfig, 'utf8') }))
    await admin.apply(kustomization({ kubeConfig }, { metadata: { name: 'edge' } }))
    await fixture.until('control/edge', isUnknownFor('GDE_NOT_PERMITTED'))
    await server.kubectl(['delete', '-n', 'flux-system', 'kustomization.kustomize.toolkit.fluxcd.io', 'edge'])
    await fixture.gone('control/edge')
  })

  await t.test('a HelmRelease and a plain release are what Helm stored', async () => {
    const chart = { spec: { chart: 'web', sourceRef: { kind: 'HelmRepository', name: 'charts' } } }
    const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: b}\n'
    await admin.apply(
      helmRelease({ chart, targetNamespace: 'shop', storageNamespace: 'flux-system', releaseName: 'web' }),
    )
    await fixture.until('control/web', isUnknownFor('GDE_FLUX_REFERENCE'))
    await admin.apply(releaseSecret('flux-system', 'web', 1, manifest))
    const { verdict } = await fixture.until('control/web', isStatus('OutOfSync'))
    assert.deepEqual(
      verdict.objects.map(({ key, state }) => [key.namespace, key.name, state]),
      [['shop', 'web', 'missing']],
    )
    await admin.apply(releaseSecret('shop', 'plain', 1, manifest.replace('name: web', 'name: plain')))
    const { summary } = await fixture.until('control/plain', isStatus('OutOfSync'))
    assert.equal(summary.controller, 'helm')
  })

  await t.test('what is deleted is gone, and nothing else', async () => {
    await server.kubectl(['delete', '-n', 'flux-system', 'helmrelease.helm.toolkit.fluxcd.io', 'web'])
    await fixture.gone('control/web')
    assert.notEqual(fixture.report('control/shop'), undefined)
  })

  await t.test('a control cluster that cannot be reached keeps its apps, and is followed when it is back', async () => {
    await server.stop()
    const { fleet } = fixture.runtime
    const isReported = () => fleet.problems.some(({ subject }) => subject === 'flux in control')
    await untilFleet(fixture.runtime, isReported, () => fleet.problems)
    assert.notEqual(fixture.report('control/shop'), undefined)
    await server.start()
    await admin.apply(kustomization({ postBuild: { substituteFrom } }, { metadata: { name: 'later' } }))
    await fixture.until('control/later', () => true)
    assert.notEqual(fixture.report('control/shop'), undefined)
  })
})
