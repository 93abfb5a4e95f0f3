import type { ClusterConnector } from '../../model/clusters/cluster.ts'
import { toFailure } from '../../model/failure.ts'
import type { LiveObjects } from './live-objects.ts'

export interface MissingObjectsOptions {
  readonly connector: Pick<ClusterConnector, 'name' | 'get'>
  readonly objects: LiveObjects
  /** Unix milliseconds. */
  readonly now: () => number
  /** While the kind is not listed, a list brings them anyway. */
  readonly isSynced: () => boolean
  /** Begins a new list. */
  readonly onRelist: () => void
}

/** Above this number of missing objects one list is cheaper than single requests. */
export const MAX_GETS = 20
const GETS_AT_ONCE = 4
/** Apps that are added one by one must not cause a list each. */
const RELIST_INTERVAL_MS = 5000
/** How long newly declared objects are collected, so that the objects of an app are fetched together. */
const GATHER_MS = 20

/** Gets objects that were declared after their kind was listed: few one by one, many by a new list. */
export class MissingObjects {
  readonly #options: MissingObjectsOptions
  readonly #stopped = new AbortController()
  readonly #keys = new Set<string>()
  #gatherTimer: NodeJS.Timeout | undefined
  #relistTimer: NodeJS.Timeout | undefined
  #lastRelist: number

  constructor(options: MissingObjectsOptions) {
    this.#options = options
    this.#lastRelist = options.now()
  }

  add(keyTexts: readonly string[]): void {
    for (const keyText of keyTexts) this.#keys.add(keyText)
    if (this.#keys.size > 0) this.#gatherIn(GATHER_MS)
  }

  /** A new list was asked for and has not begun. */
  get isRelistDue(): boolean {
    return this.#relistTimer !== undefined
  }

  /** Small numbers of objects are still fetched one by one, so that they need not wait for the list. */
  relistSoon(): void {
    this.#relistTimer ??= setTimeout(
      () => {
        this.#relistTimer = undefined
        this.#lastRelist = this.#options.now()
        this.#keys.clear()
        this.#options.onRelist()
      },
      // Not longer where the clock was set back.
      Math.min(RELIST_INTERVAL_MS, Math.max(0, this.#lastRelist + RELIST_INTERVAL_MS - this.#options.now())),
    )
  }

  stop(): void {
    clearTimeout(this.#gatherTimer)
    clearTimeout(this.#relistTimer)
    this.#stopped.abort()
  }

  #gatherIn(ms: number): void {
    this.#gatherTimer ??= setTimeout(() => {
      this.#gatherTimer = undefined
      if (!this.#options.isSynced()) return
      if (this.#keys.size > MAX_GETS) {
        this.relistSoon()
        return
      }
      const keys = [...this.#keys]
      this.#keys.clear()
      void Promise.all(Array.from({ length: GETS_AT_ONCE }, () => this.#fetch(keys)))
    }, ms)
  }

  async #fetch(keys: string[]): Promise<void> {
    const { connector, objects } = this.#options
    for (let keyText = keys.pop(); keyText !== undefined; keyText = keys.pop()) {
      const entry = objects.pending(keyText)
      if (entry === undefined) continue
      try {
        const object = await connector.get(entry.key, this.#stopped.signal)
        // A watch event that arrived meanwhile is newer than this answer.
        if (!entry.pending) continue
        if (object === undefined) objects.remove(keyText)
        else objects.upsert(object)
      } catch (thrown) {
        if (this.#stopped.signal.aborted) return
        this.#keys.add(keyText)
        const failure = toFailure(thrown, { cluster: connector.name })
        if (failure.code === 'GDE_CLUSTER_FORBIDDEN') return this.relistSoon()
        this.#gatherIn(RELIST_INTERVAL_MS)
      }
    }
  }
}
