import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError, type Failure, toFailure } from '../../model/failure.ts'
import type { ParseSnapshotFile, SnapshotFile } from './parse-file.ts'
import { type ScannedFile, scanFolder } from './scan-folder.ts'
import { watchFolders } from './watch-folders.ts'

/** The content of a file when it could last be read, and why it cannot be read now. */
export interface FileState {
  readonly file: string
  /** Absent when it could never be read. */
  readonly content?: SnapshotFile
  readonly failure?: Failure
}

export interface SnapshotFiles {
  /** By name. */
  files(): readonly FileState[]
  /** Of the folder as a whole. */
  failure(): Failure | undefined
  /** Resolves after the first scan. */
  ready: Promise<void>
  close(): void
}

const MAX_FILE_BYTES = 64 * 1024 * 1024
const MAX_CONCURRENT_PARSES = 2
/** Failures that last until the file changes; after others it is read again. */
const PERMANENT_CODES: readonly string[] = ['GDE_SNAPSHOT_READ', 'GDE_TOO_LARGE']

/**
 * Keeps the files of a folder parsed. `onChange` comes after a scan that found changes, when all of them are parsed,
 * so that an object that moves from one file to another is never missing in between. `onScan` comes after each scan
 * of a readable folder.
 */
export function followFiles(
  root: string,
  parse: ParseSnapshotFile,
  onChange: () => void,
  onScan: (isHealthy: boolean) => void,
): SnapshotFiles {
  let known: ReadonlyMap<string, FileState> = new Map()
  let folderFailure: Failure | undefined
  /** Signature of each file when it was last read. */
  const signatures = new Map<string, string>()
  const stopped = new AbortController()
  const ready = Promise.withResolvers<void>()
  let isScanning = false
  let scanAgain = false
  const folders = watchFolders(root, () => void scan())

  async function scan(): Promise<void> {
    if (isScanning) {
      scanAgain = true
      return
    }
    isScanning = true
    scanAgain = false
    try {
      const scanned = await scanFolder(root)
      if (folders.setFolders(scanned.folders)) folders.scheduleScan()
      apply(await readFiles(scanned.files), undefined)
    } catch (error) {
      apply(known, toFailure(error))
    } finally {
      isScanning = false
      if (scanAgain) folders.scheduleScan()
    }
  }

  function apply(files: ReadonlyMap<string, FileState>, failure: Failure | undefined): void {
    if (stopped.signal.aborted) return
    const same = folderFailure?.message === failure?.message && areSame(known, files)
    known = files
    folderFailure = failure
    if (!same) onChange()
    ready.resolve()
    if (failure === undefined) onScan([...files.values()].every((state) => state.failure === undefined))
  }

  /** All files, those that changed read anew. */
  async function readFiles(scanned: readonly ScannedFile[]): Promise<ReadonlyMap<string, FileState>> {
    const states = new Map<string, FileState>()
    // Sorted by name: of duplicate objects the last one counts.
    for (const { file } of scanned) {
      const state = known.get(file)
      if (state !== undefined) states.set(file, state)
    }
    const changed = scanned.filter(({ file, signature }) => signatures.get(file) !== signature)
    await eachInParallel(changed, MAX_CONCURRENT_PARSES, async (next) => {
      if (stopped.signal.aborted) return
      signatures.set(next.file, next.signature)
      const state = await read(next)
      if (state !== undefined) states.set(next.file, state)
    })
    const present = new Set(scanned.map(({ file }) => file))
    for (const file of signatures.keys()) if (!present.has(file)) signatures.delete(file)
    return states
  }

  /** Undefined when it changed or vanished meanwhile: another scan follows, and the old state holds until then. */
  async function read({ file, signature, bytes }: ScannedFile): Promise<FileState | undefined> {
    const before = known.get(file)
    try {
      if (bytes > MAX_FILE_BYTES) throw new CodedError('GDE_TOO_LARGE', 'the file is larger than 64 MB', { file })
      const text = await readFile(join(root, file), { signal: stopped.signal })
      const after = await stat(join(root, file))
      if (`${after.mtimeMs} ${after.size} ${after.ino}` !== signature) return readLater(file)
      return { file, content: await parse(text, file, stopped.signal) }
    } catch (error) {
      if (isMissing(error)) return readLater(file)
      const failure = error instanceof CodedError ? toFailure(error) : unreadable(error, file)
      // Not the file's fault, so the next scan tries again.
      if (!PERMANENT_CODES.includes(failure.code)) signatures.delete(file)
      return { file, failure, ...(before?.content === undefined ? {} : { content: before.content }) }
    }
  }

  function readLater(file: string): undefined {
    signatures.delete(file)
    folders.scheduleScan()
  }

  folders.start()
  return {
    files: () => [...known.values()].sort((a, b) => (a.file < b.file ? -1 : 1)),
    failure: () => folderFailure,
    ready: ready.promise,
    close: () => {
      stopped.abort()
      folders.close()
      ready.resolve()
    },
  }
}

/** So many at a time, in their order. */
async function eachInParallel<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values()
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

function areSame(before: ReadonlyMap<string, FileState>, now: ReadonlyMap<string, FileState>): boolean {
  return before.size === now.size && now.entries().every(([file, state]) => before.get(file) === state)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function unreadable(error: unknown, file: string): Failure {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  // Without a system error code it is a bug, and reported as one.
  return typeof code === 'string'
    ? { code: 'GDE_SNAPSHOT_READ', message: `the file cannot be read (${code})`, file }
    : toFailure(error, { file })
}
