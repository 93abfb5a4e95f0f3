import type { RemoteOwner, RepositorySpec } from '../../../model/apps/inventory.ts'
import type { RemoteReference } from '../../../model/sources/remote-reference.ts'
import { RepositoryUrl, readRepositoryUrl, requireRepositoryUrl } from '../../../model/sources/repository-url.ts'
import { archiveTypeOf } from '../../repositories/remote-type.ts'
import type { ArgocdContext } from '../argocd-context.ts'
import { authorizeNamed, authorizeProject } from '../projects/authorize.ts'
import { chooseCredentials, resolveDeclaredRepository } from './repository-secrets.ts'

/**
 * The repository of what a file of an Application names. Argo CD asks no project about it, and gives a base the credentials of the
 * Application's own repository; here the project has to permit it, as any source, and it gets those that are for it.
 * @throws CodedError `GDE_NOT_PERMITTED`, `GDE_UNSUPPORTED_*`
 */
export function remoteRepository(
  owner: RemoteOwner,
  reference: RemoteReference,
  context: ArgocdContext,
): RepositorySpec {
  const url = requireRepositoryUrl(readRepositoryUrl(reference.url))
  const otherNames = otherNamesOf(url, reference)
  const project = authorizeProject(owner, context)
  if (project !== undefined) authorizeNamed(project, url, otherNames)
  const declared = [url, ...otherNames].find((name) => hasSecret(name, owner.project, context))
  return resolveDeclaredRepository(url, owner.project, context, { type: archiveTypeOf(reference), declared })
}

/** A chart of a registry goes by the registry that holds it, too, and by both as Helm writes them, without a scheme. */
function otherNamesOf(url: RepositoryUrl, { type }: RemoteReference): readonly RepositoryUrl[] {
  if (type !== 'oci') return []
  const holder = url.address.slice(0, url.address.lastIndexOf('/'))
  const plain = (address: string): string => address.slice('oci://'.length)
  const written = [holder, plain(holder), plain(url.address)].map(readRepositoryUrl)
  return written.filter((one) => one instanceof RepositoryUrl)
}

function hasSecret(url: RepositoryUrl, project: string, { repositories }: ArgocdContext): boolean {
  const chosen = chooseCredentials(repositories, url, project)
  return 'failure' in chosen || chosen.reference !== ''
}
