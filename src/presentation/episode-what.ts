import { printJson } from '../kubernetes/serialization/json.ts'
import type { EpisodeField, EpisodeObject, WatchedEpisode } from '../model/journal/episode.ts'
import type { Json } from '../model/json.ts'

/** What differed, in a line: the first object's first field, with its values where they may be shown, and how many more there are. */
export function episodeWhat({ objects, objectsOmitted }: WatchedEpisode, showValues: boolean): string {
  const [first] = objects
  if (first === undefined) return ''
  const more = objects.length - 1 + objectsOmitted
  return `${objectText(first, showValues)}${more > 0 ? ` and ${more} more` : ''}`
}

function objectText({ kind, name, state, fields }: EpisodeObject, showValues: boolean): string {
  const [field] = fields
  const what = field === undefined ? state : fieldText(field, showValues)
  return `${kind} ${name}: ${what}${fields.length > 1 ? ` and ${fields.length - 1} more` : ''}`
}

function fieldText(field: EpisodeField, showValues: boolean): string {
  const { path, redacted, omitted, withheld } = field
  if (redacted === true) return `${path} differs (secret)`
  if (omitted === true) return `${path} differs (too large)`
  if (!showValues) return `${path} differs`
  const live = withheld === true ? '(withheld)' : valueText(field.live)
  return `${path} ${valueText(field.desired)} → ${live}`
}

const LONGEST = 40

function valueText(value: Json | undefined): string {
  if (value === undefined) return '(nothing)'
  const text = printJson(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
