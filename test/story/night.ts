import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { JsonObject } from '../../src/model/json.ts'
import { until } from '../commands/until.ts'
import { deployedReader } from '../e2e/deployed-reader.ts'
import { type Exporter, startExporter } from '../e2e/exporter.ts'
import { createWorkingRepository, type WorkingRepository } from '../git/working-repository.ts'
import { type Alertmanager, startAlertmanager } from '../servers/alertmanager.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { type GitServer, startGitServer } from '../servers/git-http-backend.ts'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { freePort } from '../servers/port.ts'
import { type Prometheus, startPrometheus } from '../servers/prometheus.ts'

const ROOT = join(import.meta.dirname, '../..')
const CRDS = join(ROOT, 'test/discovery/argocd/crds')

/** What must be seen nowhere: a password in Git, the one that somebody put into the cluster, and the one of the repository. */
export const CANARIES = {
  git: 'canary-in-git-7c1',
  live: 'canary-in-cluster-93d',
  repository: 'canary-of-repository-5f2',
}

/** One cluster with Argo CD's resources and self-heal off, and everything that watches over it; all of it real but Argo CD's controller. */
export interface Night extends AsyncDisposable {
  readonly folder: string
  readonly config: string
  readonly server: KubeApiServer
  readonly repository: WorkingRepository
  readonly exporter: Exporter
  readonly alertmanager: Alertmanager
}

export const deployment = (replicas: number): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: payments-api }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: payments-api } }
  template:
    metadata: { labels: { app: payments-api } }
    spec: { containers: [{ name: api, image: "registry.example.com/payments-api:1.4" }] }
