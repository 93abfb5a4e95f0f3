import type { AppId } from '../model/identity.ts'
import { DRIFTED_OBJECT_LIMIT } from './families/drifted-objects.ts'

/** Most series of `gitops_drifted_object_info`, whatever happens to a fleet: ten thousand apps that lose all they have add no million. */
const FLEET_LIMIT = 20_000
/** Share of the limit below which apps get more again, so that one object more or less does not change the text of all. */
const ROOM = 0.9

/**
 * Shares the series of drifted objects between apps: each gets the same number at most, the highest with which all fit. Where there are more
 * apps than series, those that came first have one each.
 *
 * A number for each app with drift; O(`DRIFTED_OBJECT_LIMIT`) a change.
 */
export interface DriftedObjectCap {
  /**
   * @param listed drifted objects that can have a series
   * @param all drifted objects there are
   * @returns other apps of which as many as before are not shown any more: their series have to be made anew
   */
  set(app: AppId, drifted: { readonly listed: number; readonly all: number }): readonly AppId[]
  shown(app: AppId): number
  /** Drifted objects without a series. */
  readonly omitted: number
}

interface Drifted {
  readonly listed: number
  readonly all: number
}

const NONE: Drifted = { listed: 0, all: 0 }

export function createDriftedObjectCap(fleetLimit = FLEET_LIMIT): DriftedObjectCap {
  const drifted = new Map<AppId, Drifted>()
  /** Apps that have series, and those for which there are none left, as they came. */
  const showing = new Set<AppId>()
  const waiting = new Set<AppId>()
  /** How many of those that have series list so many objects; what is beyond the limit of an app counts as that. */
  const appsListing = Array.from({ length: DRIFTED_OBJECT_LIMIT + 1 }, () => 0)
  let limit = DRIFTED_OBJECT_LIMIT
  let all = 0

  const listedBy = (app: AppId): number => Math.min(drifted.get(app)?.listed ?? 0, DRIFTED_OBJECT_LIMIT)
  const total = (most: number): number =>
    appsListing.reduce((sum, apps, listed) => sum + apps * Math.min(listed, most), 0)

  function countListing(app: AppId, by: 1 | -1): void {
    if (showing.has(app)) appsListing[listedBy(app)] = (appsListing[listedBy(app)] ?? 0) + by
  }

  /** @returns the app that got the place of one that left */
  function replace(app: AppId, next: Drifted): AppId | undefined {
    countListing(app, -1)
    all += next.all - (drifted.get(app)?.all ?? 0)
    if (next.all === 0 && next.listed === 0) drifted.delete(app)
    else drifted.set(app, next)
    if (next.listed > 0 && !showing.has(app)) (showing.size < fleetLimit ? showing : waiting).add(app)
    const left = next.listed === 0 && !waiting.delete(app) && showing.delete(app)
    countListing(app, 1)
    const [heir] = waiting
    if (!left || heir === undefined) return undefined
    waiting.delete(heir)
    showing.add(heir)
    countListing(heir, 1)
    return heir
  }

  function fittingLimit(): number {
    let next = limit
    while (next > 1 && total(next) > fleetLimit) next -= 1
    while (next < DRIFTED_OBJECT_LIMIT && total(next + 1) <= fleetLimit * ROOM) next += 1
    return next
  }

  return {
    set(app, next) {
      const before = drifted.get(app) ?? NONE
      if (next.listed === before.listed && next.all === before.all) return []
      const heir = replace(app, next)
      const old = limit
      limit = fittingLimit()
      const changed = old === limit ? [] : [...showing].filter((other) => listedBy(other) > Math.min(old, limit))
      return [...new Set([...changed, ...(heir === undefined ? [] : [heir])])].filter((other) => other !== app)
    },
    shown: (app) => (showing.has(app) ? Math.min(listedBy(app), limit) : 0),
    get omitted() {
      return all - total(limit)
    },
  }
}
