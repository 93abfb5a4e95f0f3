import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const APPS = 1000
export const OBJECTS = 10

/** A repository and a snapshot of so many apps, each of ten Deployments as a server holds them. */
export function makeFleet(folder: string): void {
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

/** The config file of `serve` over so many apps of such a fleet; over nothing at all with none. */
export function configOf(
  folder: string,
  ports: { readonly metrics: number; readonly pages: number },
  apps: number,
): string {
  const repository = `file://${join(folder, 'repository')}`
  return JSON.stringify({
    metrics: { address: '127.0.0.1', port: ports.metrics },
    pages: { address: '127.0.0.1', port: ports.pages },
    stateDirectory: join(folder, 'state'),
    clusters: apps === 0 ? [] : [{ name: 'one', snapshot: { path: join(folder, 'cluster') } }],
    apps: Array.from({ length: apps }, (_, number) => ({
      name: `app-${number}`,
      source: { repository, revision: 'main', path: `app-${number}`, directory: {} },
      destination: { cluster: 'one', namespace: `app-${number}` },
      managers: ['argocd*'],
    })),
  })
}
