import { deflateRawSync, inflateRawSync } from 'node:zlib'

/**
 * JSON at rest: deflated, as a Latin-1 string, which is small between threads too. A Deployment takes 0.7 kB instead of 2.5, for 25 µs to
 * pack and 15 µs to unpack. Equal texts are equal when packed.
 */
export type PackedJson = string & { readonly __brand: 'PackedJson' }

/** Chunks of Node's usual 16 kB are buffers of their own, and 10,000 of them wait for the next collection. */
const OPTIONS = { windowBits: 14, memLevel: 6, chunkSize: 4000 }

export function packJson(json: string): PackedJson {
  return deflateRawSync(json, OPTIONS).toString('latin1') as PackedJson
}

export function unpackJson(packed: PackedJson): string {
  return inflateRawSync(Buffer.from(packed, 'latin1'), OPTIONS).toString('utf8')
}
