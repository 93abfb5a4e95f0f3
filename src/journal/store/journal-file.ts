import type { DatabaseSync } from 'node:sqlite'
import { toFailure } from '../../model/failure.ts'
import type { Episode } from '../../model/journal/episode.ts'
import type { JournalStatus } from '../../model/journal/journal.ts'
import { isDamage, openDatabase, writeFailure } from './open-database.ts'
import { prepareStatements, type Statements } from './statements.ts'

export interface JournalFileOptions {
  readonly path: string
  /** Unix milliseconds. */
  readonly now: () => number
  /** Type of the file system; asked for where it is left out. */
  readonly fileSystem?: number
  /** The episodes that last: they go into the new file, when one is damaged while it is used. */
  readonly open: ReadonlyMap<string, Episode>
}

/** The file, whatever happens to it: damaged, it is set aside; full, what could not be written is written with what comes next. */
export interface JournalFile {
  readonly status: JournalStatus
  /** Undefined while no file can be had. */
  readonly statements: Statements | undefined
  readonly database: DatabaseSync | undefined
  /** Runs a transaction. @param episodes are kept until they can be written, whatever else fails */
  transact(work: (statements: Statements) => void, episodes?: readonly Episode[]): void
  close(): void
}

/** Beyond that, what cannot be written is lost. */
const MOST_UNSAVED = 10_000

export function openJournalFile(options: JournalFileOptions): JournalFile {
  const { path } = options
  const unsaved = new Map<string, Episode>()
  let opened = tryOpen(options)
  let problems: JournalStatus['problems'] = opened.problems
  let setAside = opened.wasSetAside ? 1 : 0
  let statements = opened.database && prepareStatements(opened.database)

  function beginAnew(): void {
    opened.database?.close()
    opened = tryOpen(options)
    setAside += opened.wasSetAside ? 1 : 0
    problems = opened.problems
    statements = opened.database && prepareStatements(opened.database)
    for (const episode of options.open.values()) statements?.putEpisode(episode)
    statements?.setMeta('takenOver', 'true')
  }

  function fail(thrown: unknown): void {
    if (isDamage(thrown)) {
      beginAnew()
      return
    }
    const { message } = writeFailure(thrown, path).failure
    problems = [...problems.filter(isNoWriteProblem), { code: 'GDE_JOURNAL_WRITE', message }]
  }

  return {
    get status() {
      return {
        up: statements !== undefined && problems.every(isNoWriteProblem),
        mode: opened.mode,
        problems,
        setAside,
        bytes: statements?.bytes() ?? 0,
      }
    },
    get statements() {
      return statements
    },
    get database() {
      return opened.database
    },
    transact(work, episodes = []) {
      for (const episode of episodes) {
        const key = `${episode.app.id} ${episode.seen}`
        if (unsaved.has(key) || unsaved.size < MOST_UNSAVED) unsaved.set(key, episode)
      }
      if (statements === undefined) beginAnew()
      const { database } = opened
      if (statements === undefined || database === undefined) return
      try {
        database.exec('BEGIN IMMEDIATE')
        for (const episode of unsaved.values()) statements.putEpisode(episode)
        work(statements)
        database.exec('COMMIT')
        unsaved.clear()
        problems = problems.filter(isNoWriteProblem)
      } catch (thrown) {
        if (database.isTransaction) database.exec('ROLLBACK')
        fail(thrown)
      }
    },
    close() {
      opened.database?.close()
      opened = { ...opened, database: undefined }
      statements = undefined
    },
  }
}

function isNoWriteProblem({ code }: JournalStatus['problems'][number]): boolean {
  return code !== 'GDE_JOURNAL_WRITE'
}

function tryOpen({ path, now, fileSystem }: JournalFileOptions): {
  readonly database: DatabaseSync | undefined
  readonly mode: JournalStatus['mode']
  readonly problems: JournalStatus['problems']
  readonly wasSetAside: boolean
} {
  try {
    return openDatabase(path, now, fileSystem)
  } catch (thrown) {
    const { message } = toFailure(thrown)
    return { database: undefined, mode: 'none', wasSetAside: false, problems: [{ code: 'GDE_JOURNAL_WRITE', message }] }
  }
}
