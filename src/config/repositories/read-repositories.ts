import type { ChartFolder, RepositorySettings, Rewrite } from '../../model/settings.ts'
import { addressPattern, addressPrefix } from '../../model/sources/address-start.ts'
import { isRepositoryPattern } from '../../model/sources/repository-url.ts'
import { durationSeconds } from '../duration.ts'
import type { ParseContext } from '../parse-context.ts'
import { readConfigUrl, readFetchPrefix, readFetchUrl, readProxyUrl } from '../read-urls.ts'
import type { ConfigFile, RepositoryFile } from '../schema.ts'
import { readLogin } from './read-credentials.ts'

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
      credentials: readLogin(repository.credentials, `${pointer}/credentials`, context),
      pollIntervalSeconds: readSeconds(repository.pollInterval, `${pointer}/pollInterval`, context),
      ...(repository.tls?.caFile !== undefined && { caFile: context.absolute(repository.tls.caFile) }),
      ...readClientCertificate(repository.tls, `${pointer}/tls`, context),
      ...(repository.knownHostsFile !== undefined && { knownHostsFile: context.absolute(repository.knownHostsFile) }),
      ...(repository.tls?.insecureSkipVerify === true && { insecureSkipVerify: true }),
      ...(repository.proxy !== undefined && { proxy: readProxyUrl(repository.proxy, `${pointer}/proxy`, context) }),
    }
  })
}

function readClientCertificate(
  tls: RepositoryFile['tls'],
  pointer: string,
  context: ParseContext,
): Pick<RepositorySettings, 'clientCertificate'> {
  const { certificateFile, keyFile } = tls ?? {}
  if (certificateFile === undefined && keyFile === undefined) return {}
  if (certificateFile !== undefined && keyFile !== undefined) {
    const [certificate, key] = [certificateFile, keyFile].map((file) => ({ file: context.absolute(file) }))
    if (certificate !== undefined && key !== undefined) return { clientCertificate: { certificate, key } }
  }
  context.reportIssue(pointer, 'certificateFile and keyFile need each other')
  return {}
}

export function readRewrites(rewrites: ConfigFile['rewrites'], context: ParseContext): readonly Rewrite[] {
  return (rewrites ?? []).map(({ match, fetchFrom }, index) => ({
    match: addressPrefix(match),
    fetchFrom: readFetchPrefix(fetchFrom, `/rewrites/${index}/fetchFrom`, context),
  }))
}

export function readCharts(charts: ConfigFile['charts'], context: ParseContext): readonly ChartFolder[] {
  return (charts ?? []).map(({ match, folder }, index) => {
    if (!/^(?:https?|oci):\/\/[^/]/i.test(match))
      context.reportIssue(`/charts/${index}/match`, 'write the start of an https, http or oci URL, with the whole host')
    return { match: addressPrefix(match), folder: context.absolute(folder) }
  })
}

/** A duration of at least a second. */
export function readSeconds(text: string, pointer: string, context: ParseContext): number {
  const seconds = durationSeconds(text) ?? 0
  if (seconds < 1) context.reportIssue(pointer, `${JSON.stringify(text)} must be at least 1s`)
  return seconds
}
