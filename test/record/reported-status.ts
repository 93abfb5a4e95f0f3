import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import { at, listAt } from '../servers/http-json.ts'
import type { KubeApiServer } from '../servers/kube-apiserver.ts'
import type { ControlledApp, RecordedCluster } from './controlled-apps.ts'

/** What a controller says of one app. */
export interface ReportedStatus {
  /** Argo CD: Synced, OutOfSync, Unknown. Flux: Ready, NotReady. Helm: deployed, failed. */
  readonly status: string
  /** Why it is not as it should be. */
  readonly message: string
  /** Of Argo CD: objects that are not Synced, `Kind/name`. */
  readonly objects: readonly string[]
}

export const isGood = ({ status }: ReportedStatus): boolean => ['Synced', 'Ready', 'deployed'].includes(status)

const APPLICATIONS = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications'
const KUSTOMIZATIONS = '/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations'

export const resourcePath = ({ controller, name }: ControlledApp): string =>
  `${controller === 'argocd' ? APPLICATIONS : KUSTOMIZATIONS}/${name}`

export function serverOf(app: ControlledApp, servers: Readonly<Record<RecordedCluster, KubeApiServer>>): KubeApiServer {
  return servers[app.controller === 'argocd' ? 'client-side' : 'flux']
}

export async function reportedStatus(
  app: ControlledApp,
  servers: Readonly<Record<RecordedCluster, KubeApiServer>>,
): Promise<ReportedStatus> {
  const server = serverOf(app, servers)
  if (app.controller === 'helm') {
    const { stdout } = await server.kubectl([
      ...['get', 'secret', `--namespace=${app.namespace}`, `--selector=owner=helm,name=${app.name}`],
      '--output=jsonpath={.items[0].metadata.labels.status}',
    ])
    return { status: stdout, message: '', objects: [] }
  }
  const resource = await server.admin.request('GET', resourcePath(app))
  return app.controller === 'argocd' ? applicationStatus(resource) : kustomizationStatus(resource)
}

export function applicationStatus(application: JsonObject): ReportedStatus {
  const conditions = listAt(application, 'status', 'conditions').map((condition) => text(condition, 'message'))
  const operation = text(application, 'status', 'operationState', 'message')
  const objects = listAt(application, 'status', 'resources').filter(
    (resource) => isJsonObject(resource) && resource.status !== 'Synced',
  )
  return {
    status: text(application, 'status', 'sync', 'status') || 'Unknown',
    message: [...conditions, operation].filter((line) => line !== '' && !line.startsWith('successfully')).join('; '),
    objects: objects.map((resource) => `${text(resource, 'kind')}/${text(resource, 'name')}`),
  }
}

export function kustomizationStatus(kustomization: JsonObject): ReportedStatus {
  const ready = listAt(kustomization, 'status', 'conditions').find((one) => text(one, 'type') === 'Ready')
  const isReady = ready !== undefined && text(ready, 'status') === 'True'
  return { status: isReady ? 'Ready' : 'NotReady', message: isReady ? '' : text(ready, 'message'), objects: [] }
}

/** Whether the controller has done with the app what it was told to, well or not. */
export function isDone(app: ControlledApp, resource: JsonObject): boolean {
  if (app.controller === 'argocd') {
    const phase = text(resource, 'status', 'operationState', 'phase')
    return ['Succeeded', 'Failed', 'Error'].includes(phase) && at(resource, 'operation') === undefined
  }
  const ready = listAt(resource, 'status', 'conditions').find((one) => text(one, 'type') === 'Ready')
  return ready !== undefined && ['True', 'False'].includes(text(ready, 'status'))
}

/** How far the controller is with the app; '' is not begun. */
export function progressOf(app: ControlledApp, resource: JsonObject): string {
  const progress =
    app.controller === 'argocd' ? at(resource, 'status', 'operationState') : at(resource, 'status', 'conditions')
  return progress === undefined ? '' : JSON.stringify(progress)
}

export function text(value: Json | undefined, ...path: readonly string[]): string {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : ''
}
