import type { Rewrite } from '../../src/model/settings.ts'
import { addressPrefix } from '../../src/model/sources/address-start.ts'
import { type RepositoryUrl, readRepositoryUrl, requireRepositoryUrl } from '../../src/model/sources/repository-url.ts'

/** A URL as it is read where it comes in. */
export function urlOf(text: string): RepositoryUrl {
  return requireRepositoryUrl(readRepositoryUrl(text))
}

/** A rewrite as the config file gives it. */
export function rewriteOf(match: string, fetchFrom: string): Rewrite {
  return { match: addressPrefix(match), fetchFrom: addressPrefix(fetchFrom) }
}
