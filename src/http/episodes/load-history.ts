import type { Failure } from '../../model/failure.ts'
import type { AppReport } from '../../model/fleet.ts'
import type { WatchedEpisode } from '../../model/journal/episode.ts'
import type { SearchJournal } from '../../model/journal/search.ts'
import type { Viewer } from '../access/viewer.ts'
import { journalFailure } from './journal-failure.ts'
import { visibleEpisodes } from './visible-episodes.ts'

/** Of a page: nobody reads more, and who wants them has the API. */
const MOST_EPISODES = 200
/** A page does not wait longer for what is beside the point. */
const SEARCH_MS = 3000

/** The episodes of one app, the newest first; a failure where the journal cannot be read now. */
export interface AppHistory {
  readonly days: number
  readonly episodes: readonly WatchedEpisode[]
  /** There are more, older ones. */
  readonly isCut: boolean
  readonly failure?: Failure
}

/** @param now Unix seconds */
export async function loadHistory(
  search: SearchJournal,
  { summary: { id } }: AppReport,
  { days, viewer, now }: { readonly days: number; readonly viewer: Viewer; readonly now: number },
): Promise<AppHistory> {
  const wanted = { app: id, since: now - days * 86_400 }
  const episodes: WatchedEpisode[] = []
  try {
    for await (const { episode } of visibleEpisodes(search, wanted, viewer, AbortSignal.timeout(SEARCH_MS))) {
      if (episodes.length === MOST_EPISODES) return { days, episodes, isCut: true }
      episodes.push(episode)
    }
    return { days, episodes, isCut: false }
  } catch (thrown) {
    return { days, episodes, isCut: true, failure: journalFailure(thrown).failure }
  }
}
