import { CodedError } from '../../model/failure.ts'
import { type Commit, parseCommit, parseTagTarget } from './commit-object.ts'
import { expectType, type ObjectStore } from './object-store.ts'

/** Largest commit or tag object to read: these are written by hand. */
const COMMIT_BYTES = 8 << 20
/** A tag may point at a tag; nobody stacks more. */
const DEEPEST_TAG = 8

export interface FoundCommit extends Commit {
  readonly id: string
}

/** @returns undefined when it is not here @throws CodedError `GDE_GIT_DAMAGED` when it is no commit */
export function readCommit(store: ObjectStore, id: string): FoundCommit | undefined {
  const object = store.read(id, COMMIT_BYTES)
  return object === undefined ? undefined : { id, ...parseCommit(expectType(object, 'commit', id)) }
}

/**
 * The commit that an object ID leads to, through annotated tags.
 * @returns undefined when it is not here
 * @throws CodedError `GDE_GIT_REVISION` when it leads to a tree or a blob
 */
export function peelToCommit(store: ObjectStore, id: string): FoundCommit | undefined {
  let current = id
  for (let depth = 0; depth <= DEEPEST_TAG; depth++) {
    const object = store.read(current, COMMIT_BYTES)
    if (object === undefined) return undefined
    if (object.type === 'commit') return { id: current, ...parseCommit(object.data) }
    if (object.type !== 'tag') break
    current = parseTagTarget(object.data)
  }
  throw new CodedError('GDE_GIT_REVISION', `object ${id} is no commit`)
}

/**
 * `more`: above the limit. `incomplete`: commits are missing here, so it cannot be counted yet. `unknown`: all are
 * here, and `from` is not in it.
 */
export type CommitsFound = readonly FoundCommit[] | 'more' | 'incomplete' | 'unknown'

/**
 * The commits that are reachable from `to` and not from `from`, newest first as Git walks, so that it stops where both
 * histories have become one.
 * @param limit on the commits between, whether they count or not
 * @param counts which of them count, with the parents that are here
 */
export function findCommits(
  store: ObjectStore,
  { from, to }: { readonly from: string; readonly to: string },
  limit: number,
  counts: (commit: FoundCommit, parents: readonly FoundCommit[]) => boolean,
): CommitsFound {
  const walk = new PaintedWalk(store)
  const isKnown = walk.start(from, 'from')
  if (!walk.start(to, 'to')) return 'incomplete'
  for (let next = walk.next(); next !== undefined; next = walk.next()) if (walk.counted > limit) return 'more'
  if (walk.hasGap) return 'incomplete'
  if (!isKnown) return 'unknown'
  const parentsOf = ({ parents }: FoundCommit) => parents.flatMap((parent) => readCommit(store, parent) ?? [])
  return walk.commits().filter((commit) => counts(commit, parentsOf(commit)))
}

interface Painted {
  readonly commit: FoundCommit
  /** Reachable from `from`. Else from `to` alone. */
  old: boolean
  counted: boolean
  gap: boolean
}

class PaintedWalk {
  readonly #store: ObjectStore
  readonly #seen = new Map<string, Painted>()
  /** Sorted by time, the newest last. */
  readonly #queue: Painted[] = []
  counted = 0
  #gaps = 0

  constructor(store: ObjectStore) {
    this.#store = store
  }

  get hasGap(): boolean {
    return this.#gaps > 0
  }

  /** Those that are reachable from `to` alone. */
  commits(): readonly FoundCommit[] {
    return [...this.#seen.values()].filter(({ counted, old }) => counted && !old).map(({ commit }) => commit)
  }

  start(id: string, side: 'from' | 'to'): boolean {
    return this.#reach(id, side === 'from')
  }

  /** Visits one commit; undefined when nothing is left that could count. */
  next(): FoundCommit | undefined {
    if (!this.#queue.some((painted) => !painted.old)) return undefined
    const painted = this.#queue.pop()
    if (painted === undefined) return undefined
    if (!painted.old && !painted.counted) {
      painted.counted = true
      this.counted++
    }
    for (const parent of painted.commit.parents) {
      if (this.#reach(parent, painted.old) || painted.old || painted.gap) continue
      painted.gap = true
      this.#gaps++
    }
    return painted.commit
  }

  /** @returns false when the commit is not here */
  #reach(id: string, old: boolean): boolean {
    const seen = this.#seen.get(id)
    if (seen === undefined) {
      const commit = readCommit(this.#store, id)
      if (commit === undefined) return false
      const painted = { commit, old, counted: false, gap: false }
      this.#seen.set(id, painted)
      this.#enqueue(painted)
      return true
    }
    // Clocks differ: a counted commit can turn out to be reachable from `from`, and then so are its parents.
    if (old && !seen.old) {
      seen.old = true
      if (seen.counted) this.counted--
      if (seen.gap) this.#gaps--
      seen.gap = false
      if (!this.#queue.includes(seen)) this.#enqueue(seen)
    }
    return true
  }

  #enqueue(painted: Painted): void {
    const at = this.#queue.findLastIndex((other) => other.commit.time <= painted.commit.time) + 1
    this.#queue.splice(at, 0, painted)
  }
}
