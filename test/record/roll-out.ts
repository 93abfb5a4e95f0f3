import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JsonObject } from '../../src/model/json.ts'
import { run } from '../servers/run.ts'
import { toolPath } from '../tools/build.ts'
import { appKey, type ControlledApp } from './controlled-apps.ts'
import { isDone, resourcePath, serverOf } from './reported-status.ts'
import type { Stage } from './stage.ts'

/** Without any app getting ready for so long, no more will: hooks whose Pods nobody runs never end. */
const STALLED_SECONDS = 90

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
      interval: '10m',
      retryInterval: '10s',
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
  let progress = performance.now()
  let waiting = apps.filter(({ controller }) => controller !== 'helm')
  for (;;) {
    const asked = await Promise.all(
      waiting.map(async (app) => {
        const resource = await serverOf(app, stage.servers).admin.request('GET', resourcePath(app))
        return isDone(app, resource) ? undefined : app
      }),
    )
    const left = asked.filter((app) => app !== undefined)
    if (left.length < waiting.length) progress = performance.now()
    waiting = left
    if (waiting.length === 0 || performance.now() > progress + STALLED_SECONDS * 1000) return waiting.map(appKey)
    await sleep(1000)
  }
}
