import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { readRepositoryUrl, requireRepositoryUrl } from '../../model/sources/repository-url.ts'
import type { FetchedArchive, ServerContext } from '../archive-server.ts'
import { createOciServer } from '../oci/oci-server.ts'

/** An index may say that its charts lie in a registry, by `oci://host/path:tag`. The credentials of the repository are not for it. */
export async function fetchOciChart(
  url: string,
  { passCredentials, ...spec }: RepositorySpec,
  context: ServerContext,
  file: string,
  signal: AbortSignal,
): Promise<FetchedArchive> {
  const [, repository = '', tag = ''] = /^(oci:\/\/[^/]+\/.*?)(?::([\w.-]+))?$/.exec(url) ?? []
  const { address } = requireRepositoryUrl(readRepositoryUrl(repository))
  const credentials = passCredentials === true ? spec.credentials : ({ type: 'none' } as const)
  const server = createOciServer({ ...spec, type: 'oci', url: repository, fetchUrl: address, credentials }, context)
  try {
    const resolution = (await server.look([`tag:${tag}`], true, signal)).get(`tag:${tag}`)
    if (resolution === undefined || 'failure' in resolution)
      throw resolution?.failure ?? new CodedError('GDE_SOURCE_NOT_FOUND', `there is no ${url}`)
    return await server.fetch(resolution.found, file, signal)
  } finally {
    await server.close()
  }
}
