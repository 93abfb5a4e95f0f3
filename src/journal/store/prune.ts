import type { DatabaseSync } from 'node:sqlite'
import type { JournalSettings } from '../../model/settings.ts'

/** Deleted in one go, so that the thread is never busy for long. */
const STEP = 500
const ROOM = 0.95
/** Given back to the file system in one go. */
const PAGES = 1000

/** Keeps the caps, as far as one step goes; episodes that last stay. @param now Unix seconds */
export function prune(database: DatabaseSync, { days, bytes }: JournalSettings, now: number): void {
  const before = now - days * 86_400
  database
    .prepare('DELETE FROM episodes WHERE id IN (SELECT id FROM episodes WHERE ended < ? LIMIT ?)')
    .run(before, STEP)
  database.prepare('DELETE FROM gaps WHERE ended < ?').run(before)
  const used = usedBytes(database)
  if (used > bytes) {
    const episodes = Number(database.prepare('SELECT count(*) AS count FROM episodes').get()?.count ?? 0)
    // Somewhat below the cap, so that not every sighting meets it again.
    const surplus = Math.ceil(((used - bytes * ROOM) / used) * episodes)
    const oldest = 'SELECT id FROM episodes WHERE ended IS NOT NULL ORDER BY ended LIMIT ?'
    database.prepare(`DELETE FROM episodes WHERE id IN (${oldest})`).run(Math.min(STEP, surplus))
    database.prepare('DELETE FROM gaps WHERE ended < (SELECT min(began) FROM episodes)').run()
  }
  database.exec(`PRAGMA incremental_vacuum(${PAGES})`)
}

function usedBytes(database: DatabaseSync): number {
  const used = '(page_count - freelist_count) * page_size'
  const from = 'pragma_page_count, pragma_freelist_count, pragma_page_size'
  return Number(database.prepare(`SELECT ${used} AS bytes FROM ${from}`).get()?.bytes ?? 0)
}
