import { isNoteworthy, type ObjectState, type ObjectVerdict } from '../../../model/verdicts/difference.ts'
import { VERDICT_LIMITS } from '../../../model/verdicts/verdict.ts'
import { NOT_PRUNED, objectName } from '../../../presentation/object-text.ts'
import { failureHtml } from '../markup/failure-html.ts'
import { type Html, html } from '../markup/html.ts'
import { createShorten } from '../markup/shorten.ts'
import { timeHtml } from '../markup/time-text.ts'
import { type DifferencesView, differencesHtml } from './differences-table.ts'

/** Synced objects are listed by name only, and at most so many. */
const SYNCED_LIMIT = 500
/** Differences of all objects on one page. */
const DIFFERENCES_LIMIT = 500

const STATES: Readonly<Record<ObjectState, string>> = {
  synced: 'as Git says',
  changed: 'is not as Git says',
  missing: 'is not there',
  extra: 'belongs to the app and is no longer in Git',
  unknown: 'could not be judged',
  ignored: 'is ignored by a rule',
  skipped: 'is not read',
}

/** The objects of an app: those that need a person with all their differences, the others in short. */
export function objectsSection(
  objects: readonly ObjectVerdict[],
  page: Omit<DifferencesView, 'shorten'> & { readonly knownUntil?: number },
): Html {
  const view = { ...page, shorten: createShorten() }
  const noteworthy = objects.filter(isNoteworthy)
  const synced = objects.filter((object) => !isNoteworthy(object))
  const shown = shownObjects(noteworthy)
  const hidden = view.showValues || noteworthy.length === 0 ? undefined : VALUES_HIDDEN
  const rest =
    noteworthy.length > shown.length ? html`<p>${noteworthy.length - shown.length} more are not shown.</p>` : undefined
  const heading = noteworthy.length === 0 ? html`<p>No object was found to differ.</p>` : undefined
  // Where one object is unknown, what is said of the others is of now.
  const isOld = page.knownUntil !== undefined && !objects.some(({ state }) => state === 'unknown')
  const dated = isOld
    ? html`<p class="note">As last known, until ${timeHtml(page.knownUntil, page.now)}.</p>`
    : undefined
  return html`<h2>Objects</h2>
${objects.length === 0 ? undefined : dated}${objects.length === 0 ? html`<p>None.</p>` : heading}${hidden}
${shown.map((object) => objectHtml(object, view))}${rest}
${syncedList(synced)}`
}

/** As many as a page can hold. */
function shownObjects(objects: readonly ObjectVerdict[]): readonly ObjectVerdict[] {
  let left = DIFFERENCES_LIMIT
  const shown: ObjectVerdict[] = []
  for (const object of objects.slice(0, VERDICT_LIMITS.objects)) {
    if (left <= 0) break
    shown.push(object)
    left -= Math.min(object.differences.length, VERDICT_LIMITS.differencesPerObject)
  }
  return shown
}

const OWNERSHIP_UNKNOWN = html`<p class="note">This object was read without <code>managedFields</code>: what was added to it by hand could not be judged.</p>`

const VALUES_HIDDEN = html`<p class="note">Values are shown on this machine's own address only (<code>pages.address: 127.0.0.1</code>).</p>`

function objectHtml(object: ObjectVerdict, view: DifferencesView): Html {
  const { differences } = object
  const shown = differences.slice(0, VERDICT_LIMITS.differencesPerObject)
  const more = differences.length - shown.length
  return html`<section>
<h3>${objectName(object.key)} <span class="quiet">${STATES[object.state]}${object.effect === undefined ? undefined : NOT_PRUNED}</span></h3>
${object.reason === undefined ? undefined : html`<p>${failureHtml(object.reason)}</p>\n`}${shown.length === 0 ? undefined : differencesHtml(shown, view)}${more > 0 ? html`<p>${more} more differences are not shown.</p>` : undefined}
${object.ownershipUnknown === true ? OWNERSHIP_UNKNOWN : undefined}${invalidFields(object)}</section>
`
}

function invalidFields({ invalidFields: fields }: ObjectVerdict): Html | undefined {
  if (fields === undefined || fields.length === 0) return undefined
  const list = fields.slice(0, VERDICT_LIMITS.differencesPerObject).map((field) => html`<li><code>${field}</code></li>`)
  return html`<p>Declared, but unknown to the server, which drops them:</p><ul>${list}</ul>`
}

function syncedList(objects: readonly ObjectVerdict[]): Html | undefined {
  if (objects.length === 0) return undefined
  const items = objects.slice(0, SYNCED_LIMIT).map((object) => html`<li>${objectName(object.key)}</li>\n`)
  const more = objects.length - items.length
  return html`<details><summary>${objects.length} as Git says</summary>
<ul>
${items}</ul>${more > 0 ? html`<p>${more} more are not shown.</p>` : undefined}</details>`
}
