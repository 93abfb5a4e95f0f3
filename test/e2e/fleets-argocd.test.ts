import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { printYaml, readYamlDocuments } from '../../src/kubernetes/serialization/yaml.ts'
import { isJsonObject, type JsonObject } from '../../src/model/json.ts'
import { runProgram } from '../commands/program.ts'
import { createSshKey, skipWithoutSshd, startSshd } from '../servers/sshd.ts'
import { skipWithout } from '../tools/build.ts'
import { answers, CHART_FILES, createFleet, type Fleet, type FleetServers, startFleetServers } from './fleet-servers.ts'

const skip = skipWithout('helm', 'registry')
const IN_CLUSTER = { server: 'https://kubernetes.default.svc', namespace: 'shop' }
const DISCOVERY = { argocd: [{ cluster: 'control', namespaces: ['argocd'] }] }
const STABLE = 'https://charts.example.com/stable'

let servers: FleetServers
before(async () => {
  if (skip !== false) return
  servers = await startFleetServers()
  await servers.publish(
    { name: 'web', version: '1.2.0' },
    { name: 'web', version: '1.3.0' },
    { name: 'queue', version: '1.4.0' },
  )
  await servers.file('patch.yaml', 'color: from-https\n')
  await servers.file('crds.yaml', printYaml(configMap('crds')))
})
after(() => servers?.[Symbol.asyncDispose]())

function argo(kind: string, name: string, spec: JsonObject): JsonObject {
  return { apiVersion: 'argoproj.io/v1alpha1', kind, metadata: { name, namespace: 'argocd' }, spec }
}

const application = (name: string, source: JsonObject, destination: JsonObject = IN_CLUSTER): JsonObject =>
  argo('Application', name, { project: 'default', source, destination })
const configMap = (name: string, data: JsonObject = { key: 'value' }, namespace?: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(namespace !== undefined && { namespace }) },
  data,
})
const PROJECT = argo('AppProject', 'default', {
  sourceRepos: ['*'],
  destinations: [{ server: '*', namespace: '*' }],
  clusterResourceWhitelist: [{ group: '*', kind: '*' }],
})

function umbrella(...dependencies: readonly JsonObject[]): string {
  return printYaml({ apiVersion: 'v2', name: 'umbrella', version: '0.1.0', dependencies })
}

/** The Applications that the controller would have made of the sets that lie in the clusters, as the program prints them. */
async function applicationsOfSets(
  fleet: Fleet,
  ...config: Parameters<Fleet['config']>
): Promise<readonly JsonObject[]> {
  const { out, err } = await runProgram('apps', '--config', await fleet.config(...config), '--output', 'yaml')
  const made = readYamlDocuments(out).map(({ value }) => value)
  assert.ok(made.length > 0, err)
  return made.filter(isJsonObject)
}

test('homelab: a set over folders with umbrella charts, whose dependencies lie in repositories and registries', {
  skip,
}, async () => {
  await using fleet = await createFleet(servers)
  const [https, oci] = [STABLE, 'oci://registry.example.com/charts']
  await servers.repository('home/lab', {
    'system/one/Chart.yaml': umbrella({ name: 'web', version: '1.2.x', repository: https }),
    'system/one/values.yaml': 'web: { color: blue }\n',
    'system/two/Chart.yaml': umbrella(
      { name: 'queue', version: '1.4.0', repository: oci },
      { name: 'web', version: '1.3.0', repository: https, alias: 'front' },
    ),
    'apps/three/Chart.yaml': umbrella({ name: 'web', version: '*', repository: https, condition: 'web.enabled' }),
    'apps/three/values.yaml': 'web: { enabled: true }\n',
    'apps/three/templates/own.yaml': printYaml(configMap('own')),
  })
  const set = argo('ApplicationSet', 'lab', {
    generators: [
      {
        git: {
          repoURL: 'https://github.com/home/lab',
          revision: 'main',
          directories: [{ path: 'system/*' }, { path: 'apps/*' }],
        },
      },
    ],
    template: {
      metadata: { name: '{{path.basename}}' },
      spec: {
        project: 'default',
        source: { repoURL: 'https://github.com/home/lab', path: '{{path}}', targetRevision: 'main' },
        destination: { name: 'in-cluster', namespace: '{{path.basename}}' },
      },
    },
  })
  await fleet.cluster('control', [PROJECT, set])
  const more = { artifacts: ['charts/queue'] }
  const applications = await applicationsOfSets(fleet, DISCOVERY, more)
  await fleet.cluster('control', [PROJECT, set, ...applications])
  assert.deepEqual(answers(await fleet.check(DISCOVERY, more)), {
    one: 'ConfigMap/one-web',
    three: 'ConfigMap/own ConfigMap/three-web',
    two: 'ConfigMap/two-front ConfigMap/two-queue',
  })
})

