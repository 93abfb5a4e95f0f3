import type { RepositorySpec } from '../../model/apps/inventory.ts'
import type { RemoteReference } from '../../model/sources/remote-reference.ts'
import { readRepositoryUrl, requireRepositoryUrl } from '../../model/sources/repository-url.ts'
import { type RepositoryRules, resolveFromResource } from './declared-repository.ts'
import { archiveTypeOf } from './remote-type.ts'
import type { RepositoryConfig } from './repository-spec.ts'

/**
 * The repository of what a file names, where nothing but the config says who may read what: with the config's credentials for it, or none.
 * @throws CodedError `GDE_NOT_PERMITTED`, `GDE_UNSUPPORTED_*`
 */
export function plainRemote(
  reference: RemoteReference,
  rules: RepositoryRules,
  settings: RepositoryConfig,
): RepositorySpec {
  const type = archiveTypeOf(reference)
  const declared = {
    url: requireRepositoryUrl(readRepositoryUrl(reference.url)),
    ...(type !== undefined && { type }),
    credentials: { type: 'none' },
    reference: '',
  } as const
  return resolveFromResource(declared, rules, settings)
}
