import type { GitCredentials, RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { DEFAULT_POLL_SECONDS, type Settings } from '../../model/settings.ts'
import { repositoryTransport, withoutUserInfo } from '../../model/sources/repository-url.ts'
import { configuredRepository, repositoryId, resolveRepository, rewrite, rewriteHolds } from './repository-spec.ts'
import { urlMatches } from './trusted-url.ts'

/** A repository as a controller's resource declares it. */
export interface DeclaredRepository {
  readonly url: string
  readonly credentials: GitCredentials
  /** Names the credentials without holding them; '' without any. */
  readonly reference: string
  /** PEM. */
  readonly ca?: string
  readonly insecureSkipVerify?: boolean
  readonly proxy?: string
}

/** Globs of the config file for URLs that come from resources. */
export interface RepositoryRules {
  /** Empty allows all. */
  readonly allowedRepositories: readonly string[]
  /** For these, any scheme and any address is allowed. */
  readonly trustedUrls: readonly string[]
}

/**
 * Resolves a repository that a resource declares. One that the config file lists may be anywhere. Any other is
 * untrusted and must be https. The resource's credentials are sent only to the host that the resource names.
 * @throws CodedError `GDE_NOT_PERMITTED`, `GDE_UNSUPPORTED_*`
 */
export function resolveFromResource(
  declared: DeclaredRepository,
  { allowedRepositories, trustedUrls }: RepositoryRules,
  settings: Pick<Settings, 'repositories' | 'rewrites'>,
): RepositorySpec {
  const url = withoutUserInfo(declared.url)
  if (allowedRepositories.length > 0 && !urlMatches(url, allowedRepositories))
    throw new CodedError('GDE_NOT_PERMITTED', `${url} matches none of allowedRepositories`, { repository: url })
  if (!rewriteHolds(declared.url, settings.rewrites))
    throw new CodedError('GDE_NOT_PERMITTED', `${url} leads out of what the rewrite for it names`, { repository: url })
  const resolution = resolveRepository(declared.url, settings.repositories, settings.rewrites)
  if ('failure' in resolution) {
    const { code, message, ...where } = resolution.failure
    throw new CodedError(code, message, where)
  }
  return isConfigured(declared.url, settings)
    ? configured(declared, resolution.spec)
    : undeclared(declared, trustedUrls)
}

/** Whether credentials of the resource would be used: not where the config brings its own, or fetches from elsewhere. */
export function needsLogin(url: string, settings: Pick<Settings, 'repositories' | 'rewrites'>): boolean {
  const plan = resolveRepository(url, settings.repositories, settings.rewrites)
  if (!isConfigured(url, settings) || 'failure' in plan) return true
  return plan.spec.credentials.type === 'none' && isSameOrigin(plan.spec.fetchUrl, url)
}

function isConfigured(url: string, { repositories, rewrites }: Pick<Settings, 'repositories' | 'rewrites'>): boolean {
  return rewrite(url, rewrites) !== url || configuredRepository(url, repositories) !== undefined
}

function configured(declared: DeclaredRepository, spec: RepositorySpec): RepositorySpec {
  const isSame = isSameOrigin(spec.fetchUrl, declared.url)
  if (spec.credentials.type !== 'none' || declared.credentials.type === 'none' || !isSame) return spec
  const { credentials, reference, ca } = declared
  const id = repositoryId(spec.fetchUrl, credentials, reference)
  // The config's certificates and proxy win, even when it sets none: that may be on purpose.
  return { ...spec, id, credentials, ...(ca !== undefined && spec.caFile === undefined && { ca }) }
}

/** The config has no entry for it, at most a match in `trustedUrls`. */
function undeclared(declared: DeclaredRepository, trustedUrls: readonly string[]): RepositorySpec {
  const { credentials, reference, ca, insecureSkipVerify, proxy } = declared
  const url = withoutUserInfo(declared.url)
  const transport = repositoryTransport(url)
  // Local folders are named in the config file alone.
  const isTrusted = (transport === 'http' || transport === 'https') && urlMatches(url, trustedUrls)
  if (transport !== 'https' && !isTrusted)
    throw new CodedError(
      'GDE_NOT_PERMITTED',
      `${url} is not https: a URL of a resource must be, unless the config lists it`,
      {
        repository: url,
      },
    )
  if (proxy !== undefined && !urlMatches(proxy, trustedUrls))
    throw new CodedError('GDE_NOT_PERMITTED', `the proxy of ${url} matches none of trustedUrls`, { repository: url })
  return {
    id: repositoryId(url, credentials, reference),
    url,
    fetchUrl: url,
    credentials,
    pollIntervalSeconds: DEFAULT_POLL_SECONDS,
    ...(ca !== undefined && { ca }),
    ...(insecureSkipVerify === true && { insecureSkipVerify }),
    ...(proxy !== undefined && { proxy }),
    untrusted: !isTrusted,
  }
}

function isSameOrigin(one: string, other: string): boolean {
  return originOf(one) !== undefined && originOf(one) === originOf(other)
}

function originOf(url: string): string | undefined {
  return /^https?:/i.test(url) && URL.canParse(url) ? new URL(url).origin : undefined
}
