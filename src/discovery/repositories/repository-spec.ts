import { CodedError, type Failure } from '../../model/failure.ts'
import type { GitCredentials, RepositorySpec } from '../../model/inventory.ts'
import { repositoryTransport, withoutUserInfo } from '../../model/repository-url.ts'
import { DEFAULT_POLL_SECONDS, type RepositorySettings, type Rewrite } from '../../model/settings.ts'
import type { RepositoryId } from '../../model/source.ts'
import { configuredRepository } from './configured-repository.ts'
import { repositoryId } from './repository-id.ts'

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
