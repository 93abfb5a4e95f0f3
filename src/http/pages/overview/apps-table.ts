import type { AppReport } from '../../../model/fleet.ts'
import { appFact } from '../../../presentation/app-fact.ts'
import { appPath } from '../markup/app-path.ts'
import { type Html, html } from '../markup/html.ts'
import { factHtml, statusHtml, statusSince } from '../markup/status-html.ts'
import { timeHtml } from '../markup/time-text.ts'
import { filterQuery, type OverviewFilter, type Sort } from './overview-filter.ts'
import type { AppGroup } from './paging.ts'

export interface AppsTableView {
  readonly filter: OverviewFilter
  /** Apps that match, those of other pages too. */
  readonly total: number
  readonly showValues: boolean
  /** Unix seconds. */
  readonly now: number
}

const COLUMNS: readonly (readonly [title: string, sort: Sort])[] = [
  ['Status', 'status'],
  ['App', 'name'],
  ['Destination', 'cluster'],
  ['Project', 'project'],
  ['Controller', 'controller'],
  ['What', 'what'],
  ['Since', 'since'],
]

/** A row an app, with the fact in it; a heading row for each group. */
export function appsTable(groups: readonly AppGroup[], view: AppsTableView): Html {
  const { filter, total } = view
  if (total === 0) return html`<p>No app matches.</p>`
  const rows = groups.map(
    (group) =>
      html`${filter.group === '' ? undefined : groupRow(group)}${group.members.map((report) => row(report, view))}`,
  )
  const shown = groups.reduce((sum, { members }) => sum + members.length, 0)
  const caption = shown < total ? `${shown} of ${total} apps` : total === 1 ? '1 app' : `${total} apps`
  return html`<div class="wide"><table class="apps">
<caption>${caption}</caption>
<thead><tr>${COLUMNS.map((column) => heading(column, filter))}</tr></thead>
<tbody>
${rows}</tbody>
</table></div>`
}

function heading([title, sort]: (typeof COLUMNS)[number], filter: OverviewFilter): Html {
  const isSorted = filter.sort === sort
  const link = html`<a href="/${filterQuery({ ...filter, sort: isSorted ? 'attention' : sort, page: 1 })}">${title}</a>`
  return html`<th scope="col"${isSorted ? html` aria-sort="ascending"` : undefined}>${link}</th>`
}

function groupRow({ name, total, from, members }: AppGroup): Html {
  const part = members.length < total ? `${from} to ${from + members.length - 1} of ${total}` : total
  return html`<tr><th scope="rowgroup" class="group" colspan="${COLUMNS.length}">${name === '' ? 'none' : name} <span class="quiet">${part}</span></th></tr>\n`
}

function row(report: AppReport, { showValues, now }: AppsTableView): Html {
  const { summary, verdict } = report
  const since = appFact(report, { showValues })?.since ?? statusSince(report)
  return html`<tr>
<td class="tight">${statusHtml(verdict.outcome.status)}</td>
<th scope="row"><a href="${appPath(summary.id)}">${summary.name}</a></th>
<td>${summary.destination === '' ? undefined : html`${summary.destination} / `}${summary.destinationNamespace}</td>
<td>${summary.project}</td>
<td>${summary.controller}</td>
<td>${factHtml(report, showValues)}</td>
<td>${timeHtml(since, now)}</td>
</tr>
`
}
