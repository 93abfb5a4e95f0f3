import { createHash } from 'node:crypto'
import { CodedError, type Failure } from '../../model/failure.ts'
import type { GitCredentials, RepositorySpec } from '../../model/inventory.ts'
import {
  isRepositoryPattern,
  repositoryTransport,
  sameRepositoryKey,
  withoutUserInfo,
} from '../../model/repository-url.ts'
import { DEFAULT_POLL_SECONDS, type RepositorySettings, type Rewrite } from '../../model/settings.ts'
import type { RepositoryId } from '../../model/source.ts'
import { gobwasGlob } from '../../text/gobwas-glob.ts'
import { isSameGitUrl, normalizeGitUrl } from './git-url.ts'

/** How one repository URL is fetched: the spec of its mirror, or why it cannot be fetched. */
export type RepositoryResolution =
  | { readonly spec: RepositorySpec }
  | { readonly id: RepositoryId; readonly failure: Failure }

/**
 * Plans by what the config file says: an entry of `repositories` (for the URL as declared, else as rewritten), then the
 * longest rewrite.
 */
export function resolveRepository(
  url: string,
  repositories: readonly RepositorySettings[],
  rewrites: readonly Rewrite[],
): RepositoryResolution {
  const rewritten = rewrite(url, rewrites)
  const entry = configuredRepository(url, repositories) ?? configuredRepository(rewritten, repositories)
  const fetchUrl = entry?.fetchFrom ?? rewritten
  const credentials: GitCredentials = entry?.credentials ?? { type: 'none' }
  const id = repositoryId(fetchUrl, credentials)
  const failure = unsupported(fetchUrl)
  if (failure !== undefined) return { id, failure }
  return {
    spec: {
      id,
      url: withoutUserInfo(url),
      fetchUrl,
      credentials,
      pollIntervalSeconds: entry?.pollIntervalSeconds ?? DEFAULT_POLL_SECONDS,
      ...(entry?.caFile !== undefined && { caFile: entry.caFile }),
      ...(entry?.insecureSkipVerify !== undefined && { insecureSkipVerify: entry.insecureSkipVerify }),
      ...(entry?.proxy !== undefined && { proxy: entry.proxy }),
      untrusted: false,
    },
  }
}

/** The URL after the longest rewrite whose `match` it starts with, as Git's `insteadOf` does it. */
export function rewrite(url: string, rewrites: readonly Rewrite[]): string {
  const longest = longestRewrite(url, rewrites)
  return longest === undefined ? url : longest.fetchFrom + url.slice(longest.match.length)
}

/**
 * Whether what a rewrite makes of the URL is still where the rewrite says: the rest of a URL that a resource names could lead up from a
 * folder, or make another host of a host without a slash behind it.
 */
export function rewriteHolds(url: string, rewrites: readonly Rewrite[]): boolean {
  const longest = longestRewrite(url, rewrites)
  if (longest === undefined) return true
  const made = longest.fetchFrom + url.slice(longest.match.length)
  if (!URL.canParse(made) || !URL.canParse(longest.fetchFrom)) return false
  const [to, meant] = [new URL(made), new URL(longest.fetchFrom)]
  if (to.protocol === 'file:') return !/(?:^|[/\\])(?:\.|%2e){2}(?:$|[/\\?#])/i.test(made.replaceAll(/%2f|%5c/gi, '/'))
  return to.origin === meant.origin && to.username === '' && to.password === ''
}

function longestRewrite(url: string, rewrites: readonly Rewrite[]): Rewrite | undefined {
  const matching = rewrites.filter(({ match }) => url.startsWith(match))
  return matching.toSorted((one, two) => two.match.length - one.match.length)[0]
}

function unsupported(fetchUrl: string): Failure | undefined {
  const shown = withoutUserInfo(fetchUrl)
  const transport = repositoryTransport(fetchUrl)
  switch (transport) {
    case 'http':
    case 'https':
    case 'file':
      return undefined
    case 'ssh':
      return new CodedError('GDE_UNSUPPORTED_SSH', `${shown} is read over SSH`, { repository: shown }).failure
    case 'oci':
      return new CodedError('GDE_UNSUPPORTED_OCI', `${shown} is an OCI artifact`, { repository: shown }).failure
    case 'other':
    case undefined:
      return new CodedError('GDE_UNSUPPORTED_SOURCE', `${shown} is no Git repository that can be read`, {
        repository: shown,
      }).failure
    default:
      return transport satisfies never
  }
}

/** What `repositories` of the config file says of a URL: the entry for just this one, else that of the longest pattern that matches. */
export function configuredRepository(
  url: string,
  repositories: readonly RepositorySettings[],
): RepositorySettings | undefined {
  const key = sameRepositoryKey(withoutUserInfo(url))
  const single = repositories.filter((entry) => !isRepositoryPattern(entry.url))
  const exact =
    single.find((entry) => sameRepositoryKey(entry.url) === key) ?? single.find((entry) => isSameGitUrl(entry.url, url))
  if (exact !== undefined) return exact
  return repositories
    .filter((entry) => isRepositoryPattern(entry.url) && matches(entry.url, url))
    .toSorted((one, other) => other.url.length - one.url.length)[0]
}

/** As it is written, or as Argo CD normalizes both: to it `git@host:path` and `git@host/path` are one. */
function matches(pattern: string, url: string): boolean {
  const normalized = normalizeGitUrl(pattern)
  return (
    gobwasGlob(pattern)?.test(sameRepositoryKey(withoutUserInfo(url))) === true ||
    (normalized !== '' && gobwasGlob(normalized)?.test(normalizeGitUrl(url)) === true)
  )
}

/**
 * Names a mirror by where it is fetched from and with which credentials, so that no app reads what another's credentials
 * fetched. Files count by their path; `reference` stands for credentials that are no files (the Secret they came from).
 */
export function repositoryId(fetchUrl: string, credentials: GitCredentials, reference = ''): RepositoryId {
  const parts = [sameRepositoryKey(fetchUrl), ...credentialParts(credentials), reference]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32) as RepositoryId
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
      return [credentials.type]
    default:
      return credentials satisfies never
  }
}
