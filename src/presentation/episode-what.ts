import type { EpisodeObject, WatchedEpisode } from '../model/journal/episode.ts'
import { whatText } from './app-fact.ts'
import { leadingChange, leadingChangeText } from './leading-change.ts'

/** What differed, in the words of `appFact` and a line: the change that leads, with its object, and how many more there are. */
export function episodeWhat({ objects, objectsOmitted, cause }: WatchedEpisode, showValues: boolean): string {
  const drifted = latestOfEach(objects)
  const lead = leadingChange(drifted, cause)
  if (lead === undefined) return ''
  const omitted = drifted.reduce((sum, { fieldsOmitted = 0 }) => sum + fieldsOmitted, objectsOmitted)
  const what = leadingChangeText(lead, { cause, showValues, namesObject: true })
  return whatText({ what, more: lead.count - 1 + omitted })
}

/** An object that drifted again in one episode is told once. */
function latestOfEach(objects: readonly EpisodeObject[]): readonly EpisodeObject[] {
  const latest = new Map<string, EpisodeObject>()
  for (const object of objects)
    latest.set(JSON.stringify([object.group, object.kind, object.namespace, object.name]), object)
  return [...latest.values()]
}