test('talos homelab: kustomizations with helmCharts of repositories and registries', { skip }, async () => {
  await using fleet = await createFleet(servers)
  const charts = (...helmCharts: readonly JsonObject[]): JsonObject => ({ helmCharts })
  await servers.repository('talos/lab', {
    'infra/https/kustomization.yaml': printYaml({
      ...charts({
        name: 'web',
        repo: STABLE,
        version: '1.2.0',
        releaseName: 'first',
        namespace: 'infra',
        valuesFile: 'values.yaml',
      }),
      namespace: 'infra',
    }),
    'infra/https/values.yaml': 'color: blue\n',
    'infra/oci/kustomization.yaml': printYaml({
      ...charts({
        name: 'queue',
        repo: 'oci://registry.example.com/charts',
        version: '1.4.0',
        releaseName: 'second',
        includeCRDs: true,
        valuesInline: { color: 'green' },
        additionalValuesFiles: ['more.yaml'],
      }),
      patches: [{ target: { kind: 'ConfigMap' }, patch: '[{ "op": "add", "path": "/data/added", "value": "yes" }]' }],
    }),
    'infra/oci/more.yaml': 'other: 1\n',
    'infra/both/kustomization.yaml': printYaml({
      resources: ['../https', 'own.yaml'],
      ...charts({ name: 'web', repo: STABLE, releaseName: 'third', version: '1.3.0' }),
    }),
    'infra/both/own.yaml': printYaml(configMap('own')),
  })
  await fleet.cluster('control', [
    PROJECT,
    configMap(
      'argocd-cm',
      { 'kustomize.buildOptions': '--enable-helm --load-restrictor LoadRestrictionsNone' },
      'argocd',
    ),
    ...['https', 'oci', 'both'].map((name) =>
      application(name, { repoURL: 'https://github.com/talos/lab.git', path: `infra/${name}`, targetRevision: 'HEAD' }),
    ),
  ])
  assert.deepEqual(answers(await fleet.check(DISCOVERY, { artifacts: ['charts/queue'] })), {
    both: 'ConfigMap/first-web ConfigMap/own ConfigMap/third-web',
    https: 'ConfigMap/first-web',
    oci: 'ConfigMap/second-queue',
  })
})

test('a project’s own deployments: an app of apps over bases pinned to tags, files by https and charts with dependencies', {
  skip,
}, async () => {
  await using fleet = await createFleet(servers)
  const upstream = await servers.repository('project/workflows', {
    'manifests/cluster-install/kustomization.yaml': 'resources: [server.yaml, ../base]\n',
    'manifests/cluster-install/server.yaml': printYaml(configMap('server')),
    'manifests/base/kustomization.yaml': 'resources: [controller.yaml]\n',
    'manifests/base/controller.yaml': printYaml(configMap('controller')),
  })
  await upstream.git('tag', 'v3.7.2')
  await upstream.commit({ 'manifests/base/controller.yaml': printYaml(configMap('later')) })
  const child = (name: string): JsonObject =>
    application(name, { repoURL: 'https://github.com/project/deployments.git', path: name, targetRevision: 'main' })
  await servers.repository('project/deployments', {
    'root/workflows.yaml': printYaml(child('workflows')),
    'root/events.yaml': printYaml(child('events')),
    'workflows/kustomization.yaml':
      'namespace: workflows\nresources:\n- https://github.com/project/workflows/manifests/cluster-install?ref=v3.7.2\n' +
      '- https://files.example.com/crds.yaml\n',
    'events/Chart.yaml': umbrella({ name: 'queue', version: '1.4.0', repository: STABLE }),
  })
  await fleet.cluster('control', [PROJECT, child('root'), child('workflows'), child('events')])
  assert.deepEqual(answers(await fleet.check(DISCOVERY)), {
    events: 'ConfigMap/events-queue',
    root: 'Application/events Application/workflows',
    workflows: 'ConfigMap/controller ConfigMap/crds ConfigMap/server',
  })
})

