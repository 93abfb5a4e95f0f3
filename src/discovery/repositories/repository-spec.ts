import { createHash } from 'node:crypto'
import type { ArchiveType, GitCredentials, RepositorySpec, SecretText } from '../../model/apps/inventory.ts'
import { Confidential } from '../../model/confidential.ts'
import { CodedError, type Failure, toFailure } from '../../model/failure.ts'
import { DEFAULT_POLL_SECONDS, type RepositorySettings, type Settings } from '../../model/settings.ts'
import type { AddressPattern } from '../../model/sources/address-start.ts'
import { normalizeGitUrl } from '../../model/sources/repository-key.ts'
import type { RepositoryAddress, RepositoryLocation, RepositoryTransport } from '../../model/sources/repository-url.ts'
import type { RepositoryId } from '../../model/sources/source.ts'
import { gobwasGlob } from '../../text/gobwas-glob.ts'
import { type Asker, configuredCredentials } from './configured-credentials.ts'
import { rewrite, startsWith } from './rewrite.ts'

/** What the config file says of repositories. */
export type RepositoryConfig = Pick<Settings, 'repositories' | 'rewrites' | 'charts' | 'credentials'>

/** The mirror's spec for one repository URL, or why it cannot be fetched. */
export type RepositoryResolution =
  | { readonly spec: RepositorySpec }
  | { readonly id: RepositoryId; readonly failure: Failure }

/**
 * Resolves a URL by the config file: an entry of `repositories` for the URL as declared, else one for the URL as
 * rewritten, else the longest rewrite.
 * @param type what kind of server it is; absent is Git
 */
export function resolveRepository(
  url: RepositoryLocation,
  config: RepositoryConfig,
  asker: Asker = 'config',
  type?: ArchiveType,
): RepositoryResolution {
  try {
    return fromFolder(url, config, type) ?? resolve(url, config, rewrite(url, config.rewrites), asker, type)
  } catch (error) {
    return { id: repositoryId(url.address, { type: 'none' }, '', type), failure: toFailure(error) }
  }
}

/** A folder of charts that stands for the repository: of those whose `match` it starts with, that of the longest. */
function fromFolder(
  url: RepositoryLocation,
  { charts }: RepositoryConfig,
  type: ArchiveType | undefined,
): RepositoryResolution | undefined {
  if (type !== 'helm' && type !== 'oci') return undefined
  const matching = charts.filter(({ match }) => startsWith(url.address, match))
  const [longest] = matching.toSorted((one, two) => two.match.length - one.match.length)
  if (longest === undefined) return undefined
  const { shown, address } = url
  const credentials = { type: 'none' } as const
  const id = repositoryId(address, credentials, `folder ${longest.folder}`, type)
  const source = { id, type, url: shown, fetchUrl: address, chartFolder: longest.folder }
  return { spec: { ...source, credentials, pollIntervalSeconds: DEFAULT_POLL_SECONDS, untrusted: false } }
}

function resolve(
  url: RepositoryLocation,
  { repositories, credentials: configured }: RepositoryConfig,
  rewritten: RepositoryLocation,
  asker: Asker,
  type: ArchiveType | undefined,
): RepositoryResolution {
  const entry = configuredRepository(url, repositories) ?? configuredRepository(rewritten, repositories)
  const from = entry?.fetchFrom ?? rewritten
  const shared = configuredCredentials(from.address, configured, entry === undefined ? asker : 'config')
  const own = entry?.credentials.type === 'none' ? undefined : entry?.credentials
  const credentials: GitCredentials = own ?? shared?.credentials ?? { type: 'none' }
  const knownHostsFile = entry?.knownHostsFile ?? shared?.knownHostsFile
  const id = repositoryId(from.address, credentials, '', type)
  const failure = unsupported(from, type)
  if (failure !== undefined) return { id, failure }
  return {
    spec: {
      id,
      ...(type !== undefined && { type }),
      url: url.shown,
      fetchUrl: from.address,
      ...(entry?.commit !== undefined && { commit: entry.commit }),
      credentials,
      pollIntervalSeconds: entry?.pollIntervalSeconds ?? DEFAULT_POLL_SECONDS,
      ...(entry?.caFile !== undefined && { caFile: entry.caFile }),
      ...(entry?.insecureSkipVerify !== undefined && { insecureSkipVerify: entry.insecureSkipVerify }),
      ...(entry?.clientCertificate !== undefined && { clientCertificate: entry.clientCertificate }),
      ...(knownHostsFile !== undefined && { knownHostsFile }),
      ...(entry?.proxy !== undefined && { proxy: entry.proxy }),
      untrusted: false,
    },
  }
}

