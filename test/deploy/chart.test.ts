import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { RULE_GROUPS } from '../../alerts/rules.ts'
import { parseConfig } from '../../src/config/load-config.ts'
import { isJsonObject, type JsonObject } from '../../src/model/json.ts'
import { builtProgram } from '../commands/program.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { at, listAt } from '../servers/http-json.ts'
import type { KubeApiServer } from '../servers/kube-apiserver.ts'
import { run } from '../servers/run.ts'
import { skipWithout, toolPath } from '../tools/build.ts'
import { askAs, definitions, FOUND_CONFIG, objectsOf, startGrantedFleet } from './granted-fleet.ts'

const ROOT = join(import.meta.dirname, '../..')
const CHART = join(ROOT, 'deploy/helm/gitops-drift-exporter')
const NAMESPACE = 'gitops-drift-exporter'
const skip = skipWithout('helm', 'kube-apiserver', 'etcd', 'kubectl')
const { rewrites } = parse(FOUND_CONFIG)

/** What somebody installs: each is linted, rendered and applied. */
const VARIANTS: Readonly<Record<string, JsonObject>> = {
  default: { config: { rewrites } },
  'custom-resources': {
    config: { rewrites },
    rbac: { customResources: [{ group: 'example.com', resources: ['widgets'] }] },
  },
  'argocd-secrets': { config: { rewrites }, rbac: { secrets: 'argocd' } },
  secrets: { config: { rewrites }, rbac: { secrets: 'all', accessReviews: true } },
  'named-kinds': {
    config: { rewrites },
    rbac: {
      builtinKinds: false,
      rules: [
        { apiGroups: ['', 'example.com'], resources: ['configmaps', 'widgets'], verbs: ['get', 'list', 'watch'] },
      ],
    },
  },
  'kube-prometheus-stack': {
    serviceMonitor: { enabled: true, labels: { release: 'stack' }, interval: '30s', scrapeTimeout: '20s' },
    prometheusRule: { enabled: true, labels: { release: 'stack' } },
    dashboards: { configMaps: { enabled: true } },
  },
  'pod-monitor': {
    podMonitor: {
      enabled: true,
      labels: { release: 'stack' },
      relabelings: [{ targetLabel: 'team', replacement: 'platform' }],
    },
  },
  'scrape-config': { scrapeConfig: { enabled: true, labels: { release: 'stack' }, interval: '1m' } },
  'grafana-operator': { dashboards: { grafanaOperator: { enabled: true } } },
  shards: { shards: 3, replicas: 2, extraEnv: [{ name: 'EXTRA', value: 'more' }] },
  pair: { replicas: 2, networkPolicy: { from: [{ namespaceSelector: {} }], egress: [{}] } },
  webhooks: {
    config: { webhooks: { port: 9000, receivers: [{ name: 'hub', type: 'github', secretFile: '/etc/hub/secret' }] } },
    networkPolicy: { webhooksFrom: [{ ipBlock: { cidr: '10.0.0.0/8' } }] },
  },
  'web-config': {
    webConfigSecret: 'web',
    serviceMonitor: { enabled: true, tlsConfig: { insecureSkipVerify: true } },
    podMonitor: { enabled: true },
    scrapeConfig: { enabled: true },
  },
  bare: {
    persistence: { enabled: false },
    networkPolicy: { enabled: false },
    serviceAccount: { create: false, name: 'someone' },
    rbac: { create: false },
    existingConfigMap: 'mine',
    extraManifests: [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{{ .Release.Name }}-more', namespace: NAMESPACE } },
    ],
  },
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let server: KubeApiServer
before(async () => {
  folder = await temporaryFolder('chart')
  if (skip !== false) return
  await builtProgram()
  server = await startGrantedFleet(folder.path)
  await server.admin.installCrds(await definitions(join(import.meta.dirname, 'crds')))
})
after(async () => {
  await server?.close()
  await folder.close()
})

async function helm(...args: readonly string[]) {
  return run(toolPath('helm'), args, { env: { HOME: folder.path }, accept: [0, 1] })
}

async function render(variant: string): Promise<readonly JsonObject[]> {
  const values = join(folder.path, `${variant}.yaml`)
  await writeFile(values, stringify(VARIANTS[variant]))
  const { code, stdout, stderr } = await helm('template', 'drift', CHART, '--namespace', NAMESPACE, '--values', values)
  assert.equal(code, 0, stderr)
  return objectsOf(stdout)
}

const ofKind = (objects: readonly JsonObject[], kind: string) => objects.filter((object) => object.kind === kind)
const labelsOf = (object: JsonObject | undefined) => at(object, 'metadata', 'labels')

for (const variant of Object.keys(VARIANTS))
  test(`the variant ${variant} is accepted by helm lint and by the API server`, { skip }, async () => {
    const objects = await render(variant)
    const values = join(folder.path, `${variant}.yaml`)
    const lint = await helm('lint', '--strict', CHART, '--values', values)
    assert.equal(lint.code, 0, lint.stdout + lint.stderr)
    const input = objects.map((object) => stringify(object)).join('---\n')
    const args = ['apply', '--server-side', '--dry-run=server', '--filename', '-']
    const { stdout, stderr } = await server.kubectl([...args, '--validate=strict'], { input })
    assert.equal(stdout.trim().split('\n').length, objects.length)
    assert.equal(stderr, '')
  })

test('a misspelt value is an error, in the config as well, and stars name no resources', { skip }, async () => {
  for (const [value, complaint] of [
    ['replica=2', /'replica' not allowed/],
    ['config.shedule=x', /'shedule' not allowed/],
    ['rbac.secrets=some', /secrets/],
    ['rbac.accessReviews=some', /accessReviews/],
    ['rbac.customResources[0].group=a.b,rbac.customResources[0].resources[0]=*', /resources/],
    ['replicas=0', /replicas/],
  ] as const) {
    const { code, stderr } = await helm('template', 'drift', CHART, '--set', value)
    assert.equal(code, 1, value)
    assert.match(stderr, complaint)
  }
})

test('rules and dashboards of the chart are those of alerts and dashboards', { skip }, async () => {
  const objects = [...(await render('kube-prometheus-stack')), ...(await render('grafana-operator'))]
  assert.deepEqual(at(ofKind(objects, 'PrometheusRule')[0], 'spec', 'groups'), JSON.parse(JSON.stringify(RULE_GROUPS)))
  for (const name of ['fleet', 'app', 'exporter']) {
    const text = await readFile(join(ROOT, `dashboards/${name}.json`), 'utf8')
    const isOfIt = (object: JsonObject) => at(object, 'metadata', 'name') === `drift-gitops-drift-exporter-${name}`
    assert.equal(at(ofKind(objects, 'ConfigMap').find(isOfIt), 'data', `gitops-drift-${name}.json`), text)
    assert.equal(at(ofKind(objects, 'GrafanaDashboard').find(isOfIt), 'spec', 'json'), text)
  }
})

test('monitors and rules carry the label that kube-prometheus-stack selects by, dashboards that of the sidecar', {
  skip,
}, async () => {
  const objects = await render('kube-prometheus-stack')
  for (const kind of ['ServiceMonitor', 'PrometheusRule'])
    assert.equal(at(labelsOf(ofKind(objects, kind)[0]), 'release'), 'stack', kind)
  const dashboards = ofKind(objects, 'ConfigMap').filter((one) => at(labelsOf(one), 'grafana_dashboard') === '1')
  assert.equal(dashboards.length, 3)
})

test('what is selected is there: monitors find the service and the pods, the budget the pods', { skip }, async () => {
  const objects = (await Promise.all(['kube-prometheus-stack', 'pod-monitor', 'pair'].map(render))).flat()
  const pod = at(ofKind(objects, 'StatefulSet')[0], 'spec', 'template', 'metadata', 'labels')
  const service = labelsOf(ofKind(objects, 'Service')[0])
  for (const [kind, labels] of [
    ['ServiceMonitor', service],
    ['PodMonitor', pod],
    ['PodDisruptionBudget', pod],
  ] as const) {
    const wanted = at(ofKind(objects, kind)[0], 'spec', 'selector', 'matchLabels')
    assert.ok(isJsonObject(wanted ?? null), kind)
    for (const [key, value] of Object.entries(wanted ?? {})) assert.equal(at(labels, key), value, kind)
  }
})

test('the listener of push events can be reached where there is one, and only there', { skip }, async () => {
  const objects = await render('webhooks')
  const [, service] = ofKind(objects, 'Service')
  assert.equal(at(service, 'metadata', 'name'), 'drift-gitops-drift-exporter-webhooks')
  const [port = null] = listAt(service ?? null, 'spec', 'ports')
  const [container = null] = listAt(
    ofKind(objects, 'StatefulSet')[0] ?? null,
    ...['spec', 'template', 'spec', 'containers'],
  )
  const [, opened = null] = listAt(container, 'ports')
  assert.deepEqual([at(port, 'port'), at(port, 'targetPort')], [9000, at(opened, 'name') ?? null])
  assert.equal(at(opened, 'containerPort'), 9000)
  const [, rule = null] = listAt(ofKind(objects, 'NetworkPolicy')[0] ?? null, 'spec', 'ingress')
  const [peer = null] = listAt(rule, 'from')
  assert.equal(at(peer, 'ipBlock', 'cidr'), '10.0.0.0/8')
  const others = await render('default')
  assert.equal(ofKind(others, 'Service').length, 1)
  assert.equal(listAt(ofKind(others, 'NetworkPolicy')[0] ?? null, 'spec', 'ingress').length, 1)
})

test('a budget is there for two replicas, and not for one', { skip }, async () => {
  assert.equal(ofKind(await render('default'), 'PodDisruptionBudget').length, 0)
  const pair = await render('pair')
  assert.equal(ofKind(pair, 'PodDisruptionBudget').length, 1)
  assert.equal(at(ofKind(pair, 'StatefulSet')[0], 'spec', 'replicas'), 2)
})

test('shards are pods of one StatefulSet, each of which knows its place by its name', { skip }, async () => {
  const objects = await render('shards')
  const [set = null] = ofKind(objects, 'StatefulSet')
  assert.equal(at(set, 'spec', 'replicas'), 6)
  assert.equal(ofKind(objects, 'PodDisruptionBudget').length, 1)
  const [container = null] = listAt(set, 'spec', 'template', 'spec', 'containers')
  assert.deepEqual(listAt(container, 'env'), [
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'GITOPS_SHARD', value: '$(POD_NAME)/3' },
    { name: 'EXTRA', value: 'more' },
  ])
  const [single = null] = listAt(
    ofKind(await render('default'), 'StatefulSet')[0] ?? null,
    'spec',
    'template',
    'spec',
    'containers',
  )
  assert.equal(at(single, 'env'), undefined)
})

