import type { App, Tracking } from '../../../model/apps/app.ts'
import type { RepositorySpec } from '../../../model/apps/inventory.ts'
import type { ObjectPermission } from '../../../model/apps/permission.ts'
import type { ComparePolicy } from '../../../model/apps/policy.ts'
import type { SyncWindow } from '../../../model/apps/sync-window.ts'
import { CodedError, type Failure, fromFailure, toFailure } from '../../../model/failure.ts'
import { appId } from '../../../model/identity.ts'
import type { JsonObject } from '../../../model/json.ts'
import { RepositoryUrl, requireRepositoryUrl } from '../../../model/sources/repository-url.ts'
import type { ArgoSourceOptions, KustomizeSettings, Source, SourceOptions } from '../../../model/sources/source.ts'
import { objectAt } from '../../fields/lenient-fields.ts'
import { NO_REPOSITORY, readAs, repositoryId } from '../../repositories/repository-spec.ts'
import { owningSet } from '../applicationset/owning-set.ts'
import type { ArgocdContext } from '../argocd-context.ts'
import { type ArgocdSettings, kindScope } from '../argocd-settings.ts'
import type { ResolvedCluster } from '../clusters/argocd-clusters.ts'
import { authorizeDestination, authorizeProject, authorizeSource } from '../projects/authorize.ts'
import { objectPermission } from '../projects/project.ts'
import { syncWindowsOf } from '../projects/sync-windows.ts'
import { resolveDeclaredRepository } from '../repositories/repository-secrets.ts'
import { appliedCommits, managedKinds, reportedStatus } from './application-status.ts'
import { type DeclaredApplication, type DeclaredSource, readApplication } from './read-application.ts'

/** An app, and the repositories that it brings into the inventory. */
export interface MappedApplication {
  readonly app: App
  readonly repositories: readonly RepositorySpec[]
}

/** Field managers of the application controller, current and former. */
const MANAGERS = ['argocd-controller', 'argocd-application-controller']
const NO_CLUSTER: ResolvedCluster = { cluster: '', server: '', name: '' }

/**
 * Maps an Application to an app. It never throws: an Application that is invalid, not permitted or not supported gets
 * the reason as `problem`, and nothing is fetched for it.
 */
export function applicationToApp(resource: JsonObject, context: ArgocdContext): MappedApplication {
  const declared = readApplication(resource)
  const resolvedCluster = attempt(() => context.clusters.resolve(declared.destination, declared.project))
  const authorized = attempt(() => authorize(declared, resolvedCluster, context))
  const problem = [context.settingsFailure, declared.problem, authorized, resolvedCluster]
    .map(failureOf)
    .find((failure) => failure !== undefined)
  const { repositories, permission, syncWindows } =
    problem === undefined && !isFailure(authorized) ? authorized : NOTHING_PERMITTED
  const { cluster, server } = 'code' in resolvedCluster ? NO_CLUSTER : resolvedCluster
  const identity = {
    controller: 'argocd',
    kind: 'Application',
    declaredIn: context.control,
    namespace: declared.namespace,
    name: declared.name,
    destination: cluster,
  } as const
  const instance = instanceName(declared, context.namespace)
  const applied = appliedCommits(resource)
  const kinds = managedKinds(resource)
  const interval = context.argocd.reconciliationSeconds
  const set = owningSet(objectAt(resource, 'metadata'))
  const app: App = {
    ...identity,
    id: appId(identity),
    project: declared.project,
    labels: declared.labels,
    sources: declared.sources.map((source, index) =>
      sourceOf(source, repositories[index], context.argocd, {
        appName: instance,
        ...namedRepositories(declared, context),
      }),
    ),
    to: { cluster, server, namespace: declared.destination.namespace },
    tracking: trackingOf(instance, context.argocd),
    policy: policyOf(declared, server, context),
    ...(permission !== undefined && { permission }),
    ...(syncWindows !== undefined && { syncWindows }),
    autoSync: declared.autoSync,
    ...(set !== undefined && { applicationSet: set }),
    reportedStatus: reportedStatus(resource),
    ...(applied.length > 0 && { applied }),
    ...(kinds.length > 0 && { appliedKinds: kinds }),
    ...(interval > 0 && { syncIntervalSeconds: interval }),
    ...(declared.managedNamespaceMetadata !== undefined && { namespaceMetadata: declared.managedNamespaceMetadata }),
    ...(problem !== undefined && { problem: { ...problem, app: declared.name } }),
  }
  return { app, repositories }
}

/** Turns what is thrown into a Failure, bugs included: they affect only this app. */
function attempt<T extends object>(read: () => T): T | Failure {
  try {
    return read()
  } catch (error) {
    return toFailure(error)
  }
}

function failureOf(value: object | undefined): Failure | undefined {
  return value !== undefined && isFailure(value) ? value : undefined
}

function isFailure(value: object): value is Failure {
  return 'code' in value && 'message' in value
}

