import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of its own under the system's temp folder, removed on close. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
  close(): Promise<void>
}

export async function temporaryFolder(name: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), `gde-${name}-`))
  const close = () => rm(path, { recursive: true, force: true, maxRetries: 3 })
  return { path, close, [Symbol.asyncDispose]: close }
}
