import { open } from 'node:fs/promises'
import { CodedError } from '../model/failure.ts'

export const CONFIG_LIMITS = { bytes: 1_000_000, depth: 64, nodes: 100_000, aliases: 100 } as const

/** The text of the file. @throws CodedError `GDE_CONFIG_READ`, `GDE_CONFIG_SYNTAX` for what is no text, `GDE_TOO_LARGE` */
export async function readConfigFile(path: string, file: string): Promise<string> {
  const bytes = await readAtMost(path, file, CONFIG_LIMITS.bytes)
  const nul = bytes.indexOf(0)
  if (nul !== -1) {
    const before = bytes.subarray(0, nul).toString('latin1').split('\n')
    throw new CodedError('GDE_CONFIG_SYNTAX', 'the file holds a NUL byte: it is not text', {
      file,
      line: before.length,
      column: (before.at(-1)?.length ?? 0) + 1,
    })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new CodedError('GDE_CONFIG_SYNTAX', 'the file is not UTF-8', { file }, { cause: error })
  }
}

async function readAtMost(path: string, file: string, limit: number): Promise<Buffer> {
  // Never more than the limit is read, whatever stat says: /dev/zero and pipes have size 0.
  const buffer = Buffer.alloc(limit + 1)
  let length = 0
  try {
    await using handle = await open(path)
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length)
      if (bytesRead === 0) break
      length += bytesRead
    }
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? reasonOf(String(error.code)) : String(error)
    throw new CodedError('GDE_CONFIG_READ', `the file cannot be read: ${reason}`, { file }, { cause: error })
  }
  if (length > limit) throw new CodedError('GDE_TOO_LARGE', `the config file is larger than ${limit} bytes`, { file })
  return buffer.subarray(0, length)
}

function reasonOf(code: string): string {
  switch (code) {
    case 'ENOENT':
      return 'there is no such file'
    case 'EACCES':
      return 'permission denied'
    case 'EISDIR':
      return 'it is a folder'
    default:
      return code
  }
}
