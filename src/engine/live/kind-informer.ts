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

/** What is known of a live object right now. */
export type CachedState =
  | { readonly state: 'present'; readonly packed: PackedObject }
  | { readonly state: 'absent' }
  | { readonly state: 'pending' }

/** `lost` keeps what was told until it is stale; `failed` is what no retry within the connector can mend. */
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
  /** Whether some app's tracking mark is on the object, so that it is kept though nobody declares it. */
  readonly isMarked: (object: KubernetesObject) => boolean
  /** An object that is kept changed, came or went: `object` is in hand while it streams past. */
  readonly onChange: (key: ObjectKey, keyText: string, object: KubernetesObject | undefined) => void
  readonly onPhase: (phase: WatchPhase) => void
}

/** Everything that is known of one kind in one cluster. */
export interface KindInformer {
  readonly phase: WatchPhase
  /** From now on this object's presence and absence are of interest. */
  want(key: ObjectKey, keyText: string): void
  /** No app declares it any more; it stays known while it carries the mark of one. */
  unwant(keyText: string): void
  look(keyText: string): CachedState
  /** Lists anew: for objects that passed by before an app knew them. What is known stays until then. */
  relist(): void
  /** Tries again now what failed: the cluster serves something new. */
  retryNow(): void
  stop(): void
}

/**
 * An API server that starts serves no custom resources for a moment, and refuses what its rights allow: what was readable before is
 * believed to be so for a while.
 */
const GRACE_MS = 15_000
/** A folder may be asked more often than a server whether it holds the kind now. */
const SNAPSHOT_RETRY_MS = 1000
/** More missing objects than this are found cheaper by a list than one by one. */
const MAX_GETS = 20
const GETS_AT_ONCE = 4
/** Apps that come in one by one must not cause a list each. */
const RELIST_INTERVAL_MS = 5000
/** So long newly wanted objects are gathered, so that an app's objects are asked for together. */
const GATHER_MS = 20

/**
 * Observes one kind for as long as it is not stopped, and keeps of it what apps declare or track. Objects that no app knows are
 * dropped at once.
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

  /** What the list did not tell is not there, unless it was wanted too late for the list to be believed. */
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

  /** Objects that are few are asked for one by one all the same, so that they need not wait for the list. */
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
        // An event that came in between knows better.
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
