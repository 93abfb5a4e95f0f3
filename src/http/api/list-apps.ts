import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { AppReport, Fleet } from '../../model/fleet.ts'
import type { JsonObject } from '../../model/json.ts'
import { verdictJson } from '../../presentation/json/verdict-json.ts'
import { type AppsQuery, FIELDS } from './schema.ts'

const DEFAULT_LIMIT = 100
const Cursor = Type.Tuple([Type.Union([Type.String(), Type.Number()]), Type.String()])

/** Where a page begins: after this value of the sorted column and this id. It holds when apps come and go in between. */
type Position = readonly [value: string | number, id: string]

export type AppsPage =
  | { readonly apps: readonly JsonObject[]; readonly total: number; readonly next: string | null }
  | { readonly problem: string }

/** A page of the apps that match. Takes time by the number of all apps, and memory by that of those which match. */
export function listApps(fleet: Fleet, query: AppsQuery): AppsPage {
  const fields = query.fields?.split(',')
  const unknown = fields?.find((field) => !FIELDS.includes(field))
  if (unknown !== undefined)
    return { problem: `apps have no field ${JSON.stringify(unknown)}; they have ${FIELDS.join(', ')}` }
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor)
  if (query.cursor !== undefined && after === undefined) return { problem: 'the cursor is not one of this list' }

  const sort = query.sort ?? 'name'
  const sign = sort.startsWith('-') ? -1 : 1
  const matching: { readonly position: Position; readonly report: AppReport }[] = []
  for (const report of fleet.apps.values())
    if (matches(report, query, fleet)) matching.push({ position: [columnOf(report, sort), report.summary.id], report })
  matching.sort((one, other) => sign * comparePositions(one.position, other.position))
  const rest =
    after === undefined ? matching : matching.filter(({ position }) => sign * comparePositions(position, after) > 0)
  const page = rest.slice(0, query.limit ?? DEFAULT_LIMIT)
  const last = page.at(-1)
  return {
    apps: page.map(({ report }) => chosen(appRowJson(report), fields)),
    total: matching.length,
    next: last === undefined || page.length === rest.length ? null : writeCursor(last.position),
  }
}

/** An app of `check --output json` without its objects, and with what filters ask for. */
export function appRowJson(report: AppReport): JsonObject {
  const { objects: _objects, ...row } = verdictJson(report, [])
  const { id, labels } = report.summary
  return { id, ...row, labels: { ...labels }, objectCounts: { ...report.verdict.objectCounts } }
}

function chosen(row: JsonObject, fields: readonly string[] | undefined): JsonObject {
  if (fields === undefined) return row
  return Object.fromEntries(Object.entries(row).filter(([key]) => key === 'id' || fields.includes(key)))
}

function matches({ summary, verdict }: AppReport, query: AppsQuery, { clusters }: Fleet): boolean {
  const { outcome } = verdict
  const cause = outcome.status === 'OutOfSync' ? outcome.cause : undefined
  const reason = outcome.status === 'Unknown' ? outcome.reason.code : undefined
  return (
    is(query.status, outcome.status) &&
    is(query.cause, cause) &&
    is(query.reason, reason) &&
    is(query.controller, summary.controller) &&
    is(query.name, summary.name) &&
    is(query.namespace, summary.namespace) &&
    is(query.declaredIn, summary.declaredIn) &&
    is(query.cluster, summary.destination) &&
    is(query.project, summary.project) &&
    hasLabels(query.label, summary.labels) &&
    (query.clusterLabel === undefined || hasLabels(query.clusterLabel, clusters.get(summary.destination)?.labels ?? {}))
  )
}

function is(wanted: string | undefined, actual: string | undefined): boolean {
  return wanted === undefined || wanted === actual
}

function hasLabels(wanted: readonly string[] = [], labels: Readonly<Record<string, string>>): boolean {
  return wanted.every((text) => {
    const [key = '', value] = text.split('=')
    return Object.hasOwn(labels, key) && labels[key] === value
  })
}

function columnOf({ summary, verdict }: AppReport, sort: NonNullable<AppsQuery['sort']>): string | number {
  switch (sort.replace('-', '')) {
    case 'status':
      return verdict.outcome.status
    case 'cluster':
      return summary.destination
    case 'project':
      return summary.project
    case 'since':
      return verdict.outOfSyncSince ?? verdict.unknownSince ?? Number.MAX_SAFE_INTEGER
    default:
      return summary.name
  }
}

/** Of a column, all values are of one type; a cursor of another column finds nothing wrong, only another position. */
function comparePositions([one, oneId]: Position, [other, otherId]: Position): number {
  if (one !== other) return typeof one === typeof other ? (one < other ? -1 : 1) : typeof one === 'number' ? -1 : 1
  return oneId < otherId ? -1 : oneId > otherId ? 1 : 0
}

function writeCursor(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

function readCursor(text: string): Position | undefined {
  try {
    const position: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    return Value.Check(Cursor, position) ? position : undefined
  } catch {
    // It was not made here.
    return undefined
  }
}
