import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { liveObject } from '../../src/commands/demo/applied-object.ts'
import { configMap, deployment, service, type Workload } from '../../src/commands/demo/workloads.ts'
import { printYaml } from '../../src/kubernetes/serialization/yaml.ts'
import { isJsonObject, type JsonObject } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import { createWorkingRepository } from '../../test/git/working-repository.ts'

const REPOSITORY = 'https://git.example.com/platform.git'
const CLUSTERS = {
  'prod-us': { environment: 'production', region: 'us-east' },
  'prod-eu': { environment: 'production', region: 'eu-west' },
  staging: { environment: 'staging', region: 'us-east' },
} as const
export type ClusterName = keyof typeof CLUSTERS
const CLUSTER_NAMES = Object.keys(CLUSTERS).filter((name): name is ClusterName => name in CLUSTERS)

/** By name: who owns it. */
const APPS = {
  storefront: { project: 'shop', team: 'web' },
  cart: { project: 'shop', team: 'web' },
  checkout: { project: 'shop', team: 'payments' },
  ledger: { project: 'finance', team: 'payments' },
  invoices: { project: 'finance', team: 'payments' },
  search: { project: 'platform', team: 'platform' },
  ingress: { project: 'platform', team: 'platform' },
} as const
export type AppName = keyof typeof APPS
const APP_NAMES = Object.keys(APPS).filter((name): name is AppName => name in APPS)

/** Somebody who writes past Git, with a program that says its name to the API server. */
export interface Edit {
  readonly manager: string
  readonly subresource?: string
  readonly replicas: number
  /** Unix seconds; now by default. */
  readonly at?: number
}

/** A fleet of Argo CD on folders: what people, commits and the controller do to it is written there as they would leave it. */
export interface PictureFleet {
  readonly config: string
  /** A new image of an app. @returns the commit */
  release(app: AppName, version: string, message: string, at?: number): Promise<void>
  /** What no renderer takes. */
  breakSource(app: AppName, message: string): Promise<void>
  /** The controller applies what Git says, and says so. */
  sync(app: AppName, cluster: ClusterName): Promise<void>
  /** The controller tried, and failed. */
  failSync(app: AppName, cluster: ClusterName): Promise<void>
  /** The controller has seen that an app is out of sync. */
  sees(app: AppName, cluster: ClusterName): Promise<void>
  edit(app: AppName, cluster: ClusterName, edit: Edit): Promise<void>
  /** The controller looked at everything once more. */
  reconcile(): Promise<void>
  lose(cluster: ClusterName): Promise<void>
  find(cluster: ClusterName): Promise<void>
}

interface Word {
  readonly status: 'Synced' | 'OutOfSync'
  readonly compared: string
  readonly applied: string
  readonly operation: { readonly phase: string; readonly message: string; readonly at: string }
}

const DAY = 86_400
const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
const seconds = (): number => Math.floor(Date.now() / 1000)

function workload(app: AppName, version: string): Workload {
  return {
    name: app,
    namespace: 'shop',
    image: `registry.example.com/${app}:${version}`,
    replicas: 3,
    port: 8080,
    cpu: '100m',
  }
}

function objectsOf(app: AppName, version: string): readonly KubernetesObject[] {
  const one = workload(app, version)
  return [deployment(one), service(one), configMap(`${app}-settings`, 'shop', { currency: 'EUR' })]
}

