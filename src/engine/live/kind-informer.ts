import { isDeepStrictEqual } from 'node:util'
import type { BackoffLimits } from '../../concurrency/backoff.ts'
import { abortableYield, type EventLoopSlice } from '../../concurrency/event-loop-slice.ts'
import { startReflector } from '../../concurrency/reflector.ts'
import type { ClusterConnector, ClusterEvent, ObserveOptions } from '../../model/clusters/cluster.ts'
import { type Failure, toFailure } from '../../model/failure.ts'
import type { GroupKind, ObjectKey } from '../../model/object.ts'
import { type CachedState, LiveObjects, type LiveObjectsOptions } from './live-objects.ts'
import { MissingObjects } from './missing-objects.ts'
import { type HeldObjects, ResumedObjects, type ResumeFrom } from './resumed-objects.ts'

/**
 * `lost`: the objects stay until they are stale. `failed`: the connector gave up, since its own retries cannot help.
 */
export type WatchPhase =
  | { readonly phase: 'listing' }
  | { readonly phase: 'synced' }
  | { readonly phase: 'lost'; readonly since: number; readonly failure: Failure; readonly everSynced: boolean }
  | { readonly phase: 'failed'; readonly failure: Failure }

export interface KindInformerOptions extends LiveObjectsOptions {
  readonly connector: Pick<ClusterConnector, 'name' | 'observe' | 'get'>
  readonly kind: GroupKind
  readonly observe: ObserveOptions
  readonly slice: EventLoopSlice
  readonly backoff: BackoffLimits
  readonly random: () => number
  readonly onPhase: (phase: WatchPhase) => void
  readonly resume?: ResumeFrom
}

/** Lists and watches one kind of one cluster, and keeps the objects that apps declare or track. */
export interface KindInformer {
  readonly phase: WatchPhase
  /** An app declares the object: its presence and absence matter from now on. */
  want(key: ObjectKey, keyText: string): void
  /** No app declares it any more; it is kept only while an app tracks it. */
  unwant(keyText: string): void
  look(keyText: string): CachedState
  /** Reads the event of the object that waits unread, if there is one. */
  readUnread(keyText: string): void
  /** What it holds; undefined where nobody could go on from there, since it does not hold all that it should at some version. */
  held(): HeldObjects | undefined
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
/**
 * Observes one kind until it is stopped. Keeps the objects that apps declare or track; drops all others at once.
 */
export function startKindInformer(options: KindInformerOptions): KindInformer {
  const { connector, kind, now } = options
  const objects = new LiveObjects(options)
  const resumed = new ResumedObjects(options.resume)
  const stopped = new AbortController()
  const nextObject = abortableYield(options.slice, stopped.signal)
  let phase: WatchPhase = { phase: 'listing' }
  let everSynced = false
  const missing = new MissingObjects({
    connector,
    objects,
    now,
    isSynced: () => phase.phase === 'synced',
    onRelist: () => reflector.restart(),
  })

  function enter(next: WatchPhase): void {
    phase = next
    options.onPhase(next)
  }

  function handle(event: ClusterEvent): Promise<void> | undefined {
    switch (event.type) {
      case 'Upsert':
      case 'Recalled':
      case 'Unread':
      case 'Delete':
        resumed.noteNews(objects.take(event))
        return undefined
      case 'Synced':
        if (event.resumed === true) return resumed.restore(objects, nextObject).then(complete)
        complete()
        return undefined
      case 'Lost':
        resumed.drop()
        objects.beginList()
        if (phase.phase !== 'lost') enter({ phase: 'lost', since: now(), failure: event.failure, everSynced })
        return undefined
      default:
        return event satisfies never
    }
  }

  /** The phase comes before the objects: what vanished with the list is absent, not pending. */
  function complete(): void {
    resumed.drop()
    phase = { phase: 'synced' }
    const unknown = objects.endList()
    everSynced = true
    options.onPhase(phase)
    missing.add(unknown)
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
      observe: (signal) =>
        connector.observe(kind, { ...options.observe, ...resumed.begin(), interest: objects }, signal),
      onBegin: () => objects.beginList(),
      onEvent: (event) => handle(event) ?? options.slice.yieldIfBusy(),
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
      if (objects.want(key, keyText) && phase.phase === 'synced') missing.add([keyText])
    },
    unwant: (keyText) => objects.unwant(keyText),
    look: (keyText) => objects.look(keyText),
    readUnread: (keyText) => objects.readUnread(keyText),
    held() {
      const isWhole = phase.phase === 'synced' && !missing.isRelistDue
      return isWhole ? resumed.heldNow(objects, options.observe.namespaces) : undefined
    },
    relist: () => missing.relistSoon(),
    retryNow: reflector.retryNow,
    stop() {
      missing.stop()
      stopped.abort()
      objects.stop()
    },
  }
}

function failureOf(thrown: unknown, cluster: string): Failure {
  if (thrown === undefined) return { code: 'GDE_INTERNAL', message: 'the observation ended by itself' }
  return toFailure(thrown, { cluster })
}
