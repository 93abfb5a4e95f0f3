import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FileHandles } from '../objects/file-handles.ts'

import { type IndexedObject, openPackIndex } from '../objects/pack-index.ts'
import { packIndexBytes } from './pack-index-writer.ts'
import { installPack } from './pack-receiver.ts'
import { PACK_HEADER_BYTES } from './pack-writer.ts'

const CHECKSUM_BYTES = 20

/**
 * Joins packs into one. Entries are copied unchanged, one pack after the other: deltas name their base by its distance,
 * which stays the same. An object that is in several packs stays there several times.
 * @returns the path of the new pack; the old ones are still there
 */
export async function consolidatePacks(packs: readonly string[], packFolder: string): Promise<string> {
  const temporary = join(packFolder, `tmp_${randomBytes(8).toString('hex')}`)
  try {
    const objects: IndexedObject[] = []
    const checksum = await joinPacks(packs, temporary, objects)
    return await installPack({ path: temporary, checksum }, packIndexBytes(objects, checksum), packFolder)
  } finally {
    await rm(temporary, { force: true })
  }
}

async function joinPacks(packs: readonly string[], path: string, objects: IndexedObject[]): Promise<Buffer> {
  const indexes = packs.map(readIndex)
  const header = Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1')
  header.writeUInt32BE(
    indexes.reduce((sum, index) => sum + index.length, 0),
    8,
  )
  await using file = await open(path, 'wx')
  const hash = createHash('sha1').update(header)
  await file.appendFile(header)
  let written = PACK_HEADER_BYTES
  for (const [number, pack] of packs.entries()) {
    const end = (await stat(pack)).size - CHECKSUM_BYTES
    const shift = written - PACK_HEADER_BYTES
    for (const object of indexes[number] ?? []) objects.push({ ...object, offset: object.offset + shift })
    for await (const piece of createReadStream(pack, {
      start: PACK_HEADER_BYTES,
      end: end - 1,
      highWaterMark: 1 << 20,
    })) {
      hash.update(piece)
      await file.appendFile(piece)
    }
    written += end - PACK_HEADER_BYTES
  }
  const checksum = hash.digest()
  await file.appendFile(checksum)
  return checksum
}

function readIndex(pack: string): readonly IndexedObject[] {
  const handles = new FileHandles(1)
  try {
    return openPackIndex(`${pack.slice(0, -'.pack'.length)}.idx`, handles).entries()
  } finally {
    handles.closeAll()
  }
}
