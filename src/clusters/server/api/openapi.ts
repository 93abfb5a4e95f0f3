import { isDeepStrictEqual } from 'node:util'
import type { OpenApiDocument } from '../../../model/clusters/cluster.ts'
import { CodedError } from '../../../model/failure.ts'
import { isJsonObject, type Json } from '../../../model/json.ts'
import type { ServerClient } from '../client.ts'
import { connectionError, RefusedError } from '../failures.ts'
import type { ServerRequest } from '../send-request.ts'

/** The hash of each group and version's document, by `apis/apps/v1`; where to get it. */
export type OpenApiIndex = ReadonlyMap<string, { readonly hash: string; readonly path: string }>

/** A cluster with a thousand CRDs in one group has some 30 MB. */
const MAX_BYTES = 64 * 1024 * 1024

/** Empty where the server has none: before Kubernetes 1.24, or when it may not be read. The same object as long as nothing changed. */
export function createOpenApiIndex(client: ServerClient): (signal: AbortSignal) => Promise<OpenApiIndex> {
  let known: { readonly tag: Pick<ServerRequest, 'etag' | 'knownDigest'>; readonly index: OpenApiIndex } | undefined
  // The aggregator of a whole API server does not tag it.
  const request = { verb: 'get', path: '/openapi/v3', subject: 'the list of schemas', digest: 'sha256' } as const
  return async (signal) => {
    try {
      const answer = await client.jsonIfChanged({ ...request, ...known?.tag }, signal)
      if (answer === undefined) return known?.index ?? new Map()
      const { body, etag, digest } = answer
      const index = readIndex(body)
      // Several servers behind one address need not print it alike.
      const same = isDeepStrictEqual(known?.index, index) ? known?.index : undefined
      known = { tag: { etag, knownDigest: digest }, index: same ?? index }
      return known.index
    } catch (error) {
      if (signal.aborted) throw error
      const coded = connectionError(error)
      if (coded instanceof RefusedError && (coded.status === 404 || coded.status === 403)) return new Map()
      throw coded
    }
  }
}

function readIndex(body: Json): OpenApiIndex {
  const paths = isJsonObject(body) ? body.paths : undefined
  if (!isJsonObject(paths)) throw new CodedError('GDE_CLUSTER_PROTOCOL', 'the list of schemas has no paths')
  const index = new Map<string, { hash: string; path: string }>()
  for (const [name, entry] of Object.entries(paths)) {
    const path = isJsonObject(entry) ? entry.serverRelativeURL : undefined
    // Only a path of this server: an absolute URL would send the credentials elsewhere.
    if (typeof path !== 'string' || !path.startsWith('/openapi/v3/')) continue
    const hash = new URLSearchParams(path.split('?')[1] ?? '').get('hash') ?? ''
    index.set(name, { hash, path })
  }
  return index
}

/** The document without `paths`, which are nine tenths of it and say nothing about objects. */
export function findOpenApi(
  client: ServerClient,
  index: OpenApiIndex,
  group: string,
  version: string,
): OpenApiDocument | undefined {
  const entry = index.get(group === '' ? `api/${version}` : `apis/${group}/${version}`)
  if (entry === undefined) return undefined
  const { hash, path } = entry
  const subject = `the schemas of ${group === '' ? version : `${group}/${version}`}`
  const request = { verb: 'get', path, subject, aggregated: true, maxBytes: MAX_BYTES, digest: 'sha512' } as const
  return {
    hash,
    async read(signal) {
      const { body, digest } = await client.json(request, signal)
      if (!isJsonObject(body)) throw new CodedError('GDE_CLUSTER_PROTOCOL', `${subject}: not an OpenAPI document`)
      const { paths: _, ...document } = body
      // kube-openapi names a document by the SHA-512 of its JSON, in upper case (handler3).
      return { document, isProven: digest?.toUpperCase() === hash }
    },
  }
}
