import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '../../model/failure.ts'

export interface ScannedFile {
  /** From the snapshot's folder, '/'-separated. */
  readonly file: string
  /** Changes when the file is written or replaced. */
  readonly signature: string
  readonly bytes: number
}

export interface ScannedFolder {
  /** By name. */
  readonly files: readonly ScannedFile[]
  /** The folder itself is ''. */
  readonly folders: readonly string[]
}

const MAX_ENTRIES = 20_000
const MAX_DEPTH = 20
const CANDIDATE = /\.(?:ya?ml|jsonl?)$/i

/**
 * Every YAML and JSON file below a folder. Hidden ones are left out: editors' temporary files, and the real folders behind the
 * links of a mounted ConfigMap. Links to files are followed, links to folders are not.
 * @throws CodedError `GDE_SNAPSHOT_READ`, `GDE_TOO_LARGE`
 */
export async function scanFolder(root: string): Promise<ScannedFolder> {
  const files: ScannedFile[] = []
  const folders = ['']
  for (const folder of folders) {
    for (const entry of await entriesOf(root, folder)) {
      if (entry.name.startsWith('.')) continue
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) {
        if (path.split('/').length <= MAX_DEPTH) folders.push(path)
      } else if (CANDIDATE.test(entry.name)) {
        const found = await stat(join(root, path)).catch(() => undefined)
        // Vanished since, or a dangling link.
        if (found?.isFile() !== true) continue
        files.push({ file: path, signature: `${found.mtimeMs} ${found.size} ${found.ino}`, bytes: found.size })
      }
    }
    if (files.length + folders.length > MAX_ENTRIES)
      throw new CodedError('GDE_TOO_LARGE', `the snapshot has more than ${MAX_ENTRIES} files and folders`)
  }
  return { files: files.sort((a, b) => (a.file < b.file ? -1 : 1)), folders }
}

async function entriesOf(root: string, folder: string) {
  try {
    return await readdir(join(root, folder), { withFileTypes: true })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    if (folder !== '' && code === 'ENOENT') return []
    const name = folder === '' ? 'the folder' : `the folder ${folder}`
    throw new CodedError('GDE_SNAPSHOT_READ', `${name} cannot be read (${code})`, {}, { cause: error })
  }
}
