import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { Agent, request } from 'undici'
import { printYaml } from '../../src/kubernetes/serialization/yaml.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { helm, writeChart } from '../servers/helm.ts'
import { type Registry, type RegistryOptions, startRegistry } from '../servers/registry.ts'
import { startStaticServer } from '../servers/static-server.ts'
import { tarGzOf } from '../sources/tar-under-test.ts'
import { skipWithout } from '../tools/build.ts'
import { type Checked, check, objectLines } from './check.ts'

const skip = skipWithout('helm')
const SETTINGS = `kind: ConfigMap
apiVersion: v1
metadata:
  name: settings
  namespace: shop
  labels: { chart: "{{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}" }
data:
  color: {{ .Values.color }}
`

interface Scene {
  readonly url: string
  readonly folder: string
  publish(version: string): Promise<void>
  cluster(objects: readonly JsonObject[]): Promise<void>
  /** Makes a Git repository of that name. */
  repository(name: string, files: Readonly<Record<string, string>>): Promise<void>
  check(discovery: JsonObject, rewrites?: Json): Promise<Checked>
  /** That the Helm repository got. */
  requests(): number
}

/** A Helm repository with the chart `web`, made by the real program, and a snapshot of a cluster. */
async function withCharts(body: (scene: Scene) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder('charts')
  const charts = join(folder.path, 'charts')
  const cluster = join(folder.path, 'cluster')
  await mkdir(charts)
  await mkdir(cluster)
  await using server = await startStaticServer({ folder: charts })
  await body({
    url: server.url,
    folder: folder.path,
    requests: () => server.requests.length,
    async publish(version) {
      const files = { 'values.yaml': 'color: red\n', 'templates/config.yaml': SETTINGS }
      const chart = await writeChart(folder.path, 'web', version, files)
      await helm(folder.path, 'package', chart, '--destination', charts)
      await helm(folder.path, 'repo', 'index', charts)
    },
    async cluster(objects) {
      await writeFile(join(cluster, 'all.yaml'), objects.map((object) => printYaml(object)).join('---\n'))
    },
    async repository(name, files) {
      const repository = join(folder.path, name)
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(repository, path)), { recursive: true })
        await writeFile(join(repository, path), text)
      }
      const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com']
      const git = (...args: readonly string[]) => execFileSync('git', ['-C', repository, ...identity, ...args])
      git('init', '--quiet', '--initial-branch=main')
      git('add', '--all')
      git('commit', '--quiet', '--message', 'first')
    },
    async check(discovery, rewrites = []) {
      const config = join(folder.path, 'config.yaml')
      const snapshot = { path: cluster, kinds: ['*'] }
      await writeFile(config, printYaml({ clusters: [{ name: 'prod', snapshot }], rewrites, discovery }))
      return check(config)
    },
  })
}

function application(source: JsonObject): JsonObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'web', namespace: 'argocd' },
    spec: {
      project: 'default',
      destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
      source,
    },
  }
}

function project(sourceRepos: Json): JsonObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'default', namespace: 'argocd' },
    spec: { sourceRepos, destinations: [{ server: '*', namespace: '*' }] },
  }
}

function settings(version: string, color: string, metadata: JsonObject): JsonObject {
  const { labels, annotations } = metadata
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'settings',
      namespace: 'shop',
      labels: { chart: `web-${version}`, ...(labels as JsonObject | undefined) },
      ...(annotations !== undefined && { annotations }),
    },
    data: { color },
  }
}

const TRACKED = { annotations: { 'argocd.argoproj.io/tracking-id': 'web:/ConfigMap:shop/settings' } }
const RELEASED = {
  labels: {
    'app.kubernetes.io/managed-by': 'Helm',
    'helm.toolkit.fluxcd.io/name': 'web',
    'helm.toolkit.fluxcd.io/namespace': 'flux-system',
  },
  annotations: { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'shop' },
}

function verdict({ apps }: Checked): string {
  const [app] = apps
  return app === undefined ? 'nothing' : [app.status, app.reason ?? '', ...objectLines(app)].filter(Boolean).join(' | ')
}

