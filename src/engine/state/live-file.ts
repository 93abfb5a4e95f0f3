import { createHash, hash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '../../model/failure.ts'

/**
 * The file in which a process that ends leaves what its watches were told, for the next one to go on. It may be lost at any time: then
 * all is listed.
 */
export interface LiveFile {
  /** Reads the file and removes it: what a process did not survive is not tried again. @throws CodedError `GDE_STATE_DAMAGED`, `GDE_TOO_LARGE` */
  take(): Promise<Buffer | undefined>
  /** Writes these bytes one after another; whole or not at all. @throws CodedError `GDE_STATE_DIRECTORY` */
  write(chunks: readonly Buffer[]): Promise<void>
}

/** 50,000 apps of ten objects on 500 clusters that are alike have some 60 MB. */
export const MAX_LIVE_BYTES = 128 * 1024 * 1024

const HASH = 'sha256'
const HASH_BYTES = 32

export function createLiveFile(directory: string): LiveFile {
  const path = join(directory, 'live-objects')
  const draft = `${path}.tmp`
  return {
    async take() {
      // What a process that was killed had begun to write.
      await rm(draft, { force: true })
      let file: FileHandle
      try {
        // Neither what a link leads to, nor a pipe that never opens.
        file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      } catch (error) {
        if (isMissing(error)) return undefined
        throw new CodedError('GDE_STATE_DAMAGED', 'the file of live objects cannot be read', { file: path })
      }
      try {
        return await readWhole(file, path)
      } finally {
        await file.close()
        await rm(path, { force: true })
      }
    },
    async write(chunks) {
      try {
        await mkdir(directory, { recursive: true })
        await rm(draft, { force: true })
        const file = await open(draft, 'wx', 0o600)
        try {
          const digest = createHash(HASH)
          for (const chunk of chunks) {
            digest.update(chunk)
            await file.writeFile(chunk)
          }
          await file.writeFile(digest.digest())
          await file.datasync()
        } finally {
          await file.close()
        }
        await rename(draft, path)
      } catch (error) {
        // A failed removal has the same cause, so it needs no report of its own.
        await rm(draft, { force: true }).catch(() => undefined)
        const reason = error instanceof Error ? error.message : String(error)
        throw new CodedError('GDE_STATE_DIRECTORY', reason, { file: path }, { cause: error })
      }
    },
  }
}

async function readWhole(file: FileHandle, path: string): Promise<Buffer> {
  const found = await file.stat()
  if (!found.isFile()) throw new CodedError('GDE_STATE_DAMAGED', 'the file of live objects is no file', { file: path })
  if (found.size > MAX_LIVE_BYTES + HASH_BYTES)
    throw new CodedError('GDE_TOO_LARGE', `the file of live objects has ${found.size} bytes`, { file: path })
  const bytes = await file.readFile()
  const content = bytes.subarray(0, Math.max(0, bytes.length - HASH_BYTES))
  if (!bytes.subarray(content.length).equals(hash(HASH, content, 'buffer')))
    throw new CodedError('GDE_STATE_DAMAGED', 'the file of live objects is not as it was written', { file: path })
  return content
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
