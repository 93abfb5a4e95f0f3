import type { WatchedEpisode } from '../../model/journal/episode.ts'
import type { EpisodePosition, EpisodeSearch, SearchJournal } from '../../model/journal/search.ts'
import type { Viewer } from '../access/viewer.ts'

/** An episode, and where it stands in its search. */
export interface VisibleEpisode {
  readonly position: EpisodePosition
  readonly episode: WatchedEpisode
}

/**
 * The episodes that match and that the asker may see, the newest first; the journal is searched as far as they are taken.
 * @throws CodedError where the journal cannot be read now
 */
export async function* visibleEpisodes(
  search: SearchJournal,
  wanted: EpisodeSearch,
  viewer: Viewer,
  signal: AbortSignal,
): AsyncGenerator<VisibleEpisode> {
  let { after } = wanted
  do {
    const step = await search({ ...wanted, ...(after !== undefined && { after }) }, signal)
    yield* step.found.filter(({ episode }) => viewer.sees(episode.app))
    after = step.next
  } while (after !== undefined)
}