test('OpenShift accelerator: kustomizations with components, and a generator of a file by https', {
  skip,
}, async () => {
  await using fleet = await createFleet(servers)
  await servers.repository('accelerator/gitops', {
    'components/banner/kustomization.yaml': printYaml({
      apiVersion: 'kustomize.config.k8s.io/v1alpha1',
      kind: 'Component',
      resources: ['banner.yaml'],
      patches: [{ target: { name: 'settings' }, patch: '[{ "op": "add", "path": "/data/banner", "value": "shown" }]' }],
    }),
    'components/banner/banner.yaml': printYaml(configMap('banner')),
    'base/kustomization.yaml': 'resources: [settings.yaml]\n',
    'base/settings.yaml': printYaml(configMap('settings')),
    'overlays/prod/kustomization.yaml': printYaml({
      resources: ['../../base'],
      components: ['../../components/banner'],
      configMapGenerator: [{ name: 'generated', files: ['patch.yaml=https://files.example.com/patch.yaml'] }],
      generatorOptions: { disableNameSuffixHash: true },
    }),
  })
  const repoURL = 'https://git.example.com/accelerator/gitops.git'
  await fleet.cluster('control', [
    PROJECT,
    application('prod', { repoURL, path: 'overlays/prod', targetRevision: 'main' }),
  ])
  assert.deepEqual(answers(await fleet.check(DISCOVERY)), {
    prod: 'ConfigMap/banner ConfigMap/generated ConfigMap/settings',
  })
})

const APP_OF_APPS = `{{- range .Values.apps }}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {{ . }}
  namespace: argocd
spec:
  project: default
  destination: { server: "https://kubernetes.default.svc", namespace: {{ . }} }
  source:
    repoURL: {{ $.Values.repoURL }}
    path: applications/{{ . }}
    targetRevision: main
    helm:
      valueFiles: [values.yaml, values-{{ $.Values.environment }}.yaml]
      parameters: [{ name: global.host, value: {{ $.Values.environment }}.example.com }]
{{- end }}
`
function applicationsChart(repoURL: string, apps: readonly string[]): Readonly<Record<string, string>> {
  return {
    'environments/Chart.yaml': 'apiVersion: v2\nname: environments\nversion: 1.0.0\n',
    'environments/values.yaml': printYaml({ repoURL, apps }),
    'environments/values-prod.yaml': 'environment: prod\n',
    'environments/templates/applications.yaml': APP_OF_APPS,
  }
}

/** What an Application of that chart becomes. */
function childOf(repoURL: string, name: string): JsonObject {
  const helm = {
    valueFiles: ['values.yaml', 'values-prod.yaml'],
    parameters: [{ name: 'global.host', value: 'prod.example.com' }],
  }
  return application(
    name,
    { repoURL, path: `applications/${name}`, targetRevision: 'main', helm },
    { ...IN_CLUSTER, namespace: name },
  )
}

