import type {
  ArchiveType,
  ClientCertificate,
  GitCredentials,
  ProxyLogin,
  RepositorySpec,
} from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { DEFAULT_POLL_SECONDS } from '../../model/settings.ts'
import { linesAbout } from '../../model/sources/known-hosts.ts'
import { type RepositoryAddress, RepositoryUrl, readRepositoryUrl } from '../../model/sources/repository-url.ts'
import { readSshAddress } from '../../model/sources/ssh-address.ts'
import type { Asker } from './configured-credentials.ts'
import { configuredRepository, type RepositoryConfig, repositoryId, resolveRepository } from './repository-spec.ts'
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
  readonly clientCertificate?: ClientCertificate
  /** Text of a known_hosts file. */
  readonly knownHosts?: string
  readonly proxy?: string
  readonly proxyLogin?: ProxyLogin
  /** The resource asks for the identity of its controller, and has no Secret: what it is called, for people. */
  readonly identity?: string
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
 * untrusted and must be https, ssh or a registry. The resource's credentials are sent only to the host that the resource names.
 * @throws CodedError `GDE_NOT_PERMITTED`, `GDE_UNSUPPORTED_*`
 */
export function resolveFromResource(
  declared: DeclaredRepository,
  { allowedRepositories, trustedUrls }: RepositoryRules,
  settings: RepositoryConfig,
): RepositorySpec {
  const { url } = declared
  if (allowedRepositories.length > 0 && !urlMatches(url, allowedRepositories))
    throw notPermitted(url, `${url.shown} matches none of allowedRepositories`)
  const resolution = resolveRepository(url, settings, askerOf(declared), declared.type)
  if ('failure' in resolution) {
    const { code, message, ...where } = resolution.failure
    throw new CodedError(code, message, where)
  }
  if (resolution.spec.chartFolder !== undefined) return resolution.spec
  if (isConfigured(url, settings)) return configured(declared, resolution.spec)
  return undeclared(declared, resolution.spec, trustedUrls)
}

/** Whether credentials of the resource would be used: not where the config brings its own, or fetches from elsewhere. */
export function needsLogin(url: RepositoryUrl, settings: RepositoryConfig, type?: ArchiveType): boolean {
  const plan = resolveRepository(url, settings, 'config', type)
  if ('spec' in plan && plan.spec.chartFolder !== undefined) return false
  if ('failure' in plan || !isConfigured(url, settings)) return true
  return plan.spec.credentials.type === 'none' && isAtOrigin(plan.spec.fetchUrl, url)
}

function askerOf({ credentials, identity }: DeclaredRepository): Asker {
  return credentials.type === 'none' && identity !== undefined ? 'identity' : 'resource'
}

/** Only of a URL whose rewrite holds. */
function isConfigured(url: RepositoryUrl, { repositories, rewrites }: RepositoryConfig): boolean {
  return rewrite(url, rewrites) !== url || configuredRepository(url, repositories) !== undefined
}

function configured(declared: DeclaredRepository, spec: RepositorySpec): RepositorySpec {
  if (!isAtOrigin(spec.fetchUrl, declared.url)) return spec
  const { credentials, reference, ca, clientCertificate } = declared
  // Whose keys a host has is no secret of anybody.
  const known = spec.knownHostsFile === undefined ? { ...spec, ...knownHostsOf(declared) } : spec
  const hasLogin = credentials.type !== 'none' || clientCertificate !== undefined
  if (spec.credentials.type !== 'none' || !hasLogin) return known
  return {
    ...known,
    id: repositoryId(spec.fetchUrl, credentials, reference, declared.type),
    credentials,
    // The config's certificates and proxy win, even when it sets none: that may be on purpose.
    ...(ca !== undefined && spec.caFile === undefined && { ca }),
    ...(clientCertificate !== undefined && spec.clientCertificate === undefined && { clientCertificate }),
  }
}

/** The config has no entry for it, at most a match in `trustedUrls`, and credentials for who brings none. */
function undeclared(
  declared: DeclaredRepository,
  spec: RepositorySpec,
  trustedUrls: readonly string[],
): RepositorySpec {
  const { url, type, reference, ca, insecureSkipVerify, clientCertificate, proxy, proxyLogin } = declared
  const { transport } = url
  // Local folders are named in the config file alone.
  const isTrusted = transport !== 'file' && urlMatches(url, trustedUrls)
  // Registries are asked by https, but for those that are trusted.
  if (transport !== 'https' && transport !== 'ssh' && transport !== 'oci' && !isTrusted)
    throw notPermitted(
      url,
      `${url.shown} is not https: a URL of a resource must be, or ssh, unless the config lists it`,
    )
  if (proxy !== undefined && !urlMatches(proxy, trustedUrls))
    throw notPermitted(url, `the proxy of ${url.shown} matches none of trustedUrls`)
  const own = declared.credentials.type !== 'none'
  const credentials = own ? declared.credentials : spec.credentials
  if (declared.identity !== undefined && credentials.type === 'none')
    throw new CodedError(
      'GDE_UNSUPPORTED_CREDENTIALS',
      `${url.shown} is read with ${declared.identity}: name a helper for it in the config, in credentials[].helper`,
      { repository: url.shown },
    )
  // A host that is not proved to be itself gets nothing but a signature; what it serves would be believed.
  const skipsVerification = insecureSkipVerify === true && (transport !== 'ssh' || isTrusted)
  return {
    id: repositoryId(url.address, credentials, reference, type),
    ...(type !== undefined && { type }),
    url: url.shown,
    fetchUrl: url.address,
    credentials,
    pollIntervalSeconds: DEFAULT_POLL_SECONDS,
    ...(ca !== undefined && { ca }),
    ...(skipsVerification && { insecureSkipVerify }),
    ...(clientCertificate !== undefined && { clientCertificate }),
    ...(spec.knownHostsFile === undefined ? knownHostsOf(declared) : { knownHostsFile: spec.knownHostsFile }),
    ...(proxy !== undefined && { proxy }),
    ...(proxyLogin !== undefined && { proxyLogin }),
    untrusted: !isTrusted,
  }
}

/** The lines that are about the host: known_hosts of Argo CD is one text for all. */
function knownHostsOf({ url, knownHosts }: DeclaredRepository): Pick<RepositorySpec, 'knownHosts'> {
  const address = url.transport === 'ssh' ? readSshAddress(url.address) : undefined
  if (address === undefined || knownHosts === undefined) return {}
  return { knownHosts: linesAbout(knownHosts, address.host, address.port) }
}

function notPermitted({ shown }: RepositoryUrl, message: string): CodedError {
  return new CodedError('GDE_NOT_PERMITTED', message, { repository: shown })
}

function isAtOrigin(fetchUrl: RepositoryAddress, { origin }: RepositoryUrl): boolean {
  const read = readRepositoryUrl(fetchUrl)
  return origin !== undefined && read instanceof RepositoryUrl && read.origin === origin
}
