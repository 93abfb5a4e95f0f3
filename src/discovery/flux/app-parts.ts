import { readFluxRules } from '../../ignore-rules/flux.ts'
import { rulesOrThrow } from '../../ignore-rules/parsed-rules.ts'
import type { App } from '../../model/apps/app.ts'
import type { ComparePolicy } from '../../model/apps/policy.ts'
import { CodedError, type Failure, toFailure } from '../../model/failure.ts'
import { appId } from '../../model/identity.ts'
import { isJsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { Settings } from '../../model/settings.ts'
import { type Fields, fieldsOf, readObject, readObjects, readOptionalFlag, readText } from '../fields/fields.ts'
import { goDurationSeconds } from '../fields/go-duration.ts'
import { serviceAccountOf } from './accounts/service-account.ts'
import type { FluxController } from './controller-flags.ts'
import type { FluxContext, FluxRules, FluxSnapshot } from './flux-context.ts'
import { appliedCommits, inventoryKeys, kindsOf, reportedStatus } from './flux-status.ts'

/** The parts of a resource that Kustomizations and HelmReleases have in common. */
export interface AppParts {
  readonly resource: KubernetesObject
  readonly namespace: string
  readonly name: string
  readonly spec: Fields
}

/** @throws CodedError `GDE_FLUX_INVALID` */
export function readAppParts(resource: KubernetesObject): AppParts {
  const { metadata } = resource
  const root = fieldsOf(resource, 'GDE_FLUX_INVALID')
  return {
    resource,
    namespace: readText(readObject(root, 'metadata'), 'namespace'),
    name: metadata.name,
    spec: readObject(root, 'spec'),
  }
}

export type ErrorCollector = ReturnType<typeof createErrorCollector>

/** Collects errors, so that an invalid field does not hide the others. The first failure becomes the app's problem. */
export function createErrorCollector() {
  let problem: Failure | undefined
  return {
    /** The result of `read`; `otherwise` when it throws. */
    tryRead<T>(read: () => T, otherwise: T): T {
      try {
        return read()
      } catch (error) {
        // Anything else is a bug, which affects only this app.
        problem ??= error instanceof CodedError ? error.failure : toFailure(error)
        return otherwise
      }
    },
    problem: () => problem,
  }
}

const APPLIED_BY = { Kustomization: 'kustomize-controller', HelmRelease: 'helm-controller' } as const

/** The fields of an app that do not depend on its kind. */
export function commonAppFields(
  kind: 'Kustomization' | 'HelmRelease',
  { control, controllers, permission: permissionOf }: Pick<FluxSnapshot, 'control' | 'controllers' | 'permission'>,
  parts: AppParts,
  destination: string,
  errors: ErrorCollector,
): Omit<App, 'sources' | 'to' | 'tracking' | 'policy'> {
  const { resource, namespace, name, spec } = parts
  const identity = { controller: 'flux', kind, declaredIn: control, namespace, name, destination } as const
  const suspended = errors.tryRead(() => readOptionalFlag(spec, 'suspend') ?? false, false)
  const account = errors.tryRead(() => serviceAccountOf(parts, controllers[APPLIED_BY[kind]]), undefined)
  const applied = appliedCommits(resource)
  const kinds = kindsOf(inventoryKeys(resource))
  const dependsOn = errors.tryRead(() => readDependencies(spec, namespace), [])
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
    ...(account !== undefined && destination !== '' && { permission: permissionOf(destination, account) }),
    ...(applied.length > 0 && { applied }),
    ...(kinds.length > 0 && { appliedKinds: kinds }),
    ...(dependsOn.length > 0 && { dependsOn }),
  }
}

function readDependencies(spec: Fields, ownNamespace: string): readonly string[] {
  return readObjects(spec, 'dependsOn').map((entry) => {
    const namespace = readText(entry, 'namespace')
    const name = readText(entry, 'name')
    return namespace === '' || namespace === ownNamespace ? name : `${namespace}/${name}`
  })
}

/** The longer one of the intervals of app and source, seconds. */
export function longestInterval(spec: Fields, sourceSeconds: number | undefined): number | undefined {
  const own = goDurationSeconds(readText(spec, 'interval'))
  return own === undefined && sourceSeconds === undefined ? undefined : Math.max(own ?? 0, sourceSeconds ?? 0)
}

/** @throws CodedError `GDE_FLUX_INVALID` for invalid rules */
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
  const other = readText(reference, 'namespace') || namespace
  if (other === namespace) return other
  if (mayRefer({ rules, snapshot }, controller)) return other
  const permitted = snapshot.controllers[controller].crossNamespaceReferences
  throw new CodedError(
    'GDE_NOT_PERMITTED',
    `${reference.path} refers to the namespace ${other}, and references stay in their own: ${refusal(rules, controller, permitted)}`,
  )
}

/** Whether resources of the controller may refer to other namespaces. */
export function mayRefer(
  { rules, snapshot }: Pick<FluxContext, 'rules' | 'snapshot'>,
  controller: FluxController,
): boolean {
  return rules.crossNamespaceReferences ?? snapshot.controllers[controller].crossNamespaceReferences ?? false
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
