import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CodedError } from '../../model/failure.ts'

const SQLITE_BUSY = 5

/**
 * Claims a state directory for this process. Node has no file locks of its own, but SQLite takes one for an exclusive transaction, and the
 * kernel gives it up when the process dies, however it dies: no stale lock, no guessing by process id.
 * @throws CodedError `GDE_STATE_LOCKED`; `GDE_STATE_DIRECTORY` when it is no folder that can be written to
 */
export async function lockStateDirectory(directory: string): Promise<{ release(): void }> {
  let database: DatabaseSync | undefined
  try {
    await makeFolder(directory)
    database = new DatabaseSync(join(directory, 'lock'))
    // Nothing is ever written, so no journal is needed on disk.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY)
      throw new CodedError('GDE_STATE_LOCKED', 'another process uses it', { file: directory })
    const reason = error instanceof Error ? error.message : String(error)
    throw new CodedError('GDE_STATE_DIRECTORY', reason, { file: directory }, { cause: error })
  }
  const claimed = database
  return { release: () => claimed.close() }
}

/** Step by step: Node's `recursive` asks for ever where a folder is there and nothing can be made in it, such as /proc. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || existsSync(dirname(folder))) throw error
    await makeFolder(dirname(folder))
    await makeFolder(folder)
  }
}
