import * as Value from '@sinclair/typebox/value'
import { parseJson, printJson } from '../../kubernetes/serialization/json.ts'
import { type Episode, type EpisodeApp, EpisodeAppSchema, EpisodeSchema } from '../../model/journal/episode.ts'

/** An episode as text of the file; integers of Kubernetes keep their 64 bits. */
export function episodeText(episode: Episode): string {
  return printJson(episode)
}

/** @returns undefined for what no version wrote */
export function readEpisode(text: unknown): Episode | undefined {
  const value = parsed(text)
  return Value.Check(EpisodeSchema, value) ? value : undefined
}

export function appText(app: EpisodeApp): string {
  return JSON.stringify(app)
}

export function readApp(text: unknown): EpisodeApp | undefined {
  const value = parsed(text)
  return Value.Check(EpisodeAppSchema, value) ? value : undefined
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return undefined
  try {
    return parseJson(text)
  } catch {
    // Told by the caller as an entry that cannot be read.
    return undefined
  }
}
