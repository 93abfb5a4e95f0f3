import { printJson } from '../../../kubernetes/serialization/json.ts'
import { printYaml } from '../../../kubernetes/serialization/yaml.ts'
import type { Actor, Difference } from '../../../model/verdicts/difference.ts'
import { displayPathText, UNATTRIBUTED, withheldReason } from '../../../presentation/difference-text.ts'
import { yamlDiff } from '../../../presentation/yaml-diff.ts'
import { type Html, html } from '../markup/html.ts'
import type { Shorten } from '../markup/shorten.ts'
import { timeHtml } from '../markup/time-text.ts'

export interface DifferencesView {
  /** Whether values may be shown to whoever asks. */
  readonly showValues: boolean
  /** Unix seconds. */
  readonly now: number
  readonly shorten: Shorten
}

/** Differences of one object as a person wants to read them: where, what Git says, what runs, who wrote it and when; and as a diff. */
export function differencesHtml(differences: readonly Difference[], view: DifferencesView): Html {
  const shown = differences.map((difference) => withShortValues(difference, view.shorten))
  return html`${differencesTable(shown, view)}
${view.showValues ? diffHtml(shown) : undefined}`
}

function withShortValues(difference: Difference, shorten: Shorten): Difference {
  const { desired, live } = difference
  return {
    ...difference,
    ...(desired !== undefined && { desired: shorten(desired) }),
    ...(live !== undefined && { live: shorten(live) }),
  }
}

function differencesTable(differences: readonly Difference[], view: DifferencesView): Html {
  const rows = differences.map(
    (difference) => html`<tr>
<th scope="row"><code>${displayPathText(difference)}</code></th>
<td class="tight">${difference.class}${difference.effect === 'report' ? html` <span class="quiet">reported only</span>` : undefined}</td>
<td data-label="Declared">${valueHtml(difference, 'desired', view)}</td>
<td data-label="Live">${valueHtml(difference, 'live', view)}</td>
<td>${difference.actor === undefined ? whyHtml(difference) : whoText(difference.actor)}</td>
<td>${timeHtml(secondsOf(difference.actor?.time), view.now)}</td>
</tr>
`,
  )
  return html`<div class="wide"><table>
<thead><tr><th scope="col">Path</th><th scope="col">Class</th><th scope="col">Declared</th><th scope="col">Live</th><th scope="col">Who</th><th scope="col">When</th></tr></thead>
<tbody>
${rows}</tbody>
</table></div>`
}

/** By its class a difference has a value on both sides, or on one: what is withheld is not absent. */
const SIDES: Readonly<Record<Difference['class'], readonly ('desired' | 'live')[]>> = {
  changed: ['desired', 'live'],
  missing: ['desired'],
  removed: ['live'],
  added: ['live'],
}

function valueHtml(difference: Difference, side: 'desired' | 'live', { showValues }: DifferencesView): Html {
  const value = difference[side]
  // Only live values are withheld of objects without the mark: what Git says is the app's own.
  const isShown = side === 'desired' && difference.withheld === true && value !== undefined
  if (difference.redacted === true && !isShown && SIDES[difference.class].includes(side))
    return html`<span class="quiet" title="${withheldReason(difference)}">differs (withheld)</span>`
  if (value === undefined) return html`<span class="quiet">absent</span>`
  if (!showValues) return html`<span class="quiet">hidden</span>`
  return html`<pre>${typeof value === 'object' && value !== null ? printYaml(value) : printJson(value)}</pre>`
}

const LINES = {
  ' ': (text: string) => html`${text}\n`,
  '-': (text: string) => html`<del>${text}</del>\n`,
  '+': (text: string) => html`<ins>${text}</ins>\n`,
} as const

/** What an apply would do to the cluster, in the way of `kubectl diff`. */
function diffHtml(differences: readonly Difference[]): Html {
  const lines = yamlDiff(differences).map(({ sign, text }) => LINES[sign](`${sign}${text}`))
  return html`<details open><summary>From what runs to what Git says</summary>
<pre class="diff">${lines}</pre></details>`
}

function whyHtml({ unattributed }: Difference): Html | undefined {
  return unattributed === undefined ? undefined : html`<span class="quiet">${UNATTRIBUTED[unattributed]}</span>`
}

function whoText({ manager, operation, subresource, user }: Actor): string {
  const through = subresource === undefined ? operation : `${operation} of ${subresource}`
  return user === undefined ? `${manager} (${through})` : `${user} with ${manager} (${through})`
}

function secondsOf(time: string | undefined): number | undefined {
  const milliseconds = time === undefined ? Number.NaN : Date.parse(time)
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000
}
