import { actorsOf } from '../../../model/journal/actors.ts'
import type { WatchedEpisode } from '../../../model/journal/episode.ts'
import { episodeWhat } from '../../../presentation/episode-what.ts'
import { lengthText } from '../../../presentation/length-text.ts'
import type { AppHistory } from '../../episodes/load-history.ts'
import { failureHtml } from '../markup/failure-html.ts'
import { ENDED, SPANS } from '../markup/history-words.ts'
import { type Html, html } from '../markup/html.ts'
import { commitHtml } from '../markup/status-html.ts'
import { timeHtml } from '../markup/time-text.ts'
import { type AppQuery, appHref } from './app-query.ts'

export interface HistoryView {
  /** Of the app. */
  readonly id: string
  readonly query: AppQuery
  readonly showValues: boolean
  /** Unix seconds. */
  readonly now: number
}

/** When the app was out of sync lately: a strip of time, and a row for each episode. */
export function historySection(history: AppHistory, view: HistoryView): Html {
  const { days, episodes, failure, isCut } = history
  const name = SPANS.find(([length]) => length === days)?.[1] ?? ''
  return html`<h2 id="history">History</h2>
<p>${SPANS.map((span) => spanLink(span, days, view))}</p>
${failure === undefined ? undefined : html`<p class="note" role="status">The journal cannot be read now: ${failureHtml(failure)}</p>\n`}${
  episodes.length === 0
    ? html`<p>${failure === undefined ? `The journal has no drift of the last ${name}.` : undefined}</p>`
    : html`${strip(episodes, days, view.now, name)}
<div class="wide"><table>
<caption>${episodes.length === 1 ? 'Once' : `${episodes.length} times`} out of sync in the last ${name}${isCut ? ', and before' : undefined}</caption>
<thead><tr><th scope="col">Began</th><th scope="col">Lasted</th><th scope="col">What</th><th scope="col">Who</th><th scope="col">Ended</th></tr></thead>
<tbody>
${episodes.map((episode) => row(episode, view))}</tbody>
</table></div>`
}`
}

function spanLink([days, name]: (typeof SPANS)[number], chosen: number, { id, query }: HistoryView): Html {
  const current = days === chosen ? html` aria-current="true"` : undefined
  return html`<a href="${appHref(id, { ...query, days }, 'history')}"${current}>${name}</a> `
}

function row(episode: WatchedEpisode, { showValues, now }: HistoryView): Html {
  const { began, beganBy, ended, endedBy, commits } = episode
  const length = lengthText(Math.max(0, (ended ?? now) - began))
  const commit = endedBy === 'committed' ? commits.end?.[0] : undefined
  return html`<tr>
<td>${timeHtml(began, now)}${beganBy === 'seen' ? ', when it was seen' : undefined}</td>
<td data-label="lasted">${ended === undefined ? `${length}, and still does` : length}</td>
<td>${episodeWhat(episode, showValues)}</td>
<td data-label="by">${actorsOf(episode).join(', ')}</td>
<td>${endedBy === undefined ? undefined : ENDED[endedBy]}${commit === undefined ? undefined : html` ${commitHtml(commit.commit, commit.subject)}`}</td>
</tr>
`
}

const WIDTH = 1000
/** What lasted a second in a month is to be seen all the same. */
const LEAST_WIDTH = 2

/** All of the time from left to right; the table below says the same in words. */
function strip(episodes: readonly WatchedEpisode[], days: number, now: number, name: string): Html {
  const start = now - days * 86_400
  const place = (at: number): number =>
    Math.round(((Math.min(Math.max(at, start), now) - start) / (now - start)) * WIDTH)
  const bars = episodes.map(({ began, ended }) => {
    const from = place(began)
    const width = Math.max(LEAST_WIDTH, place(ended ?? now) - from)
    return html`<rect x="${Math.min(from, WIDTH - width)}" y="0" width="${width}" height="20"/>`
  })
  return html`<svg class="strip" viewBox="0 0 ${WIDTH} 20" preserveAspectRatio="none" role="img" aria-label="When it was out of sync in the last ${name}">${bars}</svg>`
}
