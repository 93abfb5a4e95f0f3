import { readFluxRules } from '../../ignore-rules/flux.ts'
import { rulesOrThrow } from '../../ignore-rules/parsed-rules.ts'
import type { App } from '../../model/app.ts'
import { CodedError, type Failure, toFailure } from '../../model/failure.ts'
import { appId } from '../../model/identity.ts'
import { isJsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { ComparePolicy } from '../../model/policy.ts'
import type { Settings } from '../../model/settings.ts'
import { type Fields, fieldsOf, object, objects, optionalFlag, text } from '../fields/fields.ts'
import { goDurationSeconds } from '../fields/go-duration.ts'
import type { FluxController } from './controller-flags.ts'
import type { FluxContext, FluxRules } from './flux-context.ts'
import { appliedCommits, inventoryKeys, kindsOf, reportedStatus } from './flux-status.ts'

/** Everything of an app that is the same for Kustomizations and HelmReleases. */
export interface AppParts {
  readonly resource: KubernetesObject
  readonly namespace: string
  readonly name: string
  readonly spec: Fields
}

/** @throws CodedError `GDE_FLUX_INVALID` */
export function appParts(resource: KubernetesObject): AppParts {
  const { metadata } = resource
  const root = fieldsOf(resource, 'GDE_FLUX_INVALID')
  return {
    resource,
    namespace: text(object(root, 'metadata'), 'namespace'),
    name: metadata.name,
    spec: object(root, 'spec'),
  }
}

export type ErrorCollector = ReturnType<typeof createErrorCollector>

/** Reads part by part: what one part cannot be read for does not hide the others. The first failure is the app's. */
export function createErrorCollector() {
  let problem: Failure | undefined
  return {
    /** What `read` gives; `otherwise` when it throws. */
    attempt<T>(read: () => T, otherwise: T): T {
      try {
        return read()
      } catch (error) {
        // Anything else is a bug, and that app's trouble alone.
        problem ??= error instanceof CodedError ? error.failure : toFailure(error)
        return otherwise
      }
    },
    problem: () => problem,
  }
}

/** The app without what its source makes of it. */
export function appBase(
  kind: 'Kustomization' | 'HelmRelease',
  control: string,
  parts: AppParts,
  destination: string,
  readings: ErrorCollector,
): Omit<App, 'sources' | 'to' | 'tracking' | 'policy'> {
  const { resource, namespace, name, spec } = parts
  const identity = { controller: 'flux', kind, declaredIn: control, namespace, name, destination } as const
  const suspended = readings.attempt(() => optionalFlag(spec, 'suspend') ?? false, false)
  const applied = appliedCommits(resource)
  const kinds = kindsOf(inventoryKeys(resource))
  const dependsOn = readings.attempt(() => dependencies(spec, namespace), [])
  const labels = isJsonObject(resource.metadata.labels) ? resource.metadata.labels : {}
  return {
    ...identity,
    id: appId(identity),
    project: '',
    labels: Object.fromEntries(
      Object.entries(labels).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as const] : [])),
    ),
    autoSync: !suspended,
    reportedStatus: reportedStatus(resource, suspended),
    ...(applied.length > 0 && { applied }),
    ...(kinds.length > 0 && { appliedKinds: kinds }),
    ...(dependsOn.length > 0 && { dependsOn }),
  }
}

function dependencies(spec: Fields, ownNamespace: string): readonly string[] {
  return objects(spec, 'dependsOn').map((entry) => {
    const namespace = text(entry, 'namespace')
    const name = text(entry, 'name')
    return namespace === '' || namespace === ownNamespace ? name : `${namespace}/${name}`
  })
}

/** The longest of the intervals at which the controller looks by itself. */
export function longestInterval(spec: Fields, sourceSeconds: number | undefined): number | undefined {
  const own = goDurationSeconds(text(spec, 'interval'))
  return own === undefined && sourceSeconds === undefined ? undefined : Math.max(own ?? 0, sourceSeconds ?? 0)
}

/** @throws CodedError `GDE_FLUX_INVALID` for rules that cannot be understood */
export function fluxPolicy(settings: Settings, managers: readonly string[], rules: Fields, key: string): ComparePolicy {
  const { comparing } = settings
  const own = rulesOrThrow(readFluxRules(rules.value[key]), 'GDE_FLUX_INVALID', `${rules.path}.${key}`)
  return { ...comparing, managers, ignore: [...comparing.ignore, ...own] }
}

/**
 * The namespace of what is referred to. One to another namespace borrows what is not the app's to use, unless the config allows it, or where
 * it says nothing, the controller that applies the resource.
 * @throws CodedError `GDE_NOT_PERMITTED`
 */
export function sourceNamespace(
  reference: Fields,
  namespace: string,
  { rules, snapshot }: FluxContext,
  controller: FluxController,
): string {
  const other = text(reference, 'namespace') || namespace
  if (other === namespace) return other
  const permitted = snapshot.controllers[controller].crossNamespaceReferences
  if (rules.crossNamespaceReferences ?? permitted ?? false) return other
  throw new CodedError(
    'GDE_NOT_PERMITTED',
    `${reference.path} refers to the namespace ${other}, and references stay in their own: ${refusal(rules, controller, permitted)}`,
  )
}

function refusal(
  { crossNamespaceReferences, controllerNamespace }: FluxRules,
  controller: FluxController,
  permitted: boolean | undefined,
): string {
  const key = 'crossNamespaceReferences of discovery.flux'
  if (crossNamespaceReferences !== undefined) return `${key} is false`
  const why =
    permitted === undefined
      ? `no Deployment of ${controller} can be read in the namespace ${controllerNamespace} (controllerNamespace)`
      : `${controller} in ${controllerNamespace} runs with --no-cross-namespace-refs`
  return `${why}; set ${key} to decide it`
}
