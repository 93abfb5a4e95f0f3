import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JsonObject } from '../../src/model/json.ts'
import { run } from '../servers/run.ts'
import { toolPath } from '../tools/build.ts'
import { appKey, type ControlledApp } from './controlled-apps.ts'
import { isDone, progressOf, resourcePath, serverOf } from './reported-status.ts'
import type { Stage } from './stage.ts'

/** Where every app was begun with and nothing moves for so long, nothing will: hooks whose Pods nobody runs never end. */
const STALLED_SECONDS = 90
/** On a busy machine, too. */
const ROLL_OUT_SECONDS = 3600

/** Hands every app to its controller; gives those that it has not done with in time. */
export async function rollOut(stage: Stage, apps: readonly ControlledApp[]): Promise<readonly string[]> {
  for (const app of apps)
    if (app.controller === 'argocd') await serverOf(app, stage.servers).admin.apply(application(stage, app), 'people')
    else if (app.controller === 'flux') await applyKustomization(stage, app)
  for (const app of apps) if (app.controller === 'helm') await installRelease(stage, app)
  return untilDone(stage, apps)
}

function application(
  { repositoryUrl }: Stage,
  { name, path, source, spec, namespace, cluster, apply }: ControlledApp,
): JsonObject {
  const serverSide = apply === 'server-side' ? ['ServerSideApply=true'] : []
  const destination = cluster === 'server-side' ? { name: 'server-side' } : { server: 'https://kubernetes.default.svc' }
  const policy = spec.syncPolicy === undefined ? {} : Object(spec.syncPolicy)
  const syncOptions = ['CreateNamespace=true', ...serverSide]
  const object = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: {
      project: 'default',
      source: { repoURL: repositoryUrl, targetRevision: 'main', path, ...source },
      destination: { ...destination, namespace },
      ...spec,
      syncPolicy: { ...policy, syncOptions },
    },
    // What `argocd app sync` writes.
    operation: {
      initiatedBy: { username: 'admin' },
      sync: { revision: 'main', syncOptions },
      retry: { limit: 10, backoff: { duration: '10s', factor: 1 } },
    },
  }
  return JSON.parse(JSON.stringify(object))
}

async function applyKustomization({ servers }: Stage, { name, path, spec, namespace }: ControlledApp): Promise<void> {
  const { admin } = servers.flux
  await admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, 'people')
  const object = {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: 'flux-system' },
    spec: {
      // Nothing is undone before it is asked for.
      interval: '24h',
      retryInterval: '1m',
      path: `./${path}`,
      prune: true,
      targetNamespace: namespace,
      sourceRef: { kind: 'GitRepository', name: 'platform' },
      ...spec,
    },
  }
  await admin.apply(JSON.parse(JSON.stringify(object)), 'people')
}

async function installRelease(stage: Stage, { name, path, source, namespace, apply }: ControlledApp): Promise<void> {
  const helm: { readonly valueFiles?: readonly string[] } = JSON.parse(JSON.stringify(source?.helm ?? {}))
  const values = (helm.valueFiles ?? []).map((file) => `--values=${join(stage.repository.path, path, file)}`)
  const flags = [`--namespace=${namespace}`, '--create-namespace', `--server-side=${apply === 'server-side'}`]
  const kubeconfig = `--kubeconfig=${await stage.servers.flux.kubeconfig()}`
  // A release that fails is recorded as such.
  await run(toolPath('helm'), ['install', name, join(stage.repository.path, path), ...flags, ...values, kubeconfig], {
    accept: [0, 1],
    env: { HOME: stage.folder },
    timeoutSeconds: 120,
  })
}

export async function untilDone(stage: Stage, apps: readonly ControlledApp[]): Promise<readonly string[]> {
  const started = performance.now()
  let moved = started
  let before = ''
  let waiting = apps.filter(({ controller }) => controller !== 'helm')
  for (;;) {
    const asked: { readonly app: ControlledApp; readonly progress: string }[] = []
    for (const app of waiting) {
      const resource = await serverOf(app, stage.servers).admin.request('GET', resourcePath(app))
      if (!isDone(app, resource)) asked.push({ app, progress: progressOf(app, resource) })
    }
    waiting = asked.map(({ app }) => app)
    const now = performance.now()
    const seen = JSON.stringify(asked.map(({ app, progress }) => [appKey(app), progress]))
    if (seen !== before || asked.some(({ progress }) => progress === '')) moved = now
    before = seen
    if (waiting.length === 0 || now > moved + STALLED_SECONDS * 1000) return waiting.map(appKey)
    if (now > started + ROLL_OUT_SECONDS * 1000) throw new Error(`never done: ${waiting.map(appKey).join(', ')}`)
    await sleep(1000)
  }
}
