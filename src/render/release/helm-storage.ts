import { gunzipSync } from 'node:zlib'
import { parseJson, requireJsonMemory } from '../../kubernetes/serialization/json.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject, type JsonObject } from '../../model/json.ts'

/** A Secret holds a megabyte and manifests compress tenfold; anything that compresses much better is not a release. */
const LARGEST_RELEASE = 64 << 20

/**
 * A release as Helm's storage driver writes it into a Secret: JSON, gzip, base64 (the Secret's own base64 is taken off already).
 * Releases of Helm 2's first days were not compressed.
 * @throws CodedError `GDE_HELM_STORAGE`, `GDE_TOO_LARGE`
 */
export function readHelmStorage(text: string): JsonObject {
  const bytes = Buffer.from(text, 'base64')
  const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08
  const json = isCompressed ? unzip(bytes) : bytes
  const release = parseQuietly(json)
  if (!isJsonObject(release)) throw new CodedError('GDE_HELM_STORAGE', 'the release is no JSON object')
  return release
}

function unzip(bytes: Uint8Array): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST_RELEASE })
  } catch (error) {
    if (error instanceof RangeError)
      throw new CodedError('GDE_TOO_LARGE', `the release is larger than ${LARGEST_RELEASE} bytes`)
    throw new CodedError('GDE_HELM_STORAGE', 'the release cannot be decompressed', {}, { cause: error })
  }
}

/** Replaces the parser's message, which may quote the release: it comes from a Secret. */
function parseQuietly(json: Buffer) {
  try {
    requireJsonMemory(json)
    return parseJson(json.toString('utf8'))
  } catch (error) {
    if (error instanceof CodedError && error.failure.code === 'GDE_TOO_LARGE') throw error
    throw new CodedError('GDE_HELM_STORAGE', 'the release is no JSON', {}, { cause: error })
  }
}
