import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CodedError } from '../model/failure.ts'

/** Makes a new folder whose name starts with the prefix. @throws CodedError `GDE_TEMPORARY_FOLDER` */
export async function makeTemporaryFolder(prefix: string): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), prefix))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CodedError('GDE_TEMPORARY_FOLDER', reason, {}, { cause: error })
  }
}
