import type { AppReport, Fleet } from '../../../model/fleet.ts'
import { groupOf, type OverviewFilter } from './overview-filter.ts'

/** Apps on one page: what a browser and a person can still take in. */
const PAGE_SIZE = 200

/** Rows under one heading; `''` where apps have no such group, or nothing is gathered. */
export interface AppGroup {
  readonly name: string
  /** Apps of the whole group, and which of them the first member is, from 1. */
  readonly total: number
  readonly from: number
  readonly members: readonly AppReport[]
}

/**
 * Sorted apps on pages, groups by name. No group is cut: one that does not fit any more begins the next page. One that is larger than
 * a page has pages of its own, and says which part of it each holds.
 */
export function pagesOf(
  apps: readonly AppReport[],
  clusters: Fleet['clusters'],
  filter: OverviewFilter,
): readonly (readonly AppGroup[])[] {
  const pages: AppGroup[][] = []
  let left = 0
  for (const [name, members] of groupsOf(apps, clusters, filter)) {
    for (let at = 0; at < members.length; at += PAGE_SIZE) {
      const part = members.slice(at, at + PAGE_SIZE)
      const group = { name, total: members.length, from: at + 1, members: part }
      const current = pages.at(-1)
      if (current !== undefined && members.length <= left) current.push(group)
      else {
        pages.push([group])
        left = PAGE_SIZE
      }
      // The pages of a large group are its own: no other begins on them.
      left = members.length > PAGE_SIZE ? 0 : left - part.length
    }
  }
  return pages
}

function groupsOf(
  apps: readonly AppReport[],
  clusters: Fleet['clusters'],
  { group }: OverviewFilter,
): Iterable<[string, readonly AppReport[]]> {
  if (group === '') return [['', apps]]
  const groups = Map.groupBy(apps, (report) => groupOf(report, group, clusters))
  return [...groups].sort(([one], [other]) => (one < other ? -1 : Number(one > other)))
}