test('observatory: a Helm chart of Applications, each of an umbrella chart with values of its environment', {
  skip,
}, async () => {
  await using fleet = await createFleet(servers)
  const repoURL = 'https://github.com/observatory/platform.git'
  const chart = (name: string, ...dependencies: readonly JsonObject[]) => ({
    [`applications/${name}/Chart.yaml`]: printYaml({ apiVersion: 'v2', name, version: '1.0.0', dependencies }),
    [`applications/${name}/values.yaml`]: 'color: red\n',
    [`applications/${name}/values-prod.yaml`]: 'color: blue\nweb: { color: green }\n',
    [`applications/${name}/templates/config.yaml`]: CHART_FILES['templates/config.yaml'],
    [`applications/${name}/templates/host.yaml`]:
      'kind: ConfigMap\napiVersion: v1\nmetadata: { name: host }\ndata: { host: "{{ .Values.global.host }}" }\n',
  })
  await servers.repository('observatory/platform', {
    ...applicationsChart(repoURL, ['portal', 'archive']),
    ...chart('portal', { name: 'web', version: '^1.2.0', repository: STABLE }),
    ...chart(
      'archive',
      { name: 'queue', version: '1.4.0', repository: STABLE },
      { name: 'own', version: '1.0.0', repository: 'file://../../charts/own' },
    ),
    'charts/own/Chart.yaml': 'apiVersion: v2\nname: own\nversion: 1.0.0\n',
    'charts/own/templates/own.yaml': printYaml(configMap('own')),
  })
  const root = application('environments', {
    repoURL,
    path: 'environments',
    targetRevision: 'main',
    helm: { valueFiles: ['values-prod.yaml'] },
  })
  await fleet.cluster('control', [PROJECT, root, ...['portal', 'archive'].map((name) => childOf(repoURL, name))])
  assert.deepEqual(answers(await fleet.check(DISCOVERY)), {
    archive: 'ConfigMap/archive-archive ConfigMap/archive-queue ConfigMap/host ConfigMap/own',
    environments: 'Application/archive Application/portal',
    portal: 'ConfigMap/host ConfigMap/portal-portal ConfigMap/portal-web',
  })
})

test('government platform: repositories by git@host/path over SSH, with charts of Helm repositories beside them', {
  skip: skip === false ? skipWithoutSshd() : skip,
}, async () => {
  await using fleet = await createFleet(servers)
  const repoURL = 'git@git.example.com/government/platform.git'
  const { path } = await servers.repository('government/platform', {
    ...applicationsChart(repoURL, ['portal']),
    'applications/portal/Chart.yaml': 'apiVersion: v2\nname: portal\nversion: 1.0.0\n',
    'applications/portal/values.yaml': CHART_FILES['values.yaml'],
    'applications/portal/values-prod.yaml': 'color: blue\n',
    'applications/portal/templates/config.yaml': CHART_FILES['templates/config.yaml'],
    'values/web.yaml': 'color: from-git\n',
  })
  const [key, hostKey] = [await createSshKey(join(fleet.path, 'id')), await createSshKey(join(fleet.path, 'host'))]
  await using sshd = await startSshd({
    folder: join(fleet.path, 'sshd'),
    authorizedKeys: [key.publicKey],
    hostKeys: [hostKey],
  })
  const login = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'platform', namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': 'repository' } },
    stringData: { type: 'git', url: sshd.url(path), sshPrivateKey: key.privateKey },
  }
  const knownHosts = configMap('argocd-ssh-known-hosts-cm', { ssh_known_hosts: sshd.knownHosts }, 'argocd')
  const root = application('environments', {
    repoURL,
    path: 'environments',
    helm: { valueFiles: ['values-prod.yaml'] },
  })
  const withValues = argo('Application', 'web', {
    project: 'default',
    destination: IN_CLUSTER,
    sources: [
      {
        repoURL: STABLE,
        chart: 'web',
        targetRevision: '1.x',
        helm: { valueFiles: ['$platform/values/web.yaml', 'https://files.example.com/patch.yaml'] },
      },
      { repoURL, targetRevision: 'main', ref: 'platform' },
    ],
  })
  const chart = application('queue', { repoURL: STABLE, chart: 'queue', targetRevision: '1.4.0' })
  const plain = application('plain', {
    repoURL: sshd.url(path),
    path: 'environments',
    helm: { values: 'environment: test' },
  })
  await fleet.cluster('control', [
    PROJECT,
    login,
    knownHosts,
    root,
    childOf(repoURL, 'portal'),
    withValues,
    chart,
    plain,
  ])
  const knownHostsFile = join(fleet.path, 'known_hosts')
  await writeFile(knownHostsFile, sshd.knownHosts)
  const checked = await fleet.check(
    { argocd: [{ cluster: 'control', namespaces: ['argocd'], trustedUrls: [sshd.url('/**')] }] },
    {
      repositories: [{ url: repoURL, fetchFrom: sshd.url(path) }],
      credentials: [{ match: sshd.url('/'), privateKeyFile: key.path, knownHostsFile }],
    },
  )
  assert.deepEqual(answers(checked), {
    environments: 'Application/portal',
    plain: 'Application/portal',
    portal: 'ConfigMap/portal-portal',
    queue: 'ConfigMap/queue-queue',
    web: 'ConfigMap/web-web',
  })
})

