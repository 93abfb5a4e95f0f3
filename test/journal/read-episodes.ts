import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { readEpisode } from '../../src/journal/store/documents.ts'
import type { Episode } from '../../src/model/journal/episode.ts'

/** Every episode of a journal's file, by the time when it was first seen. */
export function readEpisodes(path: string): readonly Episode[] {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    return database
      .prepare('SELECT document FROM episodes ORDER BY seen')
      .all()
      .map(({ document }) => {
        const episode = readEpisode(document)
        assert.ok(episode !== undefined, String(document))
        return episode
      })
  } finally {
    database.close()
  }
}
