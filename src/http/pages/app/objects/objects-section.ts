import { groupKindText } from '../../../../model/object.ts'
import { isNoteworthy, type ObjectState, type ObjectVerdict } from '../../../../model/verdicts/difference.ts'
import { VERDICT_LIMITS } from '../../../../model/verdicts/verdict.ts'
import { NOT_PRUNED } from '../../../../presentation/object-text.ts'
import { appPath } from '../../markup/app-path.ts'
import { failureHtml } from '../../markup/failure-html.ts'
import { type Html, html } from '../../markup/html.ts'
import { createShorten } from '../../markup/shorten.ts'
import { timeHtml } from '../../markup/time-text.ts'
import { type AppQuery, appHref, DIFF_VIEWS, PLAIN_APP_QUERY } from '../app-query.ts'
import { objectAnchor } from './anchor.ts'
import { type ChosenObjects, chooseObjects } from './choose-objects.ts'
import { type DifferencesView, differencesHtml } from './differences-table.ts'

const STATES: Readonly<Record<ObjectState, string>> = {
  synced: 'as Git says',
  changed: 'is not as Git says',
  missing: 'is not there',
  extra: 'belongs to the app and is no longer in Git',
  unknown: 'could not be judged',
  ignored: 'is ignored by a rule',
  skipped: 'is not read',
}

export interface ObjectsView {
  /** Of the app. */
  readonly id: string
  readonly query: AppQuery
  /** Whether values may be shown to whoever asks. */
  readonly showValues: boolean
  /** Unix seconds. */
  readonly now: number
  /** Of an app that is Unknown: until when what is shown was known, Unix seconds. */
  readonly knownUntil?: number
}

interface TreeView extends DifferencesView, Pick<ObjectsView, 'id' | 'query'> {
  /** Links have to say on which page their object is. */
  readonly isPaged: boolean
}

/** The objects of an app as a tree: by namespace and kind, what needs a person open with all that differs, the others by their names. */
export function objectsSection(objects: readonly ObjectVerdict[], view: ObjectsView): Html {
  const chosen = chooseObjects(objects, view.query)
  const { shown, noteworthy, total } = chosen
  const tree: TreeView = {
    ...{ id: view.id, query: view.query, diff: view.query.view, showValues: view.showValues, now: view.now },
    shorten: createShorten(),
    isPaged: chosen.pages > 1,
  }
  // Where one object is unknown, what is said of the others is of now.
  const isOld = view.knownUntil !== undefined && total > 0 && !objects.some(({ state }) => state === 'unknown')
  return html`<h2 id="objects">Objects</h2>
${isOld ? html`<p class="note">As last known, until ${timeHtml(view.knownUntil, view.now)}.</p>\n` : undefined}${
  total === 0
    ? html`<p>None.</p>`
    : html`${chooser(chosen, view)}${index(chosen, view)}
${!view.showValues && noteworthy > 0 ? VALUES_HIDDEN : undefined}${shown.length === 0 ? nothing(chosen, view) : treeHtml(shown, tree)}
${pager(chosen, view)}`
}`
}

const VALUES_HIDDEN = html`<p class="note">Values are shown on this machine's own address only (<code>pages.address: 127.0.0.1</code>), or to whom a role of <code>pages.access</code> gives them.</p>\n`

/** Which objects, how their differences are shown, and the search. */
function chooser({ show, noteworthy, total }: ChosenObjects, { id, query }: ObjectsView): Html {
  const link = (to: Partial<AppQuery>, text: string, isCurrent: boolean): Html => {
    const href = appHref(id, { ...query, page: 1, object: '', ...to }, 'objects')
    return html`<a href="${href}"${isCurrent ? html` aria-current="true"` : undefined}>${text}</a> `
  }
  const hidden = Object.entries({ ...query, q: '', page: 1, object: '' }).flatMap(([key, value]) =>
    value === USUAL[key] ? [] : [html`<input type="hidden" name="${key}" value="${value}">`],
  )
  const views = { side: 'side by side', unified: 'unified' } as const
  return html`<div class="chooser">
<nav aria-label="Which objects">${link({ show: 'differing', q: '' }, `${noteworthy} to look at`, show === 'differing')}${link({ show: 'all', q: '' }, `all ${total}`, show === 'all' && query.q === '')}</nav>
<nav aria-label="How differences are shown">${DIFF_VIEWS.map((view) => link({ view }, views[view], view === query.view))}</nav>
<form action="${appPath(id)}#objects" role="search">${hidden}<label>Search <input type="search" name="q" value="${query.q}" maxlength="256" placeholder="kind, namespace, name, field"></label> <button type="submit">Search</button></form>
</div>`
}

const MOST_GROUPS = 500