test('an Application of a chart of a Helm repository', { skip }, () =>
  withCharts(async ({ url, publish, cluster, check: checkNow }) => {
    await publish('1.2.0')
    await publish('1.3.0')
    const discovery = { argocd: [{ cluster: 'prod', namespaces: ['argocd'], trustedUrls: [`${url}`, `${url}/*`] }] }
    const source = { repoURL: url, chart: 'web', targetRevision: '1.x', helm: { valuesObject: { color: 'blue' } } }
    const declared = [application(source), project(['*'])]
    await cluster([...declared, settings('1.3.0', 'blue', TRACKED)])
    assert.equal(verdict(await checkNow(discovery)), 'Synced')
    await cluster([...declared, settings('1.2.0', 'blue', TRACKED)])
    assert.match(
      verdict(await checkNow(discovery)),
      /^OutOfSync \| ConfigMap\/settings changed \/metadata\/labels\/chart/,
    )
    await cluster([application({ ...source, targetRevision: '3.0.0' }), project(['*'])])
    assert.equal(verdict(await checkNow(discovery)), 'Unknown | GDE_SOURCE_VERSION')
    await cluster([application(source), project(['https://charts.example.com'])])
    assert.equal(verdict(await checkNow(discovery)), 'Unknown | GDE_NOT_PERMITTED')
  }),
)

function helmRelease(url: string, version: string): readonly JsonObject[] {
  const namespace = 'flux-system'
  return [
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      metadata: { name: 'charts', namespace },
      spec: { url, interval: '5m' },
    },
    {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name: 'web', namespace },
      spec: {
        interval: '5m',
        targetNamespace: 'shop',
        releaseName: 'web',
        chart: { spec: { chart: 'web', version, sourceRef: { kind: 'HelmRepository', name: 'charts' } } },
        values: { color: 'green' },
      },
    },
  ]
}

test('a HelmRelease of a chart of a Helm repository', { skip }, () =>
  withCharts(async ({ url, publish, cluster, check: checkNow }) => {
    await publish('1.2.0')
    const discovery = { flux: [{ cluster: 'prod', trustedUrls: [`${url}`, `${url}/*`] }] }
    await cluster([...helmRelease(url, '1.2.x'), settings('1.2.0', 'green', RELEASED)])
    assert.equal(verdict(await checkNow(discovery)), 'Synced')
    await publish('1.2.1')
    assert.match(
      verdict(await checkNow(discovery)),
      /^OutOfSync \| ConfigMap\/settings changed \/metadata\/labels\/chart/,
    )
    await cluster([...helmRelease(url, '9.x'), settings('1.2.1', 'green', RELEASED)])
    assert.match(verdict(await checkNow(discovery)), /^Unknown \| GDE_SOURCE_VERSION/)
  }),
)

test(
  'an Application whose chart depends on one of a Helm repository, and whose base lies in another repository',
  { skip },
  () =>
    withCharts(async ({ url, folder, publish, cluster, check: checkNow, repository }) => {
      await publish('1.2.0')
      const dependencies = [{ name: 'web', version: '1.x', repository: url }]
      await repository('app', {
        'umbrella/Chart.yaml': printYaml({ apiVersion: 'v2', name: 'umbrella', version: '0.1.0', dependencies }),
        'umbrella/values.yaml': 'web: { color: violet }\n',
        'overlay/kustomization.yaml': 'resources: ["https://git.example.com/base.git//settings?ref=main"]\n',
      })
      await repository('base.git', {
        'settings/kustomization.yaml': 'resources: [settings.yaml]\n',
        'settings/settings.yaml': printYaml(settings('0.0.1', 'white', {})),
      })
      const discovery = { argocd: [{ cluster: 'prod', namespaces: ['argocd'], trustedUrls: [`${url}`, `${url}/*`] }] }
      const rewrites = [{ match: 'https://git.example.com/', fetchFrom: `file://${folder}/` }]
      const from = (path: string): JsonObject => ({
        repoURL: 'https://git.example.com/app',
        path,
        targetRevision: 'main',
      })
      await cluster([application(from('umbrella')), project(['*']), settings('1.2.0', 'violet', TRACKED)])
      assert.equal(verdict(await checkNow(discovery, rewrites)), 'Synced')
      await publish('1.3.0')
      assert.match(verdict(await checkNow(discovery, rewrites)), /^OutOfSync \| ConfigMap\/settings changed \/metadata/)
      await cluster([application(from('overlay')), project(['*']), settings('0.0.1', 'white', TRACKED)])
      assert.equal(verdict(await checkNow(discovery, rewrites)), 'Synced')
      // What a file names is held to the project like what the Application names.
      await cluster([application(from('overlay')), project(['https://git.example.com/app'])])
      assert.equal(verdict(await checkNow(discovery, rewrites)), 'Unknown | GDE_NOT_PERMITTED')
    }),
)

