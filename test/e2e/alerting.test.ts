import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { builtProgram } from '../commands/program.ts'
import { until } from '../commands/until.ts'
import { createWorkingRepository, type WorkingRepository } from '../git/working-repository.ts'
import { type Alertmanager, startAlertmanager } from '../servers/alertmanager.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { type GitServer, startGitServer } from '../servers/git-http-backend.ts'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { freePort } from '../servers/port.ts'
import { type Prometheus, startPrometheus } from '../servers/prometheus.ts'
import { skipWithout } from '../tools/build.ts'
import { deployedReader } from './deployed-reader.ts'
import { type Exporter, startExporter } from './exporter.ts'
import { type Notifications, receiveNotifications } from './notifications.ts'

/**
 * Issue to alert, all of it real: two API servers as two clusters, Git over HTTP with credentials, the built program with the rights of
 * deploy/, Prometheus with the shipped rules, Alertmanager. No controller runs: what is applied is applied by kubectl.
 */
const skip = skipWithout('kube-apiserver', 'etcd', 'kubectl', 'prometheus', 'alertmanager')
const ROOT = join(import.meta.dirname, '../..')
const PASSWORD = 'correct horse'
const JOB = 'gitops-drift-exporter'

const deployment = (image: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "${image}", ports: [{ containerPort: 8080 }] }] }
`
const SERVICE = `
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`
const TOOLS = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: tools }\ndata: { level: info }\n'

const parts = new AsyncDisposableStack()
let one: KubeApiServer
let two: KubeApiServer
let platform: WorkingRepository
let toolsServer: GitServer
let config = ''
let platformUrl = ''
let exporter: Exporter
let alertmanager: Alertmanager
let prometheus: Prometheus
let notifications: Notifications

before(
  async () => {
    if (skip !== false) return
    await builtProgram()
    const folder = parts.use(await temporaryFolder('alerting')).path
    ;[one, two] = await Promise.all([startKubeApiServer(), startKubeApiServer()])
    parts.use(one)
    parts.use(two)
    platform = await createWorkingRepository(join(folder, 'git/platform'))
    await platform.commit({ 'shop/deployment.yaml': deployment('nginx:1'), 'shop/service.yaml': SERVICE })
    const tools = await createWorkingRepository(join(folder, 'git/tools'))
    await tools.commit({ 'tools.yaml': TOOLS })
    const authorization = `Basic ${Buffer.from(`git:${PASSWORD}`).toString('base64')}`
    const platformServer = parts.use(await startGitServer({ root: join(folder, 'git'), authorization }))
    platformUrl = `${platformServer.url}/platform`
    toolsServer = parts.use(await startGitServer({ root: join(folder, 'git') }))
    for (const server of [one, two]) {
      await server.kubectl(['create', 'namespace', 'shop'])
      await apply(server, 'shop')
      await server.kubectl(['apply', '--namespace=shop', '--filename=-'], { input: TOOLS })
    }

    config = join(folder, 'config.yaml')
    await writeFile(join(folder, 'password'), `${PASSWORD}\n`)
    await writeFile(
      config,
      JSON.stringify({
        // Prometheus finds it there again after a restart.
        metrics: { address: '127.0.0.1', port: await freePort() },
        pages: { port: 0 },
        stateDirectory: './state',
        repositories: [
          {
            url: `${platformServer.url}/platform`,
            credentials: { username: 'git', passwordFile: './password' },
            pollInterval: '1s',
          },
          { url: `${toolsServer.url}/tools`, pollInterval: '1s' },
        ],
        clusters: [
          { name: 'one', labels: { environment: 'prod' }, kubeconfig: { path: await deployedReader(one) } },
          { name: 'two', labels: { environment: 'prod' }, kubeconfig: { path: await deployedReader(two) } },
        ],
        apps: [
          {
            name: 'shop',
            project: 'web',
            source: { repository: `${platformServer.url}/platform`, revision: 'main', path: 'shop' },
            destination: { clusterSelector: { matchLabels: { environment: 'prod' } }, namespace: 'shop' },
          },
          {
            name: 'tools',
            source: { repository: `${toolsServer.url}/tools`, revision: 'main', path: '.' },
            destination: { cluster: 'two', namespace: 'shop' },
          },
        ],
      }),
    )
    exporter = await startExporter(config)
    parts.defer(() => exporter.stop())
    for (const instance of ['shop@one', 'shop@two', 'tools@two'])
      await exporter.untilApp(instance, { status: 'Synced' })

    notifications = parts.use(await receiveNotifications(nameOf))
    alertmanager = parts.use(await startAlertmanager({ webhook: notifications.url }))
    // promtool's tests hold the rules to their five minutes; what is tested here is the way to them. An exporter that has just
    // started has not asked its clusters yet: those that guard it wait longer.
    const rules = join(folder, 'rules.yaml')
    const shipped = await readFile(join(ROOT, 'alerts/rules.yaml'), 'utf8')
    await writeFile(
      rules,
      shipped
        .replaceAll(/keep_firing_for: .*/g, 'keep_firing_for: 1s')
        .replaceAll(/(alert: GitOpsOutOfSync\n(?:.*\n)*?\s+)for: .*/g, '$1for: 2s')
        // How long apps are Unknown after a start is the machine's affair.
        .replaceAll(/(alert: GitOpsSyncUnknown\n(?:.*\n)*?\s+)for: .*/g, '$1for: 1h')
        .replaceAll(/ for: \d+m/g, ' for: 6s'),
    )
    prometheus = parts.use(
      await startPrometheus({
        scrape: [{ job: JOB, url: `${exporter.metricsUrl}/metrics` }],
        ruleFiles: [rules],
        alertmanager: alertmanager.url,
      }),
    )
    await until('a scrape', async () =>
      (await prometheus.query('gitops_exporter_build_info')).length > 0 ? true : undefined,
    )
  },
  { timeout: 180_000 },
)
after(() => parts.disposeAsync())

/** As a pipeline does it, from a checkout. */
function apply(server: KubeApiServer, path: string): Promise<unknown> {
  return server.kubectl(['apply', '--namespace=shop', `--filename=${join(platform.path, path)}`])
}

function nameOf({ alertname, app_name: app, dest_cluster: cluster, repo }: Readonly<Record<string, string>>): string {
  const where = app === undefined ? (cluster ?? repo?.replace(/.*\//, '') ?? '') : `${app}@${cluster}`
  return `${alertname} ${where}`.trim()
}

/** Not what is told of events: a change by hand is told for longer than these tests take. */
function isStatus(name: string): boolean {
  return !/GitOpsManualChange|GitOpsDriftFlapping/.test(name)
}

/** Waits until exactly these alerts are in Alertmanager, and notifications were sent for them. */
async function untilFiring(...names: readonly string[]): Promise<void> {
  const wanted = names.toSorted().join(', ')
  let seen = ''
  let notified = ''
  try {
    await until(`alerts: ${wanted}`, async () => {
      const alerts = await alertmanager.alerts()
      seen = alerts
        .map(({ labels }) => nameOf(labels))
        .filter(isStatus)
        .toSorted()
        .join(', ')
      notified = notifications.firing().filter(isStatus).toSorted().join(', ')
      return seen === wanted && notified === wanted ? true : undefined
    })
  } catch (error) {
    throw new Error(`alerts were to be [${wanted}] and are [${seen}], notifications: [${notified}]`, { cause: error })
  }
}

/** A cluster is up after the first contact: an exporter that dies before leaves no value for it. */
async function untilAllUp(): Promise<void> {
  await until('clusters and repositories', async () => {
    const up = await prometheus.query('{__name__=~"gitops_(cluster|repo)_up"} == 1')
    return up.length === 4 ? true : undefined
  })
}

/** The value of the one series that the expression gives. */
async function oneValue(expression: string): Promise<number> {
  const [series, ...others] = await prometheus.query(expression)
  assert.ok(series !== undefined && others.length === 0, `one series was expected of ${expression}`)
  return series.value
}

const SINCE = 'gitops_app_out_of_sync_since_timestamp_seconds{app_name="shop",dest_cluster="one"}'
/** Since when Prometheus has the alert without a gap. */
const ACTIVE = 'ALERTS_FOR_STATE{alertname="GitOpsOutOfSync",app_name="shop",dest_cluster="one"}'

test('kubectl scale fires an alert that says which app in which cluster, and scaling back resolves it', {
  skip,
}, async () => {
  await untilFiring()
  await one.kubectl(['scale', '--namespace=shop', 'deployment/web', '--replicas=5'])
  await untilFiring('GitOpsOutOfSync shop@one')
  const alerts = await alertmanager.alerts()
  const alert = alerts.find(({ labels }) => labels.alertname === 'GitOpsOutOfSync')
  await until(
    'the change by hand',
    async () => notifications.firing().includes('GitOpsManualChange shop@one') || undefined,
  )
  assert.deepEqual(alert?.labels, {
    alertname: 'GitOpsOutOfSync',
    severity: 'warning',
    app_name: 'shop',
    app_kind: 'App',
    controller: 'static',
    dest_cluster: 'one',
    project: 'web',
    repo: platformUrl,
    label_environment: 'prod',
  })
  assert.equal((await exporter.apps()).get('shop@one')?.cause, 'live')
  await one.kubectl(['scale', '--namespace=shop', 'deployment/web', '--replicas=2'])
  await untilFiring()
})

test('kubectl edit fires an alert, and editing back resolves it', { skip }, async () => {
  const edit = (from: number, to: number) =>
    one.kubectl(['edit', '--namespace=shop', 'service/web'], {
      env: { KUBE_EDITOR: `sed -i "s/targetPort: ${from}/targetPort: ${to}/"` },
    })
  await edit(8080, 9090)
  await untilFiring('GitOpsOutOfSync shop@one')
  await edit(9090, 8080)
  await untilFiring()
})

test('kubectl delete fires an alert, and applying again resolves it', { skip }, async () => {
  await two.kubectl(['delete', '--namespace=shop', 'service/web'])
  await untilFiring('GitOpsOutOfSync shop@two')
  assert.equal((await exporter.apps()).get('shop@two')?.cause, 'live')
  await apply(two, 'shop')
  await untilFiring()
})

test('a commit fires an alert for every cluster, and each resolves as soon as the commit is applied there', {
  skip,
}, async () => {
  await platform.commit({ 'shop/deployment.yaml': deployment('nginx:2') })
  await untilFiring('GitOpsOutOfSync shop@one', 'GitOpsOutOfSync shop@two')
  assert.equal((await exporter.apps()).get('shop@one')?.cause, 'git')
  await apply(one, 'shop')
  await untilFiring('GitOpsOutOfSync shop@two')
  await platform.commit({ 'shop/deployment.yaml': deployment('nginx:1') })
  await untilFiring('GitOpsOutOfSync shop@one')
  await apply(one, 'shop')
  await untilFiring()
})

test('a restart of the exporter, and a crash, resolve no alert and do not move since when', { skip }, async () => {
  await one.kubectl(['scale', '--namespace=shop', 'deployment/web', '--replicas=5'])
  await untilFiring('GitOpsOutOfSync shop@one')
  const [since, active] = [await oneValue(SINCE), await oneValue(ACTIVE)]
  for (const end of ['stop', 'kill'] as const) {
    await exporter[end]()
    await untilFiring('GitOpsExporterDown', 'GitOpsOutOfSync shop@one')
    exporter = await startExporter(config)
    await exporter.untilApp('shop@two', { status: 'Synced' })
    await untilAllUp()
    await untilFiring('GitOpsOutOfSync shop@one')
    assert.deepEqual([await oneValue(SINCE), await oneValue(ACTIVE)], [since, active])
  }
  await one.kubectl(['scale', '--namespace=shop', 'deployment/web', '--replicas=2'])
  await untilFiring()
})

test('what was changed while the exporter was down is seen when it is back', { skip }, async () => {
  await exporter.stop()
  await one.kubectl(['delete', '--namespace=shop', 'deployment/web'])
  exporter = await startExporter(config)
  await exporter.untilApp('shop@one', { status: 'OutOfSync', cause: 'live' })
  await apply(one, 'shop')
  await exporter.untilApp('shop@one', { status: 'Synced' })
  await untilFiring()
})

test('a repository that cannot be read fires its own alert and no other', { skip }, async () => {
  toolsServer.behave({ type: 'status', status: 503 })
  await untilFiring('GitOpsRepositoryUnreachable tools')
  assert.equal((await exporter.apps()).get('tools@two')?.status, 'Synced')
  toolsServer.behave({ type: 'serve' })
  await untilFiring()
})

test('a cluster that cannot be read fires its own alert and no other', { skip }, async () => {
  await two.stop()
  await untilFiring('GitOpsClusterUnreachable two')
  assert.equal((await exporter.apps()).get('shop@two')?.status, 'Synced')
  await one.kubectl(['delete', '--namespace=shop', 'service/web'])
  await untilFiring('GitOpsClusterUnreachable two', 'GitOpsOutOfSync shop@one')
  await apply(one, 'shop')
  await two.start()
  await untilFiring()
})

test('one notification was sent for each of these, and none for anything else', { skip }, () => {
  const times: Record<string, number> = {}
  // How often this one fires depends on how long the exporter takes to start.
  const turns = notifications.turns.filter((turn) => isStatus(turn) && !turn.endsWith(' GitOpsExporterDown'))
  for (const turn of turns) times[turn] = (times[turn] ?? 0) + 1
  const alerts = {
    'GitOpsOutOfSync shop@one': 6,
    'GitOpsOutOfSync shop@two': 2,
    'GitOpsRepositoryUnreachable tools': 1,
    'GitOpsClusterUnreachable two': 1,
  }
  const both = Object.entries(alerts).flatMap(([name, count]) => [
    [`firing ${name}`, count],
    [`resolved ${name}`, count],
  ])
  assert.deepEqual(times, Object.fromEntries(both))
})
