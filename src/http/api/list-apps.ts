import * as Type from '@sinclair/typebox'
import type { AppReport, Fleet } from '../../model/fleet.ts'
import type { AppId } from '../../model/identity.ts'
import type { JsonObject } from '../../model/json.ts'
import { withoutUserInfo } from '../../model/sources/repository-url.ts'
import { type Incident, incidentOfApps } from '../../presentation/incidents.ts'
import { readCursor, writeCursor } from '../web/cursor.ts'
import { appRowJson } from './fleet-json.ts'
import { type AppsQuery, FIELDS } from './schema.ts'

const DEFAULT_LIMIT = 100
const Cursor = Type.Tuple([Type.Union([Type.String(), Type.Number()]), Type.String()])

/** Where a page begins: after this value of the sorted column and this id. It holds when apps come and go in between. */
type Position = readonly [value: string | number, id: string]

export type AppsPage =
  | { readonly apps: readonly JsonObject[]; readonly total: number; readonly next: string | null }
  | { readonly problem: string }

/**
 * A page of the apps that match. Takes time by the number of all apps, and memory by that of those which match.
 * @param incidents of the same fleet, where one of them is asked for
 */
export function listApps(fleet: Fleet, query: AppsQuery, incidents: readonly Incident[]): AppsPage {
  const fields = query.fields?.split(',')
  const unknown = fields?.find((field) => !FIELDS.includes(field))
  if (unknown !== undefined)
    return { problem: `apps have no field ${JSON.stringify(unknown)}; they have ${FIELDS.join(', ')}` }
  const after = query.cursor === undefined ? undefined : readCursor(Cursor, query.cursor)
  if (query.cursor !== undefined && after === undefined) return { problem: 'the cursor is not one of this list' }

  const sort = query.sort ?? 'name'
  const sign = sort.startsWith('-') ? -1 : 1
  const byApp = query.incident === undefined ? undefined : incidentOfApps(incidents)
  const matching: { readonly position: Position; readonly report: AppReport }[] = []
  for (const report of fleet.apps.values())
    if (matches(report, query, fleet, byApp))
      matching.push({ position: [columnOf(report, sort), report.summary.id], report })
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

function chosen(row: JsonObject, fields: readonly string[] | undefined): JsonObject {
  if (fields === undefined) return row
  return Object.fromEntries(Object.entries(row).filter(([key]) => key === 'id' || fields.includes(key)))
}

function matches(
  { summary, verdict }: AppReport,
  query: AppsQuery,
  { clusters }: Fleet,
  byApp: ReadonlyMap<AppId, Incident> | undefined,
): boolean {
  const { outcome } = verdict
  const { reportedStatus } = summary
  const cause = outcome.status === 'OutOfSync' ? outcome.cause : undefined
  const reason = outcome.status === 'Unknown' ? outcome.reason.code : undefined
  return (
    is(query.status, outcome.status) &&
    is(query.cause, cause) &&
    is(query.reason, reason) &&
    is(query.controller, summary.controller) &&
    is(query.kind, summary.kind) &&
    is(query.name, summary.name) &&
    is(query.namespace, summary.namespace) &&
    is(query.declaredIn, summary.declaredIn) &&
    is(query.cluster, summary.destination) &&
    is(query.project, summary.project) &&
    is(query.health, reportedStatus?.health) &&
    is(query.suspended, reportedStatus?.suspended ?? false) &&
    is(query.disagrees, reportedStatus?.disagrees ?? false) &&
    is(query.incident, byApp?.get(summary.id)?.id) &&
    (query.repository === undefined || summary.sources.some(({ url }) => withoutUserInfo(url) === query.repository)) &&
    hasLabels(query.label, summary.labels) &&
    (query.clusterLabel === undefined || hasLabels(query.clusterLabel, clusters.get(summary.destination)?.labels ?? {}))
  )
}

function is<T extends string | boolean>(wanted: T | undefined, actual: T | undefined): boolean {
  return wanted === undefined || wanted === actual
}

function hasLabels(wanted: readonly string[] = [], labels: Readonly<Record<string, string>>): boolean {
  return wanted.every((text) => {
    const at = text.indexOf('=')
    const key = text.slice(0, at)
    return Object.hasOwn(labels, key) && labels[key] === text.slice(at + 1)
  })
}

function columnOf({ summary, verdict }: AppReport, sort: NonNullable<AppsQuery['sort']>): string | number {
  const { outcome } = verdict
  switch (sort.replace('-', '')) {
    case 'status':
      return outcome.status
    case 'cause':
      return outcome.status === 'OutOfSync' ? outcome.cause : ''
    case 'reason':
      return outcome.status === 'Unknown' ? outcome.reason.code : ''
    case 'cluster':
      return summary.destination
    case 'project':
      return summary.project
    case 'controller':
      return summary.controller
    case 'kind':
      return summary.kind
    case 'namespace':
      return summary.namespace
    case 'declaredIn':
      return summary.declaredIn
    case 'health':
      return summary.reportedStatus?.health ?? ''
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
