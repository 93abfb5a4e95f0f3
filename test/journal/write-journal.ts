import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createJournalStore } from '../../src/journal/store/journal-store.ts'
import { readTimeline } from '../../src/journal/store/read-timeline.ts'
import { searchEpisodes } from '../../src/journal/store/search-episodes.ts'
import type { Sighting } from '../../src/model/journal/journal.ts'
import type { EpisodeSearch } from '../../src/model/journal/search.ts'
import type { TimelineQuestion } from '../../src/model/journal/timeline.ts'

export const CAPS = { days: 1e6, bytes: 1e9, commitAuthors: false }

/** A state directory with a journal of these sightings. */
export async function writeJournal(sightings: readonly Sighting[], fileSystem?: number) {
  const folder = await mkdtemp(join(tmpdir(), 'api-journal-'))
  const path = join(folder, 'journal.db')
  const store = createJournalStore({ path, caps: CAPS, now: Date.now, ...(fileSystem !== undefined && { fileSystem }) })
  store.record(sightings.map((one, number) => ({ run: 'test', number, sighting: one })))
  store.close()
  return {
    folder,
    path,
    timeline: (question: TimelineQuestion) => readTimeline(folder, question, AbortSignal.timeout(60_000)),
    search: async (search: EpisodeSearch) => searchEpisodes(folder, search, 10_000),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
