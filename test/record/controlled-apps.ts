import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CORPUS_APPS, type CorpusApp } from '../e2e/corpus-apps.ts'
import { FIELD_APPS, type FieldApp } from './field-apps.ts'

/** The clusters of a recording, and who applies what to each of them. */
export const RECORDED_CLUSTERS = ['client-side', 'server-side', 'flux'] as const
export type RecordedCluster = (typeof RECORDED_CLUSTERS)[number]

export type Controller = 'argocd' | 'flux' | 'helm'

/** One app that a real program rolls out. */
export interface ControlledApp {
  readonly controller: Controller
  /** As its resource or release is called. */
  readonly name: string
  readonly cluster: RecordedCluster
  readonly namespace: string
  readonly path: string
  readonly source: CorpusApp['source']
  /** What its resource has in `spec` besides. */
  readonly spec: Readonly<Record<string, unknown>>
  readonly apply: 'client-side' | 'server-side'
}

/** They bring CRDs, which do not fit into the annotation of client-side apply. */
const DEFINITIONS = ['argo-cd', 'kube-prometheus-setup']

/** Whether other apps need the CRDs of this one. */
export const bringsKinds = ({ namespace }: ControlledApp): boolean => DEFINITIONS.includes(namespace)

/** What a recording names an app by, in its files and tables. */
export const appKey = ({ controller, name, cluster }: Pick<ControlledApp, 'controller' | 'name' | 'cluster'>): string =>
  `${controller}/${name}@${cluster}`

/** @param repository the work tree that holds the paths */
export async function controlledApps(repository: string): Promise<readonly ControlledApp[]> {
  const forms = CORPUS_APPS.map(async (app) => ({
    ...app,
    controllers: controllersOf(app, await formOf(join(repository, app.path))),
  }))
  const all: readonly FieldApp[] = [...(await Promise.all(forms)), ...FIELD_APPS]
  return allInstances(all)
}

/** Each app once for each program and way that rolls it out. */
export const allInstances = (apps: readonly FieldApp[]): readonly ControlledApp[] =>
  apps.flatMap((app) => app.controllers.flatMap((controller) => instances(app, controller)))

function controllersOf({ name, source }: CorpusApp, form: 'chart' | 'jsonnet' | 'manifests'): readonly Controller[] {
  if (form === 'chart') return ['argocd', 'helm']
  // Kustomizations of Kustomizations would be reconciled themselves, from a source that is not there.
  const isForFlux = form === 'manifests' && source === undefined && name !== 'flux-cluster'
  return isForFlux ? ['argocd', 'flux'] : ['argocd']
}

function instances({ name, path, source, spec = {} }: FieldApp, controller: Controller): readonly ControlledApp[] {
  const app = { controller, name, namespace: name, path, source, spec }
  const serverSide = { ...app, apply: 'server-side' } as const
  const clientSide = { ...app, apply: 'client-side' } as const
  switch (controller) {
    case 'argocd':
      return [
        { ...(DEFINITIONS.includes(name) ? serverSide : clientSide), cluster: 'client-side' },
        { ...serverSide, name: `${name}-ssa`, cluster: 'server-side' },
      ]
    case 'flux':
      return [{ ...serverSide, cluster: 'flux' }]
    case 'helm':
      return [
        { ...serverSide, cluster: 'flux' },
        { ...clientSide, name: `${name}-csa`, namespace: `${name}-csa`, cluster: 'flux' },
      ]
    default:
      return controller satisfies never
  }
}

async function formOf(folder: string): Promise<'chart' | 'jsonnet' | 'manifests'> {
  if (existsSync(join(folder, 'Chart.yaml'))) return 'chart'
  const files = await readdir(folder, { recursive: true })
  return files.some((file) => file.endsWith('.jsonnet')) ? 'jsonnet' : 'manifests'
}
