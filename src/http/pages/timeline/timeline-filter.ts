import * as Type from '@sinclair/typebox'
import type { EpisodeFilter, EpisodePosition } from '../../../model/journal/search.ts'
import type { TimelineQuestion } from '../../../model/journal/timeline.ts'
import { CAUSES, type Cause } from '../../../model/verdicts/cause.ts'
import { readCursor, writeCursor } from '../../web/cursor.ts'
import { parseDays } from '../markup/history-words.ts'

/** Which part of the journal the timeline shows; '' means any. All of it stands in the URL. */
export interface TimelineFilter {
  readonly days: number
  readonly cluster: string
  readonly project: string
  readonly cause: Cause | ''
  /** A field manager or a user. */
  readonly actor: string
  /** The list goes on after that one. */
  readonly after: EpisodePosition | undefined
}

const MAX_PARAMETER_LENGTH = 256
const MAX_CURSOR_LENGTH = 2000
const Cursor = Type.Tuple([Type.Number(), Type.String(), Type.Number()])

/** Reads a query string; invalid values are ignored. */
export function parseTimelineFilter(query: Readonly<Record<string, unknown>>): TimelineFilter {
  const text = (key: string): string => {
    const value = query[key]
    return typeof value === 'string' ? value.slice(0, MAX_PARAMETER_LENGTH).trim() : ''
  }
  const { after } = query
  const cursor = typeof after === 'string' && after.length <= MAX_CURSOR_LENGTH ? readCursor(Cursor, after) : undefined
  return {
    days: parseDays(text('days')),
    cluster: text('cluster'),
    project: text('project'),
    cause: CAUSES.find((cause) => cause === text('cause')) ?? '',
    actor: text('actor'),
    after: cursor && { began: cursor[0], app: cursor[1], seen: cursor[2] },
  }
}

/** The path and query string that `parseTimelineFilter` reads back. */
export function timelinePath({ days, cluster, project, cause, actor, after }: TimelineFilter): string {
  const query = new URLSearchParams({ days: String(days) })
  for (const [key, value] of Object.entries({ cluster, project, cause, actor })) if (value !== '') query.set(key, value)
  if (after !== undefined) query.set('after', writeCursor([after.began, after.app, after.seen]))
  return `/timeline?${query}`
}

type Chosen = Pick<EpisodeFilter & TimelineQuestion, 'cluster' | 'project' | 'cause' | 'actor'>

export function chosenOf({ cluster, project, cause, actor }: TimelineFilter): Chosen {
  return {
    ...(cluster !== '' && { cluster }),
    ...(project !== '' && { project }),
    ...(cause !== '' && { cause }),
    ...(actor !== '' && { actor }),
  }
}
