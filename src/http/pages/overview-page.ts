import type { AppReport, Fleet } from '../../model/fleet.ts'
import { SYNC_STATUSES, type SyncStatus } from '../../model/verdicts/verdict.ts'
import { clustersSection, foundNote, problemsSection, repositoriesSection } from './fleet-sections.ts'
import { type Html, html } from './html.ts'
import { page } from './layout.ts'
import { filterApps, filterQuery, NO_FILTER, type OverviewFilter } from './overview-filter.ts'
import { reasonHtml, statusHtml, statusSince } from './status-html.ts'
import { timeHtml } from './time-text.ts'

/** Apps on one page: what a browser and a person can still take in. */
const PAGE_SIZE = 200

export interface PageContext {
  readonly version: string
  /** Unix seconds. */
  readonly now: number
}

/** Everything at a glance: how many apps are in which status, which ones, and whether clusters and repositories answer. */
export function overviewPage(fleet: Fleet, filter: OverviewFilter, { version, now }: PageContext): string {
  const chosen = filterApps(fleet.apps.values(), filter)
  const pages = Math.max(1, Math.ceil(chosen.length / PAGE_SIZE))
  const current = Math.min(filter.page, pages)
  const shown = chosen.slice((current - 1) * PAGE_SIZE, current * PAGE_SIZE)
  return page(
    'Drift',
    version,
    html`${foundNote(fleet)}
${firstPassNote(fleet)}
${counts(fleet, filter)}
${filterForm(fleet, filter)}
${appsTable(shown, chosen.length, now)}
${pager({ ...filter, page: current }, pages)}
${clustersSection(fleet, now)}
${repositoriesSection(fleet, now)}
${problemsSection(fleet)}`,
  )
}

function firstPassNote(fleet: Fleet): Html | undefined {
  if (fleet.firstPassEndedAt !== undefined) return undefined
  return html`<p class="note" role="status">The first pass is still running: apps that were not evaluated yet are Unknown.</p>`
}

function counts(fleet: Fleet, filter: OverviewFilter): Html {
  const total: Record<SyncStatus, number> = { OutOfSync: 0, Unknown: 0, Synced: 0 }
  for (const { verdict } of fleet.apps.values()) total[verdict.outcome.status] += 1
  const item = (status: SyncStatus | '', count: number, name: Html): Html => {
    const current = filter.status === status ? html` aria-current="true"` : undefined
    return html`<li><a href="/${filterQuery({ ...filter, status, page: 1 })}"${current}><strong>${count}</strong> ${name}</a></li>\n`
  }
  return html`<ul class="counts" aria-label="Apps by status">
${item('OutOfSync', total.OutOfSync, statusHtml('OutOfSync'))}${item('Unknown', total.Unknown, statusHtml('Unknown'))}${item('Synced', total.Synced, statusHtml('Synced'))}${item('', fleet.apps.size, html`all apps`)}</ul>`
}

function filterForm(fleet: Fleet, filter: OverviewFilter): Html {
  const controllers = new Set<string>()
  const projects = new Set<string>()
  const clusters = new Set(fleet.clusters.keys())
  for (const { summary } of fleet.apps.values()) {
    controllers.add(summary.controller)
    projects.add(summary.project)
    clusters.add(summary.destination)
  }
  return html`<form method="get" action="/" role="search">
<div><label for="name">Name contains</label><input id="name" name="name" type="search" value="${filter.name}" maxlength="256"></div>
${select('status', 'Status', SYNC_STATUSES, filter.status)}
${select('cluster', 'Cluster', clusters, filter.cluster)}
${select('project', 'Project', projects, filter.project)}
${select('controller', 'Controller', controllers, filter.controller)}
<div><button>Show</button>${filterQuery(filter) === '' ? undefined : html` <a href="/${filterQuery(NO_FILTER)}">Show all</a>`}</div>
</form>`
}

/** A list of choices is of no use beyond some hundreds, and must not fill the page. */
const CHOICES = 500

function select(name: string, label: string, values: Iterable<string>, chosen: string): Html {
  const options = [...values]
    .filter((value) => value !== '')
    .sort()
    .slice(0, CHOICES)
    .map((value) => html`<option${value === chosen ? html` selected` : undefined}>${value}</option>`)
  return html`<div><label for="${name}">${label}</label><select id="${name}" name="${name}"><option value="">any</option>${options}</select></div>`
}

function appsTable(apps: readonly AppReport[], total: number, now: number): Html {
  if (total === 0) return html`<p>No app matches.</p>`
  const rows = apps.map((report) => {
    const { summary } = report
    return html`<tr>
<td class="tight">${statusHtml(report.verdict.outcome.status)}</td>
<th scope="row"><a href="${appPath(summary.id)}">${summary.name}</a></th>
<td>${summary.destination === '' ? undefined : html`${summary.destination} / `}${summary.destinationNamespace}</td>
<td>${summary.project}</td>
<td>${summary.controller}</td>
<td>${reasonHtml(report)}</td>
<td>${timeHtml(statusSince(report), now)}</td>
</tr>
`
  })
  const caption = apps.length < total ? `${apps.length} of ${total} apps` : total === 1 ? '1 app' : `${total} apps`
  return html`<div class="wide"><table>
<caption>${caption}</caption>
<thead><tr><th scope="col">Status</th><th scope="col">App</th><th scope="col">Destination</th><th scope="col">Project</th><th scope="col">Controller</th><th scope="col">Why</th><th scope="col">Since</th></tr></thead>
<tbody>
${rows}</tbody>
</table></div>`
}

/** Where the page of one app is. */
function appPath(id: string): string {
  // Half of a surrogate pair has no encoding: the page of such an app cannot be linked, and the others still can.
  return `/apps/${encodeURIComponent(id.toWellFormed())}`
}

function pager(filter: OverviewFilter, pages: number): Html | undefined {
  if (pages === 1) return undefined
  const link = (to: number, text: string): Html | undefined =>
    to < 1 || to > pages ? undefined : html`<a href="/${filterQuery({ ...filter, page: to })}">${text}</a>`
  return html`<nav aria-label="Pages">${link(filter.page - 1, 'Previous')} Page ${filter.page} of ${pages} ${link(filter.page + 1, 'Next')}</nav>`
}
