import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '../../model/failure.ts'

/** Where the engine keeps what must outlive the process. */
export interface StateFile {
  /** @throws CodedError `GDE_STATE_DAMAGED`, `GDE_TOO_LARGE`; undefined when there is none yet */
  read(): Promise<string | undefined>
  /**
   * All or nothing: whoever reads sees the old text or the new one, after a power cut too.
   * @throws CodedError `GDE_STATE_DIRECTORY`
   */
  write(text: string): Promise<void>
  /** Puts a file that cannot be used out of the way. @returns its new name */
  setAside(suffix: string): Promise<string>
}

/** Some 500 bytes an app; what is larger was not written by the exporter. */
const MAX_BYTES = 256 * 1024 * 1024

export function createStateFile(directory: string): StateFile {
  const path = join(directory, 'state.json')
  return {
    async read() {
      try {
        const { size } = await stat(path)
        if (size > MAX_BYTES) throw new CodedError('GDE_TOO_LARGE', `state.json has ${size} bytes`, { file: path })
        return await readFile(path, 'utf8')
      } catch (error) {
        if (isMissing(error)) return undefined
        if (error instanceof CodedError) throw error
        throw new CodedError('GDE_STATE_DAMAGED', 'state.json cannot be read', { file: path }, { cause: error })
      }
    },
    async write(text) {
      const draft = `${path}.${randomUUID()}.tmp`
      try {
        await mkdir(directory, { recursive: true })
        const file = await open(draft, 'wx', 0o600)
        try {
          await file.writeFile(text)
          await file.datasync()
        } finally {
          await file.close()
        }
        await rename(draft, path)
        await syncFolder(directory)
      } catch (error) {
        // Where it cannot be removed either, the reason is the same.
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

/** The new name itself is only safe once the folder is. */
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
