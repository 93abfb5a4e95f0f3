import { existsSync, renameSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CodedError, toFailure } from '../../model/failure.ts'
import type { JournalStatus } from '../../model/journal/journal.ts'
import { migrate } from './migrations.ts'

export interface OpenedDatabase {
  readonly database: DatabaseSync
  readonly mode: 'wal' | 'delete'
  readonly problems: JournalStatus['problems']
  /** A damaged file was set aside. */
  readonly wasSetAside: boolean
}

/**
 * Magic numbers of file systems that several machines share (statfs(2)): WAL needs memory that all readers share, which these cannot give,
 * and SQLite does not find that out (https://sqlite.org/wal.html, "does not work over a network filesystem").
 */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x517b, 'SMB'],
  [0x01021997, '9p'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x65735546, 'FUSE'],
])

const BUSY = 5
const CORRUPT = 11
const NOT_A_DATABASE = 26

/**
 * Opens the journal, or begins one. WAL with `synchronous=NORMAL`: what is committed outlives the process however it dies; a power cut may
 * take the last seconds. Where the file system cannot carry WAL, it is a rollback journal with `synchronous=FULL`, slower and as safe; that
 * is said. A file that cannot be used is renamed, which is said, too, and another one begun.
 * @param fileSystem type of the file system; asked for where it is left out
 * @throws CodedError `GDE_JOURNAL_WRITE` when nothing can be written there
 */
export function openDatabase(path: string, now: () => number, fileSystem = typeOf(dirname(path))): OpenedDatabase {
  try {
    return open(path, fileSystem)
  } catch (thrown) {
    if (!isDamage(thrown)) throw writeFailure(thrown, path)
    const aside = setAside(path, now())
    const opened = open(path, fileSystem)
    const message = `${toFailure(thrown).message}; it was set aside as ${aside}, and a new one is begun`
    return { ...opened, wasSetAside: true, problems: [...opened.problems, { code: 'GDE_JOURNAL_DAMAGED', message }] }
  }
}

function open(path: string, fileSystem: number): OpenedDatabase {
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA busy_timeout = 1000')
    // Before anything is written, or it has no effect.
    database.exec('PRAGMA auto_vacuum = INCREMENTAL')
    const network = NETWORK_FILE_SYSTEMS.get(fileSystem)
    const wish = network === undefined ? 'wal' : 'delete'
    const got = String(database.prepare(`PRAGMA journal_mode = ${wish}`).get()?.journal_mode)
    const mode = got === 'wal' ? 'wal' : 'delete'
    database.exec(`PRAGMA synchronous = ${mode === 'wal' ? 'NORMAL' : 'FULL'}; PRAGMA journal_size_limit = 16000000`)
    const check = String(database.prepare('PRAGMA quick_check(1)').get()?.quick_check)
    if (check !== 'ok') throw new CodedError('GDE_JOURNAL_DAMAGED', `the journal is damaged: ${check}`)
    migrate(database)
    return { database, mode, wasSetAside: false, problems: mode === 'wal' ? [] : [cannotCarryWal(path, network)] }
  } catch (thrown) {
    database.close()
    throw thrown
  }
}

function cannotCarryWal(path: string, network: string | undefined): JournalStatus['problems'][number] {
  const what = network === undefined ? 'the file system' : network
  return {
    code: 'GDE_JOURNAL_FILESYSTEM',
    message: `${what} under ${dirname(path)} cannot carry a write-ahead log: the journal is written more slowly`,
  }
}

function typeOf(folder: string): number {
  // Types are 32 bits, and may come with a sign.
  return statfsSync(folder).type >>> 0
}

/** Whether the file itself cannot be used, by what SQLite threw. */
export function isDamage(thrown: unknown): boolean {
  if (thrown instanceof CodedError) return thrown.failure.code === 'GDE_JOURNAL_DAMAGED'
  const code = codeOf(thrown)
  return code === CORRUPT || code === NOT_A_DATABASE
}

/** Whether another program keeps the file to itself. */
export function isBusy(thrown: unknown): boolean {
  return codeOf(thrown) === BUSY
}

function codeOf(thrown: unknown): number | undefined {
  return thrown instanceof Error && 'errcode' in thrown ? Number(thrown.errcode) & 0xff : undefined
}

export function writeFailure(thrown: unknown, path: string): CodedError {
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return new CodedError('GDE_JOURNAL_WRITE', reason, { file: path }, { cause: thrown })
}

/** The log goes with its file: left alone it would be read as that of the next one. */
function setAside(path: string, now: number): string {
  const aside = `${path}.damaged-${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}`
  for (const end of ['', '-wal', '-shm', '-journal'])
    if (existsSync(`${path}${end}`)) renameSync(`${path}${end}`, `${aside}${end}`)
  return aside
}
