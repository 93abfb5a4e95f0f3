import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'

/**
 * What is fetched, as a URL without user info: credentials come from the spec alone.
 * @throws CodedError `GDE_SOURCE_PROTOCOL` for what is not read over http(s)
 */
export function sourceUrl({ fetchUrl, url: declared }: RepositorySpec): URL {
  const url = URL.parse(fetchUrl)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new CodedError('GDE_SOURCE_PROTOCOL', `${declared} is no URL that begins with https://`)
  url.username = ''
  url.password = ''
  return url
}
