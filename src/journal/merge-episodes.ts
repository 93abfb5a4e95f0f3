import type { EpisodeObject, Gap, WatchedEpisode } from '../model/journal/episode.ts'
import { objectKeyText } from '../model/object.ts'

/**
 * The episodes of several journals, each once, oldest first. Those of two journals are one when they are of the same app, lasted at the same
 * time and share an object, or know none: replicas see the same begin where a field names it, and nearly the same where it was seen. Each
 * joins the one whose begin is nearest, and never two of one journal. Takes n log n, and for an app the square of what overlaps.
 */
export function mergeEpisodes(journals: readonly (readonly WatchedEpisode[])[]): readonly WatchedEpisode[] {
  let merged: readonly WatchedEpisode[] = []
  for (const journal of journals) merged = mergeTwo(merged, journal)
  return merged.toSorted((one, other) => one.began - other.began || compareTexts(one.app.id, other.app.id))
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}

interface Pair {
  readonly one: WatchedEpisode
  readonly other: WatchedEpisode
  readonly distance: number
}

function mergeTwo(known: readonly WatchedEpisode[], added: readonly WatchedEpisode[]): readonly WatchedEpisode[] {
  if (known.length === 0) return added
  const byApp = Map.groupBy(known, ({ app }) => app.id)
  const pairs: Pair[] = []
  for (const other of added)
    for (const one of byApp.get(other.app.id) ?? [])
      if (isSame(one, other)) pairs.push({ one, other, distance: Math.abs(one.began - other.began) })
  pairs.sort((one, other) => one.distance - other.distance)
  const joined = new Map<WatchedEpisode, WatchedEpisode>()
  const taken = new Set<WatchedEpisode>()
  for (const { one, other } of pairs) {
    if (joined.has(one) || taken.has(other)) continue
    joined.set(one, join(one, other))
    taken.add(other)
  }
  return [...known.map((episode) => joined.get(episode) ?? episode), ...added.filter((episode) => !taken.has(episode))]
}

function isSame(one: WatchedEpisode, other: WatchedEpisode): boolean {
  const overlap =
    one.began <= (other.ended ?? Number.POSITIVE_INFINITY) && other.began <= (one.ended ?? Number.POSITIVE_INFINITY)
  if (!overlap) return false
  if (one.objects.length === 0 || other.objects.length === 0) return true
  const keys = new Set(one.objects.map(objectKeyText))
  return other.objects.some((object) => keys.has(objectKeyText(object)))
}

/** What either of the two knows: the earlier begin, the end that was seen, every object once. */
function join(one: WatchedEpisode, other: WatchedEpisode): WatchedEpisode {
  const [first, second] = one.began <= other.began ? [one, other] : [other, one]
  const ended = [one, other].filter((episode) => episode.ended !== undefined && episode.endedBy !== 'unseen')
  const end = ended.toSorted((a, b) => (a.ended ?? 0) - (b.ended ?? 0))[0] ?? (one.ended === undefined ? other : one)
  const { ended: _ended, endedBy: _by, ...begun } = first
  const commits = end.commits.end === undefined ? first.commits : { ...first.commits, end: end.commits.end }
  return {
    ...begun,
    seen: Math.min(one.seen, other.seen),
    objects: joinObjects(first.objects, second.objects),
    // A time in which one of the two looked is none in which nobody did.
    gaps: one.gaps.flatMap((gap) => other.gaps.flatMap((another) => intersection(gap, another))),
    commits,
    ...(end.ended !== undefined && { ended: end.ended }),
    ...(end.endedBy !== undefined && { endedBy: end.endedBy }),
  }
}

/** The same object at the nearest begin is one entry; of several, in the order of their begins. */
function joinObjects(first: readonly EpisodeObject[], second: readonly EpisodeObject[]): readonly EpisodeObject[] {
  const counts = new Map<string, number>()
  for (const object of first) counts.set(objectKeyText(object), (counts.get(objectKeyText(object)) ?? 0) + 1)
  const further = second.filter((object) => {
    const left = counts.get(objectKeyText(object)) ?? 0
    counts.set(objectKeyText(object), left - 1)
    return left <= 0
  })
  return [...first, ...further]
}

function intersection(one: Gap, other: Gap): readonly Gap[] {
  const began = Math.max(one.began, other.began)
  const ended = Math.min(one.ended ?? Number.POSITIVE_INFINITY, other.ended ?? Number.POSITIVE_INFINITY)
  if (ended <= began) return []
  return [{ began, reason: one.reason, ...(Number.isFinite(ended) && { ended }) }]
}
