import { actorsOf } from '../../model/journal/actors.ts'
import type { WatchedEpisode } from '../../model/journal/episode.ts'
import { episodeWhat } from '../../presentation/episode-what.ts'
import { textTable } from './text-table.ts'

const HEADER = ['BEGAN', 'LASTED', 'APP', 'CLUSTER', 'CAUSE', 'ENDED', 'BY', 'WHAT']

/** A row for each episode, as people read it. @param until Unix seconds; what lasts has lasted until then */
export function episodesText(episodes: readonly WatchedEpisode[], until: number): string {
  return textTable(
    HEADER,
    episodes.map((episode) => {
      const { app, began, beganBy, ended, endedBy, cause } = episode
      const length = durationText((ended ?? until) - began)
      return [
        `${timeText(began)}${beganBy === 'seen' ? '~' : ''}`,
        ended === undefined ? `${length}…` : length,
        app.name,
        app.destination,
        cause ?? '?',
        endedBy ?? 'lasts',
        actorsOf(episode).join(', '),
        episodeWhat(episode, true),
      ]
    }),
  )
}

const CSV_HEADER = [
  'app',
  'controller',
  'project',
  'cluster',
  'began',
  'began_by',
  'seen',
  'ended',
  'ended_by',
  'cause',
  'seconds',
  'actors',
  'objects',
  'commit_begin',
  'commit_end',
]

/** RFC 4180, with a header. */
export function episodesCsv(episodes: readonly WatchedEpisode[]): string {
  const rows = episodes.map((episode) => {
    const { app, began, beganBy, seen, ended, endedBy, cause, objects, commits } = episode
    return [
      app.name,
      app.controller,
      app.project,
      app.destination,
      isoTime(began),
      beganBy,
      isoTime(seen),
      ended === undefined ? '' : isoTime(ended),
      endedBy ?? '',
      cause ?? '',
      ended === undefined ? '' : String(Math.round(ended - began)),
      actorsOf(episode).join('; '),
      objects.map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`).join(' '),
      commits.begin[0]?.commit ?? '',
      commits.end?.[0]?.commit ?? '',
    ]
  })
  return [CSV_HEADER, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('')
}

/** A cell that a spreadsheet would take for a formula is text: names come from strangers. */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function timeText(seconds: number): string {
  return isoTime(seconds)
    .replace('T', ' ')
    .replace(/:\d\d(\.\d+)?Z$/, '')
}

export function isoTime(seconds: number): string {
  return new Date(Math.round(seconds * 1000)).toISOString()
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const

/** The two largest units: `2d3h`, `5m`, `0s`. */
export function durationText(seconds: number): string {
  let left = Math.max(0, Math.round(seconds))
  const parts: string[] = []
  for (const [unit, length] of UNITS) {
    const count = Math.floor(left / length)
    left -= count * length
    if (count > 0) parts.push(`${count}${unit}`)
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break
  }
  return parts.length === 0 ? '0s' : parts.join('')
}
