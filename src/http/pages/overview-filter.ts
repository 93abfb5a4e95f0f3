import type { AppReport } from '../../model/fleet.ts'
import { SYNC_STATUSES, type SyncStatus } from '../../model/verdicts/verdict.ts'

/** Which apps the overview shows; '' means any. */
export interface OverviewFilter {
  readonly status: SyncStatus | ''
  readonly controller: string
  readonly project: string
  readonly cluster: string
  /** Part of the name. */
  readonly name: string
  /** From 1. */
  readonly page: number
}

export const NO_FILTER: OverviewFilter = { status: '', controller: '', project: '', cluster: '', name: '', page: 1 }

const MAX_PARAMETER_LENGTH = 256

/** Reads a query string; invalid values are ignored. */
export function parseFilter(query: Readonly<Record<string, unknown>>): OverviewFilter {
  const text = (key: string): string => {
    const value = query[key]
    return typeof value === 'string' ? value.slice(0, MAX_PARAMETER_LENGTH) : ''
  }
  const page = Number(text('page'))
  return {
    status: SYNC_STATUSES.find((status) => status === text('status')) ?? '',
    controller: text('controller'),
    project: text('project'),
    cluster: text('cluster'),
    name: text('name').trim(),
    page: Number.isInteger(page) && page > 1 && page < 1_000_000 ? page : 1,
  }
}

/** The query string that `parseFilter` reads back, '' when nothing is filtered. */
export function filterQuery(filter: OverviewFilter): string {
  const entries = Object.entries({ ...filter, page: filter.page > 1 ? String(filter.page) : '' })
  const query = new URLSearchParams(entries.filter(([, value]) => value !== '')).toString()
  return query === '' ? '' : `?${query}`
}

/** Apps that need attention come first; then by name, so that the order does not change from one reload to the next. */
const ORDER: Readonly<Record<SyncStatus, number>> = { OutOfSync: 0, Unknown: 1, Synced: 2 }

/** The apps that match every part of the filter, those that need attention first. */
export function filterApps(apps: Iterable<AppReport>, filter: OverviewFilter): readonly AppReport[] {
  const name = filter.name.toLowerCase()
  const chosen: AppReport[] = []
  for (const report of apps) {
    const { summary, verdict } = report
    if (filter.status !== '' && verdict.outcome.status !== filter.status) continue
    if (filter.controller !== '' && summary.controller !== filter.controller) continue
    if (filter.project !== '' && summary.project !== filter.project) continue
    if (filter.cluster !== '' && summary.destination !== filter.cluster) continue
    if (name !== '' && !summary.name.toLowerCase().includes(name)) continue
    chosen.push(report)
  }
  return chosen.sort((a, b) => {
    const byStatus = ORDER[a.verdict.outcome.status] - ORDER[b.verdict.outcome.status]
    if (byStatus !== 0) return byStatus
    if (a.summary.name !== b.summary.name) return a.summary.name < b.summary.name ? -1 : 1
    return a.summary.id < b.summary.id ? -1 : 1
  })
}
