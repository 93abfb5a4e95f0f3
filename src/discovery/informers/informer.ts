import { startReflector } from '../../concurrency/reflector.ts'
import { isUnservedKind } from '../../model/clusters/cluster-traits.ts'
import { CodedError, type Failure, toFailure } from '../../model/failure.ts'

/** The items of one observation, as far as they are known. */
export interface Informer<Item> {
  /** By the text of their key. */
  readonly items: ReadonlyMap<string, Item>
  /** `listing` until the first list ended or failed; what was listed once stays through failures. */
  readonly state: 'listing' | 'listed' | 'failed'
  /** Why there is no contact now. */
  readonly failure: Failure | undefined
}

/** An event of an observation, of objects or of Secrets. An upsert without an item removes it from the store. */
export type ListEvent<Item> =
  | { readonly type: 'Upsert'; readonly key: string; readonly item: Item | undefined }
  | { readonly type: 'Delete'; readonly key: string }
  | { readonly type: 'Synced' }
  | { readonly type: 'Lost'; readonly failure: Failure }

export interface InformerOptions<Item> {
  readonly cluster: string
  readonly observe: (signal: AbortSignal) => AsyncIterable<ListEvent<Item>>
  /** An item that says the same as the one before it changes nothing. */
  readonly isSame?: (one: Item, other: Item) => boolean
  readonly onChange: () => void
}

const RETRY = { firstMs: 1000, longestMs: 15_000 }

/**
 * Lists, watches and caches until the signal aborts. It never throws: failures are retried, and shown as `failure`
 * meanwhile.
 */
export function startInformer<Item>(options: InformerOptions<Item>, signal: AbortSignal): Informer<Item> {
  const { onChange } = options
  const items = new Map<string, Item>()
  /** Keys of upserts since the last list began; the others are removed when it is complete. */
  let seen = new Set<string>()
  let state: Informer<Item>['state'] = 'listing'
  let failure: Failure | undefined

  function handle(event: ListEvent<Item>): void {
    switch (event.type) {
      case 'Upsert':
        upsert(event.key, event.item)
        return
      case 'Delete':
        if (items.delete(event.key)) onChange()
        return
      case 'Synced':
        for (const key of items.keys()) if (!seen.has(key)) items.delete(key)
        state = 'listed'
        failure = undefined
        onChange()
        return
      case 'Lost':
        lost(event.failure)
        return
      default:
        event satisfies never
    }
  }

  function upsert(key: string, item: Item | undefined): void {
    if (item === undefined) {
      if (items.delete(key)) onChange()
      return
    }
    seen.add(key)
    const before = items.get(key)
    if (before !== undefined && options.isSame?.(before, item) === true) return
    items.set(key, item)
    if (state === 'listed') onChange()
  }

  function lost(why: Failure): void {
    seen = new Set()
    failure = why
    if (state === 'listing') state = 'failed'
    onChange()
  }

  /** The connector ended the observation: retrying inside it would not help. */
  function ended(thrown: unknown): void {
    const why = toFailure(thrown, { cluster: options.cluster })
    const isAbsent = thrown instanceof CodedError && isUnservedKind(why)
    // A starting API server briefly serves no custom resources: known items are not deleted because of that.
    if (!isAbsent || items.size > 0) lost(why)
    else if (state !== 'listed') {
      state = 'listed'
      onChange()
    }
  }

  startReflector<ListEvent<Item>>(
    {
      observe: options.observe,
      onBegin() {
        seen = new Set()
      },
      onEvent(event) {
        handle(event)
        return undefined
      },
      onEnd(thrown) {
        if (thrown !== undefined) ended(thrown)
        return undefined
      },
      backoff: RETRY,
    },
    signal,
  )
  return {
    items,
    get state() {
      return state
    },
    get failure() {
      return failure
    },
  }
}