test(
  'files that name more elsewhere than an app may ask for, at once or one after another, cost nothing beyond',
  { skip },
  () =>
    withCharts(async ({ url, folder, cluster, check: checkNow, repository, requests }) => {
      const rewrites = [
        { match: 'https://git.example.com/', fetchFrom: `file://${folder}/` },
        { match: 'https://files.example.com/', fetchFrom: `${url}/` },
      ]
      const base = (number: number): string => `https://git.example.com/base-${number}.git?ref=main`
      const kustomization = (...resources: readonly string[]): Readonly<Record<string, string>> => ({
        'kustomization.yaml': printYaml({ resources }),
      })
      const files = Array.from({ length: 201 }, (_, number) => `https://files.example.com/${number}.yaml`)
      await repository('flood', kustomization(...files))
      await repository('chain', kustomization(base(1)))
      for (let number = 1; number <= 10; number += 1)
        await repository(`base-${number}.git`, kustomization(base(number + 1)))
      const discovery = { argocd: [{ cluster: 'prod', namespaces: ['argocd'] }] }
      const said = async (name: string): Promise<string> => {
        const source = { repoURL: `https://git.example.com/${name}`, path: '.', targetRevision: 'main' }
        await cluster([application(source), project(['*'])])
        const { apps } = await checkNow(discovery, rewrites)
        return `${apps[0]?.reason}: ${apps[0]?.message}`
      }
      assert.match(await said('flood'), /^GDE_TOO_LARGE: .*more than 200 .*elsewhere/)
      assert.equal(requests(), 0)
      assert.match(await said('chain'), /^GDE_TOO_LARGE: .*more than 10 times in a row/)
    }),
)

const skipOci = skipWithout('helm', 'registry')

interface RegistryScene {
  readonly folder: string
  readonly host: string
  readonly registry: Registry
  publish(version: string): Promise<void>
  cluster(objects: readonly JsonObject[]): Promise<void>
  /** @param more keys of the config; without any it knows the registry by its authority */
  check(discovery: JsonObject, more?: JsonObject): Promise<Checked>
}

/** The real registry, which a certificate authority of its own vouches for, and a snapshot of a cluster. */
async function withRegistry(
  body: (scene: RegistryScene) => Promise<void>,
  options: RegistryOptions = {},
): Promise<void> {
  await using folder = await temporaryFolder('artifacts')
  await using registry = await startRegistry(options)
  const ca = join(folder.path, 'ca.pem')
  await writeFile(ca, registry.ca)
  if (options.user !== undefined) {
    const { name, password } = options.user
    await helm(folder.path, ...['registry', 'login', registry.host, '-u', name, '-p', password, '--ca-file', ca])
  }
  const cluster = join(folder.path, 'cluster')
  await mkdir(cluster)
  const files = { 'values.yaml': 'color: red\n', 'templates/config.yaml': SETTINGS }
  await body({
    folder: folder.path,
    host: registry.host,
    registry,
    async publish(version) {
      const chart = await writeChart(folder.path, 'web', version, files)
      await helm(folder.path, 'package', chart, '--destination', folder.path)
      const packed = join(folder.path, `web-${version}.tgz`)
      await helm(folder.path, 'push', packed, `oci://${registry.host}/charts`, '--ca-file', ca)
    },
    async cluster(objects) {
      await writeFile(join(cluster, 'all.yaml'), objects.map((object) => printYaml(object)).join('---\n'))
    },
    async check(discovery, more) {
      const config = join(folder.path, 'config.yaml')
      const repositories = ['charts/web', 'apps'].map((name) => ({
        url: `oci://${registry.host}/${name}`,
        tls: { caFile: ca },
      }))
      const snapshot = { path: cluster, kinds: ['*'] }
      await writeFile(
        config,
        printYaml({ clusters: [{ name: 'prod', snapshot }], ...(more ?? { repositories }), discovery }),
      )
      return check(config)
    },
  })
}

test('an Application of a chart of a registry, written without a scheme, and of an artifact', { skip: skipOci }, () =>
  withRegistry(async ({ host, registry, publish, cluster, check: checkNow }) => {
    await publish('1.2.0')
    const discovery = { argocd: [{ cluster: 'prod', namespaces: ['argocd'] }] }
    const chart = { repoURL: `${host}/charts`, chart: 'web', targetRevision: '1.x', helm: { values: 'color: blue' } }
    await cluster([application(chart), project(['*']), settings('1.2.0', 'blue', TRACKED)])
    assert.equal(verdict(await checkNow(discovery)), 'Synced')
    const object = printYaml(settings('9.9.9', 'brown', {}))
    const layer = {
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      content: await tarGzOf([{ name: 'shop/settings.yaml', content: object }]),
    }
    await registry.push('apps', 'v1', { layers: [layer] })
    const artifact = { repoURL: `oci://${host}/apps`, targetRevision: 'v1', path: 'shop' }
    await cluster([application(artifact), project(['*']), settings('9.9.9', 'brown', TRACKED)])
    assert.equal(verdict(await checkNow(discovery)), 'Synced')
  }),
)

