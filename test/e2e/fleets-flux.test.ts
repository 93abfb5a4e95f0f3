import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { printYaml } from '../../src/kubernetes/serialization/yaml.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { createCertificateAuthority } from '../servers/certificate.ts'
import { startGitServer } from '../servers/git-http-backend.ts'
import { startGitHubApi } from '../servers/github.ts'
import { createSshKey, skipWithoutSshd, startSshd } from '../servers/sshd.ts'
import { skipWithout } from '../tools/build.ts'
import { answers, CHART_FILES, createFleet, type FleetServers, startFleetServers } from './fleet-servers.ts'

const skip = skipWithout('helm', 'registry')
const NAMESPACE = 'flux-system'

let servers: FleetServers
before(async () => {
  if (skip !== false) return
  servers = await startFleetServers()
  await servers.publish({ name: 'app-template', version: '4.2.0' }, { name: 'queue', version: '1.4.0' })
  await servers.repository('platform/base', {
    'config/default/kustomization.yaml': 'resources: [manager.yaml]\nnamePrefix: operator-\n',
    'config/default/manager.yaml': printYaml(configMap('manager')),
  })
})
after(() => servers?.[Symbol.asyncDispose]())

function object(apiVersion: string, kind: string, name: string, spec: JsonObject, namespace = NAMESPACE): JsonObject {
  return { apiVersion, kind, metadata: { name, namespace }, spec: { interval: '10m', ...spec } }
}

const kustomization = (name: string, spec: JsonObject, namespace?: string): JsonObject =>
  object(
    'kustomize.toolkit.fluxcd.io/v1',
    'Kustomization',
    name,
    { prune: true, sourceRef: { kind: 'GitRepository', name: NAMESPACE, namespace: NAMESPACE }, ...spec },
    namespace,
  )
const release = (name: string, spec: JsonObject, namespace?: string): JsonObject =>
  object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', name, spec, namespace)
const source = (kind: string, name: string, spec: JsonObject, namespace?: string): JsonObject =>
  object('source.toolkit.fluxcd.io/v1', kind, name, spec, namespace)
const configMap = (name: string, data: JsonObject = { key: 'value' }): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
})
const secret = (name: string, stringData: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: NAMESPACE },
  stringData,
})
/** The controllers as they are installed where references to other namespaces are not switched off. */
const controller = (name: string): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: NAMESPACE, labels: { 'app.kubernetes.io/component': name } },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [{ name: 'manager', image: `ghcr.io/fluxcd/${name}:v1.9.0`, args: ['--watch-all-namespaces'] }],
      },
    },
  },
})

const ENCRYPTED = `apiVersion: v1
kind: Secret
metadata:
  name: media-token
stringData:
  token: ENC[AES256_GCM,data:c2VjcmV0,iv:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,tag:AAAAAAAAAAAAAAAAAAAAAA==,type:str]
sops:
  encrypted_regex: ^(data|stringData)$
  mac: ENC[AES256_GCM,data:bWFj,iv:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,tag:AAAAAAAAAAAAAAAAAAAAAA==,type:str]
  version: 3.11.0
`

