import { CodedError } from '../model/failure.ts'
import { gobwasGlob } from '../model/gobwas-glob.ts'
import type { GitCredentials, RepositorySpec } from '../model/inventory.ts'
import { repositoryTransport, sameRepositoryKey, withoutUserInfo } from '../model/repository-url.ts'
import { DEFAULT_POLL_SECONDS, type Settings } from '../model/settings.ts'
import { fetchPlan, rewrite } from './fetch-plan.ts'
import { repositoryId } from './repository-id.ts'

/** A repository as a controller's resource declares it. */
export interface DeclaredRepository {
  readonly url: string
  readonly credentials: GitCredentials
  /** Names the credentials without holding them; '' without any. */
  readonly reference: string
  /** PEM. */
  readonly ca?: string
}

/**
 * How a repository that a resource declares is fetched. What the config file says of it wins: then it may lie anywhere. Otherwise it
 * is untrusted, and read over https alone. Credentials of the resource go to the host that the resource names, and to no other.
 * @param allowed globs of URLs; empty allows every one
 * @throws CodedError `GDE_NOT_PERMITTED`, `GDE_UNSUPPORTED_*`
 */
export function resourcePlan(
  declared: DeclaredRepository,
  allowed: readonly string[],
  settings: Pick<Settings, 'repositories' | 'rewrites'>,
): RepositorySpec {
  const url = withoutUserInfo(declared.url)
  if (allowed.length > 0 && !allowed.some((glob) => gobwasGlob(glob)?.test(url) === true))
    throw new CodedError('GDE_NOT_PERMITTED', `${url} matches none of allowedRepositories`, { repository: url })
  const plan = fetchPlan(declared.url, settings.repositories, settings.rewrites)
  if ('failure' in plan) {
    const { code, message, ...where } = plan.failure
    throw new CodedError(code, message, where)
  }
  return isConfigured(declared.url, settings) ? configured(declared, plan.spec) : untrusted(declared, url)
}

function isConfigured(url: string, { repositories, rewrites }: Pick<Settings, 'repositories' | 'rewrites'>): boolean {
  const key = sameRepositoryKey(url)
  return rewrite(url, rewrites) !== url || repositories.some((entry) => sameRepositoryKey(entry.url) === key)
}

function configured(declared: DeclaredRepository, spec: RepositorySpec): RepositorySpec {
  const isSameHost = originOf(spec.fetchUrl) !== undefined && originOf(spec.fetchUrl) === originOf(declared.url)
  if (spec.credentials.type !== 'none' || declared.credentials.type === 'none' || !isSameHost) return spec
  const { credentials, reference, ca } = declared
  const id = repositoryId(spec.fetchUrl, credentials, reference)
  return { ...spec, id, credentials, ...(ca !== undefined && spec.caFile === undefined && { ca }) }
}

function untrusted({ url: declared, credentials, reference, ca }: DeclaredRepository, url: string): RepositorySpec {
  const transport = repositoryTransport(declared)
  if (transport !== 'https')
    throw new CodedError(
      'GDE_NOT_PERMITTED',
      `${url} is not https: a URL of a resource must be, unless the config lists it`,
      {
        repository: url,
      },
    )
  return {
    id: repositoryId(url, credentials, reference),
    url,
    fetchUrl: url,
    credentials,
    pollIntervalSeconds: DEFAULT_POLL_SECONDS,
    ...(ca !== undefined && { ca }),
    untrusted: true,
  }
}

function originOf(url: string): string | undefined {
  return /^https?:/i.test(url) && URL.canParse(url) ? new URL(url).origin : undefined
}
