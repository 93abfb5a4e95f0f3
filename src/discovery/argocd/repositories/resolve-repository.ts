import { fromFailure } from '../../../model/failure.ts'
import type { RepositorySpec } from '../../../model/inventory.ts'
import { resolveFromResource } from '../../repositories/declared-repository.ts'
import type { ArgocdContext } from '../argocd-context.ts'
import { chooseCredentials } from './repository-secrets.ts'

/**
 * How a repository is fetched for a project: with the credentials that Argo CD chooses, by the rules of the config file.
 * @throws CodedError `GDE_NOT_PERMITTED`, `GDE_UNSUPPORTED_*`
 */
export function resolveDeclaredRepository(
  url: string,
  project: string,
  { control, entry, settings, repositories }: Pick<ArgocdContext, 'control' | 'entry' | 'settings' | 'repositories'>,
): RepositorySpec {
  const chosen = chooseCredentials(repositories, url, project)
  // The config file may have credentials of its own for it, or fetch it from where none are needed.
  if ('failure' in chosen) {
    const spec = resolveFromResource({ url, credentials: { type: 'none' }, reference: '' }, entry, settings)
    if (spec.fetchUrl !== spec.url || spec.credentials.type !== 'none') return spec
    throw fromFailure(chosen.failure)
  }
  const { reference, ...rest } = chosen
  // Two control clusters may have Secrets of one name.
  return resolveFromResource(
    { url, ...rest, reference: reference === '' ? '' : `${control}/${reference}` },
    entry,
    settings,
  )
}
