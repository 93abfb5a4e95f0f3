import type { Fleet } from '../../../model/fleet.ts'
import { actorsOf } from '../../../model/journal/actors.ts'
import type { EpisodeApp, Gap } from '../../../model/journal/episode.ts'
import { CAUSES } from '../../../model/verdicts/cause.ts'
import { episodeWhat } from '../../../presentation/episode-what.ts'
import { lengthText } from '../../../presentation/length-text.ts'
import type { FleetHistory } from '../../episodes/load-timeline.ts'
import type { VisibleEpisode } from '../../episodes/visible-episodes.ts'
import { appPath } from '../markup/app-path.ts'
import { failureHtml } from '../markup/failure-html.ts'
import { searchField, select, sorted } from '../markup/form-fields.ts'
import { ENDED, SPANS } from '../markup/history-words.ts'
import { type Html, html } from '../markup/html.ts'
import { type PageContext, page } from '../markup/layout.ts'
import { commitHtml } from '../markup/status-html.ts'
import { timeHtml } from '../markup/time-text.ts'
import { timelineChart } from './timeline-chart.ts'
import { type TimelineFilter, timelinePath } from './timeline-filter.ts'

export interface TimelineContext extends PageContext {
  /** Unix seconds: from when on. */
  readonly from: number
  readonly seesValues: (app: EpisodeApp) => boolean
}

/** What happened in the fleet: how many apps drifted when, and each episode. */
export function timelinePage(
  seen: Fleet,
  history: FleetHistory,
  filter: TimelineFilter,
  context: TimelineContext,
): string {
  const { timeline, episodes, hasMore, failure } = history
  const { now, from } = context
  const name = SPANS.find(([days]) => days === filter.days)?.[1] ?? ''
  const last = episodes.at(-1)
  return page(
    'Timeline',
    context.version,
    html`<p><a href="/">All apps</a></p>
<p>${SPANS.map(([days, text]) => html`<a href="${timelinePath({ ...filter, days, after: undefined })}"${days === filter.days ? html` aria-current="true"` : undefined}>${text}</a> `)}</p>
${timelineForm(seen, filter)}
${failure === undefined ? undefined : html`<p class="note" role="status">The journal cannot be read now: ${failureHtml(failure)}</p>\n`}${timeline.isCut && failure === undefined ? html`<p class="note">More happened than is counted here.</p>\n` : undefined}${timelineChart(timeline, { from, until: now, name })}
${gapList(timeline.gaps, now)}
<h2 id="episodes">Episodes</h2>
${episodesTable(history, seen, context, name)}
${
  last === undefined || !hasMore
    ? undefined
    : html`<nav aria-label="Pages"><a href="${timelinePath({ ...filter, after: last.position })}#episodes">Older</a></nav>`
}`,
  )
}

function timelineForm({ apps, clusters }: Fleet, filter: TimelineFilter): Html {
  const projects = new Set([...apps.values()].map(({ summary }) => summary.project))
  return html`<form method="get" action="/timeline" role="search">
<input type="hidden" name="days" value="${filter.days}">
${select('cluster', 'Cluster', sorted(clusters.keys()), filter.cluster)}
${select('project', 'Project', sorted(projects), filter.project)}
${select('cause', 'Cause', CAUSES, filter.cause)}
${searchField('actor', 'Who: a program or a user', filter.actor)}
<div><button type="submit">Show</button></div>
</form>`
}

/** Longer ones are seen in the chart, too. */
const GAPS = 20

function gapList(gaps: readonly Gap[], now: number): Html | undefined {
  if (gaps.length === 0) return undefined
  const items = gaps
    .slice(-GAPS)
    .map(
      ({ began, ended, reason }) =>
        html`<li>for ${lengthText(Math.max(0, (ended ?? now) - began))} from ${timeHtml(began, now)}${reason === 'not-running' ? ': the exporter did not run' : html`: <code>${reason}</code>`}</li>\n`,
    )
  return html`<p>Nobody looked, so that what came and went then is not here:</p>
<ul>
${items}</ul>`
}

function episodesTable(
  { episodes, hasMore, failure }: FleetHistory,
  seen: Fleet,
  context: TimelineContext,
  name: string,
): Html | undefined {
  if (episodes.length === 0)
    return failure === undefined ? html`<p>The journal has no such drift of the last ${name}.</p>` : undefined
  const count = episodes.length === 1 ? '1 episode' : `${episodes.length} episodes`
  return html`<div class="wide"><table>
<caption>${count} of the last ${name}${hasMore ? ', and older ones' : undefined}</caption>
<thead><tr><th scope="col">Began</th><th scope="col">App</th><th scope="col">Cluster</th><th scope="col">Project</th><th scope="col">What</th><th scope="col">Who</th><th scope="col">Cause</th><th scope="col">Lasted</th><th scope="col">Ended</th></tr></thead>
<tbody>
${episodes.map((one) => row(one, seen, context))}</tbody>
</table></div>`
}

function row({ episode }: VisibleEpisode, { apps }: Fleet, { now, seesValues }: TimelineContext): Html {
  const { app, began, ended, endedBy, cause, commits } = episode
  /** Looked up by a text of the journal. */
  const known: ReadonlyMap<string, unknown> = apps
  const length = lengthText(Math.max(0, (ended ?? now) - began))
  const commit = endedBy === 'committed' ? commits.end?.[0] : undefined
  return html`<tr>
<td>${timeHtml(began, now)}</td>
<th scope="row">${known.has(app.id) ? html`<a href="${appPath(app.id)}#history">${app.name}</a>` : app.name}</th>
<td class="tight">${app.destination}</td>
<td class="tight">${app.project}</td>
<td>${episodeWhat(episode, seesValues(app))}</td>
<td data-label="by">${actorsOf(episode).join(', ')}</td>
<td>${cause}</td>
<td data-label="lasted">${ended === undefined ? `${length}, and still does` : length}</td>
<td>${endedBy === undefined ? undefined : ENDED[endedBy]}${commit === undefined ? undefined : html` ${commitHtml(commit.commit, commit.subject)}`}</td>
</tr>
`
}
