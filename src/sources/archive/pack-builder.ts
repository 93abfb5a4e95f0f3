import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32, deflate, deflateSync } from 'node:zlib'
import { objectId } from '../../git/objects/git-object.ts'
import type { IndexedObject } from '../../git/objects/pack-index.ts'
import { packIndexBytes } from '../../git/packs/pack-index-writer.ts'
import { installPack } from '../../git/packs/pack-receiver.ts'
import { PACK_HEADER_BYTES } from '../../git/packs/pack-writer.ts'

const TYPES = { tree: 2, blob: 3 } as const
/** Speed before size: manifests are small, and an archive is unpacked once for each version. */
const LEVEL = 1
/** Below that a call to the thread pool costs more than it frees. */
const SYNCHRONOUS_BYTES = 16 << 10

const deflateInPool = promisify<Buffer, { level: number }, Buffer>(deflate)

/** Writes one pack, whole object by whole object, and its index: the form in which all trees are read. */
export class PackBuilder {
  readonly #file: FileHandle
  readonly #path: string
  readonly #folder: string
  readonly #objects = new Map<string, IndexedObject>()
  #size = PACK_HEADER_BYTES

  private constructor(file: FileHandle, path: string, folder: string) {
    this.#file = file
    this.#path = path
    this.#folder = folder
  }

  /**
   * Runs work that adds objects, then puts the pack in place. Nothing is left when the work throws.
   * @returns the path of the pack, beside what the work returns
   */
  static async write<T>(
    packFolder: string,
    work: (pack: PackBuilder) => Promise<T>,
  ): Promise<{ readonly path: string; readonly result: T }> {
    await mkdir(packFolder, { recursive: true })
    const path = join(packFolder, `tmp_${randomBytes(8).toString('hex')}`)
    const file = await open(path, 'wx+')
    try {
      const pack = new PackBuilder(file, path, packFolder)
      await file.write(Buffer.alloc(PACK_HEADER_BYTES), 0, PACK_HEADER_BYTES, 0)
      const result = await work(pack)
      return { path: await pack.#finish(), result }
    } finally {
      await file.close()
      await rm(path, { force: true })
    }
  }

  /** @returns the object ID; an object that is here already is not written again */
  async add(type: keyof typeof TYPES, data: Buffer): Promise<Buffer> {
    const id = objectId(type, data)
    const key = id.toString('latin1')
    if (this.#objects.has(key)) return id
    const options = { level: LEVEL }
    const packed = data.length < SYNCHRONOUS_BYTES ? deflateSync(data, options) : await deflateInPool(data, options)
    const entry = Buffer.concat([entryHeader(TYPES[type], data.length), packed])
    await this.#file.write(entry, 0, entry.length, this.#size)
    this.#objects.set(key, { id, offset: this.#size, crc: crc32(entry) })
    this.#size += entry.length
    return id
  }

  async #finish(): Promise<string> {
    const header = Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1')
    header.writeUInt32BE(this.#objects.size, 8)
    await this.#file.write(header, 0, header.length, 0)
    // The number of objects stands first and is known last.
    const hash = createHash('sha1')
    for await (const piece of createReadStream(this.#path, { end: this.#size - 1, highWaterMark: 1 << 20 }))
      hash.update(piece)
    const checksum = hash.digest()
    await this.#file.write(checksum, 0, checksum.length, this.#size)
    const index = packIndexBytes([...this.#objects.values()], checksum)
    return installPack({ path: this.#path, checksum }, index, this.#folder)
  }
}

/** The lowest four bits of the size stand beside the type, then seven in each byte. */
function entryHeader(type: number, size: number): Buffer {
  const bytes: number[] = []
  let byte = (type << 4) | (size & 0x0f)
  for (let rest = size >>> 4; rest > 0; rest >>>= 7) {
    bytes.push(byte | 0x80)
    byte = rest & 0x7f
  }
  bytes.push(byte)
  return Buffer.from(bytes)
}