/** @param git URL of what serves the folder's repository `platform` */
export async function makePictureFleet(folder: string, git: string): Promise<PictureFleet> {
  const clusters = join(folder, 'clusters')
  const repository = await createWorkingRepository(join(folder, 'platform'))
  const versions = new Map(APP_NAMES.map((app) => [app, '1.4.0']))
  const words = new Map<string, Word>()
  /** The newest commit, which is what the controller says that it compared with or applied. */
  let head = ''

  async function commit(files: Readonly<Record<string, string>>, message: string, time = seconds()): Promise<void> {
    head = await repository.commit(files, { message, time })
  }
  const files = (app: AppName) => ({
    [`${app}/objects.yaml`]: objectsOf(app, versions.get(app) ?? '')
      .map((object) => printYaml(object))
      .join('---\n'),
  })

  const write = (cluster: ClusterName, app: AppName, object: KubernetesObject) =>
    writeAtomically(join(clusters, cluster, `${app}.${object.kind}.json`), JSON.stringify(object))

  async function say(app: AppName, cluster: ClusterName, word: Partial<Word>): Promise<void> {
    const known = words.get(`${app}-${cluster}`)
    const now = iso(seconds())
    const said: Word = {
      status: 'Synced',
      applied: known?.applied ?? head,
      operation: known?.operation ?? { phase: 'Succeeded', message: 'successfully synced', at: now },
      ...word,
      compared: head,
    }
    words.set(`${app}-${cluster}`, said)
    const text = JSON.stringify(application(app, cluster, said, now))
    await writeAtomically(join(clusters, 'control', `${app}-${cluster}.json`), text)
  }

  async function sync(app: AppName, cluster: ClusterName): Promise<void> {
    for (const object of objectsOf(app, versions.get(app) ?? ''))
      await write(cluster, app, appliedByController(app, cluster, object))
    const at = iso(seconds())
    const operation = { phase: 'Succeeded', message: 'successfully synced (all tasks run)', at }
    await say(app, cluster, { status: 'Synced', applied: head, operation })
  }

  for (const name of [...CLUSTER_NAMES, 'control']) await mkdir(join(clusters, name), { recursive: true })
  for (const [index, app] of APP_NAMES.entries())
    await commit(files(app), `Add ${app}`, seconds() - 6 * DAY + index * 3600)
  for (const app of APP_NAMES) for (const cluster of CLUSTER_NAMES) await sync(app, cluster)
  for (const project of new Set(Object.values(APPS).map((app) => app.project)))
    await writeFile(join(clusters, 'control', `project-${project}.json`), JSON.stringify(appProject(project)))
  await writeFile(join(clusters, 'control', 'settings.json'), JSON.stringify(controllerSettings()))
  const config = join(folder, 'config.yaml')
  await writeFile(config, printYaml(configOf(git)))

  return {
    config,
    sync,
    release: async (app, version, message, at) => {
      versions.set(app, version)
      await commit(files(app), message, at)
    },
    breakSource: (app, message) => commit({ [`${app}/kustomization.yaml`]: 'resources: [nowhere.yaml]\n' }, message),
    failSync: (app, cluster) =>
      say(app, cluster, {
        status: 'OutOfSync',
        operation: { phase: 'Failed', message: 'one or more objects failed to apply', at: iso(seconds()) },
      }),
    sees: (app, cluster) => say(app, cluster, { status: 'OutOfSync' }),
    edit: async (app, cluster, edit) => {
      const [declared] = objectsOf(app, versions.get(app) ?? '')
      if (declared === undefined) throw new Error(`${app} has no objects`)
      await write(cluster, app, edited(appliedByController(app, cluster, declared), edit))
    },
    reconcile: async () => {
      for (const app of APP_NAMES)
        for (const cluster of CLUSTER_NAMES) await say(app, cluster, words.get(`${app}-${cluster}`) ?? {})
    },
    lose: (cluster) => rename(join(clusters, cluster), join(folder, `lost-${cluster}`)),
    find: (cluster) => rename(join(folder, `lost-${cluster}`), join(clusters, cluster)),
  }
}

/** As an API server would have it after the controller's apply. */
function appliedByController(app: AppName, cluster: ClusterName, object: KubernetesObject): KubernetesObject {
  const live = liveObject(object)
  const group = object.apiVersion.split('/').at(-2) ?? ''
  const tracking = `${app}-${cluster}:${group}/${object.kind}:${object.metadata.namespace}/${object.metadata.name}`
  const { annotations } = live.metadata
  return {
    ...live,
    metadata: {
      ...live.metadata,
      annotations: { ...(isJsonObject(annotations) && annotations), 'argocd.argoproj.io/tracking-id': tracking },
      managedFields: managedFieldsOf(live).map((entry) => ({
        ...entry,
        manager: 'argocd-controller',
        time: iso(seconds()),
      })),
    },
  }
}

