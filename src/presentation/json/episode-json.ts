import type { WatchedEpisode } from '../../model/journal/episode.ts'
import type { JsonObject } from '../../model/json.ts'

/** An episode as JSON output has it: without the marks, which mean nothing outside. */
export function episodeJson({ objects, ...episode }: WatchedEpisode): JsonObject {
  return { ...episode, objects: objects.map(({ marks: _marks, ...object }) => object) }
}

/** The same for somebody who may know what differs, and no value. */
export function withoutEpisodeValues(episode: WatchedEpisode): WatchedEpisode {
  return {
    ...episode,
    objects: episode.objects.map((object) => ({
      ...object,
      fields: object.fields.map(({ desired: _desired, live: _live, ...field }) => field),
    })),
  }
}
