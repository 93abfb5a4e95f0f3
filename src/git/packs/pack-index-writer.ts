import { createHash } from 'node:crypto'
import type { IndexedObject } from '../objects/pack-index.ts'

/** The index of a pack, format version 2, for packs up to 2 GiB. */
export function packIndexBytes(objects: readonly IndexedObject[], packChecksum: Buffer): Buffer {
  const sorted = sortedById(objects)
  const count = sorted.length
  const bytes = Buffer.alloc(8 + 1024 + 28 * count + 40)
  bytes.writeUInt32BE(0xff744f63, 0)
  bytes.writeUInt32BE(2, 4)
  const ids = 8 + 1024
  for (const [index, { id, crc, offset }] of sorted.entries()) {
    bytes.set(id, ids + 20 * index)
    bytes.writeUInt32BE(crc, ids + 20 * count + 4 * index)
    bytes.writeUInt32BE(offset, ids + 24 * count + 4 * index)
  }
  let upTo = 0
  for (let byte = 0; byte < 256; byte++) {
    while (sorted[upTo]?.id[0] === byte) upTo++
    bytes.writeUInt32BE(upTo, 8 + 4 * byte)
  }
  bytes.set(packChecksum, bytes.length - 40)
  bytes.set(createHash('sha1').update(bytes.subarray(0, -20)).digest(), bytes.length - 20)
  return bytes
}

/** Six bytes as a number decide nearly always, and compare much faster than buffers do. */
function sortedById(objects: readonly IndexedObject[]): readonly IndexedObject[] {
  const keyed = objects.map((object) => ({ object, key: object.id.readUIntBE(0, 6) }))
  keyed.sort((a, b) => a.key - b.key || a.object.id.compare(b.object.id))
  return keyed.map(({ object }) => object)
}
