import type { ArchiveType, GitCredentials, RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { DEFAULT_POLL_SECONDS, type Settings } from '../../model/settings.ts'
import {
  type RepositoryAddress,
  type RepositoryTransport,
  RepositoryUrl,
  readRepositoryUrl,
} from '../../model/sources/repository-url.ts'
import { configuredRepository, repositoryId, resolveRepository } from './repository-spec.ts'
import { rewrite } from './rewrite.ts'
import { urlMatches } from './trusted-url.ts'

/** A repository as a controller's resource declares it. */
export interface DeclaredRepository {
  readonly url: RepositoryUrl
  /** Absent is Git. */
  readonly type?: ArchiveType
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
  const { url } = declared
  if (allowedRepositories.length > 0 && !urlMatches(url, allowedRepositories))
    throw notPermitted(url, `${url.shown} matches none of allowedRepositories`)
  const resolution = resolveRepository(url, settings.repositories, settings.rewrites, declared.type)
  if ('failure' in resolution) {
    const { code, message, ...where } = resolution.failure
    throw new CodedError(code, message, where)
  }
  return isConfigured(url, settings) ? configured(declared, resolution.spec) : undeclared(declared, trustedUrls)
}

/** Whether credentials of the resource would be used: not where the config brings its own, or fetches from elsewhere. */
export function needsLogin(
  url: RepositoryUrl,
  settings: Pick<Settings, 'repositories' | 'rewrites'>,
  type?: ArchiveType,
): boolean {
  const plan = resolveRepository(url, settings.repositories, settings.rewrites, type)
  if ('failure' in plan || !isConfigured(url, settings)) return true
  return plan.spec.credentials.type === 'none' && isAtOrigin(plan.spec.fetchUrl, url)
}

/** Only of a URL whose rewrite holds. */
function isConfigured(url: RepositoryUrl, settings: Pick<Settings, 'repositories' | 'rewrites'>): boolean {
  const { repositories, rewrites } = settings
  return rewrite(url, rewrites) !== url || configuredRepository(url, repositories) !== undefined
}

function configured(declared: DeclaredRepository, spec: RepositorySpec): RepositorySpec {
  const isSame = isAtOrigin(spec.fetchUrl, declared.url)
  if (spec.credentials.type !== 'none' || declared.credentials.type === 'none' || !isSame) return spec
  const { credentials, reference, ca } = declared
  const id = repositoryId(spec.fetchUrl, credentials, reference, declared.type)
  // The config's certificates and proxy win, even when it sets none: that may be on purpose.
  return { ...spec, id, credentials, ...(ca !== undefined && spec.caFile === undefined && { ca }) }
}

const REMOTE_TRANSPORTS: ReadonlySet<RepositoryTransport> = new Set(['http', 'https', 'oci'])

/** The config has no entry for it, at most a match in `trustedUrls`. */
function undeclared(declared: DeclaredRepository, trustedUrls: readonly string[]): RepositorySpec {
  const { url, type, credentials, reference, ca, insecureSkipVerify, proxy } = declared
  const { transport } = url
  // Local folders are named in the config file alone.
  const isTrusted = REMOTE_TRANSPORTS.has(transport) && urlMatches(url, trustedUrls)
  // Registries are asked by https, but for those that are trusted.
  if (transport !== 'https' && transport !== 'oci' && !isTrusted)
    throw notPermitted(url, `${url.shown} is not https: a URL of a resource must be, unless the config lists it`)
  if (proxy !== undefined && !urlMatches(proxy, trustedUrls))
    throw notPermitted(url, `the proxy of ${url.shown} matches none of trustedUrls`)
  return {
    id: repositoryId(url.address, credentials, reference, type),
    ...(type !== undefined && { type }),
    url: url.shown,
    fetchUrl: url.address,
    credentials,
    pollIntervalSeconds: DEFAULT_POLL_SECONDS,
    ...(ca !== undefined && { ca }),
    ...(insecureSkipVerify === true && { insecureSkipVerify }),
    ...(proxy !== undefined && { proxy }),
    untrusted: !isTrusted,
  }
}

function notPermitted({ shown }: RepositoryUrl, message: string): CodedError {
  return new CodedError('GDE_NOT_PERMITTED', message, { repository: shown })
}

function isAtOrigin(fetchUrl: RepositoryAddress, { origin }: RepositoryUrl): boolean {
  const read = readRepositoryUrl(fetchUrl)
  return origin !== undefined && read instanceof RepositoryUrl && read.origin === origin
}