test('build platform: sets of merge, list and clusters over several clusters, with bases pinned to commits and Helm generators', {
  skip,
}, async () => {
  await using fleet = await createFleet(servers)
  const upstream = await servers.repository('build/controller', {
    'config/default/kustomization.yaml': 'resources: [controller.yaml]\n',
    'config/default/controller.yaml': printYaml(configMap('controller')),
  })
  const pinned = await upstream.git('rev-parse', 'HEAD')
  await upstream.commit({ 'config/default/kustomization.yaml': 'resources: [gone.yaml]\n' })
  const overlay = (...resources: readonly string[]): string => printYaml({ resources, namespace: 'build' })
  await servers.repository('build/deployments', {
    'components/controller/base/kustomization.yaml': overlay(
      `https://github.com/build/controller/config/default?ref=${pinned}`,
    ),
    'components/controller/staging/kustomization.yaml': overlay('../base'),
    'components/controller/production/kustomization.yaml': overlay('../base', '../settings'),
    'components/controller/settings/kustomization.yaml': 'resources: [settings.yaml]\n',
    'components/controller/settings/settings.yaml': printYaml(configMap('settings')),
    'components/queue/production/kustomization.yaml': 'generators: [queue.yaml]\n',
    'components/queue/production/queue.yaml': printYaml({
      apiVersion: 'builtin',
      kind: 'HelmChartInflationGenerator',
      metadata: { name: 'queue' },
      name: 'queue',
      repo: 'oci://registry.example.com/charts',
      version: '1.4.0',
      releaseName: 'queue',
      namespace: 'build',
      valuesInline: { color: 'blue' },
    }),
  })
  const names = ['member1', 'member2', 'host']
  const registered = names.map((name) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `cluster-${name}`,
      namespace: 'argocd',
      labels: { 'argocd.argoproj.io/secret-type': 'cluster', role: name.replace(/\d/, '') },
    },
    stringData: {
      name,
      server: `https://${name}.example.com`,
      config: JSON.stringify({ bearerToken: 'not-used-by-a-snapshot' }),
    },
  }))
  const set = (name: string, generators: readonly JsonObject[]): JsonObject =>
    argo('ApplicationSet', name, {
      generators,
      template: {
        metadata: { name: `${name}-{{nameNormalized}}` },
        spec: {
          project: 'default',
          source: {
            repoURL: 'https://github.com/build/deployments',
            path: '{{values.sourceRoot}}/{{values.environment}}',
            targetRevision: 'main',
          },
          destination: { server: '{{server}}', namespace: 'build' },
        },
      },
    })
  const byCluster = (component: string, selector: JsonObject = {}): JsonObject => ({
    clusters: { selector, values: { sourceRoot: `components/${component}`, environment: 'staging' } },
  })
  const environments = names.map((nameNormalized) => ({ nameNormalized, 'values.environment': 'production' }))
  const sets = [
    set('controller', [
      {
        merge: {
          mergeKeys: ['nameNormalized'],
          generators: [byCluster('controller'), { list: { elements: environments.slice(0, 1) } }],
        },
      },
    ]),
    set('queue', [
      {
        merge: {
          mergeKeys: ['nameNormalized'],
          generators: [byCluster('queue', { matchLabels: { role: 'member' } }), { list: { elements: environments } }],
        },
      },
    ]),
  ]
  const buildOptions = configMap('argocd-cm', { 'kustomize.buildOptions': '--enable-helm' }, 'argocd')
  const control = [PROJECT, buildOptions, ...registered, ...sets]
  for (const name of names)
    await fleet.cluster(name, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'build' } }])
  await fleet.cluster('control', control)
  const more = { artifacts: ['charts/queue'] }
  const applications = await applicationsOfSets(fleet, DISCOVERY, more)
  await fleet.cluster('control', [...control, ...applications])
  const staging = 'ConfigMap/controller'
  assert.deepEqual(answers(await fleet.check(DISCOVERY, more)), {
    'controller-host': staging,
    'controller-in-cluster': staging,
    'controller-member1': 'ConfigMap/controller ConfigMap/settings',
    'controller-member2': staging,
    'queue-member1': 'ConfigMap/queue-queue',
    'queue-member2': 'ConfigMap/queue-queue',
  })
})
