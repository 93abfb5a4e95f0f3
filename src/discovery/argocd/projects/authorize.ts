import { CodedError, fromFailure } from '../../../model/failure.ts'
import type { RepositoryUrl } from '../../../model/sources/repository-url.ts'
import type { ArgocdClusters, ResolvedCluster } from '../clusters/argocd-clusters.ts'
import { isMatch, type NamespacePatterns } from '../namespace-patterns.ts'
import type { ProjectLookup } from './lookup-projects.ts'
import { isDestinationPermitted, isSourceDenied, isSourcePermitted, type Project } from './project.ts'

/** What the permission of a project depends on. */
export interface ProjectContext {
  readonly projects: ProjectLookup
  /** Argo CD's own. */
  readonly namespace: string
  readonly namespacePatterns: NamespacePatterns
}

/**
 * The project of an Application, once it is certain that it permits the Application's namespace.
 * @returns undefined where there are no projects at all, as in a snapshot that lacks them
 * @throws CodedError `GDE_NOT_PERMITTED`, why the projects cannot be read, and why their namespaces cannot be matched
 */
export function authorizeProject(
  application: { readonly namespace: string; readonly project: string },
  { projects, namespace: own, namespacePatterns }: ProjectContext,
): Project | undefined {
  const found = projects(application.project)
  if (found === 'unchecked') return undefined
  const name = JSON.stringify(application.project)
  if (found === 'absent') throw notPermitted(`there is no project ${name}`)
  if ('failure' in found) throw fromFailure(found.failure)
  const { namespace } = application
  // Applications of Argo CD's own namespace may use any project, others only those that list theirs (IsAppNamespacePermitted).
  if (namespace === '' || namespace === own) return found.project
  const match = namespacePatterns.match(found.project.sourceNamespaces, namespace)
  if (!isMatch(match, `whether the project ${name} takes Applications of the namespace ${namespace}`))
    throw notPermitted(`the project ${name} does not take Applications of the namespace ${namespace}`)
  return found.project
}

/**
 * Argo CD's decision about the URL as it is declared; what the project denies is denied for the address that is fetched, too, which
 * user info or a port do not make another one.
 * @throws CodedError `GDE_NOT_PERMITTED`
 */
export function authorizeSource(project: Project, url: RepositoryUrl): void {
  if (!isSourcePermitted(project, url.key) || isSourceDenied(project, url.plainKey))
    throw sourceNotPermitted(project, url)
}

function sourceNotPermitted(project: Project, { shown: repository }: RepositoryUrl): CodedError {
  const message = `the project ${JSON.stringify(project.name)} does not permit the repository ${repository}`
  return new CodedError('GDE_NOT_PERMITTED', message, { repository })
}

/**
 * The same for what goes by several names: one of them has to be permitted, and what is denied by one is not permitted by another.
 * @throws CodedError `GDE_NOT_PERMITTED`
 */
export function authorizeNamed(project: Project, url: RepositoryUrl, otherNames: readonly RepositoryUrl[]): void {
  const names = [url, ...otherNames]
  const isDenied = names.some(({ key, plainKey }) => isSourceDenied(project, key) || isSourceDenied(project, plainKey))
  if (isDenied || !names.some(({ key }) => isSourcePermitted(project, key))) throw sourceNotPermitted(project, url)
}

/** @throws CodedError `GDE_NOT_PERMITTED` */
export function authorizeDestination(
  project: Project,
  { server, name }: ResolvedCluster,
  namespace: string,
  clusters: ArgocdClusters,
): void {
  if (isDestinationPermitted(project, { server, name, namespace }, clusters.scopedOf(project.name))) return
  throw notPermitted(
    `the project ${JSON.stringify(project.name)} does not permit the namespace ${JSON.stringify(namespace)} of the cluster ${name || server}`,
  )
}

function notPermitted(message: string): CodedError {
  return new CodedError('GDE_NOT_PERMITTED', message)
}
