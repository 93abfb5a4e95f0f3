import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Episode } from '../../model/journal/episode.ts'
import type { JournaledApp } from '../../model/journal/journal.ts'
import { appText, episodeText, readApp, readEpisode } from './documents.ts'

export type Statements = ReturnType<typeof prepareStatements>

/** The statements on the file, prepared once. */
export function prepareStatements(database: DatabaseSync) {
  const sql = (text: string): StatementSync => database.prepare(text)
  const meta = sql('SELECT value FROM meta WHERE key = ?')
  const setMeta = sql('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
  const putApp = sql(
    `INSERT INTO apps VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
     SET identity = excluded.identity, history = excluded.history, sequence = excluded.sequence`,
  )
  const dropApp = sql('DELETE FROM apps WHERE app = ?')
  const apps = sql('SELECT identity, history FROM apps')
  const sequences = sql('SELECT app, sequence FROM apps')
  // An episode is one by its app and the time when it was first seen, and one that ended stays as it is.
  const putEpisode = sql(
    `INSERT INTO episodes (app, name, cluster, seen, began, ended, document) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (app, seen) DO UPDATE SET ended = excluded.ended, document = excluded.document WHERE ended IS NULL`,
  )
  const renameEpisode = sql('UPDATE episodes SET document = ? WHERE app = ? AND seen = ?')
  const openEpisodes = sql('SELECT document FROM episodes WHERE ended IS NULL')
  const openGap = sql('INSERT INTO gaps VALUES (?, ?, NULL, ?)')
  const closeGap = sql('UPDATE gaps SET ended = ? WHERE app = ? AND ended IS NULL')
  const closeGaps = sql("UPDATE gaps SET ended = ? WHERE app <> '' AND ended IS NULL")
  const hasGap = sql('SELECT 1 FROM gaps WHERE app = ? AND ended IS NULL')
  const bytes = sql('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size')
  return {
    meta: (key: string): string | undefined => textOf(meta.get(key)?.value),
    setMeta: (key: string, value: string) => void setMeta.run(key, value),
    putApp: ({ app, history }: Pick<JournaledApp, 'app' | 'history'>, place: string) =>
      void putApp.run(app.id, appText(app), history, place),
    dropApp: (id: string) => void dropApp.run(id),
    sequences: (): readonly (readonly [string, string])[] =>
      sequences.all().map(({ app, sequence }) => [String(app), String(sequence)]),
    apps: (): readonly JournaledApp[] =>
      apps.all().flatMap(({ identity, history }) => {
        const app = readApp(identity)
        return app === undefined ? [] : [{ app, history: textOf(history) ?? '' }]
      }),
    putEpisode: (episode: Episode) => {
      const { app, seen, began, ended } = episode
      putEpisode.run(app.id, app.name, app.destination, seen, began, ended ?? null, episodeText(episode))
    },
    /** Only who wrote is other than before. */
    renameEpisode: (episode: Episode) => void renameEpisode.run(episodeText(episode), episode.app.id, episode.seen),
    openEpisodes: (): readonly Episode[] => openEpisodes.all().flatMap(({ document }) => readEpisode(document) ?? []),
    openGap: (app: string, at: number, reason: string) => void openGap.run(app, at, reason),
    closeGap: (app: string, at: number) => void closeGap.run(at, app),
    closeGaps: (at: number) => void (Number.isFinite(at) && closeGaps.run(at)),
    hasGap: (app: string): boolean => hasGap.get(app) !== undefined,
    bytes: (): number => Number(bytes.get()?.bytes ?? 0),
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
