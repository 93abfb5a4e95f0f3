import type { Static } from '@sinclair/typebox'
import * as Type from '@sinclair/typebox'
import type { EpisodePosition, SearchJournal } from '../../model/journal/search.ts'
import type { JsonObject } from '../../model/json.ts'
import { episodeJson, withoutEpisodeValues } from '../../presentation/json/episode-json.ts'
import type { Viewer } from '../access/viewer.ts'
import { type VisibleEpisode, visibleEpisodes } from '../episodes/visible-episodes.ts'
import { readCursor, writeCursor } from '../web/cursor.ts'
import type { EpisodesQuery } from './schema.ts'

const DEFAULT_LIMIT = 100
const Cursor = Type.Tuple([Type.Number(), Type.String(), Type.Number()])

export type EpisodesPage =
  | { readonly episodes: readonly JsonObject[]; readonly next: string | null }
  | { readonly problem: string }

/**
 * A page of the episodes that match and that the asker may see, the newest first. A page ends with one that he sees, so that neither its length
 * nor its cursor tells of others.
 * @throws CodedError where the journal cannot be read now
 */
export async function listEpisodes(
  search: SearchJournal,
  { limit = DEFAULT_LIMIT, cursor, ...filter }: EpisodesQuery,
  viewer: Viewer,
  signal: AbortSignal,
): Promise<EpisodesPage> {
  const start = cursor === undefined ? undefined : readCursor(Cursor, cursor)
  if (cursor !== undefined && start === undefined) return { problem: 'the cursor is not one of this list' }
  const wanted = { ...filter, ...(start !== undefined && { after: positionOf(start) }) }
  const visible: VisibleEpisode[] = []
  for await (const one of visibleEpisodes(search, wanted, viewer, signal)) {
    visible.push(one)
    // One more than the page has says that there is another page.
    if (visible.length > limit) break
  }
  const page = visible.slice(0, limit)
  const last = page.at(-1)
  return {
    episodes: page.map(({ episode }) =>
      episodeJson(viewer.seesValues(episode.app) ? episode : withoutEpisodeValues(episode)),
    ),
    next:
      last === undefined || page.length === visible.length
        ? null
        : writeCursor([last.position.began, last.position.app, last.position.seen]),
  }
}

function positionOf([began, app, seen]: Static<typeof Cursor>): EpisodePosition {
  return { began, app, seen }
}
