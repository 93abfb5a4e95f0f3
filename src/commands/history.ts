import { writersOf } from '../model/journal/actors.ts'
import type { WatchedEpisode } from '../model/journal/episode.ts'
import { episodeJson } from '../presentation/json/episode-json.ts'
import { matchesPattern } from '../text/star-pattern.ts'
import { API_VERSION, EXIT, type ExitCode, type Terminal } from './cli/command.ts'
import type { OptionsOf } from './command-list.ts'
import { episodesCsv, episodesText } from './output/episode-text.ts'
import { jsonText } from './output/json-text.ts'
import { readJournals } from './run/read-journals.ts'

export async function run(options: OptionsOf<'history'>, { out, err }: Terminal): Promise<ExitCode> {
  const until = Date.now() / 1000
  const all = await readJournals(options, { from: until - options.since, until }, (warning) => err.write(warning))
  const episodes = all.filter((episode) => isWanted(episode, options))
  switch (options.output) {
    case 'text':
      out.write(episodesText(episodes, until))
      break
    case 'json':
      out.write(jsonText({ apiVersion: API_VERSION, episodes: episodes.map(episodeJson) }))
      break
    case 'csv':
      out.write(episodesCsv(episodes))
      break
    default:
      options.output satisfies never
  }
  return EXIT.noDrift
}

function isWanted(episode: WatchedEpisode, { app: apps, cluster, actor }: OptionsOf<'history'>): boolean {
  const { app } = episode
  const fits = (patterns: readonly string[], name: string): boolean =>
    patterns.length === 0 || patterns.some((pattern) => matchesPattern(pattern, name))
  return (
    fits(apps, app.name) &&
    fits(cluster, app.destination) &&
    (actor.length === 0 || writersOf(episode).some((name) => fits(actor, name)))
  )
}