/** Where objects are on several pages: what there is, each a search. */
function index({ groups, pages }: ChosenObjects, { id, query }: ObjectsView): Html | undefined {
  if (pages <= 1) return undefined
  const items = groups.slice(0, MOST_GROUPS).map(({ namespace, kind, count }) => {
    const q = `${kind} ${namespace === '' ? '' : `${namespace}/`}`.trim()
    const href = appHref(id, { ...query, q, page: 1, object: '' }, 'objects')
    return html`<li><a href="${href}">${namespace === '' ? '' : `${namespace} / `}${kind}</a> <span class="quiet">${count}</span></li>\n`
  })
  const more = groups.length - items.length
  return html`<details><summary>Index</summary>
<ul class="index">
${items}</ul>${more > 0 ? html`<p>${more} more are not shown.</p>` : undefined}</details>
`
}

const USUAL: Readonly<Record<string, unknown>> = { ...PLAIN_APP_QUERY }

function nothing({ total }: ChosenObjects, { id, query }: ObjectsView): Html {
  if (query.q !== '')
    return html`<p>No object has these words. <a href="${appHref(id, { ...query, q: '', page: 1 }, 'objects')}">Without the search</a></p>`
  return html`<p>No object was found to differ: ${total} ${total === 1 ? 'is' : 'are'} as Git says.</p>`
}

function treeHtml(objects: readonly ObjectVerdict[], view: TreeView): Html {
  const namespaces = Map.groupBy(objects, ({ key }) => key.namespace)
  return html`${[...namespaces].map(
    ([namespace, members]) => html`<h3>${namespace === '' ? 'Without a namespace' : html`Namespace ${namespace}`}</h3>
<ul class="tree">
${[...Map.groupBy(members, ({ key }) => groupKindText(key))].map(([kind, ofKind]) => kindHtml(kind, ofKind, view))}</ul>
`,
  )}`
}

function kindHtml(kind: string, objects: readonly ObjectVerdict[], view: TreeView): Html {
  const count = objects.filter(isNoteworthy).length
  const said = count === 0 || count === objects.length ? objects.length : `${objects.length}, ${count} to look at`
  // What was searched for is not to be opened first.
  const isOpen = count > 0 || view.query.q !== ''
  return html`<li><details${isOpen ? html` open` : undefined}><summary><h4>${kind}</h4> <span class="quiet">${said}</span></summary>
<ul>
${objects.map((object) => objectHtml(object, view))}</ul></details></li>
`
}

const OWNERSHIP_UNKNOWN = html`<p class="note">This object was read without <code>managedFields</code>: what was added to it by hand could not be judged.</p>`

function objectHtml(object: ObjectVerdict, view: TreeView): Html {
  const { key, state, differences } = object
  const id = objectAnchor(key)
  const href = view.isPaged ? appHref(view.id, { ...view.query, page: 1, object: id }, id) : `#${id}`
  const link = html`<a class="anchor" href="${href}" aria-label="Link to ${key.name}">#</a>`
  if (!isNoteworthy(object)) return html`<li id="${id}">${key.name} ${link}</li>\n`
  const shown = differences.slice(0, VERDICT_LIMITS.differencesPerObject)
  const more = differences.length - shown.length
  return html`<li id="${id}">${link}<details open><summary><h5>${key.name}</h5> <span class="${TONE_OF[state]}">${STATES[state]}${object.effect === undefined ? undefined : NOT_PRUNED}</span></summary>
${object.reason === undefined ? undefined : html`<p>${failureHtml(object.reason)}</p>\n`}${shown.length === 0 ? undefined : differencesHtml(key, shown, view)}${more > 0 ? html`<p>${more} more differences are not shown.</p>` : undefined}
${object.ownershipUnknown === true ? OWNERSHIP_UNKNOWN : undefined}${invalidFields(object)}</details></li>
`
}

/** Words say it; colour repeats it. */
const TONE_OF: Readonly<Record<ObjectState, string>> = {
  synced: 'quiet',
  changed: 'bad',
  missing: 'bad',
  extra: 'bad',
  unknown: 'unsure',
  ignored: 'quiet',
  skipped: 'quiet',
}

function invalidFields({ invalidFields: fields }: ObjectVerdict): Html | undefined {
  if (fields === undefined || fields.length === 0) return undefined
  const list = fields.slice(0, VERDICT_LIMITS.differencesPerObject).map((field) => html`<li><code>${field}</code></li>`)
  return html`<p>Declared, but unknown to the server, which drops them:</p><ul>${list}</ul>`
}

function pager({ page, pages, matching, shown }: ChosenObjects, { id, query }: ObjectsView): Html | undefined {
  if (pages <= 1) return undefined
  const link = (to: number, text: string): Html | undefined =>
    to < 1 || to > pages
      ? undefined
      : html`<a href="${appHref(id, { ...query, page: to, object: '' }, 'objects')}">${text}</a>`
  return html`<nav aria-label="Pages of objects">${link(page - 1, 'Previous')} Page ${page} of ${pages}, ${shown.length} of ${matching} objects ${link(page + 1, 'Next')}</nav>`
}
