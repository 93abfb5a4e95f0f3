import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError, type Failure, toFailure } from '../../model/failure.ts'
import type { ParseSnapshotFile, SnapshotFile } from './parse-file.ts'
import { type ScannedFile, scanFolder } from './scan-folder.ts'
import { watchFolders } from './watch-folders.ts'

/** One file as it was when it could last be read, and what is wrong with it now. */
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
  /** Every file was looked at once. */
  ready: Promise<void>
  close(): void
}

const MAX_FILE_BYTES = 64 * 1024 * 1024
const PARSES_AT_ONCE = 2
/** These stay until the file is another one. */
const LASTING: readonly string[] = ['GDE_SNAPSHOT_READ', 'GDE_TOO_LARGE']

/**
 * Keeps the files of a folder parsed. `onChange` after a look that found something, when all of it is parsed, so that an object that
 * was moved from one file to another is never missing in between. `onLook` after each look at a folder that can be read.
 */
export function followFiles(
  root: string,
  parse: ParseSnapshotFile,
  onChange: () => void,
  onLook: (well: boolean) => void,
): SnapshotFiles {
  let known: ReadonlyMap<string, FileState> = new Map()
  let folderFailure: Failure | undefined
  /** What each file was like when it was last read. */
  const marks = new Map<string, string>()
  const stopped = new AbortController()
  const ready = Promise.withResolvers<void>()
  let looking = false
  let lookAgain = false
  const folders = watchFolders(root, () => void look())

  async function look(): Promise<void> {
    if (looking) {
      lookAgain = true
      return
    }
    looking = true
    lookAgain = false
    try {
      const scanned = await scanFolder(root)
      if (folders.setFolders(scanned.folders)) folders.nudge()
      apply(await readFiles(scanned.files), undefined)
    } catch (error) {
      apply(known, toFailure(error))
    } finally {
      looking = false
      if (lookAgain) folders.nudge()
    }
  }

  function apply(files: ReadonlyMap<string, FileState>, failure: Failure | undefined): void {
    if (stopped.signal.aborted) return
    const same = folderFailure?.message === failure?.message && areSame(known, files)
    known = files
    folderFailure = failure
    if (!same) onChange()
    ready.resolve()
    if (failure === undefined) onLook([...files.values()].every((state) => state.failure === undefined))
  }

  /** All files, those that changed read anew. */
  async function readFiles(scanned: readonly ScannedFile[]): Promise<ReadonlyMap<string, FileState>> {
    const states = new Map<string, FileState>()
    // In the order of their names, in which the last of two twins counts.
    for (const { file } of scanned) {
      const state = known.get(file)
      if (state !== undefined) states.set(file, state)
    }
    const changed = scanned.filter(({ file, mark }) => marks.get(file) !== mark)
    await eachInParallel(changed, PARSES_AT_ONCE, async (next) => {
      if (stopped.signal.aborted) return
      marks.set(next.file, next.mark)
      const state = await read(next)
      if (state !== undefined) states.set(next.file, state)
    })
    const there = new Set(scanned.map(({ file }) => file))
    for (const file of marks.keys()) if (!there.has(file)) marks.delete(file)
    return states
  }

  /** Undefined when it changed while it was read, or went: another look follows, and until then it is what it was. */
  async function read({ file, mark, bytes }: ScannedFile): Promise<FileState | undefined> {
    const before = known.get(file)
    try {
      if (bytes > MAX_FILE_BYTES) throw new CodedError('GDE_TOO_LARGE', 'the file is larger than 64 MB', { file })
      const text = await readFile(join(root, file), { signal: stopped.signal })
      const after = await stat(join(root, file))
      if (`${after.mtimeMs} ${after.size} ${after.ino}` !== mark) return readLater(file)
      return { file, content: await parse(text, file, stopped.signal) }
    } catch (error) {
      if (isMissing(error)) return readLater(file)
      const failure = error instanceof CodedError ? toFailure(error) : unreadable(error, file)
      // Not the file's fault, so it may succeed with the next look.
      if (!LASTING.includes(failure.code)) marks.delete(file)
      return { file, failure, ...(before?.content === undefined ? {} : { content: before.content }) }
    }
  }

  function readLater(file: string): undefined {
    marks.delete(file)
    folders.nudge()
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
  // Without a code of the system it is a bug, and named so.
  return typeof code === 'string'
    ? { code: 'GDE_SNAPSHOT_READ', message: `the file cannot be read (${code})`, file }
    : toFailure(error, { file })
}
