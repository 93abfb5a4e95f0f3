import type { DatabaseSync } from 'node:sqlite'
import { writersOf } from '../../model/journal/actors.ts'
import type { Episode } from '../../model/journal/episode.ts'
import type { EpisodeSearch, EpisodeStep } from '../../model/journal/search.ts'
import { readEpisode } from './documents.ts'
import { gapReader, readingJournal } from './read-journal.ts'

/** Of one step: some ten milliseconds, for which what the engine tells the journal has to wait. */
const ROWS = 500
const BYTES = 4 * 1024 * 1024
/** Whoever keeps the file to himself must not keep the journal thread. */
const BUSY_MS = 200

/**
 * One step of a search through the journal of a state directory, the newest first. Entries that cannot be read are counted.
 * @param now what lasts has lasted until then, Unix seconds
 * @throws CodedError `GDE_JOURNAL_READ`
 */
export function searchEpisodes(path: string, search: EpisodeSearch, now: number): EpisodeStep {
  return readingJournal(
    path,
    (database) => {
      const gapsOf = gapReader(database)
      const found: EpisodeStep['found'][number][] = []
      let rows = 0
      let bytes = 0
      let unreadable = 0
      for (const { app, seen, began, document } of rowsOf(database, search)) {
        const position = { began: Number(began), app: String(app), seen: Number(seen) }
        const episode = readEpisode(document)
        if (episode === undefined) unreadable += 1
        else if (isWanted(episode, search)) {
          const gaps = gapsOf(position.app, position.seen, episode.ended ?? now)
          found.push({ position, episode: { ...episode, gaps } })
        }
        rows += 1
        bytes += String(document).length
        if (rows >= ROWS || bytes >= BYTES) return { found, ...(unreadable > 0 && { unreadable }), next: position }
      }
      return { found, ...(unreadable > 0 && { unreadable }) }
    },
    BUSY_MS,
  )
}

/** By the columns; what is in the document alone is looked at afterwards. */
function rowsOf(database: DatabaseSync, search: EpisodeSearch): Iterable<Readonly<Record<string, unknown>>> {
  const { app, apps, name, cluster, state, since, until, after } = search
  const conditions: readonly (readonly [sql: string, values: readonly (string | number | undefined)[]])[] = [
    ['app = ?', [app]],
    ['app IN (SELECT value FROM json_each(?))', [apps && JSON.stringify(apps)]],
    ['name = ?', [name]],
    ['cluster = ?', [cluster]],
    ['(ended IS NULL OR ended >= ?)', [since]],
    ['began <= ?', [until]],
    ['(began, app, seen) < (?, ?, ?)', after === undefined ? [undefined] : [after.began, after.app, after.seen]],
  ]
  const asked = conditions.flatMap(([sql, values]) => {
    const given = values.filter((value) => value !== undefined)
    return given.length === 0 ? [] : [{ sql, given }]
  })
  const states = state === undefined ? [] : [state === 'lasting' ? 'ended IS NULL' : 'ended IS NOT NULL']
  const where = [...asked.map(({ sql }) => sql), ...states].join(' AND ')
  return database
    .prepare(
      `SELECT app, seen, began, document FROM episodes ${where === '' ? '' : `WHERE ${where}`}
       ORDER BY began DESC, app DESC, seen DESC`,
    )
    .iterate(...asked.flatMap(({ given }) => given))
}

function isWanted(episode: Episode, { project, actor, cause, endedBy }: EpisodeSearch): boolean {
  return (
    (project === undefined || episode.app.project === project) &&
    (cause === undefined || episode.cause === cause) &&
    (endedBy === undefined || episode.endedBy === endedBy) &&
    (actor === undefined || writersOf(episode).includes(actor))
  )
}
