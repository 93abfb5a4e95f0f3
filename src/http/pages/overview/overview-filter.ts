import type { AppReport, Fleet } from '../../../model/fleet.ts'
import { SYNC_STATUSES, type SyncStatus } from '../../../model/verdicts/verdict.ts'
import { appFact, whatText } from '../../../presentation/app-fact.ts'
import type { Incident } from '../../../presentation/incidents.ts'

export const SORTS = ['attention', 'name', 'status', 'cluster', 'project', 'controller', 'what', 'since'] as const
export type Sort = (typeof SORTS)[number]
export const VIEWS = ['list', 'matrix'] as const
export type View = (typeof VIEWS)[number]

/** Which apps the overview shows, and how; '' means any. All of it stands in the URL. */
export interface OverviewFilter {
  readonly status: SyncStatus | ''
  readonly controller: string
  readonly project: string
  readonly cluster: string
  readonly applicationSet: string
  /** Part of the name. */
  readonly name: string
  /** `key=value` of the app, and of its cluster. */
  readonly label: string
  readonly clusterLabel: string
  /** The id of an incident. */
  readonly incident: string
  readonly sort: Sort
  readonly view: View
  /**
   * What rows of the list and of the matrix are gathered by: `project`, `applicationSet`, `cluster`, `controller`, `status`, `label:<key>` of apps or
   * `clusterLabel:<key>` of their clusters.
   */
  readonly group: string
  /** What the columns of the matrix are: `cluster`, or `clusterLabel:<key>`. */
  readonly columns: string
  /** From 1. */
  readonly page: number
}

export const NO_FILTER: OverviewFilter = {
  status: '',
  controller: '',
  project: '',
  cluster: '',
  applicationSet: '',
  name: '',
  label: '',
  clusterLabel: '',
  incident: '',
  sort: 'attention',
  view: 'list',
  group: '',
  columns: 'cluster',
  page: 1,
}

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
    applicationSet: text('applicationSet'),
    name: text('name').trim(),
    label: text('label').trim(),
    clusterLabel: text('clusterLabel').trim(),
    incident: text('incident'),
    sort: SORTS.find((sort) => sort === text('sort')) ?? 'attention',
    view: VIEWS.find((view) => view === text('view')) ?? 'list',
    group: text('group'),
    columns: text('columns') === '' ? 'cluster' : text('columns'),
    page: Number.isInteger(page) && page > 1 && page < 1_000_000 ? page : 1,
  }
}

/** The query string that `parseFilter` reads back, '' when nothing is filtered. */
export function filterQuery(filter: OverviewFilter): string {
  const usual: Readonly<Record<string, unknown>> = { ...NO_FILTER }
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(filter)) if (value !== usual[key]) query.set(key, String(value))
  return query.size === 0 ? '' : `?${query}`
}

/** Apps that need attention come first; then by name, so that the order does not change from one reload to the next. */
const ORDER: Readonly<Record<SyncStatus, number>> = { OutOfSync: 0, Unknown: 1, Synced: 2 }

export interface FilterContext {
  readonly incidentOf: (report: AppReport) => Incident | undefined
  /** Whether values may be shown to whoever asks: an order by values would tell them. */
  readonly showValues: boolean
}

/** The apps that match every part of the filter, in its order. */
export function filterApps(
  { apps, clusters }: Pick<Fleet, 'apps' | 'clusters'>,
  filter: OverviewFilter,
  { incidentOf, showValues }: FilterContext,
): readonly AppReport[] {
  const name = filter.name.toLowerCase()
  const chosen: AppReport[] = []
  for (const report of apps.values()) {
    const { summary, verdict } = report
    if (filter.status !== '' && verdict.outcome.status !== filter.status) continue
    if (filter.controller !== '' && summary.controller !== filter.controller) continue
    if (filter.project !== '' && summary.project !== filter.project) continue
    if (filter.applicationSet !== '' && summary.applicationSet !== filter.applicationSet) continue
    if (filter.cluster !== '' && summary.destination !== filter.cluster) continue
    if (name !== '' && !summary.name.toLowerCase().includes(name)) continue
    if (!hasLabel(filter.label, summary.labels)) continue
    if (!hasLabel(filter.clusterLabel, clusters.get(summary.destination)?.labels)) continue
    if (filter.incident !== '' && incidentOf(report)?.id !== filter.incident) continue
    chosen.push(report)
  }
  const column = columnOf(filter.sort, showValues)
  const placed = chosen.map((report) => ({ place: column(report), report }))
  placed.sort(({ place: one, report: a }, { place: other, report: b }) => {
    if (one !== other) return one < other ? -1 : 1
    if (a.summary.name !== b.summary.name) return a.summary.name < b.summary.name ? -1 : 1
    return a.summary.id < b.summary.id ? -1 : 1
  })
  return placed.map(({ report }) => report)
}

function hasLabel(wanted: string, labels: Readonly<Record<string, string>> = {}): boolean {
  if (wanted === '') return true
  const at = wanted.indexOf('=')
  const key = at === -1 ? wanted : wanted.slice(0, at)
  return Object.hasOwn(labels, key) && (at === -1 || labels[key] === wanted.slice(at + 1))
}

/** After every text that a fact is. */
const LAST = '\uffff'

function columnOf(sort: Sort, showValues: boolean): (report: AppReport) => string | number {
  switch (sort) {
    case 'attention':
      return ({ verdict }) => ORDER[verdict.outcome.status]
    case 'status':
      return ({ verdict }) => verdict.outcome.status
    case 'cluster':
      return ({ summary }) => summary.destination
    case 'project':
      return ({ summary }) => summary.project
    case 'controller':
      return ({ summary }) => summary.controller
    case 'what':
      return (report) => {
        const fact = appFact(report, { showValues })
        // Those of which there is nothing to say come last.
        return fact === undefined ? LAST : whatText(fact)
      }
    case 'since':
      return ({ verdict }) => verdict.outOfSyncSince ?? verdict.unknownSince ?? Number.MAX_SAFE_INTEGER
    case 'name':
      return () => 0
    default:
      return sort satisfies never
  }
}

/** What an app is gathered by: a column, `label:<key>` of its own or `clusterLabel:<key>`. '' where it has none. */
export function groupOf({ summary, verdict }: AppReport, by: string, clusters: Fleet['clusters']): string {
  const label = readLabelGroup(by)
  if (label !== undefined) {
    const labels = label.parameter === 'label' ? summary.labels : (clusters.get(summary.destination)?.labels ?? {})
    return Object.hasOwn(labels, label.key) ? (labels[label.key] ?? '') : ''
  }
  switch (by) {
    case 'status':
      return verdict.outcome.status
    case 'applicationSet':
      return summary.applicationSet ?? ''
    case 'cluster':
      return summary.destination
    case 'project':
      return summary.project
    case 'controller':
      return summary.controller
    default:
      return ''
  }
}

/** `label:<key>` or `clusterLabel:<key>`; undefined for a column. */
export function readLabelGroup(
  by: string,
): { readonly parameter: 'label' | 'clusterLabel'; readonly key: string } | undefined {
  for (const parameter of ['label', 'clusterLabel'] as const)
    if (by.startsWith(`${parameter}:`)) return { parameter, key: by.slice(parameter.length + 1) }
  return undefined
}
