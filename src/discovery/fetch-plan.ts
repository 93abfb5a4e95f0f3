import { CodedError, type Failure } from '../model/failure.ts'
import type { GitCredentials, RepositorySpec } from '../model/inventory.ts'
import { repositoryTransport, sameRepositoryKey, withoutUserInfo } from '../model/repository-url.ts'
import { DEFAULT_POLL_SECONDS, type RepositorySettings, type Rewrite } from '../model/settings.ts'
import type { RepositoryId } from '../model/source.ts'
import { repositoryId } from './repository-id.ts'

/** How one repository URL is fetched: the spec of its mirror, or why it cannot be fetched. */
export type FetchPlan = { readonly spec: RepositorySpec } | { readonly id: RepositoryId; readonly failure: Failure }

/**
 * Plans by what the config file says: an entry of `repositories` (for the URL as declared, else as rewritten), then the
 * longest rewrite.
 */
export function fetchPlan(
  url: string,
  repositories: readonly RepositorySettings[],
  rewrites: readonly Rewrite[],
): FetchPlan {
  const rewritten = rewrite(url, rewrites)
  const entry = entryFor(url, repositories) ?? entryFor(rewritten, repositories)
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
  const matching = rewrites.filter(({ match }) => url.startsWith(match))
  const longest = matching.toSorted((one, two) => two.match.length - one.match.length)[0]
  return longest === undefined ? url : longest.fetchFrom + url.slice(longest.match.length)
}

function entryFor(url: string, repositories: readonly RepositorySettings[]): RepositorySettings | undefined {
  const key = sameRepositoryKey(url)
  return repositories.find((repository) => sameRepositoryKey(repository.url) === key)
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
