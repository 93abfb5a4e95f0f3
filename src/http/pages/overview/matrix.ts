import type { AppReport, Fleet } from '../../../model/fleet.ts'
import type { SyncStatus } from '../../../model/verdicts/verdict.ts'
import { appPath } from '../markup/app-path.ts'
import { type Html, html } from '../markup/html.ts'
import { TONES } from '../markup/status-html.ts'
import { filterQuery, groupOf, NO_FILTER, type OverviewFilter, readLabelGroup } from './overview-filter.ts'

/** Columns of one page, and cells: so many links are what a page can hold. */
const COLUMNS = 60
const CELLS = 4_000

/** Rows of cells with at least one app each. */
export interface Matrix {
  readonly columns: readonly string[]
  /** Columns that are left out, since there are too many. */
  readonly omitted: number
  readonly rows: readonly MatrixRow[]
  readonly rowsOfPage: number
}

interface MatrixRow {
  readonly name: string
  readonly cells: ReadonlyMap<string, readonly AppReport[]>
  readonly needsSomebody: boolean
}

/** Apps, or what they are gathered by, against clusters, or a label of theirs: the same drift everywhere is a stripe. */
export function matrixOf(apps: readonly AppReport[], clusters: Fleet['clusters'], filter: OverviewFilter): Matrix {
  const columnOf = (report: AppReport): string => groupOf(report, filter.columns, clusters)
  const rowOf = (report: AppReport): string =>
    filter.group === '' ? report.summary.name : groupOf(report, filter.group, clusters)
  const all = [...new Set(apps.map(columnOf))].sort()
  const columns = all.slice(0, COLUMNS)
  const rows = [...Map.groupBy(apps, rowOf)].map(([name, members]) => ({
    name,
    cells: Map.groupBy(members, columnOf),
    needsSomebody: filter.sort === 'attention' && members.some(({ verdict }) => verdict.outcome.status !== 'Synced'),
  }))
  rows.sort((a, b) => Number(b.needsSomebody) - Number(a.needsSomebody) || (a.name < b.name ? -1 : 1))
  return {
    columns,
    omitted: all.length - columns.length,
    rows,
    rowsOfPage: Math.max(1, Math.floor(CELLS / Math.max(1, columns.length))),
  }
}

/** @param page from 1 */
export function matrixTable(
  { columns, omitted, rows, rowsOfPage }: Matrix,
  filter: OverviewFilter,
  page: number,
): Html {
  if (rows.length === 0) return html`<p>No app matches.</p>`
  const shown = rows.slice((page - 1) * rowsOfPage, page * rowsOfPage)
  const caption = shown.length < rows.length ? `${shown.length} of ${rows.length} rows. ` : ''
  return html`<section class="wide" tabindex="0" aria-label="Matrix"><table class="matrix">
<caption>${caption}S is Synced, O OutOfSync, U Unknown; a number says of how many apps.${omitted > 0 ? ` ${omitted} more columns are not shown.` : ''}</caption>
<thead><tr><th scope="col">${filter.group === '' ? 'App' : filter.group}</th>${columns.map((column) => html`<th scope="col">${nameOf(column)}</th>`)}</tr></thead>
<tbody>
${shown.map((row) => html`<tr><th scope="row">${nameOf(row.name)}</th>${columns.map((column) => cell(row, column, filter))}</tr>\n`)}</tbody>
</table></section>`
}

function nameOf(group: string): string {
  return group === '' ? 'none' : group
}

const WORST: readonly SyncStatus[] = ['OutOfSync', 'Unknown', 'Synced']

function cell(row: MatrixRow, column: string, filter: OverviewFilter): Html {
  const apps = row.cells.get(column)
  const [first] = apps ?? []
  if (apps === undefined || first === undefined) return html`<td></td>`
  const count = (status: SyncStatus): number => apps.filter(({ verdict }) => verdict.outcome.status === status).length
  const status = WORST.find((one) => count(one) > 0) ?? 'Synced'
  const letter = status.slice(0, 1)
  const share = apps.length > 1 ? ` ${count(status)}/${apps.length}` : ''
  const text = html`<b class="${TONES[status]}">${letter}</b>${share}`
  // What is seen is part of what is said, for those who speak to their browser.
  const said = `${letter}${share} ${status}: ${nameOf(row.name)}, ${nameOf(column)}`
  const target = apps.length === 1 ? appPath(first.summary.id) : listOf(row.name, column, filter)
  const content = target === undefined ? text : html`<a href="${target}" aria-label="${said}">${text}</a>`
  return html`<td data-label="${nameOf(column)}">${content}</td>`
}

/** The list of a cell's apps; undefined where no filter says just these. */
function listOf(row: string, column: string, filter: OverviewFilter): string | undefined {
  const list = { ...filter, view: NO_FILTER.view, columns: NO_FILTER.columns, group: '', page: 1 }
  const narrowed = narrow(list, filter.group === '' ? 'name' : filter.group, row)
  const narrower = narrowed && narrow(narrowed, filter.columns, column)
  return narrower && `/${filterQuery(narrower)}`
}

function narrow(filter: OverviewFilter, by: string, value: string): OverviewFilter | undefined {
  if (value === '') return undefined
  switch (by) {
    case 'name':
    case 'cluster':
    case 'project':
    case 'applicationSet':
    case 'controller':
    case 'status':
      return { ...filter, [by]: value }
    default: {
      const label = readLabelGroup(by)
      if (label === undefined) return undefined
      const wanted = `${label.key}=${value}`
      // There is room for one label: another that was asked for would be lost.
      return filter[label.parameter] === '' || filter[label.parameter] === wanted
        ? { ...filter, [label.parameter]: wanted }
        : undefined
    }
  }
}