`
const secret = (password: string): string => `
apiVersion: v1
kind: Secret
metadata: { name: database }
stringData: { password: ${password} }
`

export async function startNight(): Promise<Night> {
  const parts = new AsyncDisposableStack()
  try {
    const folder = parts.use(await temporaryFolder('story')).path
    const log = join(folder, 'audit.log')
    const server = parts.use(
      await startKubeApiServer([
        `--audit-policy-file=${join(ROOT, 'deploy/audit-policy.yaml')}`,
        `--audit-log-path=${log}`,
      ]),
    )
    const repository = await createWorkingRepository(join(folder, 'git/platform'))
    await repository.commit(
      { 'payments/api.yaml': deployment(3), 'billing/database.yaml': secret(CANARIES.git) },
      { message: 'payments and billing', time: seconds() - 3600 },
    )
    const authorization = `Basic ${Buffer.from(`git:${CANARIES.repository}`).toString('base64')}`
    const git = parts.use(await startGitServer({ root: join(folder, 'git'), authorization }))
    await declareApps(server, `${git.url}/platform`)
    const config = await writeConfig(folder, server, git)
    const exporter = await startExporter(config)
    parts.defer(() => exporter.stop())
    for (const app of ['payments-api@prod-eu', 'billing@prod-eu']) await exporter.untilApp(app, { status: 'Synced' })
    const alertmanager = parts.use(await startAlertmanager())
    parts.use(await startRules(folder, exporter, alertmanager))
    return {
      ...{ folder, config, server, repository, exporter, alertmanager },
      [Symbol.asyncDispose]: () => parts.disposeAsync(),
    }
  } catch (error) {
    await parts.disposeAsync()
    throw error
  }
}

const seconds = (): number => Math.floor(Date.now() / 1000)

/** Two Applications that Argo CD has synced, by itself but without self-heal, and people who may change what they like. */
async function declareApps(server: KubeApiServer, repoURL: string): Promise<void> {
  const { admin } = server
  const files = (await readdir(CRDS)).filter((name) => name.endsWith('.yaml.gz'))
  await admin.installCrds(
    await Promise.all(files.map(async (file) => gunzipSync(await readFile(join(CRDS, file))).toString('utf8'))),
  )
  for (const namespace of ['argocd', 'payments', 'billing']) await server.kubectl(['create', 'namespace', namespace])
  const inArgocd = (kind: string, name: string, spec: JsonObject): JsonObject => ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind,
    metadata: { name, namespace: 'argocd' },
    spec,
  })
  const anywhere = { sourceRepos: ['*'], destinations: [{ server: '*', namespace: '*' }] }
  await admin.apply(inArgocd('AppProject', 'shop', anywhere))
  for (const [name, namespace] of [
    ['payments-api', 'payments'],
    ['billing', 'billing'],
  ] as const) {
    const source = { repoURL, targetRevision: 'main', path: namespace }
    const destination = { server: 'https://kubernetes.default.svc', namespace }
    const syncPolicy = { automated: { selfHeal: false } }
    await admin.apply(inArgocd('Application', name, { project: 'shop', source, destination, syncPolicy }))
  }
  await sync(server, 'payments-api', 'payments', deployment(3))
  await sync(server, 'billing', 'billing', secret(CANARIES.git))
  const edit = ['*']
  await admin.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'on-call' },
    rules: [{ apiGroups: ['', 'apps'], resources: ['deployments', 'deployments/scale', 'secrets'], verbs: edit }],
  })
  await server.kubectl([
    ...['create', 'clusterrolebinding', 'on-call', '--clusterrole=on-call'],
    ...['--user=alice', '--user=bob'],
  ])
}

/** As Argo CD's controller does it: server-side, with its own mark. */
async function sync(server: KubeApiServer, app: string, namespace: string, manifest: string): Promise<void> {
  const apply = ['apply', '--server-side', '--field-manager=argocd-controller', `--namespace=${namespace}`]
  await server.kubectl([...apply, '--filename=-'], { input: manifest })
  const [, kind = '', name = ''] = /kind: (\w+)\nmetadata: \{ name: ([\w-]+) \}/.exec(manifest) ?? []
  const id = `${app}:${kind === 'Deployment' ? 'apps' : ''}/${kind}:${namespace}/${name}`
  await server.kubectl([
    ...['annotate', '--field-manager=argocd-controller', `--namespace=${namespace}`, kind, name],
    `argocd.argoproj.io/tracking-id=${id}`,
  ])
}

async function writeConfig(folder: string, server: KubeApiServer, git: GitServer): Promise<string> {
  const config = join(folder, 'config.json')
  const port = await freePort()
  await writeFile(join(folder, 'password'), `${CANARIES.repository}\n`)
  const path = await deployedReader(server, { secrets: true })
  await writeFile(
    config,
    JSON.stringify({
      metrics: { address: '127.0.0.1', port: 0 },
      pages: { port },
      externalUrl: `http://127.0.0.1:${port}`,
      stateDirectory: './state',
      repositories: [
        {
          url: `${git.url}/platform`,
          credentials: { username: 'git', passwordFile: './password' },
          pollInterval: '1s',
        },
      ],
      clusters: [{ name: 'prod-eu', labels: { environment: 'prod' }, kubeconfig: { path } }],
      discovery: {
        argocd: [{ cluster: 'prod-eu', namespaces: ['argocd'], applicationSets: false, clusterSecrets: false }],
      },
      audit: [{ cluster: 'prod-eu', logFile: './audit.log' }],
    }),
  )
  return config
}

/** The shipped rules, with waits of a second: promtool's tests hold them to their minutes. */
async function startRules(folder: string, exporter: Exporter, alertmanager: Alertmanager): Promise<Prometheus> {
  const rules = join(folder, 'rules.yaml')
  const shipped = await readFile(join(ROOT, 'alerts/rules.yaml'), 'utf8')
  await writeFile(
    rules,
    shipped
      .replaceAll(/keep_firing_for: .*/g, 'keep_firing_for: 1s')
      .replaceAll(/(alert: GitOpsOutOfSync\n(?:.*\n)*?\s+)for: .*/g, '$1for: 1s'),
  )
  const prometheus = await startPrometheus({
    scrape: [{ job: 'gitops-drift-exporter', url: `${exporter.metricsUrl}/metrics` }],
    ruleFiles: [rules],
    alertmanager: alertmanager.url,
  })
  try {
    await until('a scrape', async () =>
      (await prometheus.query('gitops:exporter:external_url')).length > 0 ? true : undefined,
    )
    return prometheus
  } catch (error) {
    await prometheus.close()
    throw error
  }
}
