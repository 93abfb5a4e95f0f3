import { groupKindText } from '../../../../model/object.ts'
import { isNoteworthy, type ObjectVerdict } from '../../../../model/verdicts/difference.ts'
import { VERDICT_LIMITS } from '../../../../model/verdicts/verdict.ts'
import { displayPathText } from '../../../../presentation/difference-text.ts'
import { objectName } from '../../../../presentation/object-text.ts'
import type { AppQuery } from '../app-query.ts'
import { objectAnchor } from './anchor.ts'

/** What one page has at most: so much a browser shows at once, and a person reads. */
const OF_PAGE = { objects: 200, differences: 200 } as const

/** The objects of an app that the query asks for, and what is said of all of them. */
export interface ChosenObjects {
  readonly shown: readonly ObjectVerdict[]
  /** How many the query asks for, on all pages. */
  readonly matching: number
  /** Those by namespace and kind, in their order. */
  readonly groups: readonly ObjectGroup[]
  readonly noteworthy: number
  readonly total: number
  readonly page: number
  readonly pages: number
  readonly show: AppQuery['show']
}

export interface ObjectGroup {
  readonly namespace: string
  /** With its API group. */
  readonly kind: string
  readonly count: number
}

/** Objects by namespace, kind and name, page by page. A search is of all objects, differing or not. */
export function chooseObjects(objects: readonly ObjectVerdict[], query: AppQuery): ChosenObjects {
  const noteworthy = objects.filter(isNoteworthy)
  const isLinked = ({ key }: ObjectVerdict): boolean => objectAnchor(key) === query.object
  // A link leads to an object that is in sync by now, too.
  const linked = query.object === '' ? undefined : objects.find(isLinked)
  const isOther = linked !== undefined && !isNoteworthy(linked)
  const show = query.show === 'all' || query.q !== '' || isOther ? 'all' : 'differing'
  const matching = (show === 'all' ? objects : noteworthy).filter(matcherOf(query.q)).toSorted(byKey)
  const pages = pagesOf(matching)
  const found = linked === undefined ? -1 : pages.findIndex((page) => page.includes(linked))
  const page = found === -1 ? Math.min(query.page, pages.length) : found + 1
  return {
    shown: pages[page - 1] ?? [],
    matching: matching.length,
    groups: groupsOf(matching),
    noteworthy: noteworthy.length,
    total: objects.length,
    page,
    pages: pages.length,
    show,
  }
}

function matcherOf(q: string): (object: ObjectVerdict) => boolean {
  const words = q
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  if (words.length === 0) return () => true
  return ({ key, state, differences }) => {
    const text = [objectName(key), state, ...differences.map(displayPathText)].join(' ').toLowerCase()
    return words.every((word) => text.includes(word))
  }
}

function groupsOf(objects: readonly ObjectVerdict[]): readonly ObjectGroup[] {
  const groups = new Map<string, ObjectGroup>()
  for (const { key } of objects) {
    const [namespace, kind] = [key.namespace, groupKindText(key)]
    const id = `${namespace}/${kind}`
    groups.set(id, { namespace, kind, count: (groups.get(id)?.count ?? 0) + 1 })
  }
  return [...groups.values()]
}

function pagesOf(objects: readonly ObjectVerdict[]): readonly (readonly ObjectVerdict[])[] {
  const pages: ObjectVerdict[][] = []
  let left = 0
  for (const object of objects) {
    const count = Math.min(object.differences.length, VERDICT_LIMITS.differencesPerObject)
    const current = pages.at(-1)
    if (current === undefined || current.length >= OF_PAGE.objects || count > left) {
      pages.push([object])
      left = OF_PAGE.differences - count
    } else {
      current.push(object)
      left -= count
    }
  }
  return pages
}

function byKey({ key: one }: ObjectVerdict, { key: other }: ObjectVerdict): number {
  return (
    compare(one.namespace, other.namespace) ||
    compare(groupKindText(one), groupKindText(other)) ||
    compare(one.name, other.name)
  )
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}