function unsupported({ transport, shown }: RepositoryLocation, type: ArchiveType | undefined): Failure | undefined {
  if (type !== undefined) return unsupportedArchive(type, transport, shown)
  switch (transport) {
    case 'http':
    case 'https':
    case 'file':
    case 'ssh':
      return undefined
    case 'oci':
      return new CodedError('GDE_UNSUPPORTED_SOURCE', `${shown} is an OCI artifact, and Git is read here`, {
        repository: shown,
      }).failure
    case 'other':
    case 'none':
      return new CodedError('GDE_UNSUPPORTED_SOURCE', `${shown} is no Git repository that can be read`, {
        repository: shown,
      }).failure
    default:
      return transport satisfies never
  }
}

const ARCHIVE_SERVERS: Readonly<
  Record<ArchiveType, { readonly name: string; readonly transports: readonly RepositoryTransport[] }>
> = {
  helm: { name: 'Helm repository', transports: ['http', 'https'] },
  oci: { name: 'OCI repository', transports: ['oci'] },
  file: { name: 'file', transports: ['http', 'https'] },
  artifact: { name: 'artifact of Flux', transports: ['http', 'https'] },
}

function unsupportedArchive(
  type: ArchiveType,
  transport: RepositoryTransport,
  repository: string,
): Failure | undefined {
  const { name, transports } = ARCHIVE_SERVERS[type]
  if (transports.includes(transport)) return undefined
  return { code: 'GDE_UNSUPPORTED_SOURCE', message: `${repository} is no ${name} that can be read`, repository }
}

/**
 * The entry of the config's `repositories` for a URL: an exact match, else the longest matching pattern. Where Argo CD takes two URLs for
 * one whose paths differ in case, an entry says where to fetch from; its credentials and the trust in it are for its own address alone.
 */
export function configuredRepository(
  url: RepositoryLocation,
  repositories: readonly RepositorySettings[],
): RepositorySettings | undefined {
  const single = repositories.flatMap((entry) => (typeof entry.url === 'string' ? [] : { entry, own: entry.url }))
  const { entry: exact } =
    single.find(({ own }) => own.name === url.name) ??
    single.find(({ entry, own }) => entry.fetchFrom !== undefined && own.plainKey === url.plainKey) ??
    {}
  if (exact !== undefined) return exact
  return repositories
    .flatMap((entry) => (typeof entry.url === 'string' ? { entry, pattern: entry.url } : []))
    .filter(({ pattern }) => matches(pattern, url))
    .toSorted((one, other) => other.pattern.length - one.pattern.length)[0]?.entry
}

/** As it is written, or as Argo CD normalizes both: to it `git@host:path` and `git@host/path` are one. */
function matches(pattern: AddressPattern, url: RepositoryLocation): boolean {
  const normalized = normalizeGitUrl(pattern)
  return (
    gobwasGlob(pattern)?.test(url.address.replace(/\.git$/, '')) === true ||
    (normalized !== '' && gobwasGlob(normalized)?.test(url.plainKey) === true)
  )
}

/**
 * Identifies a mirror by fetch URL and credentials, so that no app reads what another's credentials fetched.
 * Credential files count by path; `reference` names the Secret of credentials that are not files.
 */
export function repositoryId(
  fetchUrl: RepositoryAddress,
  credentials: GitCredentials,
  reference = '',
  type?: ArchiveType,
): RepositoryId {
  const parts = [fetchUrl, ...credentialParts(credentials), reference, ...(type === undefined ? [] : [type])]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32) as RepositoryId
}

/** The same repository, read in another way: a mirror of its own. */
export function readAs(
  spec: RepositorySpec,
  how: Pick<RepositorySpec, 'oci' | 'passCredentials' | 'plainHttp'>,
): RepositorySpec {
  if (Object.keys(how).length === 0) return spec
  const id = createHash('sha256')
    .update(JSON.stringify([spec.id, how]))
    .digest('hex')
    .slice(0, 32) as RepositoryId
  return { ...spec, ...how, id }
}

/** Of a source whose URL is refused: there is no such repository. */
export const NO_REPOSITORY = '' as RepositoryId

/** '' for the text of a Secret. */
function fileOf(secret: SecretText): string {
  return secret instanceof Confidential ? '' : secret.file
}

function credentialParts(credentials: GitCredentials): readonly string[] {
  switch (credentials.type) {
    case 'none':
      return []
    case 'basicFiles':
      return ['basicFiles', credentials.username ?? '', credentials.usernameFile ?? '', credentials.passwordFile]
    case 'bearerFile':
      return ['bearerFile', credentials.tokenFile]
    case 'basic':
    case 'bearer':
    case 'identityToken':
      return [credentials.type]
    case 'ssh':
      return [
        'ssh',
        fileOf(credentials.privateKey),
        ...(credentials.passphrase ? [fileOf(credentials.passphrase)] : []),
      ]
    case 'githubApp': {
      const { appId, installationId = '', installationOwner = '', apiUrl, privateKey } = credentials
      return ['githubApp', apiUrl, appId, installationId, installationOwner, fileOf(privateKey)]
    }
    case 'helper': {
      const { command, protocol, useHttpPath = false, variables } = credentials.helper
      return ['helper', protocol, String(useHttpPath), ...command, '', ...variables]
    }
    default:
      return credentials satisfies never
  }
}
