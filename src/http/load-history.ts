import { CodedError, type Failure } from '../model/failure.ts'
import type { AppReport } from '../model/fleet.ts'
import type { WatchedEpisode } from '../model/journal/episode.ts'
import type { EpisodePosition, SearchJournal } from '../model/journal/search.ts'
import type { Viewer } from './access/viewer.ts'
import { journalFailure } from './journal-failure.ts'

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
  const signal = AbortSignal.timeout(SEARCH_MS)
  const filter = { app: id, since: now - days * 86_400 }
  const episodes: WatchedEpisode[] = []
  let after: EpisodePosition | undefined
  do {
    const step = await search({ ...filter, ...(after !== undefined && { after }) }, signal).catch(journalFailure)
    if (step instanceof CodedError) return { days, episodes, isCut: true, failure: step.failure }
    episodes.push(...step.found.map(({ episode }) => episode).filter(({ app }) => viewer.sees(app)))
    after = step.next
  } while (after !== undefined && episodes.length <= MOST_EPISODES)
  return { days, episodes: episodes.slice(0, MOST_EPISODES), isCut: episodes.length > MOST_EPISODES }
}
