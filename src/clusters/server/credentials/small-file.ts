import { open, stat } from 'node:fs/promises'
import { CodedError } from '../../../model/failure.ts'

/** A kubeconfig with some hundred clusters is smaller. */
const MAX_BYTES = 4 * 1024 * 1024
/** What was written so shortly before it was looked at may be written once more without another time: clocks of file systems tick slowly. */
const SETTLED_MS = 2000

export type ReadSmallFile = typeof readSmallFile

/**
 * Gives what is made of small files, and makes it anew where one that was read may be another since: reading again, and making sense of it,
 * for each cluster each minute was a sixth of the CPU of a fleet at rest, looking is not.
 * @returns `fresh` does not trust the times of the files
 * @throws CodedError as `make`, which is called again then
 */
export function ofSmallFiles<Value>(
  make: (read: ReadSmallFile) => Promise<Value>,
): (fresh?: boolean) => Promise<Value> {
  let known: { readonly value: Value; readonly marks: ReadonlyMap<string, string | undefined> } | undefined
  return async (fresh = false) => {
    if (known !== undefined && !fresh && (await areUnchanged(known.marks))) return known.value
    known = undefined
    const marks = new Map<string, string | undefined>()
    const value = await make(async (path, field) => {
      marks.set(path, await markOf(path))
      return readSmallFile(path, field)
    })
    known = { value, marks }
    return value
  }
}

async function areUnchanged(marks: ReadonlyMap<string, string | undefined>): Promise<boolean> {
  for (const [path, mark] of marks) if (mark === undefined || mark !== (await markOf(path))) return false
  return true
}

/** Another one for another content; undefined where that cannot be told. */
async function markOf(path: string): Promise<string | undefined> {
  const looked = BigInt(Date.now() - SETTLED_MS) * 1_000_000n
  const found = await stat(path, { bigint: true }).catch(() => undefined)
  if (found === undefined || found.mtimeNs > looked || found.ctimeNs > looked) return undefined
  const { dev, ino, size, mtimeNs, ctimeNs } = found
  return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`
}

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
