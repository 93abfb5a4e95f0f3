import { actorsOf } from '../model/journal/actors.ts'
import { ENDINGS, type Ending, type WatchedEpisode } from '../model/journal/episode.ts'
import { CAUSES, type Cause } from '../model/verdicts/cause.ts'

/** One row of a ranking. */
export interface Ranked {
  readonly name: string
  readonly episodes: number
  /** Sum of what ended in the period. */
  readonly seconds: number
}

/** What happened in a period. The same journal and the same period give the same figures, whenever they are asked for. */
export interface ReportFigures {
  /** Unix seconds. */
  readonly from: number
  readonly until: number
  /** Episodes that began in the period. */
  readonly began: number
  /** Those that ended in it. */
  readonly ended: number
  /** Those that lasted at its end. */
  readonly lasting: number
  readonly byCause: Readonly<Record<Cause, number>>
  readonly byEnding: Readonly<Record<Ending, number>>
  /** From begin to end of what ended, where the cluster had moved, seconds; absent where nothing ended. */
  readonly timeToRestore?: { readonly median: number; readonly p90: number; readonly longest: number }
  /** What Git said and the controller applied: from seeing the commit to seeing it live. */
  readonly deployments: { readonly count: number; readonly medianSeconds?: number }
  readonly apps: readonly Ranked[]
  readonly clusters: readonly Ranked[]
  /** Field managers and, where audit events name them, users. */
  readonly actors: readonly Ranked[]
  readonly objects: readonly Ranked[]
  /** Of what began where the cluster had moved, by day of the week in UTC, Monday first. */
  readonly weekdays: readonly number[]
  /** What lasted longest at the end of the period. */
  readonly oldest: readonly { readonly app: string; readonly cluster: string; readonly began: number }[]
}

const ROWS = 10

/** @param episodes those of the period, as they are known now: what happened after it is not counted */
export function reportFigures(
  episodes: readonly WatchedEpisode[],
  { from, until }: { readonly from: number; readonly until: number },
): ReportFigures {
  const all = episodes.filter(({ seen }) => seen < until).map((episode) => asOf(episode, until))
  const began = all.filter(({ seen }) => seen >= from)
  const ended = all.filter(({ ended }) => ended !== undefined && ended >= from)
  const lasting = all.filter(({ ended }) => ended === undefined)
  const restored = ended.filter(({ cause }) => cause !== 'git').map(duration)
  const deployed = ended.filter(({ cause, endedBy }) => cause === 'git' && endedBy === 'healed').map(duration)
  const timeToRestore = restored.length === 0 ? undefined : spread(restored)
  const inPeriod = [...new Set([...began, ...ended, ...lasting])]
  const isEnded = new Set(ended)
  const seconds = (episode: WatchedEpisode): number => (isEnded.has(episode) ? duration(episode) : 0)
  const rank = (names: (episode: WatchedEpisode) => readonly string[]): readonly Ranked[] =>
    ranked(inPeriod, names, seconds)
  return {
    from,
    until,
    began: began.length,
    ended: ended.length,
    lasting: lasting.length,
    byCause: countBy(CAUSES, inPeriod, ({ cause }) => cause ?? 'live'),
    byEnding: countBy(ENDINGS, ended, ({ endedBy }) => endedBy ?? 'unseen'),
    ...(timeToRestore !== undefined && { timeToRestore }),
    deployments: {
      count: deployed.length,
      ...(deployed.length > 0 && { medianSeconds: quantile(deployed, 0.5) }),
    },
    apps: rank(({ app }) => [`${app.name} in ${app.destination}`]),
    clusters: rank(({ app }) => [app.destination]),
    actors: rank(actorsOf),
    objects: rank(({ objects }) =>
      objects.map(({ kind, namespace, name }) => [kind, namespace, name].filter((part) => part !== '').join('/')),
    ),
    weekdays: weekdaysOf(began),
    oldest: lasting
      .toSorted((one, other) => one.began - other.began)
      .slice(0, ROWS)
      .map(({ app, began }) => ({ app: app.name, cluster: app.destination, began })),
  }
}

/** The episode without what came after a time: its end, and objects that drifted only then. */
function asOf(episode: WatchedEpisode, until: number): WatchedEpisode {
  if (episode.ended !== undefined && episode.ended < until) return episode
  const { ended: _ended, endedBy: _endedBy, ...lasting } = episode
  const objects = episode.objects.filter(({ seen }) => seen < until)
  const causes = new Set(objects.map(({ cause }) => cause))
  const [cause] = causes.size === 1 ? causes : [undefined]
  return { ...lasting, objects, ...(cause !== undefined && { cause }) }
}

function duration({ began, ended = began }: WatchedEpisode): number {
  return Math.max(0, ended - began)
}

function spread(values: readonly number[]): NonNullable<ReportFigures['timeToRestore']> {
  return { median: quantile(values, 0.5), p90: quantile(values, 0.9), longest: quantile(values, 1) }
}

/** The nearest rank: a value that occurred. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}

function countBy<Name extends string>(
  names: readonly Name[],
  episodes: readonly WatchedEpisode[],
  nameOf: (episode: WatchedEpisode) => Name,
): Readonly<Record<Name, number>> {
  const counts = new Map<Name, number>(names.map((name) => [name, 0]))
  for (const episode of episodes) counts.set(nameOf(episode), (counts.get(nameOf(episode)) ?? 0) + 1)
  // Every name is a key.
  return Object.fromEntries(counts) as Record<Name, number>
}

function ranked(
  episodes: readonly WatchedEpisode[],
  namesOf: (episode: WatchedEpisode) => readonly string[],
  secondsOf: (episode: WatchedEpisode) => number,
): readonly Ranked[] {
  const rows = new Map<string, { episodes: number; seconds: number }>()
  for (const episode of episodes)
    for (const name of new Set(namesOf(episode))) {
      const row = rows.get(name) ?? { episodes: 0, seconds: 0 }
      row.episodes += 1
      row.seconds += secondsOf(episode)
      rows.set(name, row)
    }
  return [...rows]
    .map(([name, row]) => ({ name, ...row }))
    .sort(
      (one, other) => other.episodes - one.episodes || other.seconds - one.seconds || (one.name < other.name ? -1 : 1),
    )
    .slice(0, ROWS)
}

function weekdaysOf(episodes: readonly WatchedEpisode[]): readonly number[] {
  const days = [0, 0, 0, 0, 0, 0, 0]
  for (const { cause, began } of episodes) {
    if (cause === 'git') continue
    // 1 January 1970 was a Thursday.
    const day = (Math.floor(began / 86_400) + 3) % 7
    days[day] = (days[day] ?? 0) + 1
  }
  return days
}
