import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { printYaml } from '../../src/kubernetes/serialization/yaml.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { helm, writeChart } from '../servers/helm.ts'
import { startStaticServer } from '../servers/static-server.ts'
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
  check(discovery: JsonObject): Promise<Checked>
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
    async publish(version) {
      const files = { 'values.yaml': 'color: red\n', 'templates/config.yaml': SETTINGS }
      const chart = await writeChart(folder.path, 'web', version, files)
      await helm(folder.path, 'package', chart, '--destination', charts)
      await helm(folder.path, 'repo', 'index', charts)
    },
    async cluster(objects) {
      await writeFile(join(cluster, 'all.yaml'), objects.map((object) => printYaml(object)).join('---\n'))
    },
    async check(discovery) {
      const config = join(folder.path, 'config.yaml')
      const snapshot = { path: cluster, kinds: ['*'] }
      await writeFile(config, printYaml({ clusters: [{ name: 'prod', snapshot }], discovery }))
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
    assert.match(verdict(await checkNow(discovery)), /^Unknown \| GDE_FLUX_REFERENCE|^Unknown \| GDE_SOURCE_VERSION/)
  }),
)
