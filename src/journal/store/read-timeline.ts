import type { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import type { Timeline, TimelineQuestion } from '../../model/journal/timeline.ts'
import { gapReader, readingJournal } from './read-journal.ts'

/** Of one step: some ten milliseconds, for which what the engine tells the journal has to wait. Fewer where documents are looked into. */
const ROWS = 2000
const PARSED_ROWS = 250
/** Of one timeline: 400,000 episodes at least, and a journal of the usual size holds fewer. */
const MOST_STEPS = 1600
const BUSY_MS = 200
const MOST_SLICES = 500

interface Span {
  readonly app: string
  readonly began: number
  readonly ended: number
}

interface Step {
  readonly spans: readonly Span[]
  /** The next one is of the rows after that; absent at the end. */
  readonly next?: number
}

type ReadStep = (database: DatabaseSync, after: number | undefined) => Step

/**
 * Counts apps by slices of time, in steps between which the thread does what else it has to do. Takes time by the episodes of that time, and
 * memory by the number of apps and slices.
 * @param path the state directory
 * @throws CodedError `GDE_JOURNAL_READ`
 */
export async function readTimeline(path: string, question: TimelineQuestion, signal: AbortSignal): Promise<Timeline> {
  const count = Math.min(Math.max(1, question.slices), MOST_SLICES)
  const drifting = createSliceCount(question, count)
  const unknown = createSliceCount(question, count)
  let isCut = await eachStep(path, (database, after) => episodeSpans(database, question, after), drifting, signal)
  // Of what cannot be judged nobody knows who or what moved.
  if (question.cause === undefined && question.actor === undefined)
    isCut = (await eachStep(path, (database, after) => gapSpans(database, question, after), unknown, signal)) || isCut
  return {
    slices: Array.from({ length: count }, (_, index) => ({
      drifting: drifting.counts[index] ?? 0,
      unknown: unknown.counts[index] ?? 0,
    })),
    gaps: readingJournal(path, (database) => gapReader(database)('', question.from, question.until), BUSY_MS),
    isCut,
  }
}

/** @returns whether there was more than one timeline may take */
async function eachStep(path: string, read: ReadStep, { add }: SliceCount, signal: AbortSignal): Promise<boolean> {
  let after: number | undefined
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const { spans, next } = readingJournal(path, (database) => read(database, after), BUSY_MS)
    for (const span of spans) add(span)
    if (next === undefined) return false
    after = next
    await setImmediate()
    signal.throwIfAborted()
  }
  return true
}

interface SliceCount {
  readonly counts: readonly number[]
  add(span: Span): void
}

/** An app counts once in a slice, however often it drifted in it. */
function createSliceCount({ from, until }: TimelineQuestion, count: number): SliceCount {
  const counts = Array.from({ length: count }, () => 0)
  /** Of each app, in which slices it was counted. */
  const known = new Map<string, Uint8Array>()
  const sliceOf = (at: number): number =>
    Math.min(count - 1, Math.max(0, Math.floor(((at - from) / (until - from)) * count)))
  return {
    counts,
    add({ app, began, ended }) {
      const own = known.get(app) ?? new Uint8Array(count)
      known.set(app, own)
      for (let slice = sliceOf(began); slice <= sliceOf(ended); slice += 1) {
        if (own[slice] === 1) continue
        own[slice] = 1
        counts[slice] = (counts[slice] ?? 0) + 1
      }
    },
  }
}

/** What lasts has no end. */
const NEVER = 1e15

type Condition = readonly [sql: string, value: string | number | undefined]

