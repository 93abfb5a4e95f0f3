import { CodedError } from '../../model/failure.ts'
import type { Rewrite } from '../../model/settings.ts'
import type { AddressPrefix } from '../../model/sources/address-start.ts'
import { type RepositoryLocation, RepositoryUrl, readRepositoryUrl } from '../../model/sources/repository-url.ts'

/**
 * The URL after the longest rewrite whose `match` its address starts with, as Git's `insteadOf` does it; a host is matched whole. What
 * is made is read like any URL from outside.
 * @throws CodedError `GDE_NOT_PERMITTED` when the rest of the URL leads out of what the rewrite names
 */
export function rewrite(url: RepositoryLocation, rewrites: readonly Rewrite[]): RepositoryLocation {
  const matching = rewrites.filter(({ match }) => startsWith(url.address, match))
  const [longest] = matching.toSorted((one, two) => two.match.length - one.match.length)
  if (longest === undefined) return url
  const rest = url.address.slice(longest.match.length)
  const made = readRepositoryUrl(longest.fetchFrom + rest)
  if (made instanceof RepositoryUrl && isWithin(made, longest.fetchFrom, rest)) return made
  throw new CodedError('GDE_NOT_PERMITTED', `${url.shown} leads out of what the rewrite for it names`, {
    repository: url.shown,
  })
}

/** `https://git.example.com` is no start of `https://git.example.com.evil.org/x`. */
export function startsWith(address: string, match: AddressPrefix): boolean {
  if (!address.startsWith(match)) return false
  const endsInHost = /^[^:/]*:\/\/[^/]+$/.test(match)
  return !endsInHost || match.length === address.length || address[match.length] === '/'
}

/** The same host; of a folder that the config names without a slash at its end, nothing beside it but `.git`. */
function isWithin(made: RepositoryUrl, fetchFrom: AddressPrefix, rest: string): boolean {
  if (made.transport === 'file') return fetchFrom.endsWith('/') || rest.startsWith('/') || ['', '.git'].includes(rest)
  const meant = readRepositoryUrl(fetchFrom)
  return made.origin !== undefined && meant instanceof RepositoryUrl && made.origin === meant.origin
}
