import { CodedError } from '../../model/failure.ts'
import { isDigest } from '../http/download.ts'
import { readJsonObject } from './registry-client.ts'

export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

/** What a digest of a registry stands for. */
export type Manifest =
  | {
      readonly type: 'manifest'
      readonly config: string
      readonly layers: readonly Descriptor[]
      /** Unix seconds, as it is annotated. */
      readonly created: number | undefined
    }
  /** The manifests for machines that are as the controllers' are: linux on amd64, or any. */
  | { readonly type: 'index'; readonly manifests: readonly Descriptor[] }

export const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ')

/** @throws CodedError `GDE_SOURCE_PROTOCOL` */
export function readManifest(body: Buffer, what: string): Manifest {
  const fields = readJsonObject(body)
  if (fields === undefined) throw new CodedError('GDE_SOURCE_PROTOCOL', `${what} is no manifest`)
  if (Array.isArray(fields.manifests))
    return {
      type: 'index',
      manifests: fields.manifests.filter(isForController).map((one) => readDescriptor(one, what)),
    }
  if (!Array.isArray(fields.layers)) throw new CodedError('GDE_SOURCE_PROTOCOL', `${what} is a manifest without layers`)
  const { mediaType } = readRecord(fields.config)
  const created = Date.parse(String(readRecord(fields.annotations)['org.opencontainers.image.created']))
  return {
    type: 'manifest',
    config: typeof mediaType === 'string' ? mediaType : '',
    layers: fields.layers.map((one) => readDescriptor(one, what)),
    created: Number.isNaN(created) ? undefined : Math.floor(created / 1000),
  }
}

function isForController(descriptor: unknown): boolean {
  const { platform } = readRecord(descriptor)
  if (platform === undefined) return true
  const { os, architecture } = readRecord(platform)
  return os === 'linux' && architecture === 'amd64'
}

function readDescriptor(value: unknown, what: string): Descriptor {
  const { mediaType, digest, size } = readRecord(value)
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || !isDigest(digest) || typeof size !== 'number')
    throw new CodedError('GDE_SOURCE_PROTOCOL', `${what} names a part without type, size or digest`)
  return { mediaType, digest, size }
}

function readRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
