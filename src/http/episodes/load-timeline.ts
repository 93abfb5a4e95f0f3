import type { Failure } from '../../model/failure.ts'
import type { Fleet } from '../../model/fleet.ts'
import type { EpisodeSearch, SearchJournal } from '../../model/journal/search.ts'
import type { ReadTimeline, Timeline, TimelineQuestion } from '../../model/journal/timeline.ts'
import type { Viewer } from '../access/viewer.ts'
import { journalFailure } from './journal-failure.ts'
import { type VisibleEpisode, visibleEpisodes } from './visible-episodes.ts'

/** Rows of one page. */
const EPISODES = 100
const SEARCH_MS = 10_000

/** What the journal has of a time: how many apps drifted when, and the episodes, the newest first. */
export interface FleetHistory {
  readonly timeline: Timeline
  readonly episodes: readonly VisibleEpisode[]
  /** There are older ones. */
  readonly hasMore: boolean
  readonly failure?: Failure
}

export interface HistorySources {
  readonly episodes: SearchJournal
  readonly timeline: ReadTimeline
}

/**
 * Of whoever does not see everything, only the apps that he sees now are counted: whose those are that are gone, the journal's columns do not say.
 * @param seen the fleet as he sees it
 */
export async function loadFleetHistory(
  sources: HistorySources,
  question: TimelineQuestion & Pick<EpisodeSearch, 'after'>,
  { viewer, seen }: { readonly viewer: Viewer; readonly seen: Fleet },
): Promise<FleetHistory> {
  const { after, from, until, slices, ...chosen } = question
  const signal = AbortSignal.timeout(SEARCH_MS)
  const counted = viewer.seesEverything ? {} : { apps: [...seen.apps.keys()] }
  const found: VisibleEpisode[] = []
  let timeline: Timeline = { slices: [], gaps: [], isCut: true }
  try {
    timeline = await sources.timeline({ ...chosen, ...counted, from, until, slices }, signal)
    const wanted = { ...chosen, since: from, until, ...(after !== undefined && { after }) }
    for await (const one of visibleEpisodes(sources.episodes, wanted, viewer, signal)) {
      if (found.length === EPISODES) return { timeline, episodes: found, hasMore: true }
      found.push(one)
    }
    return { timeline, episodes: found, hasMore: false }
  } catch (thrown) {
    return { timeline, episodes: found, hasMore: false, failure: journalFailure(thrown).failure }
  }
}
