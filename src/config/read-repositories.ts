import type { GitCredentials } from '../model/apps/inventory.ts'
import type { RepositorySettings, Rewrite } from '../model/settings.ts'
import { addressPattern, addressPrefix } from '../model/sources/address-start.ts'
import { isRepositoryPattern } from '../model/sources/repository-url.ts'
import { durationSeconds } from './duration.ts'
import type { ParseContext } from './parse-context.ts'
import { readConfigUrl, readFetchPrefix, readFetchUrl, readProxyUrl } from './read-urls.ts'
import type { ConfigFile, RepositoryFile } from './schema.ts'

export function readRepositories(
  repositories: readonly RepositoryFile[],
  context: ParseContext,
): readonly RepositorySettings[] {
  const first = new Map<string, number>()
  return repositories.map((repository, index) => {
    const pointer = `/repositories/${index}`
    const isPattern = isRepositoryPattern(repository.url)
    // Otherwise its credentials would go to whatever host a resource names.
    if (isPattern && repository.fetchFrom === undefined)
      context.reportIssue(`${pointer}/url`, 'with a star it needs fetchFrom, which says where all of them are')
    const url = isPattern ? addressPattern(repository.url) : readConfigUrl(repository.url, `${pointer}/url`, context)
    const name = typeof url === 'string' ? url : url.name
    const before = first.get(name)
    if (before !== undefined)
      context.reportIssue(`${pointer}/url`, `this repository is there already, number ${before + 1} in the list`)
    first.set(name, before ?? index)
    return {
      url,
      ...(repository.fetchFrom !== undefined && {
        fetchFrom: readFetchUrl(repository.fetchFrom, `${pointer}/fetchFrom`, context),
      }),
      credentials: readCredentials(repository.credentials, `${pointer}/credentials`, context),
      pollIntervalSeconds: readSeconds(repository.pollInterval, `${pointer}/pollInterval`, context),
      ...(repository.tls?.caFile !== undefined && { caFile: context.absolute(repository.tls.caFile) }),
      ...(repository.tls?.insecureSkipVerify === true && { insecureSkipVerify: true }),
      ...(repository.proxy !== undefined && { proxy: readProxyUrl(repository.proxy, `${pointer}/proxy`, context) }),
    }
  })
}

function readCredentials(
  credentials: RepositoryFile['credentials'],
  pointer: string,
  context: ParseContext,
): GitCredentials {
  if (credentials === undefined) return { type: 'none' }
  const { username, usernameFile, passwordFile, tokenFile } = credentials
  if (username !== undefined && usernameFile !== undefined)
    context.reportIssue(pointer, 'username and usernameFile exclude each other')
  if (tokenFile !== undefined) {
    if (username !== undefined || usernameFile !== undefined || passwordFile !== undefined)
      context.reportIssue(pointer, 'tokenFile (a bearer token) and username or password exclude each other')
    return { type: 'bearerFile', tokenFile: context.absolute(tokenFile) }
  }
  if (passwordFile === undefined) {
    context.reportIssue(pointer, 'credentials need passwordFile or tokenFile')
    return { type: 'none' }
  }
  return {
    type: 'basicFiles',
    ...(username !== undefined && { username }),
    ...(usernameFile !== undefined && { usernameFile: context.absolute(usernameFile) }),
    passwordFile: context.absolute(passwordFile),
  }
}

export function readRewrites(rewrites: ConfigFile['rewrites'], context: ParseContext): readonly Rewrite[] {
  return (rewrites ?? []).map(({ match, fetchFrom }, index) => ({
    match: addressPrefix(match),
    fetchFrom: readFetchPrefix(fetchFrom, `/rewrites/${index}/fetchFrom`, context),
  }))
}

/** A duration of at least a second. */
export function readSeconds(text: string, pointer: string, context: ParseContext): number {
  const seconds = durationSeconds(text) ?? 0
  if (seconds < 1) context.reportIssue(pointer, `${JSON.stringify(text)} must be at least 1s`)
  return seconds
}