function episodeSpans(database: DatabaseSync, question: TimelineQuestion, after: number | undefined): Step {
  const { from, until, cluster, project, cause, actor, apps } = question
  const place = after === undefined ? firstEpisodes(database, from) : { after, last: lastOf(database, 'episodes') }
  const rows = project === undefined && cause === undefined && actor === undefined ? ROWS : PARSED_ROWS
  return stepOf(database, 'episodes', { ...place, rows }, [
    ['began <= ?', until],
    [`coalesce(ended, ${NEVER}) >= ?`, from],
    ['cluster = ?', cluster],
    ['app IN (SELECT value FROM json_each(?))', apps && JSON.stringify(apps)],
    // Cheap, and true of all that is wanted; what is left is parsed.
    ['instr(document, ?) > 0', project && JSON.stringify(project)],
    ['instr(document, ?) > 0', cause && JSON.stringify(cause)],
    ['instr(document, ?) > 0', actor && JSON.stringify(actor)],
    [ofDocument("document ->> '$.app.project' = ?"), project],
    [ofDocument("document ->> '$.cause' = ?"), cause],
    [ofDocument(WROTE), actor],
  ])
}

/** What is no JSON matches nothing here; whoever lists the same episodes counts and tells of it (`searchEpisodes`). */
function ofDocument(condition: string): string {
  return `CASE WHEN json_valid(document) THEN ${condition} ELSE 0 END`
}

/** Whether somebody wrote in an episode, as `writersOf` tells it. The number of steps tells its names from keys within live values. */
const WROTE = `EXISTS (
  SELECT 1 FROM json_tree(document, '$.objects')
  WHERE atom = ? AND (
    key IN ('manager', 'user') AND path GLOB '$.objects[[]*].fields[[]*].actor' AND length(path) - length(replace(path, '.', '')) = 3
    OR key IN ('user', 'impersonator') AND path GLOB '$.objects[[]*].writers[[]*]' AND length(path) - length(replace(path, '.', '')) = 2
  ))`

/** What was Unknown of apps that are still there: of those that are gone nobody knows whose they were. */
function gapSpans(database: DatabaseSync, question: TimelineQuestion, after = 0): Step {
  const { from, until, cluster, project, apps } = question
  return stepOf(database, 'gaps', { after, last: lastOf(database, 'gaps'), rows: ROWS }, [
    ['began <= ?', until],
    [`coalesce(ended, ${NEVER}) >= ?`, from],
    ['app <> ? AND app IN (SELECT app FROM apps)', ''],
    ['app IN (SELECT value FROM json_each(?))', apps && JSON.stringify(apps)],
    ["(SELECT identity ->> '$.destination' FROM apps WHERE apps.app = gaps.app) = ?", cluster],
    ["(SELECT identity ->> '$.project' FROM apps WHERE apps.app = gaps.app) = ?", project],
  ])
}

/** Rows are walked by their ids: after which one, and up to which. */
interface RowRange {
  readonly after: number
  readonly last: number
}

/** What ended before is not even walked over. */
function firstEpisodes(database: DatabaseSync, from: number): RowRange {
  const found = database
    .prepare(
      `SELECT min(rowid) AS first, max(rowid) AS last FROM
       (SELECT rowid FROM episodes WHERE ended >= ? UNION ALL SELECT rowid FROM episodes WHERE ended IS NULL)`,
    )
    .get(from)
  return { after: Number(found?.first ?? 1) - 1, last: Number(found?.last ?? 0) }
}

function lastOf(database: DatabaseSync, table: string): number {
  return Number(database.prepare(`SELECT max(rowid) AS last FROM ${table}`).get()?.last ?? 0)
}

function stepOf(
  database: DatabaseSync,
  table: string,
  { after, last, rows }: RowRange & { readonly rows: number },
  conditions: readonly Condition[],
): Step {
  const asked = conditions.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]))
  const spans = database
    .prepare(
      `SELECT app, began, coalesce(ended, ${NEVER}) AS ended FROM ${table}
       WHERE rowid > ? AND rowid <= ? ${asked.map(({ sql }) => `AND ${sql}`).join(' ')}`,
    )
    .all(after, after + rows, ...asked.map(({ value }) => value))
    .map(({ app, began, ended }) => ({ app: String(app), began: Number(began), ended: Number(ended) }))
  return { spans, ...(after + rows < last && { next: after + rows }) }
}
