import { isDeepStrictEqual } from 'node:util'
import type { BackoffLimits } from '../../concurrency/backoff.ts'
import type { EventLoopSlice } from '../../concurrency/event-loop-slice.ts'
import { startReflector } from '../../concurrency/reflector.ts'
import { objectKey } from '../../kubernetes/object.ts'
import type { ClusterConnector, ClusterEvent, ObserveOptions } from '../../model/cluster.ts'
import { type Failure, toFailure } from '../../model/failure.ts'
import { type GroupKind, type KubernetesObject, type ObjectKey, objectKeyText } from '../../model/object.ts'
import { type PackedObject, unpackObject } from '../desired/packed-object.ts'
import { type LiveEntry, packLive } from './live-object.ts'

/** What the observation of its kind says about a live object. */
export type CachedState =
  | { readonly state: 'present'; readonly packed: PackedObject }
  | { readonly state: 'absent' }
  | { readonly state: 'pending' }

/**
 * `lost`: the objects stay until they are stale. `failed`: the connector gave up, since its own retries cannot help.
 */
export type WatchPhase =
  | { readonly phase: 'listing' }
  | { readonly phase: 'synced' }
  | { readonly phase: 'lost'; readonly since: number; readonly failure: Failure; readonly everSynced: boolean }
  | { readonly phase: 'failed'; readonly failure: Failure }

export interface KindInformerOptions {
  readonly connector: Pick<ClusterConnector, 'name' | 'observe' | 'get'>
  readonly kind: GroupKind
  readonly observe: ObserveOptions
  readonly slice: EventLoopSlice
  /** Unix milliseconds. */
  readonly now: () => number
  readonly backoff: BackoffLimits
  readonly random: () => number
  /** Whether the object carries tracking metadata of an app, so that it is kept though no app declares it. */
  readonly isMarked: (object: KubernetesObject) => boolean
  /** A kept object changed, appeared or vanished. `object` is undefined once it is gone. */
  readonly onChange: (key: ObjectKey, keyText: string, object: KubernetesObject | undefined) => void
  readonly onPhase: (phase: WatchPhase) => void
}

/** Lists and watches one kind of one cluster, and keeps the objects that apps declare or track. */
export interface KindInformer {
  readonly phase: WatchPhase
  /** An app declares the object: its presence and absence matter from now on. */
  want(key: ObjectKey, keyText: string): void
  /** No app declares it any more; it is kept only while an app tracks it. */
  unwant(keyText: string): void
  look(keyText: string): CachedState
  /** Lists again, for objects that were dropped before an app was registered. Known objects stay meanwhile. */
  relist(): void
  /** Retries a failed observation at once: the cluster serves new kinds. */
  retryNow(): void
  stop(): void
}

/**
 * An API server that is starting does not serve custom resources and refuses permitted requests for a moment. So a kind
 * that was readable gets this long before it counts as failed.
 */
const GRACE_MS = 15_000
/** A snapshot folder is cheap to read again, so it is retried more often than a server. */
const SNAPSHOT_RETRY_MS = 1000
/** Above this number of missing objects one list is cheaper than single requests. */
const MAX_GETS = 20
const GETS_AT_ONCE = 4
/** Apps that are added one by one must not cause a list each. */
const RELIST_INTERVAL_MS = 5000
/** How long newly declared objects are collected, so that the objects of an app are fetched together. */
const GATHER_MS = 20

/**
 * Observes one kind until it is stopped. Keeps the objects that apps declare or track; drops all others at once.
 */
