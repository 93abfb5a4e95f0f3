import { existsSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { CodedError } from '../../model/failure.ts'
import type { Gap, WatchedEpisode } from '../../model/journal/episode.ts'
import { readEpisode } from './documents.ts'
import { journalPath } from './journal-path.ts'
import { NEWEST_VERSION, versionOf } from './migrations.ts'
import { isBusy, isDamage } from './open-database.ts'

/** What lasted at some time between the two, Unix seconds. */
export interface Period {
  readonly from: number
  readonly until: number
}

export interface ReadJournal {
  readonly episodes: readonly WatchedEpisode[]
  /** Entries that are not as any version wrote them. */
  readonly unreadable: number
}

/**
 * Reads a journal beside the service that writes it, or one that nobody does: it changes nothing. The memory is that of the episodes of
 * the period.
 * @param path the file, or the state directory that holds it
 * @throws CodedError `GDE_JOURNAL_READ`
 */
export function readJournal(path: string, { from, until }: Period): ReadJournal {
  return readingJournal(path, (database) => {
    const documents = database
      .prepare('SELECT document FROM episodes WHERE began <= ? AND (ended IS NULL OR ended >= ?) ORDER BY began, id')
      .all(until, from)
    const gapsOf = gapReader(database)
    const episodes = documents.flatMap(({ document }) => {
      const episode = readEpisode(document)
      return episode === undefined
        ? []
        : [{ ...episode, gaps: gapsOf(episode.app.id, episode.seen, episode.ended ?? until) }]
    })
    return { episodes, unreadable: documents.length - episodes.length }
  })
}

/**
 * Does something with one view of the file, however long that takes.
 * @param path the file, or the state directory that holds it
 * @param busyMs how long another program may keep the file to itself
 * @throws CodedError `GDE_JOURNAL_READ`
 */
export function readingJournal<T>(path: string, work: (database: DatabaseSync) => T, busyMs = 5000): T {
  const file = existsSync(path) && statSync(path).isDirectory() ? journalPath(path) : path
  if (!existsSync(file)) throw new CodedError('GDE_JOURNAL_READ', 'there is no journal', { file })
  try {
    using database = openReadOnly(file, busyMs)
    const version = versionOf(database)
    if (version !== NEWEST_VERSION)
      throw new CodedError('GDE_JOURNAL_READ', `it is of version ${version}, not ${NEWEST_VERSION}`, { file })
    database.exec('BEGIN')
    return work(database)
  } catch (thrown) {
    if (thrown instanceof CodedError) throw thrown
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw new CodedError('GDE_JOURNAL_READ', isDamage(thrown) ? `it is damaged: ${reason}` : reason, { file })
  }
}

/** A stopped service's folder may be one that nothing can be written to: then there is no log either, and the file is read as it is. */
function openReadOnly(file: string, busyMs: number): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly: true, timeout: busyMs })
  try {
    database.prepare('SELECT 1 FROM sqlite_schema').get()
    return database
  } catch (thrown) {
    database.close()
    // Whoever keeps the file to himself may be writing it.
    if (isBusy(thrown) || existsSync(`${file}-wal`)) throw thrown
    return new DatabaseSync(`${pathToFileURL(file).href}?immutable=1`, { readOnly: true })
  }
}

/** Of an app, the times in which nobody could look. */
export function gapReader(database: DatabaseSync): (app: string, from: number, until: number) => readonly Gap[] {
  const statement = database.prepare(
    `SELECT began, ended, reason FROM gaps WHERE app IN (?, '') AND began <= ? AND (ended IS NULL OR ended >= ?) ORDER BY began`,
  )
  return (app, from, until) =>
    statement.all(app, until, from).map(({ began, ended, reason }) => ({
      began: Number(began),
      reason: String(reason),
      ...(ended !== null && { ended: Number(ended) }),
    }))
}
