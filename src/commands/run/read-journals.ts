import { loadConfig } from '../../config/load-config.ts'
import { mergeEpisodes } from '../../journal/merge-episodes.ts'
import { type Period, readJournal } from '../../journal/store/read-journal.ts'
import type { WatchedEpisode } from '../../model/journal/episode.ts'
import { UsageError } from '../cli/usage-error.ts'

export interface JournalOptions {
  readonly config: string | undefined
  readonly journal: readonly string[]
}

/**
 * The episodes of all journals that are named: that of the config's state directory, and others, such as those of replicas and shards.
 * @param say told of what cannot be read
 * @throws UsageError where none is named; CodedError `GDE_JOURNAL_READ`
 */
export async function readJournals(
  { config, journal }: JournalOptions,
  period: Period,
  say: (warning: string) => void,
): Promise<readonly WatchedEpisode[]> {
  const own = config === undefined ? [] : [(await loadConfig(config)).stateDirectory]
  const paths = [...new Set([...own, ...journal])]
  if (paths.length === 0) throw new UsageError('--config or --journal is needed')
  return mergeEpisodes(
    paths.map((path) => {
      const { episodes, unreadable } = readJournal(path, period)
      if (unreadable > 0) say(`warning: ${path}: ${unreadable} entries cannot be read\n`)
      return episodes
    }),
  )
}
