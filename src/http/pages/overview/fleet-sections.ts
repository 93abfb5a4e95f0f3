import type { Fleet } from '../../../model/fleet.ts'
import { failureHtml } from '../markup/failure-html.ts'
import { type Html, html } from '../markup/html.ts'
import { timeHtml } from '../markup/time-text.ts'

/** Rows of one list; more would hide what matters, and those that fail come first. */
const LIMIT = 200

/** The clusters: whether each one answers, and why not. */
export function clustersSection(fleet: Fleet, now: number): Html {
  const clusters = [...fleet.clusters.values()].sort((a, b) => compareByHealth(a.status, b.status))
  const rows = clusters.slice(0, LIMIT).map(
    ({ status, labels }) => html`<tr>
<td class="tight">${upHtml(status.up, status.failure !== undefined)}</td>
<th scope="row">${status.name}</th>
<td>${Object.entries(labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(', ')}</td>
<td data-label="Version">${status.kubeVersion}</td>
<td data-label="Last contact">${timeHtml(status.lastContact, now)}</td>
<td>${status.failure && failureHtml(status.failure)}</td>
</tr>
`,
  )
  return html`<h2 id="clusters">Clusters</h2>
${table(['State', 'Cluster', 'Labels', 'Version', 'Last contact', 'Failure'], rows, clusters.length)}`
}

/** The repositories: whether each one can be read, and why not. */
export function repositoriesSection(fleet: Fleet, now: number): Html {
  const repositories = [...fleet.repositories.values()].sort((a, b) =>
    compareByHealth({ up: a.up, name: a.url }, { up: b.up, name: b.url }),
  )
  const rows = repositories.slice(0, LIMIT).map(
    (status) => html`<tr>
<td class="tight">${upHtml(status.up, true)}</td>
<th scope="row">${status.url}</th>
<td data-label="Last contact">${timeHtml(status.lastContact, now)}</td>
<td>${status.failure && failureHtml(status.failure)}</td>
</tr>
`,
  )
  return html`<h2 id="repositories">Repositories</h2>
${table(['State', 'Repository', 'Last contact', 'Failure'], rows, repositories.length)}`
}

/** What discovery could not use. */
export function problemsSection(fleet: Fleet): Html | undefined {
  if (fleet.problems.length === 0) return undefined
  const rows = fleet.problems
    .slice(0, LIMIT)
    .map(({ subject, failure }) => html`<tr><th scope="row">${subject}</th><td>${failureHtml(failure)}</td></tr>\n`)
  return html`<h2 id="problems">Problems</h2>
${table(['Subject', 'Failure'], rows, fleet.problems.length)}`
}

/** What was found where nothing is configured, and what it lacks: the first thing to know. */
export function foundNote(fleet: Fleet): Html | undefined {
  const found = fleet.problems.filter(
    ({ failure: { code } }) => code === 'GDE_ZERO_CONFIG' || code === 'GDE_RIGHT_MISSING',
  )
  if (found.length === 0) return undefined
  const items = found.map(({ subject, failure }) => html`<li>${subject}: ${failure.message}</li>\n`)
  return html`<ul class="note" aria-label="What was found">
${items}</ul>`
}

/** What to write where there is no app: with the name of a cluster that there is. */
export function emptyNote({ apps, clusters, firstPassEndedAt }: Fleet): Html | undefined {
  if (apps.size > 0 || firstPassEndedAt === undefined) return undefined
  const names = [...clusters.keys()].sort()
  const [cluster = 'NAME'] = names
  const found = names.length === 0 ? 'no cluster either' : `clusters: ${names.slice(0, LIMIT).join(', ')}`
  return html`<div class="note"><p>No app was found, or none that you may see; ${found}. Apps are declared by a controller, which the config has to name, or by the config itself:</p>
<pre>discovery:
  argocd: [{ cluster: ${JSON.stringify(cluster)} }]
  flux: [{ cluster: ${JSON.stringify(cluster)} }]
  helm: [{ cluster: ${JSON.stringify(cluster)} }]</pre></div>`
}

function table(columns: readonly string[], rows: readonly Html[], total: number): Html {
  if (total === 0) return html`<p>None.</p>`
  const caption = rows.length < total ? html`<caption>${rows.length} of ${total}</caption>` : undefined
  return html`<div class="wide"><table>${caption}
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows}</tbody>
</table></div>`
}

/** @param contacted whether a first request has succeeded or failed */
function upHtml(up: boolean, contacted: boolean): Html {
  if (up) return html`<span class="status good">up</span>`
  return contacted ? html`<span class="status bad">down</span>` : html`<span class="status unsure">not asked yet</span>`
}

interface Ranked {
  readonly up: boolean
  readonly name: string
}

function compareByHealth(a: Ranked, b: Ranked): number {
  if (a.up !== b.up) return a.up ? 1 : -1
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}