test('by web config all that asks for /metrics does so by HTTPS', { skip }, async () => {
  const objects = await render('web-config')
  const [container = null] = listAt(ofKind(objects, 'StatefulSet')[0] ?? null, 'spec', 'template', 'spec', 'containers')
  for (const probe of ['livenessProbe', 'readinessProbe'])
    assert.equal(at(container, probe, 'httpGet', 'scheme'), 'HTTPS')
  const [service = null] = listAt(ofKind(objects, 'ServiceMonitor')[0] ?? null, 'spec', 'endpoints')
  const [pod = null] = listAt(ofKind(objects, 'PodMonitor')[0] ?? null, 'spec', 'podMetricsEndpoints')
  assert.deepEqual([at(service, 'scheme'), at(pod, 'scheme')], ['https', 'https'])
  assert.equal(at(ofKind(objects, 'ScrapeConfig')[0], 'spec', 'scheme'), 'HTTPS')
})

test('the image is the one that deploy/base names, of the version of the package', { skip }, async () => {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  const chart = parse(await readFile(join(CHART, 'Chart.yaml'), 'utf8'))
  assert.deepEqual([chart.version, chart.appVersion], [version, version])
  const [container = null] = listAt(
    ofKind(await render('default'), 'StatefulSet')[0] ?? null,
    'spec',
    'template',
    'spec',
    'containers',
  )
  assert.equal(at(container, 'image'), `gitops-drift-exporter:${version}`)
})