test('a HelmRelease and a Kustomization of OCIRepositories', { skip: skipOci }, () =>
  withRegistry(async ({ host, registry, publish, cluster, check: checkNow }) => {
    await publish('1.2.0')
    const namespace = 'flux-system'
    const source = (name: string, spec: JsonObject): JsonObject => ({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'OCIRepository',
      metadata: { name, namespace },
      spec: { interval: '5m', ...spec },
    })
    const digest = await digestOf(registry, 'charts/web', '1.2.0')
    const release = {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name: 'web', namespace },
      spec: {
        interval: '5m',
        targetNamespace: 'shop',
        releaseName: 'web',
        chartRef: { kind: 'OCIRepository', name: 'web' },
        values: { color: 'green' },
      },
    }
    const discovery = { flux: [{ cluster: 'prod' }] }
    const web = source('web', { url: `oci://${host}/charts/web`, ref: { semver: '1.x' } })
    // helm-controller puts the beginning of the digest into the version of the chart.
    await cluster([web, release, settings(`1.2.0_${digest.slice(7, 19)}`, 'green', RELEASED)])
    assert.equal(verdict(await checkNow(discovery)), 'Synced')
    const content = await tarGzOf([{ name: 'shop/settings.yaml', content: printYaml(settings('9.9.9', 'brown', {})) }])
    await registry.push('apps', 'v1', { layers: [{ mediaType: FLUX_CONTENT, content }] })
    const kustomization = {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: 'shop', namespace },
      spec: { interval: '5m', prune: true, path: './shop', sourceRef: { kind: 'OCIRepository', name: 'apps' } },
    }
    const labels = { 'kustomize.toolkit.fluxcd.io/name': 'shop', 'kustomize.toolkit.fluxcd.io/namespace': namespace }
    await cluster([
      source('apps', { url: `oci://${host}/apps`, ref: { tag: 'v1' } }),
      kustomization,
      settings('9.9.9', 'brown', { labels }),
    ])
    assert.equal(verdict(await checkNow(discovery)), 'Synced')
  }),
)

test('an OCIRepository of a cloud is read with what the cloud’s own helper gives, which the config names', {
  skip: skipOci,
}, () => {
  const user = {
    name: 'AWS',
    password: 'password-of-ada',
    bcrypt: '$2y$04$abcdefghijklmnopqrstuuHsQ.1OustxhorXSbPh6LzsDzoBXuLSq',
  }
  return withRegistry(
    async ({ host, registry, folder, publish, cluster, check: checkNow }) => {
      await publish('1.2.0')
      const command = join(folder, 'docker-credential-cloud')
      const answer = JSON.stringify({ ServerURL: host, Username: user.name, Secret: user.password })
      await writeFile(command, `#!/bin/sh\ntest "$1" = get && test "$(cat)" = ${host} && echo '${answer}'\n`, {
        mode: 0o700,
      })
      const namespace = 'flux-system'
      await cluster([
        {
          apiVersion: 'source.toolkit.fluxcd.io/v1',
          kind: 'OCIRepository',
          metadata: { name: 'web', namespace },
          spec: {
            interval: '5m',
            url: `oci://${host}/charts/web`,
            provider: 'aws',
            ref: { tag: '1.2.0' },
            certSecretRef: { name: 'authority' },
          },
        },
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'authority', namespace },
          stringData: { 'ca.crt': registry.ca },
        },
        {
          apiVersion: 'helm.toolkit.fluxcd.io/v2',
          kind: 'HelmRelease',
          metadata: { name: 'web', namespace },
          spec: { interval: '5m', chartRef: { kind: 'OCIRepository', name: 'web' } },
        },
      ])
      const discovery = { flux: [{ cluster: 'prod', trustedUrls: [`oci://${host}/*`] }] }
      const credentials = [{ match: `oci://${host}/`, helper: { command: [command], protocol: 'docker' } }]
      assert.match(verdict(await checkNow(discovery, { credentials })), /^OutOfSync \| ConfigMap\/settings missing/)
      const [without] = (await checkNow(discovery, {})).apps
      assert.equal(without?.status, 'Unknown')
      assert.match(without.message ?? '', /identity of Flux at aws.*credentials\[\]\.helper/)
    },
    { user, auth: 'basic' },
  )
})

const FLUX_CONTENT = 'application/vnd.cncf.flux.content.v1.tar+gzip'

async function digestOf(registry: Registry, name: string, tag: string): Promise<string> {
  const accept = 'application/vnd.oci.image.manifest.v1+json'
  const connect = { ca: registry.ca }
  const { headers } = await request(`https://${registry.host}/v2/${name}/manifests/${tag}`, {
    method: 'HEAD',
    headers: { accept },
    dispatcher: new Agent({ connect }),
  })
  return String(headers['docker-content-digest'])
}
