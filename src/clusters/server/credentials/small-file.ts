import { open } from 'node:fs/promises'
import { CodedError } from '../../../model/failure.ts'

/** A kubeconfig with some hundred clusters is smaller. */
const MAX_BYTES = 4 * 1024 * 1024

/**
 * Reads a file that a kubeconfig is, or names in `field`.
 * @throws CodedError `GDE_CLUSTER_KUBECONFIG` when it cannot be read or is larger than 4 MB
 */
export async function readSmallFile(path: string, field: string): Promise<string> {
  try {
    await using file = await open(path)
    const buffer = Buffer.alloc(64 * 1024)
    const parts: Buffer[] = []
    for (let size = 0; ; ) {
      const { bytesRead } = await file.read(buffer)
      if (bytesRead === 0) return Buffer.concat(parts).toString('utf8')
      size += bytesRead
      if (size > MAX_BYTES) throw new CodedError('GDE_CLUSTER_KUBECONFIG', `${field}: larger than 4 MB`, { file: path })
      parts.push(Buffer.from(buffer.subarray(0, bytesRead)))
    }
  } catch (error) {
    if (error instanceof CodedError) throw error
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'cannot be read'
    throw new CodedError(
      'GDE_CLUSTER_KUBECONFIG',
      `${field} cannot be read: ${reason}`,
      { file: path },
      { cause: error },
    )
  }
}