export function startKindInformer(options: KindInformerOptions): KindInformer {
  const { connector, kind, now, onChange } = options
  const entries = new Map<string, LiveEntry>()
  const stopped = new AbortController()
  let phase: WatchPhase = { phase: 'listing' }
  let everSynced = false
  let list = 0
  let lastRelist = now()
  let gatherTimer: NodeJS.Timeout | undefined
  let relistTimer: NodeJS.Timeout | undefined
  const missing = new Set<string>()

  function enter(next: WatchPhase): void {
    phase = next
    options.onPhase(next)
  }

  function handle(event: ClusterEvent): void {
    switch (event.type) {
      case 'Upsert':
        upsert(event.object)
        return
      case 'Delete':
        gone(objectKeyText(event.key))
        return
      case 'Synced':
        complete()
        return
      case 'Lost':
        list += 1
        if (phase.phase !== 'lost') enter({ phase: 'lost', since: now(), failure: event.failure, everSynced })
        return
      default:
        event satisfies never
    }
  }

  function upsert(object: KubernetesObject): void {
    const key = objectKey(object)
    const keyText = objectKeyText(key)
    const known = entries.get(keyText)
    if (known?.wanted !== true && !options.isMarked(object)) {
      if (known !== undefined) gone(keyText)
      return
    }
    const packed = packLive(object)
    if (known === undefined) {
      entries.set(keyText, { key, wanted: false, packed, pending: false, list, wantedDuring: list })
    } else {
      known.list = list
      if (known.packed === packed) return
      known.packed = packed
      known.pending = false
    }
    onChange(key, keyText, object)
  }

  function gone(keyText: string): void {
    const known = entries.get(keyText)
    if (known === undefined) return
    const news = known.pending || known.packed !== undefined
    known.pending = false
    delete known.packed
    if (!known.wanted) entries.delete(keyText)
    if (news) onChange(known.key, keyText, undefined)
  }

  /** Objects that the list did not contain are gone, unless they were declared after it began: those are fetched. */
  function complete(): void {
    phase = { phase: 'synced' }
    for (const [keyText, entry] of entries) {
      if (entry.packed !== undefined && entry.list === list) continue
      if (entry.pending && entry.wantedDuring === list) missing.add(keyText)
      else gone(keyText)
    }
    everSynced = true
    options.onPhase(phase)
    if (missing.size > 0) gather()
  }

  function gather(): void {
    gatherTimer ??= setTimeout(() => {
      gatherTimer = undefined
      if (phase.phase !== 'synced') return
      if (missing.size > MAX_GETS) {
        relistSoon()
        return
      }
      const keys = [...missing]
      missing.clear()
      void Promise.all(Array.from({ length: GETS_AT_ONCE }, () => ask(keys)))
    }, GATHER_MS)
  }

  /** Small numbers of objects are still fetched one by one, so that they need not wait for the list. */
  function relistSoon(): void {
    relistTimer ??= setTimeout(
      () => {
        relistTimer = undefined
        relist()
      },
      Math.max(0, lastRelist + RELIST_INTERVAL_MS - now()),
    )
  }

  function relist(): void {
    lastRelist = now()
    missing.clear()
    reflector.restart()
  }

  async function ask(keys: string[]): Promise<void> {
    for (let keyText = keys.pop(); keyText !== undefined; keyText = keys.pop()) {
      const entry = entries.get(keyText)
      if (entry?.pending !== true) continue
      try {
        const object = await connector.get(entry.key, stopped.signal)
        // A watch event that arrived meanwhile is newer than this answer.
        if (!entry.pending) continue
        if (object === undefined) gone(keyText)
        else upsert(object)
      } catch (thrown) {
        if (stopped.signal.aborted) return
        missing.add(keyText)
        const failure = toFailure(thrown, { cluster: connector.name })
        if (failure.code === 'GDE_CLUSTER_FORBIDDEN') return relistSoon()
        gatherTimer ??= setTimeout(() => {
          gatherTimer = undefined
          if (missing.size > 0) gather()
        }, RELIST_INTERVAL_MS)
      }
    }
  }

  function failed(failure: Failure): void {
    if (phase.phase === 'failed' && isDeepStrictEqual(phase.failure, failure)) return
    const since = phase.phase === 'lost' ? phase.since : now()
    const mayPass = everSynced && phase.phase !== 'failed' && failure.code !== 'GDE_SNAPSHOT_KIND'
    if (!mayPass || now() - since >= GRACE_MS) enter({ phase: 'failed', failure })
    else if (phase.phase !== 'lost') enter({ phase: 'lost', since, failure, everSynced })
  }

  const reflector = startReflector<ClusterEvent>(
    {
      observe: (signal) => connector.observe(kind, options.observe, signal),
      onBegin() {
        list += 1
      },
      onEvent(event) {
        handle(event)
        return options.slice.yieldIfBusy()
      },
      onEnd(thrown) {
        const failure = failureOf(thrown, connector.name)
        failed(failure)
        return failure.code === 'GDE_SNAPSHOT_KIND' ? SNAPSHOT_RETRY_MS : undefined
      },
      backoff: options.backoff,
      random: options.random,
    },
    stopped.signal,
  )
  return {
    get phase() {
      return phase
    },
    want(key, keyText) {
      const known = entries.get(keyText)
      if (known !== undefined) {
        known.wanted = true
        return
      }
      entries.set(keyText, { key, wanted: true, pending: true, list, wantedDuring: list })
      if (phase.phase !== 'synced') return
      missing.add(keyText)
      gather()
    },
    unwant(keyText) {
      const known = entries.get(keyText)
      if (known === undefined) return
      known.wanted = false
      if (known.packed === undefined || !options.isMarked(unpackObject(known.packed))) entries.delete(keyText)
    },
    look(keyText) {
      const known = entries.get(keyText)
      if (known?.pending) return { state: 'pending' }
      return known?.packed === undefined ? { state: 'absent' } : { state: 'present', packed: known.packed }
    },
    relist: relistSoon,
    retryNow: reflector.retryNow,
    stop() {
      clearTimeout(gatherTimer)
      clearTimeout(relistTimer)
      stopped.abort()
    },
  }
}

function failureOf(thrown: unknown, cluster: string): Failure {
  if (thrown === undefined) return { code: 'GDE_INTERNAL', message: 'the observation ended by itself' }
  return toFailure(thrown, { cluster })
}