test('home-ops: one Kustomization an app, of a source of another namespace, with charts of registries by chartRef', {
  skip,
}, async () => {
  await using fleet = await createFleet(servers)
  const oci = source('OCIRepository', 'app-template', {
    url: 'oci://registry.example.com/charts/app-template',
    ref: { tag: '4.2.0' },
    layerSelector: { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', operation: 'copy' },
  })
  const radarr = release(
    'radarr',
    {
      chartRef: { kind: 'OCIRepository', name: 'app-template', namespace: NAMESPACE },
      values: { color: 'blue' },
      valuesFrom: [{ kind: 'ConfigMap', name: 'media-values' }],
    },
    'media',
  )
  await servers.repository('home/ops', {
    'kubernetes/flux/kustomization.yaml': 'resources: [radarr.yaml]\n',
    'kubernetes/flux/radarr.yaml': printYaml(
      kustomization('radarr', { path: './kubernetes/apps/media/radarr' }, 'media'),
    ),
    'kubernetes/components/alerts/kustomization.yaml':
      'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [alert.yaml]\n',
    'kubernetes/components/alerts/alert.yaml': printYaml(configMap(`alert-\${APP}`)),
    'kubernetes/apps/media/radarr/kustomization.yaml':
      'resources: [helmrelease.yaml, secret.sops.yaml]\nconfigMapGenerator: [{ name: radarr-settings, files: [settings.toml] }]\n' +
      'generatorOptions: { disableNameSuffixHash: true, annotations: { kustomize.toolkit.fluxcd.io/substitute: disabled } }\n',
    'kubernetes/apps/media/radarr/helmrelease.yaml': printYaml(radarr),
    'kubernetes/apps/media/radarr/secret.sops.yaml': ENCRYPTED,
    'kubernetes/apps/media/radarr/settings.toml': `host = "\${NOT_SUBSTITUTED}"\n`,
  })
  await fleet.cluster('home', [
    controller('kustomize-controller'),
    controller('helm-controller'),
    source('GitRepository', NAMESPACE, { url: 'https://github.com/home/ops', ref: { branch: 'main' } }),
    oci,
    {
      ...configMap('cluster-settings', { DOMAIN: 'home.example.com' }),
      metadata: { name: 'cluster-settings', namespace: 'media' },
    },
    {
      ...configMap('media-values', { 'values.yaml': 'color: green' }),
      metadata: { name: 'media-values', namespace: 'media' },
    },
    kustomization('cluster', { path: './kubernetes/flux' }),
    kustomization(
      'radarr',
      {
        path: './kubernetes/apps/media/radarr',
        targetNamespace: 'media',
        components: ['../../../components/alerts'],
        commonMetadata: { labels: { 'app.kubernetes.io/name': 'radarr' } },
        decryption: { provider: 'sops', secretRef: { name: 'sops-age' } },
        dependsOn: [{ name: 'rook-ceph', namespace: 'rook-ceph' }],
        postBuild: { substitute: { APP: 'radarr' }, substituteFrom: [{ kind: 'ConfigMap', name: 'cluster-settings' }] },
      },
      'media',
    ),
    radarr,
  ])
  const checked = await fleet.check({ flux: [{ cluster: 'home' }] }, { artifacts: ['charts/app-template'] })
  assert.deepEqual(answers(checked), {
    cluster: 'Kustomization/radarr',
    'radarr (HelmRelease)': 'ConfigMap/radarr-app-template',
    'radarr (Kustomization)': 'ConfigMap/alert-radarr ConfigMap/radarr-settings HelmRelease/radarr Secret/media-token',
  })
})

test('radio platform: one repository by SSH, with charts of repositories and bases of other repositories', {
  skip: skip === false ? skipWithoutSshd() : skip,
}, async () => {
  await using fleet = await createFleet(servers)
  const { path } = await servers.repository('radio/platform', {
    'apps/operator/kustomization.yaml': 'resources: ["https://github.com/platform/base//config/default?ref=v1.0.0"]\n',
    'apps/manager/kustomization.yaml':
      'resources: ["github.com/platform/base/config/default?ref=v1.0.0"]\nnamespace: managers\n',
    'apps/plain/settings.yaml': printYaml(configMap('settings')),
  })
  const base = await servers.repository('platform/base', { 'README.md': 'a base\n' })
  await base.git('tag', '--force', 'v1.0.0')
  const [key, hostKey] = [
    await createSshKey(join(fleet.path, 'id')),
    await createSshKey(join(fleet.path, 'host'), { type: 'ecdsa' }),
  ]
  await using sshd = await startSshd({
    folder: join(fleet.path, 'sshd'),
    authorizedKeys: [key.publicKey],
    hostKeys: [hostKey],
  })
  await fleet.cluster('radio', [
    secret('flux-system', { identity: key.privateKey, known_hosts: sshd.knownHosts }),
    source('GitRepository', NAMESPACE, {
      url: sshd.url(path),
      ref: { branch: 'main' },
      secretRef: { name: 'flux-system' },
    }),
    source('HelmRepository', 'stable', { url: 'https://charts.example.com/stable' }),
    source('HelmRepository', 'registry', { type: 'oci', url: 'oci://registry.example.com/charts' }),
    ...['operator', 'manager', 'plain'].map((name) =>
      kustomization(name, { path: `./apps/${name}`, targetNamespace: 'radio' }),
    ),
    ...['stable', 'registry'].map((name) =>
      release(`queue-${name}`, {
        targetNamespace: 'radio',
        chart: { spec: { chart: 'queue', version: '1.x', sourceRef: { kind: 'HelmRepository', name } } },
        values: { color: 'green' },
      }),
    ),
  ])
  const checked = await fleet.check(
    { flux: [{ cluster: 'radio', trustedUrls: [sshd.url('/**')] }] },
    { artifacts: ['charts/queue'] },
  )
  assert.deepEqual(answers(checked), {
    manager: 'ConfigMap/operator-manager',
    operator: 'ConfigMap/operator-manager',
    plain: 'ConfigMap/settings',
    'queue-registry': 'ConfigMap/radio-queue-registry-queue',
    'queue-stable': 'ConfigMap/radio-queue-stable-queue',
  })
})

test('public sector: every repository by a GitHub App, with charts in Git that depend on charts of repositories', {
  skip,
}, async () => {
  await using fleet = await createFleet(servers)
  const umbrella = (repository: string): string =>
    printYaml({
      apiVersion: 'v2',
      name: 'umbrella',
      version: '0.1.0',
      dependencies: [{ name: 'queue', version: '~1.4.0', repository, condition: 'queue.enabled' }],
    })
  await servers.repository('agency/fleet', {
    'apps/portal/kustomization.yaml':
      'resources: ["https://github.com/platform/base//config/default?ref=main", "https://files.example.com/extra.yaml"]\n',
    'apps/plain/settings.yaml': printYaml(configMap('settings')),
  })
  await servers.file('extra.yaml', printYaml(configMap('extra')))
  await servers.repository('agency/charts', {
    'charts/service/Chart.yaml': 'apiVersion: v2\nname: service\nversion: 1.0.0\n',
    'charts/service/values.yaml': CHART_FILES['values.yaml'],
    'charts/service/values-prod.yaml': 'color: violet\n',
    'charts/service/templates/config.yaml': CHART_FILES['templates/config.yaml'],
    'charts/umbrella/Chart.yaml': umbrella('https://charts.example.com/stable'),
  })
  const authority = createCertificateAuthority()
  const tls = authority.issue({ commonName: 'github', hosts: ['127.0.0.1'] })
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await using api = await startGitHubApi({ tls, appId: '7', publicKey })
  const authorization = `Basic ${Buffer.from('x-access-token:ghs_token1').toString('base64')}`
  await using git = await startGitServer({ root: join(servers.folder, 'git'), tls, authorization })
  const repositories = ['fleet', 'charts'].map((name) =>
    source('GitRepository', name, {
      url: `${git.url}/agency/${name}`,
      ref: { branch: 'main' },
      provider: 'github',
      secretRef: { name: 'github-app' },
    }),
  )
  const chart = (path: string): JsonObject => ({
    spec: {
      chart: path,
      sourceRef: { kind: 'GitRepository', name: 'charts' },
      reconcileStrategy: 'Revision',
      valuesFiles: path.endsWith('service') ? ['charts/service/values.yaml', 'charts/service/values-prod.yaml'] : [],
    },
  })
  await fleet.cluster('agency', [
    secret('github-app', {
      githubAppID: '7',
      githubAppInstallationID: '9',
      githubAppPrivateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      githubAppBaseURL: api.url,
      'ca.crt': authority.certificate,
    }),
    ...repositories,
    ...['portal', 'plain'].map((name) =>
      kustomization(name, {
        path: `./apps/${name}`,
        targetNamespace: 'agency',
        sourceRef: { kind: 'GitRepository', name: 'fleet' },
      }),
    ),
    release('service', { chart: chart('charts/service') }),
    release('umbrella', { chart: chart('./charts/umbrella') }),
  ])
  const checked = await fleet.check({ flux: [{ cluster: 'agency', trustedUrls: [`${git.url}/**`, `${api.url}/**`] }] })
  assert.deepEqual(answers(checked), {
    plain: 'ConfigMap/settings',
    portal: 'ConfigMap/extra ConfigMap/operator-manager',
    service: 'ConfigMap/service-service',
    umbrella: 'ConfigMap/umbrella-queue',
  })
  assert.equal(api.requests.length, 1, 'one token serves all repositories of an installation')
})
