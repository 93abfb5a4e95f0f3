import type { ComputedApplicationSet } from '../../discovery/argocd/applicationset/computed-set.ts'
import { asKubernetesObject } from '../../kubernetes/object.ts'
import type { App } from '../../model/apps/app.ts'
import { CodedError, type Failure } from '../../model/failure.ts'
import type { Settings } from '../../model/settings.ts'
import type { RenderedObject } from '../../model/sources/rendering.ts'
import { identityText } from '../../presentation/json/app-identity.ts'
import type { Runtime } from '../../threads/runtime.ts'
import { blobKey, type Declaration } from './control-clusters.ts'
import type { Outcome } from './coverage.ts'
import { isControlResource, readConfigMaps } from './find-resources.ts'

export interface EvaluatedApp {
  readonly app: App
  readonly objects: readonly RenderedObject[]
  readonly failure: Failure | undefined
  /** Of what it read: `blobKey`. */
  readonly read: readonly string[]
}

/** One app of a repository, and what became of it. */
export interface RepositoryApp extends Omit<EvaluatedApp, 'failure' | 'read'> {
  readonly outcome: Outcome
}

/** What one evaluation of all apps told. */
export interface Round {
  readonly apps: readonly EvaluatedApp[]
  /** ApplicationSets whose Applications are not known. */
  readonly sets: readonly { readonly subject: string; readonly failure: Failure }[]
  /** Resources of controllers that apps render, by the control cluster of the app. */
  readonly declared: ReadonlyMap<string, readonly Declaration[]>
  readonly unknownClusters: readonly string[]
}

interface ClusterDeclaration extends Declaration {
  readonly cluster: string
}

/**
 * Evaluates all apps of these settings.
 * @param around names of the control clusters (what the config's own apps declare for another is for the first), and of the ConfigMaps that
 *   resources of files read
 */
export async function evaluateRepository(
  runtime: Runtime,
  settings: Settings,
  around: { readonly clusters: readonly string[]; readonly configMaps: readonly string[] },
  { signal, timeoutSeconds }: { readonly signal: AbortSignal; readonly timeoutSeconds: number },
): Promise<Round> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)])
  await runtime.follow({ settings })
  const found = await runtime.inventory(until)
  await Promise.race([runtime.pass(), ended(until)])
  signal.throwIfAborted()
  const apps: EvaluatedApp[] = []
  for (const app of found.apps) {
    const dependencies = await runtime.dependencies(app.id)
    const read = dependencies.flatMap(({ path, oid }) => (oid === undefined ? [] : blobKey(path, oid)))
    apps.push({ ...(await evaluated(runtime, app)), read })
  }
  const sets = (found.computedSets ?? []).flatMap(setFailures)
  const made = (found.computedSets ?? []).flatMap(madeBySet)
  const { clusters } = around
  const [first = ''] = clusters
  // Controllers come before somebody's hand: what they manage themselves begins there, too.
  const byController = apps.toSorted((one, two) => Number(isStatic(one)) - Number(isStatic(two)))
  const rendered = byController.flatMap(({ objects }) => objects.flatMap(({ object }) => readConfigMaps(object)))
  const configMaps = new Set([...around.configMaps, ...rendered])
  const all = [...byController.flatMap((one) => declarationsOf(one, configMaps)), ...made]
  const declared = Map.groupBy(all, ({ cluster }) => (clusters.includes(cluster) ? cluster : first))
  const unknown = apps.filter(({ failure }) => failure?.code === 'GDE_CLUSTER_UNKNOWN')
  const lacking = (found.computedSets ?? []).flatMap(({ unknownClusters }) => Object.values(unknownClusters))
  return { apps, sets, declared, unknownClusters: [...unknown.map(({ app }) => app.to.cluster), ...lacking] }
}

/** Why some or all of the Applications of a set are not known. */
function setFailures({
  declaredIn,
  namespace,
  name,
  error,
  invalid,
  unknownClusters,
  notComputable,
}: ComputedApplicationSet): Round['sets'] {
  const subject = `ApplicationSet ${namespace}/${name} in ${declaredIn}`
  const refused = Object.entries(invalid).map(([application, reason]) => ({
    subject: `${subject}: ${application}`,
    failure: {
      code: Object.hasOwn(unknownClusters, application) ? 'GDE_CLUSTER_UNKNOWN' : 'GDE_APPSET_APPLICATION',
      message: reason,
    } as const,
  }))
  const asked = notComputable.map((generator) => ({
    subject,
    failure: { code: 'GDE_APPSET_NOT_COMPUTABLE', message: `the generator ${generator} asks a server` } as const,
  }))
  return [
    ...(error === undefined ? [] : [{ subject, failure: { code: error.code, message: error.message } }]),
    ...refused,
    ...asked,
  ]
}

/** The Applications that the controller would make, each with what says which set made it. */
function madeBySet({
  declaredIn,
  namespace,
  name,
  applications,
}: ComputedApplicationSet): readonly ClusterDeclaration[] {
  const by = `ApplicationSet ${namespace}/${name}`
  return applications.map((application) => ({ resource: asKubernetesObject(application), by, cluster: declaredIn }))
}

function ended(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal.aborted) resolve()
  signal.addEventListener('abort', () => resolve(), { once: true })
  return promise
}

async function evaluated(runtime: Runtime, app: App): Promise<Omit<EvaluatedApp, 'read'>> {
  try {
    return { app, objects: await runtime.desired(app.id), failure: undefined }
  } catch (error) {
    if (error instanceof CodedError) return { app, objects: [], failure: app.problem ?? error.failure }
    throw error
  }
}

/** It is of the config, or a kustomization that somebody applies by hand. */
export function isStatic({ app }: Pick<EvaluatedApp, 'app'>): boolean {
  return app.controller === 'static'
}

function declarationsOf(
  { app, objects }: EvaluatedApp,
  configMaps: ReadonlySet<string>,
): readonly ClusterDeclaration[] {
  const isRead = ({ kind, metadata }: RenderedObject['object']): boolean =>
    kind === 'ConfigMap' && configMaps.has(metadata.name)
  // What the config's own apps declare is for the cluster that they go to.
  const cluster = app.controller === 'static' ? app.to.cluster : app.declaredIn
  return objects
    .filter(({ action, object }) => action === 'apply' && (isControlResource(object) || isRead(object)))
    .map(({ object }) => ({ resource: withNamespace(object, app), by: identityText(app), cluster }))
}

function withNamespace(object: RenderedObject['object'], { to, controller }: App): RenderedObject['object'] {
  if (object.metadata.namespace !== undefined || controller === 'static') return object
  return { ...object, metadata: { ...object.metadata, namespace: to.namespace } }
}
