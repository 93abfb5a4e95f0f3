import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '../../model/failure.ts'

/** The file that keeps state over restarts. */
export interface StateFile {
  /** @throws CodedError `GDE_STATE_DAMAGED`, `GDE_TOO_LARGE`; undefined when there is none yet */
  read(): Promise<string | undefined>
  /**
   * Atomic: a reader sees the old text or the new one, even after a power cut. Each part is taken when the one before is written.
   * @throws CodedError `GDE_STATE_DIRECTORY`
   */
  write(parts: Iterable<string>): Promise<void>
  /** Renames a file that cannot be used. @returns its new name */
  setAside(suffix: string): Promise<string>
}

/** An app takes some 500 bytes; a larger file was not written by the exporter. */
const MAX_BYTES = 256 * 1024 * 1024

export function createStateFile(directory: string): StateFile {
  const path = join(directory, 'state.json')
  return {
    async read() {
      try {
        const found = await stat(path)
        // A pipe or a device gives no end of bytes, or none at all.
        if (!found.isFile()) throw new CodedError('GDE_STATE_DAMAGED', 'state.json is no file', { file: path })
        const { size } = found
        if (size > MAX_BYTES) throw new CodedError('GDE_TOO_LARGE', `state.json has ${size} bytes`, { file: path })
        return await readFile(path, 'utf8')
      } catch (error) {
        if (isMissing(error)) return undefined
        if (error instanceof CodedError) throw error
        throw new CodedError('GDE_STATE_DAMAGED', 'state.json cannot be read', { file: path }, { cause: error })
      }
    },
    async write(parts) {
      const draft = `${path}.${randomUUID()}.tmp`
      try {
        await mkdir(directory, { recursive: true })
        const file = await open(draft, 'wx', 0o600)
        try {
          await file.writeFile(parts)
          await file.datasync()
        } finally {
          await file.close()
        }
        await rename(draft, path)
        await syncFolder(directory)
      } catch (error) {
        // A failed removal has the same cause, so it needs no report of its own.
        await rm(draft, { force: true }).catch(() => undefined)
        const reason = error instanceof Error ? error.message : String(error)
        throw new CodedError('GDE_STATE_DIRECTORY', reason, { file: path }, { cause: error })
      }
    },
    async setAside(suffix) {
      const name = `${path}.damaged-${suffix}`
      await rename(path, name)
      return name
    },
  }
}

/** Without this the rename itself may be lost in a power cut. */
async function syncFolder(directory: string): Promise<void> {
  const folder = await open(directory)
  try {
    await folder.datasync()
  } finally {
    await folder.close()
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
