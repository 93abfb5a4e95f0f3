import { createHash } from 'node:crypto'
import type { GitCredentials, RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError, type Failure } from '../../model/failure.ts'
import { DEFAULT_POLL_SECONDS, type RepositorySettings, type Rewrite } from '../../model/settings.ts'
import {
  isRepositoryPattern,
  repositoryTransport,
  sameRepositoryKey,
  withoutUserInfo,
} from '../../model/sources/repository-url.ts'
import type { RepositoryId } from '../../model/sources/source.ts'
import { gobwasGlob } from '../../text/gobwas-glob.ts'
import { isSameGitUrl, normalizeGitUrl } from './git-url.ts'

/** The mirror's spec for one repository URL, or why it cannot be fetched. */
export type RepositoryResolution =
  | { readonly spec: RepositorySpec }
  | { readonly id: RepositoryId; readonly failure: Failure }

/**
 * Resolves a URL by the config file: an entry of `repositories` for the URL as declared, else one for the URL as
 * rewritten, else the longest rewrite.
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
 * Whether the rewritten URL stays within the rewrite's target. The rest of a resource's URL could contain `..`, or
 * extend the host name when the target has no slash at its end.
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

/** The entry of the config's `repositories` for a URL: an exact match, else the longest matching pattern. */
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
 * Identifies a mirror by fetch URL and credentials, so that no app reads what another's credentials fetched.
 * Credential files count by path; `reference` names the Secret of credentials that are not files.
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
