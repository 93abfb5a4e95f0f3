import { CodedError, fromFailure } from '../../../model/failure.ts'
import { withoutUserInfo } from '../../../model/sources/repository-url.ts'
import type { ArgocdClusters, ResolvedCluster } from '../clusters/argocd-clusters.ts'
import {
  isDestinationPermitted,
  isNamespacePermitted,
  isSourcePermitted,
  type Project,
  type ProjectLookup,
} from './project.ts'

/**
 * The project of an Application, once it is certain that it permits the Application's namespace.
 * @returns undefined where there are no projects at all, as in a snapshot that lacks them
 * @throws CodedError `GDE_NOT_PERMITTED`, and why the projects cannot be read
 */
export function authorizeProject(
  application: { readonly namespace: string; readonly project: string },
  projects: ProjectLookup,
  argocdNamespace: string,
): Project | undefined {
  const found = projects(application.project)
  if (found === 'unchecked') return undefined
  const name = JSON.stringify(application.project)
  if (found === 'absent') throw notPermitted(`there is no project ${name}`)
  if ('failure' in found) throw fromFailure(found.failure)
  if (!isNamespacePermitted(found.project, application.namespace, argocdNamespace))
    throw notPermitted(`the project ${name} does not take Applications of the namespace ${application.namespace}`)
  return found.project
}

/** @throws CodedError `GDE_NOT_PERMITTED` */
export function authorizeSource(project: Project, url: string): void {
  if (isSourcePermitted(project, url)) return
  const repository = withoutUserInfo(url)
  throw new CodedError(
    'GDE_NOT_PERMITTED',
    `the project ${JSON.stringify(project.name)} does not permit the repository ${repository}`,
    { repository },
  )
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
