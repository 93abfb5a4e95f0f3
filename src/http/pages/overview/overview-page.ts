import type { AppReport, Fleet } from '../../../model/fleet.ts'
import type { ShownShard } from '../../../model/shard.ts'
import type { SyncStatus } from '../../../model/verdicts/verdict.ts'
import { findIncidents, type Incident, incidentOfApps } from '../../../presentation/incidents.ts'
import type { RefusedConfig } from '../../ports.ts'
import { faviconLink } from '../markup/favicon.ts'
import { type Html, html } from '../markup/html.ts'
import { type PageContext, page } from '../markup/layout.ts'
import { shardNote } from '../markup/shard-note.ts'
import { statusHtml } from '../markup/status-html.ts'
import { appsTable } from './apps-table.ts'
import { filterForm } from './filter-form.ts'
import { clustersSection, emptyNote, foundNote, problemsSection, repositoriesSection } from './fleet-sections.ts'
import { healthLine } from './health-line.ts'
import { incidentCards } from './incident-cards.ts'
import { matrixOf, matrixTable } from './matrix.ts'
import { filterApps, filterQuery, type OverviewFilter } from './overview-filter.ts'
import { pagesOf } from './paging.ts'

export interface OverviewContext extends PageContext {
  /** Whether values of fields may be shown to whoever asks. */
  readonly showValues: boolean
  readonly refusedConfig: RefusedConfig | undefined
  readonly shard: ShownShard | undefined
  /** The same apps, with the people who wrote where they are known. */
  readonly nameWriters: (reports: readonly AppReport[]) => Promise<readonly AppReport[]>
}

/**
 * Everything at a glance: whether it can be believed, what is wrong with many apps at once, which apps need somebody and what happened to them,
 * and whether clusters and repositories answer.
 */
export async function overviewPage(fleet: Fleet, filter: OverviewFilter, context: OverviewContext): Promise<string> {
  const { version, now, refusedConfig } = context
  const { apps, clusters, repositories, sources } = fleet
  const incidents = findIncidents({ apps, clusters, repositories, sources, ...(refusedConfig && { refusedConfig }) })
  const byApp = incidentOfApps(incidents)
  const incidentOf = ({ summary }: AppReport): Incident | undefined => byApp.get(summary.id)
  const matching = filterApps(fleet, { ...filter, status: '' }, { incidentOf, showValues: context.showValues })
  const wanted = matching.filter(({ verdict }) => filter.status === '' || verdict.outcome.status === filter.status)
  // A card stands for its apps; whoever asks for a status or an incident gets them as rows.
  const isListed = filter.status !== '' || filter.incident !== '' || filter.view === 'matrix'
  const chosen = isListed ? wanted : wanted.filter((report) => incidentOf(report) === undefined)
  const listing =
    filter.view === 'matrix' ? matrixListing(chosen, fleet, filter) : await listListing(chosen, fleet, filter, context)
  const covered = wanted.length - chosen.length
  return page(
    'Drift',
    version,
    html`${shardNote(context.shard)}${healthLine(fleet, refusedConfig, now)}
${foundNote(fleet)}
${emptyNote(fleet)}
${firstPassNote(fleet)}
${incidentCards(incidents, now)}
<h2 id="apps">Apps</h2>
${counts(matching, filter)}
${filterForm(fleet, filter)}
<p><a href="${timelinePath(filter)}">Timeline of what happened</a></p>
${covered > 0 ? html`<p class="note">${covered === 1 ? '1 app is' : `${covered} apps are`} of the incidents above and not listed here.</p>` : undefined}
${listing}
${clustersSection(fleet, now)}
${repositoriesSection(fleet, now)}
${problemsSection(fleet)}`,
    ...tabOf(matching),
  )
}

async function listListing(
  apps: readonly AppReport[],
  { clusters }: Fleet,
  filter: OverviewFilter,
  { showValues, now, nameWriters }: OverviewContext,
): Promise<Html> {
  const pages = pagesOf(apps, clusters, filter)
  const current = Math.min(filter.page, Math.max(1, pages.length))
  const shown = pages[current - 1] ?? []
  const named = new Map(
    (await nameWriters(shown.flatMap(({ members }) => members))).map((report) => [report.summary.id, report]),
  )
  const groups = shown.map((group) => ({
    ...group,
    members: group.members.map((report) => named.get(report.summary.id) ?? report),
  }))
  return html`${appsTable(groups, { filter, total: apps.length, showValues, now })}
${pager({ ...filter, page: current }, pages.length)}`
}

function matrixListing(apps: readonly AppReport[], { clusters }: Fleet, filter: OverviewFilter): Html {
  const matrix = matrixOf(apps, clusters, filter)
  const pages = Math.ceil(matrix.rows.length / matrix.rowsOfPage)
  const current = Math.min(filter.page, Math.max(1, pages))
  return html`${matrixTable(matrix, filter, current)}
${pager({ ...filter, page: current }, pages)}`
}

/** What a tab among twenty says, in words and as its icon: how many apps need somebody. */
function tabOf(apps: readonly AppReport[]): readonly [title: string, icon: Html] {
  const count = (status: SyncStatus): number => apps.filter(({ verdict }) => verdict.outcome.status === status).length
  const [drifting, unknown] = [count('OutOfSync'), count('Unknown')]
  if (drifting + unknown === 0) return ['Drift', faviconLink('good', 0)]
  const title = `${[drifting > 0 ? `${drifting} OutOfSync` : '', unknown > 0 ? `${unknown} Unknown` : ''].filter((part) => part !== '').join(', ')} · Drift`
  return [title, drifting > 0 ? faviconLink('bad', drifting) : faviconLink('unsure', unknown)]
}

/** The same clusters and projects, over time. */
function timelinePath({ cluster, project }: OverviewFilter): string {
  const query = new URLSearchParams()
  if (cluster !== '') query.set('cluster', cluster)
  if (project !== '') query.set('project', project)
  return query.size === 0 ? '/timeline' : `/timeline?${query}`
}

function firstPassNote(fleet: Fleet): Html | undefined {
  if (fleet.firstPassEndedAt !== undefined) return undefined
  return html`<p class="note" role="status">The first pass is still running: apps that were not evaluated yet are Unknown.</p>`
}

/** Within the filter: what is not shown is not counted. */
function counts(apps: readonly AppReport[], filter: OverviewFilter): Html {
  const total: Record<SyncStatus, number> = { OutOfSync: 0, Unknown: 0, Synced: 0 }
  for (const { verdict } of apps) total[verdict.outcome.status] += 1
  const item = (status: SyncStatus | '', count: number, name: Html): Html => {
    const current = filter.status === status ? html` aria-current="true"` : undefined
    return html`<li><a href="/${filterQuery({ ...filter, status, page: 1 })}"${current}><strong>${count}</strong> ${name}</a></li>\n`
  }
  return html`<ul class="counts" aria-label="Apps by status">
${item('OutOfSync', total.OutOfSync, statusHtml('OutOfSync'))}${item('Unknown', total.Unknown, statusHtml('Unknown'))}${item('Synced', total.Synced, statusHtml('Synced'))}${item('', apps.length, html`all apps`)}</ul>`
}

function pager(filter: OverviewFilter, pages: number): Html | undefined {
  if (pages <= 1) return undefined
  const link = (to: number, text: string): Html | undefined =>
    to < 1 || to > pages ? undefined : html`<a href="/${filterQuery({ ...filter, page: to })}">${text}</a>`
  return html`<nav aria-label="Pages">${link(filter.page - 1, 'Previous')} Page ${filter.page} of ${pages} ${link(filter.page + 1, 'Next')}</nav>`
}