function managedFieldsOf({ metadata }: KubernetesObject): readonly JsonObject[] {
  const { managedFields } = metadata
  return Array.isArray(managedFields) ? managedFields.filter(isJsonObject) : []
}

function edited(live: KubernetesObject, { manager, subresource, replicas, at = seconds() }: Edit): KubernetesObject {
  const entry: JsonObject = {
    apiVersion: live.apiVersion,
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:spec': { 'f:replicas': {} } },
    manager,
    operation: 'Update',
    time: iso(at),
    ...(subresource !== undefined && { subresource }),
  }
  const others = managedFieldsOf(live).map((other) => {
    const fields = isJsonObject(other.fieldsV1) ? other.fieldsV1 : {}
    const { 'f:replicas': _taken, ...spec } = isJsonObject(fields['f:spec']) ? fields['f:spec'] : {}
    return { ...other, fieldsV1: { ...fields, 'f:spec': spec } }
  })
  const spec = isJsonObject(live.spec) ? live.spec : {}
  return {
    ...live,
    spec: { ...spec, replicas },
    metadata: { ...live.metadata, resourceVersion: String(at), managedFields: [...others, entry] },
  }
}

function application(app: AppName, cluster: ClusterName, word: Word, now: string): JsonObject {
  const source = { repoURL: REPOSITORY, path: app, targetRevision: 'main' }
  const { project, team } = APPS[app]
  const { phase, message, at } = word.operation
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: `${app}-${cluster}`, namespace: 'argocd', labels: { team } },
    spec: {
      project,
      source,
      destination: { name: cluster, namespace: 'shop' },
      syncPolicy: { automated: { prune: true } },
    },
    status: {
      sync: { status: word.status, revision: word.compared, comparedTo: { source } },
      health: { status: 'Healthy' },
      reconciledAt: now,
      operationState: { phase, message, finishedAt: at },
      history: [{ revision: word.applied, source }],
    },
  }
}

function appProject(name: string): JsonObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name, namespace: 'argocd' },
    spec: { sourceRepos: [REPOSITORY], destinations: [{ name: '*', server: '*', namespace: 'shop' }] },
  }
}

function controllerSettings(): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-cm', namespace: 'argocd' },
    data: { 'timeout.reconciliation': '30s', 'timeout.reconciliation.jitter': '0s' },
  }
}

function configOf(git: string): JsonObject {
  return {
    metrics: { address: '127.0.0.1', port: 0, appLabels: ['team'] },
    pages: { address: '127.0.0.1', port: 0 },
    stateDirectory: 'state',
    externalUrl: 'https://drift.example.com',
    schedule: '* * * * *',
    staleAfter: { cluster: '30s' },
    repositories: [{ url: REPOSITORY, fetchFrom: `${git}/platform`, pollInterval: '5s' }],
    clusters: [
      ...CLUSTER_NAMES.map((name) => ({
        name,
        labels: CLUSTERS[name],
        snapshot: { path: `clusters/${name}`, kinds: ['Deployment.apps', 'Service', 'ConfigMap'] },
      })),
      {
        name: 'control',
        labels: { environment: 'control' },
        snapshot: {
          path: 'clusters/control',
          kinds: [
            'ConfigMap',
            'Secret',
            'Application.argoproj.io',
            'ApplicationSet.argoproj.io',
            'AppProject.argoproj.io',
          ],
        },
      },
    ],
    discovery: { argocd: [{ cluster: 'control', namespaces: ['argocd'] }] },
  }
}

/** A file is never seen half written. */
async function writeAtomically(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}
