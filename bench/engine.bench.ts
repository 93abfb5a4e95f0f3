import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { App } from '../src/model/app.ts'
import { type AppIdentity, appId } from '../src/model/identity.ts'
import type { Inventory } from '../src/model/inventory.ts'
import type { RepositoryId } from '../src/model/source.ts'
import { type Runtime, startRuntime } from '../src/threads/runtime.ts'
import type { BenchResult } from './result.ts'

const APPS = 1000
const OBJECTS = 10

/** A repository and a snapshot of so many apps, each of ten Deployments as a server holds them. */
function makeFleet(folder: string): void {
  const repository = join(folder, 'repository')
  const live: unknown[] = []
  for (let number = 0; number < APPS; number += 1) {
    const app = `app-${number}`
    mkdirSync(join(repository, app), { recursive: true })
    const desired = Array.from({ length: OBJECTS }, (_, index) => deployment(app, `web-${index}`))
    writeFileSync(join(repository, app, 'all.yaml'), desired.map((object) => JSON.stringify(object)).join('\n---\n'))
    live.push(...desired.map((object) => served(object)))
  }
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', repository, '-c', 'user.name=b', '-c', 'user.email=b@example.com', ...args])
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all')
  git('commit', '--quiet', '--message=all')
  mkdirSync(join(folder, 'cluster'))
  writeFileSync(join(folder, 'cluster/all.json'), live.map((object) => JSON.stringify(object)).join('\n'))
}

function deployment(namespace: string, name: string) {
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': namespace }
  const container = {
    name: 'web',
    image: `registry.example.com/${name}:1.2.3`,
    ports: [{ name: 'http', containerPort: 8080 }],
    env: [{ name: 'LOG_LEVEL', value: 'info' }],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  }
}

/** With defaults, managedFields and status: what a list gives, some 3 kB. */
function served(object: ReturnType<typeof deployment>) {
  const fieldsOf = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([key, field]) => [`f:${key}`, fieldsOf(field)]))
      : {}
  const { metadata, spec } = object
  const managedFields = [
    {
      manager: 'argocd-controller',
      operation: 'Apply',
      apiVersion: 'apps/v1',
      fieldsType: 'FieldsV1',
      fieldsV1: fieldsOf({ metadata: { labels: metadata.labels }, spec }),
    },
    {
      manager: 'kube-controller-manager',
      operation: 'Update',
      subresource: 'status',
      apiVersion: 'apps/v1',
      fieldsType: 'FieldsV1',
      fieldsV1: {},
    },
  ]
  const defaults = { progressDeadlineSeconds: 600, revisionHistoryLimit: 10 }
  return {
    ...object,
    metadata: {
      ...metadata,
      uid: crypto.randomUUID(),
      resourceVersion: '12345',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      managedFields,
    },
    spec: { ...spec, ...defaults },
    status: {
      replicas: 2,
      readyReplicas: 2,
      conditions: [{ type: 'Available', status: 'True', lastUpdateTime: '2026-01-01T00:00:00Z' }],
    },
  }
}

function inventoryOf(folder: string): Inventory {
  const url = `file://${join(folder, 'repository')}`
  const repository = 'repository' as RepositoryId
  const apps = Array.from({ length: APPS }, (_, number): App => {
    const name = `app-${number}`
    const identity: AppIdentity = {
      controller: 'static',
      kind: 'App',
      declaredIn: '',
      namespace: '',
      name,
      destination: 'one',
    }
    const recipe = {
      tool: 'argocd',
      type: 'directory',
      directory: {},
      kustomize: {},
      helm: {},
      appName: name,
      namespace: name,
    } as const
    return {
      ...identity,
      id: appId(identity),
      project: '',
      labels: {},
      tracking: { method: 'none' },
      policy: {
        method: 'client-side',
        added: 'drift',
        managers: ['argocd*'],
        persons: ['kubectl*'],
        ignore: [],
        secrets: 'compare',
      },
      autoSync: false,
      to: { cluster: 'one', server: '', namespace: name },
      sources: [{ repository, url, targetRevision: 'main', path: name, recipe }],
    }
  })
  return {
    clusters: [{ name: 'one', labels: {}, access: { type: 'snapshot', path: join(folder, 'cluster'), kinds: [] } }],
    repositories: [
      { id: repository, url, fetchUrl: url, credentials: { type: 'none' }, pollIntervalSeconds: 30, untrusted: false },
    ],
    apps,
    problems: [],
  }
}

function firstPass({ fleet }: Runtime): Promise<void> {
  return new Promise((resolve) => {
    const stop = fleet.subscribe(() => {
      if (fleet.firstPassEndedAt === undefined) return
      stop()
      resolve()
    })
  })
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10

/** The whole of a fleet's evaluation, with the main thread's event loop watched meanwhile. */
export async function run(): Promise<readonly BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'engine-bench-'))
  try {
    makeFleet(folder)
    const atRest = process.memoryUsage.rss()
    const begun = performance.now()
    const runtime = await startRuntime({
      stateDirectory: join(folder, 'state'),
      staleAfter: { clusterSeconds: 120, gitSeconds: 300 },
      limits: { renderSeconds: 30, documentBytes: 10_000_000 },
      log: () => undefined,
    })
    const started = performance.now() - begun
    const idle = process.memoryUsage.rss()
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const evaluating = performance.now()
    runtime.reconcile(inventoryOf(folder))
    await firstPass(runtime)
    const first = performance.now() - evaluating
    const again = performance.now()
    await runtime.pass()
    const second = performance.now() - again
    delay.disable()
    const statuses = [...runtime.fleet.apps.values()].filter(({ verdict }) => verdict.outcome.status === 'Synced')
    const full = process.memoryUsage.rss()
    await runtime.close()
    if (statuses.length !== APPS) throw new Error(`only ${statuses.length} of ${APPS} apps are Synced: ${JSON.stringify(runtime.fleet.apps.values().next().value?.verdict)}`)
    const p99 = delay.percentile(99) / 1e6
    return [
      {
        name: `Evaluating ${APPS} apps of ${OBJECTS} objects`,
        unit: 'ms',
        rows: [
          { label: 'threads started', values: { time: started } },
          { label: 'first pass: clone read, rendered, compared, told', values: { time: first } },
          { label: 'full pass', values: { time: second } },
        ],
        note: 'One file: repository, one snapshot, from source (not bundled).',
      },
      {
        name: 'Event loop of the main thread meanwhile',
        unit: 'ms',
        rows: [{ label: 'delay', values: { p50: delay.percentile(50) / 1e6, p99, max: delay.max / 1e6 } }],
        target: { text: 'p99 below 20 ms', met: p99 < 20 },
      },
      {
        name: 'Memory of the whole process (RSS)',
        unit: 'MB',
        rows: [
          { label: 'before the threads', values: { rss: megabytes(atRest) } },
          { label: 'threads started, no apps', values: { rss: megabytes(idle) } },
          { label: `${APPS} apps of ${OBJECTS} objects`, values: { rss: megabytes(full) } },
        ],
        note: 'Right after a full pass, without a forced garbage collection.',
      },
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
