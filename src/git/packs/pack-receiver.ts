import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '../../model/failure.ts'
import type { GitLimits } from '../limits.ts'
import { indexPack } from './index-pack.ts'
import { packIndexBytes } from './pack-index-writer.ts'
import { type WrittenPack, writePack } from './pack-writer.ts'

/**
 * Takes a pack into a repository: written and indexed beside it, then put in place, the index last, as readers look for that.
 * @returns the path of the pack; undefined when it holds no object
 * @throws CodedError `GDE_TOO_LARGE`, `GDE_GIT_UNSUPPORTED`, `GDE_GIT_PROTOCOL` for a pack that is not as it should be
 */
export async function receivePack(
  bytes: AsyncIterable<Uint8Array>,
  packFolder: string,
  limits: GitLimits,
  signal: AbortSignal,
): Promise<string | undefined> {
  await mkdir(packFolder, { recursive: true })
  const temporary = join(packFolder, `tmp_${randomBytes(8).toString('hex')}`)
  try {
    const pack = await writePack(bytes, temporary, limits.packBytes)
    if (pack === undefined) return undefined
    const objects = await indexPack(pack, limits, signal)
    return await installPack(pack, packIndexBytes(objects, pack.checksum), packFolder)
  } catch (error) {
    if (!(error instanceof CodedError) || error.failure.code !== 'GDE_GIT_DAMAGED') throw error
    // Not GDE_GIT_DAMAGED: the mirror itself is intact and must not be reset.
    throw new CodedError(
      'GDE_GIT_PROTOCOL',
      `the server sends a pack that cannot be used: ${error.message}`,
      {},
      { cause: error },
    )
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Gives a pack and its index their names, of which the checksum is a part as in Git. */
export async function installPack(
  { path, checksum }: Pick<WrittenPack, 'path' | 'checksum'>,
  index: Uint8Array,
  packFolder: string,
): Promise<string> {
  const name = join(packFolder, `pack-${checksum.toString('hex')}`)
  await writeFile(`${path}.idx`, index)
  await rename(path, `${name}.pack`)
  await rename(`${path}.idx`, `${name}.idx`)
  return `${name}.pack`
}