/** What an Application may read, and touch. */
interface Authorized {
  readonly repositories: readonly RepositorySpec[]
  /** Absent where there are no projects. */
  readonly permission?: ObjectPermission
  readonly syncWindows?: readonly SyncWindow[]
}

const NOTHING_PERMITTED: Authorized = { repositories: [] }

/** @throws CodedError `GDE_NOT_PERMITTED`, `GDE_UNSUPPORTED_*` */
function authorize(
  declared: DeclaredApplication,
  resolvedCluster: ResolvedCluster | Failure,
  context: ArgocdContext,
): Authorized {
  if (declared.problem?.code === 'GDE_ARGOCD_INVALID') throw fromFailure(declared.problem)
  const urls = declared.sources.map(({ repoUrl }) => requireRepositoryUrl(repoUrl))
  const project = authorizeProject(declared, context)
  if (project !== undefined) {
    for (const url of urls) authorizeSource(project, url)
    if (!isFailure(resolvedCluster))
      authorizeDestination(project, resolvedCluster, declared.destination.namespace, context.clusters)
  }
  if (declared.problem !== undefined) throw fromFailure(declared.problem)
  if (context.argocd.problem !== undefined) throw fromFailure(context.argocd.problem)
  if (declared.sources.length === 0) throw new CodedError('GDE_ARGOCD_INVALID', 'spec has no source')
  const repositories = declared.sources.map((source, index) => repositoryOf(source, urls[index], declared, context))
  if (project === undefined || isFailure(resolvedCluster)) return { repositories }
  const syncWindows = syncWindowsOf(project.syncWindows, declared)
  const permission = objectPermission(project, resolvedCluster)
  return { repositories, permission, ...(syncWindows !== undefined && { syncWindows }) }
}

function repositoryOf(
  { fetched: { url, type }, chart, options }: DeclaredSource,
  declared: RepositoryUrl | undefined,
  { project }: DeclaredApplication,
  context: ArgocdContext,
): RepositorySpec {
  const spec = resolveDeclaredRepository(requireRepositoryUrl(url), project, context, { type, declared })
  const isSentOn = type === 'helm' && options.tool === 'argocd' && options.helm.passCredentials === true
  return readAs(spec, {
    ...(type === 'oci' && chart === undefined && { oci: { reader: 'argocd' } }),
    ...(isSentOn && { passCredentials: true }),
  })
}

function sourceOf(
  { repoUrl: _declared, fetched: { url, type }, ...source }: DeclaredSource,
  spec: RepositorySpec | undefined,
  { kustomize, valuesFileSchemes }: ArgocdSettings,
  named: NamedFor,
): Source {
  return {
    ...source,
    repository:
      spec?.id ??
      (url instanceof RepositoryUrl ? repositoryId(url.address, { type: 'none' }, '', type) : NO_REPOSITORY),
    options: sourceOptionsOf(source, kustomize, {
      ...named,
      ...(valuesFileSchemes !== undefined && { valuesFileSchemes }),
    }),
  }
}

function sourceOptionsOf(
  { options, ref, path, chart }: Omit<DeclaredSource, 'repoUrl' | 'fetched'>,
  kustomizeSettings: KustomizeSettings,
  named: NamedFor,
): SourceOptions {
  // A source that has a ref and neither path nor chart lends its files and renders nothing.
  if (ref !== undefined && path === '' && chart === undefined) return { tool: 'none' }
  if (options.tool !== 'argocd') return options
  return { ...options, ...named, kustomizeSettings }
}

type NamedFor = Pick<ArgoSourceOptions, 'appName' | 'helmRepositories' | 'valuesFileSchemes'>

/** Helm repositories by the names that charts may call them by: those of the project, and those of no project. */
function namedRepositories(
  { project }: DeclaredApplication,
  { repositories }: ArgocdContext,
): Pick<ArgoSourceOptions, 'helmRepositories'> {
  const named = repositories.flatMap(({ type, name, url, project: of }) =>
    type === 'helm' && name !== '' && url instanceof RepositoryUrl && (of === '' || of === project)
      ? [[name, url.address] as const]
      : [],
  )
  return named.length === 0 ? {} : { helmRepositories: Object.fromEntries(named) }
}

/** What the controller calls an app wherever one text has to name it: those of other namespaces by theirs, too (Application.InstanceName). */
function instanceName({ namespace, name }: DeclaredApplication, own: string): string {
  return namespace === own || namespace === '' ? name : `${namespace}_${name}`
}

function trackingOf(appName: string, { tracking }: ArgocdSettings): Tracking {
  const { method, labelKey, installationId } = tracking
  return { method, appName, labelKey, ...(installationId !== undefined && { installationId }) }
}

function policyOf({ ignore }: DeclaredApplication, server: string, context: ArgocdContext): ComparePolicy {
  const { comparing } = context.settings
  const { argocd } = context
  return {
    ...comparing,
    managers: MANAGERS,
    ignore: [...comparing.ignore, ...argocd.ignore, ...ignore],
    ...(argocd.knownTypes.length > 0 && { knownTypes: argocd.knownTypes }),
    kinds: kindScope(argocd, server),
  }
}
