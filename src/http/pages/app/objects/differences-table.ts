import { printJson } from '../../../../kubernetes/serialization/json.ts'
import { printYaml } from '../../../../kubernetes/serialization/yaml.ts'
import type { Json } from '../../../../model/json.ts'
import type { ObjectKey } from '../../../../model/object.ts'
import type { Actor, Difference } from '../../../../model/verdicts/difference.ts'
import { ignoreRuleText } from '../../../../presentation/acting/ignore-rule.ts'
import { displayPathText, UNATTRIBUTED, withheldReason } from '../../../../presentation/difference-text.ts'
import { type DiffLine, diffLines, withContext } from '../../../../presentation/line-diff.ts'
import { yamlDiff } from '../../../../presentation/yaml-diff.ts'
import { copyable } from '../../markup/copyable.ts'
import { type Html, html } from '../../markup/html.ts'
import type { Shorten } from '../../markup/shorten.ts'
import { timeHtml } from '../../markup/time-text.ts'
import type { AppQuery } from '../app-query.ts'
import { fieldAnchor } from './anchor.ts'

export interface DifferencesView {
  readonly diff: AppQuery['view']
  /** Whether values may be shown to whoever asks. */
  readonly showValues: boolean
  /** Unix seconds. */
  readonly now: number
  readonly shorten: Shorten
}

/**
 * Differences of one object as a person wants to read them: where, what Git says, what runs, who wrote it and when, and the rule that ignores
 * it. Values stand beside each other, or as a diff below.
 */
export function differencesHtml(key: ObjectKey, differences: readonly Difference[], view: DifferencesView): Html {
  const shown = differences.map((difference) => withShortValues(difference, view.shorten))
  const isUnified = view.diff === 'unified' && view.showValues
  const values = isUnified ? undefined : html`<th scope="col">Declared</th><th scope="col">Live</th>`
  return html`<div class="wide"><table class="fields ${view.diff}">
<thead><tr><th scope="col">Field</th><th scope="col">Class</th>${values}<th scope="col">Who and when</th></tr></thead>
<tbody>
${shown.map((difference) => row(key, difference, view, isUnified))}</tbody>
</table></div>
${hiddenNote(shown, view)}${isUnified ? unifiedHtml(shown) : undefined}`
}

function withShortValues(difference: Difference, shorten: Shorten): Difference {
  const { desired, live } = difference
  return {
    ...difference,
    ...(desired !== undefined && { desired: shorten(desired) }),
    ...(live !== undefined && { live: shorten(live) }),
  }
}

function row(key: ObjectKey, difference: Difference, view: DifferencesView, isUnified: boolean): Html {
  const id = fieldAnchor(key, difference.path)
  const values = isUnified
    ? undefined
    : html`<td data-label="Declared">${valueHtml(difference, 'desired', view)}</td>
<td data-label="Live">${valueHtml(difference, 'live', view)}</td>
`
  return html`<tr id="${id}">
<th scope="row"><code>${displayPathText(difference)}</code> <a class="anchor" href="#${id}" aria-label="Link to this field">#</a></th>
<td>${difference.class}${difference.effect === 'report' ? html` <span class="quiet">reported only</span>` : undefined}</td>
${values}<td>${whoHtml(difference, view.now)}${ruleHtml(key, difference)}</td>
</tr>
`
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
    return html`<span class="quiet">differs (${hiddenWord(difference)})</span>`
  if (value === undefined) return html`<span class="quiet">absent</span>`
  if (!showValues) return html`<span class="quiet">hidden</span>`
  return html`<pre>${sideLines(difference, side, value)}</pre>`
}

function hiddenWord({ withheld }: Difference): 'withheld' | 'redacted' {
  return withheld === true ? 'withheld' : 'redacted'
}

/** Says once below the fields why values are not there. */
function hiddenNote(differences: readonly Difference[], { showValues }: DifferencesView): Html | undefined {
  if (!showValues) return undefined
  const notes = new Map<string, string>()
  for (const difference of differences)
    if (difference.redacted === true) notes.set(hiddenWord(difference), withheldReason(difference))
  if (notes.size === 0) return undefined
  return html`<p class="quiet">${[...notes].map(([word, reason]) => html`Values are not shown (${word}), since ${reason}. `)}</p>\n`
}

/** One side of two values, whose lines are marked where both have several. */
function sideLines({ desired, live, redacted }: Difference, side: 'desired' | 'live', value: Json): Html {
  const own = valueLines(value)
  if (desired === undefined || live === undefined || redacted === true) return html`${own.join('\n')}`
  const [before, after] = [valueLines(live), valueLines(desired)]
  if (before.length === 1 && after.length === 1) return html`${own.join('\n')}`
  const sign = side === 'desired' ? '+' : '-'
  const lines = withContext(aligned(diffLines(before, after)), CONTEXT).filter(
    (line) => line.sign === ' ' || line.sign === sign,
  )
  return html`${lines.map((line) => LINES[line.sign](line.text))}`
}

const CONTEXT = 3

/** Both sides of a change get as many lines, so that what is alike stays at one height. */
function aligned(lines: readonly DiffLine[]): readonly DiffLine[] {
  const padded: DiffLine[] = []
  let balance = 0
  const level = (): void => {
    const sign = balance > 0 ? ('-' as const) : ('+' as const)
    for (let missing = Math.abs(balance); missing > 0; missing -= 1) padded.push({ sign, text: '' })
    balance = 0
  }
  for (const line of lines) {
    if (line.sign === ' ') level()
    else balance += line.sign === '+' ? 1 : -1
    padded.push(line)
  }
  level()
  return padded
}

function valueLines(value: Json): readonly string[] {
  if (typeof value === 'string' && value.includes('\n')) return value.replace(/\n$/, '').split('\n')
  const text = typeof value === 'object' && value !== null ? printYaml(value).trimEnd() : printJson(value)
  return text.split('\n')
}

const LINES = {
  ' ': (text: string) => html`${text}\n`,
  '-': (text: string) => html`<del>${text}</del>\n`,
  '+': (text: string) => html`<ins>${text}</ins>\n`,
} as const

/** What an apply would do to the cluster, in the way of `kubectl diff`. */
function unifiedHtml(differences: readonly Difference[]): Html {
  const lines = yamlDiff(differences).map(({ sign, text }) =>
    LINES[sign](text === '' && sign === ' ' ? '' : `${sign}${text}`),
  )
  return html`<p class="quiet">From what runs to what Git says:</p>
<pre class="diff">${lines}</pre>
`
}

function whoHtml({ actor, unattributed }: Difference, now: number): Html | undefined {
  if (actor !== undefined) return html`${whoText(actor)} ${timeHtml(secondsOf(actor.time), now)}`
  return unattributed === undefined ? undefined : html`<span class="quiet">${UNATTRIBUTED[unattributed]}</span>`
}

function whoText({ manager, operation, subresource, user }: Actor): string {
  const through = subresource === undefined ? operation : `${operation} of ${subresource}`
  return user === undefined ? `${manager} (${through})` : `${user} with ${manager} (${through})`
}

/** What counts as drift can be ignored from now on; what is only reported needs no rule. */
function ruleHtml(key: ObjectKey, difference: Difference): Html | undefined {
  if (difference.effect === 'report') return undefined
  const text = ignoreRuleText(key, difference)
  if (text === undefined) return undefined
  return html`<details class="rule"><summary>ignore it</summary>${copyable(text, 'the rule that ignores this field')}</details>`
}

function secondsOf(time: string | undefined): number | undefined {
  const milliseconds = time === undefined ? Number.NaN : Date.parse(time)
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000
}
