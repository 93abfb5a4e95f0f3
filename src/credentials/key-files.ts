import { pause } from '../concurrency/pause.ts'
import { Confidential } from '../model/confidential.ts'
import { CodedError, type Failure } from '../model/failure.ts'
import type { KeyFiles } from '../model/key-files.ts'
import { readSecretFile } from './secret-text.ts'

const POLL_MS = 5_000

/**
 * Reads files of keys, and looks for changes until the signal: mounted Secrets change without a file event. Equal content is the same
 * object. A file that cannot be read is told as its failure, and tried again.
 */
export function followKeyFiles(files: readonly string[], onChange: () => void, signal: AbortSignal): KeyFiles {
  let contents: ReadonlyMap<string, Confidential | Failure> | undefined = files.length === 0 ? new Map() : undefined
  /** While they live, no text that leaves this thread has a line of them. */
  const lines = new Map<string, readonly Confidential[]>()

  async function readAll(): Promise<void> {
    const before = contents
    const read = await Promise.all(
      files.map(async (file) => [file, await readKeyFile(file, before?.get(file))] as const),
    )
    if (signal.aborted || (before !== undefined && read.every(([file, content]) => before.get(file) === content)))
      return
    for (const [file, content] of read)
      if (content instanceof Confidential && before?.get(file) !== content) lines.set(file, content.lines())
    contents = new Map(read)
    onChange()
  }

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      await readAll()
      await pause(POLL_MS, signal)
    }
  }

  if (files.length > 0) void follow()
  return {
    get contents() {
      return contents
    },
  }
}

async function readKeyFile(file: string, before: Confidential | Failure | undefined): Promise<Confidential | Failure> {
  try {
    const content = new Confidential(await readSecretFile(file))
    return before instanceof Confidential && before.equals(content) ? before : content.use()
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    const { message } = error.failure
    const isKnown = before !== undefined && !(before instanceof Confidential) && before.message === message
    return isKnown ? before : { code: 'GDE_DECRYPTION_KEY', message, file }
  }
}