/** Applies what grants rights, and checks the fleet with the config and the token of the ServiceAccount, so with just those. */
async function checkWith(variant: string) {
  const objects = await render(variant)
  const granting = objects.filter(({ kind }) => kind === 'ServiceAccount' || /Role/.test(String(kind)))
  const input = granting.map((object) => stringify(object)).join('---\n')
  await server.kubectl(['apply', '--filename', '-'], { input })
  try {
    const config = at(ofKind(objects, 'ConfigMap')[0], 'data', 'config.yaml')
    assert.ok(typeof config === 'string')
    assert.equal(parseConfig(config, '/etc/config.yaml').metrics.port, 8080)
    await writeFile(join(folder.path, 'config.yaml'), config)
    const token = await server.kubectl(['create', 'token', 'drift-gitops-drift-exporter', '--namespace', NAMESPACE])
    const kubeconfig = await server.kubeconfig({ token: token.stdout.trim() })
    return await askAs(kubeconfig, folder.path, 'check')
  } finally {
    await server.kubectl(['delete', '--filename', '-'], { input })
  }
}

test('with the rights of the chart each variant reads what it promises and nothing else', { skip }, async (t) => {
  const SYNCED = (app: string) => new RegExp(`^${app} +test +Synced`, 'm')
  await t.test('default: built-in kinds, and the custom one is Unknown by its name', async () => {
    const { out } = await checkWith('default')
    assert.match(out, SYNCED('web'))
    assert.match(out, /^widgets +test +Unknown/m)
    assert.match(out, /widgets.*GDE_CLUSTER_FORBIDDEN/)
  })
  for (const variant of ['custom-resources', 'named-kinds'])
    await t.test(`${variant}: all is Synced, and Secrets alone are refused`, async () => {
      const { out } = await checkWith(variant)
      for (const app of ['web', 'widgets']) assert.match(out, SYNCED(app))
      const refused = out.split('\n').filter((line) => line.includes('GDE_CLUSTER_FORBIDDEN'))
      assert.deepEqual(refused, ['argocd in test: secrets in argocd: not allowed (GDE_CLUSTER_FORBIDDEN)'])
    })
  await t.test('argocd-secrets: those of Argo CD are not missing, those of all namespaces are', async () => {
    const { out } = await checkWith('argocd-secrets')
    assert.match(out, SYNCED('web'))
    assert.doesNotMatch(out, /secrets in argocd: not allowed/)
    assert.match(out, /Secrets of all namespaces.*GDE_RIGHT_MISSING/)
  })
  await t.test('secrets: nothing is missing', async () => {
    const { out } = await checkWith('secrets')
    assert.match(out, SYNCED('web'))
    assert.doesNotMatch(out, /GDE_RIGHT_MISSING/)
  })
})
