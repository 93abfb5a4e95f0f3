import { createBackoff } from '../../concurrency/backoff.ts'
import { pause } from '../../concurrency/pause.ts'
import { objectKey } from '../../kubernetes/object.ts'
import type { ClusterEvent, ServedKind } from '../../model/clusters/cluster.ts'
import { CodedError } from '../../model/failure.ts'
import { type GroupKind, groupKindText, type KubernetesObject, type ObjectKey } from '../../model/object.ts'
import type { ConnectionStatus } from '../connection-status.ts'
import type { ServerLimits } from '../options.ts'
import { listPages } from './api/list.ts'
import type { Target } from './api/target.ts'
import { watchEvents } from './api/watch.ts'
import type { ServerClient } from './client.ts'
import { connectionError, RefusedError } from './failures.ts'

export interface ObserveScope {
  readonly client: ServerClient
  readonly connection: ConnectionStatus
  readonly limits: ServerLimits
  readonly kind: GroupKind
  readonly namespace: string | undefined
  readonly selectors: Readonly<Record<string, string>>
  /** The kind as it is served now; `fresh` does not trust the cache. @throws CodedError when it is not served */
  readonly resolve: (fresh: boolean, signal: AbortSignal) => Promise<ServedKind>
}

/** After a watch that ended sooner than this the next one waits: reconnecting at once would be a busy loop. */
const SHORT_WATCH_MS = 1000

/**
 * Lists, then watches, until the signal aborts. A watch that ends is resumed at its last resourceVersion. When that
 * one is expired, a new list is compared with what was delivered, and only differences are sent. `Lost` is sent when
 * the first list fails, and later only when resuming failed for `lostAfter`; after it every object is sent again.
 * @throws CodedError where retries cannot help: `GDE_CLUSTER_FORBIDDEN`, `GDE_CLUSTER_KIND`
 */
export async function* observeScope(scope: ObserveScope, signal: AbortSignal): AsyncGenerator<ClusterEvent> {
  const { limits, connection } = scope
  const backoff = createBackoff({ firstMs: limits.firstPause, longestMs: limits.longestPause })
  /** The objects that the consumer knows: resourceVersion by namespace/name. */
  const known = new Map<string, string>()
  let resourceVersion: string | undefined
  let synced = false
  let lostCode: string | undefined
  let failingSince: number | undefined
  let fresh = false
  while (!signal.aborted) {
    let opened: number | undefined
    try {
      const target = await targetOf(scope, fresh, signal)
      fresh = false
      if (resourceVersion === undefined) {
        resourceVersion = yield* relist(scope, target, known, signal)
        if (!synced) yield { type: 'Synced' }
        synced = true
        lostCode = undefined
        failingSince = undefined
        if (!target.served.verbs.includes('watch')) {
          backoff.reset()
          await pause(limits.pollInterval, signal)
          resourceVersion = undefined
          continue
        }
      }
      for await (const event of watchEvents(scope.client, target, resourceVersion, limits, signal)) {
        if (event.type === 'Opened') {
          opened = performance.now()
          continue
        }
        failingSince = undefined
        resourceVersion = event.resourceVersion
        backoff.reset()
        if (event.type !== 'Bookmark') yield eventOf(event.type, event.object, known)
      }
      failingSince = undefined
      if (elapsedMs(opened) >= SHORT_WATCH_MS) backoff.reset()
      else await pause(backoff.next(), signal)
    } catch (error) {
      if (signal.aborted) return
      const coded = connectionError(error)
      if (resourceVersion !== undefined) connection.countWatchRestart()
      if (isGone(coded)) {
        resourceVersion = undefined
      } else {
        if (isFinal(coded)) throw coded
        fresh = coded.failure.code === 'GDE_CLUSTER_KIND'
        // The watch worked for long enough: earlier failures do not count any more.
        if (elapsedMs(opened) >= limits.lostAfter) {
          failingSince = undefined
          backoff.reset()
        }
        failingSince ??= performance.now()
        const lost = !synced || performance.now() - failingSince >= limits.lostAfter
        if (lost && lostCode !== coded.failure.code) {
          yield { type: 'Lost', failure: coded.failure }
          lostCode = coded.failure.code
          synced = false
          known.clear()
        }
        if (lost) resourceVersion = undefined
      }
      await pause(backoff.next(), signal)
    }
  }
}

function elapsedMs(opened: number | undefined): number {
  return opened === undefined ? 0 : performance.now() - opened
}

async function targetOf(scope: ObserveScope, fresh: boolean, signal: AbortSignal): Promise<Target> {
  const served = await scope.resolve(fresh, signal)
  return { served, namespace: scope.namespace, selectors: scope.selectors }
}

/**
 * The resourceVersion of a watch or page is expired (410), or the server has not reached it yet (504 with this
 * cause).
 */
function isGone(error: CodedError): boolean {
  return error instanceof RefusedError && (error.status === 410 || error.message.includes('Too large resource version'))
}

/**
 * Final when discovery does not list the kind. Not final when its URL is not found: the kind may be served in another
 * version now, so discovery is refreshed.
 */
function isFinal(error: CodedError): boolean {
  const { code } = error.failure
  return code === 'GDE_CLUSTER_FORBIDDEN' || (code === 'GDE_CLUSTER_KIND' && !(error instanceof RefusedError))
}

/** Sends what differs from what was delivered; returns the resourceVersion to watch from. */
async function* relist(
  scope: ObserveScope,
  target: Target,
  known: Map<string, string>,
  signal: AbortSignal,
): AsyncGenerator<ClusterEvent, string> {
  const present = new Set<string>()
  let resourceVersion = ''
  for await (const page of listPages(scope.client, target, scope.limits, signal)) {
    resourceVersion = page.resourceVersion
    for (const object of page.objects) {
      const name = nameOf(object)
      present.add(name)
      const version = object.metadata.resourceVersion
      if (typeof version === 'string' && known.get(name) === version) continue
      yield eventOf('Changed', object, known)
    }
  }
  for (const name of known.keys()) {
    if (present.has(name)) continue
    known.delete(name)
    yield { type: 'Delete', key: keyOf(scope.kind, name) }
  }
  if (resourceVersion === '')
    throw new CodedError('GDE_CLUSTER_PROTOCOL', `the list of ${groupKindText(scope.kind)} has no resourceVersion`)
  return resourceVersion
}

function eventOf(type: 'Changed' | 'Deleted', object: KubernetesObject, known: Map<string, string>): ClusterEvent {
  const name = nameOf(object)
  if (type === 'Deleted') {
    known.delete(name)
    return { type: 'Delete', key: objectKey(object) }
  }
  const version = object.metadata.resourceVersion
  known.set(name, typeof version === 'string' ? version : '')
  return { type: 'Upsert', object }
}

/** `namespace/name`, or `/name` for objects of the cluster. */
function nameOf(object: KubernetesObject): string {
  const { namespace, name } = object.metadata
  return `${typeof namespace === 'string' ? namespace : ''}/${name}`
}

function keyOf({ group, kind }: GroupKind, name: string): ObjectKey {
  const slash = name.indexOf('/')
  return { group, kind, namespace: name.slice(0, slash), name: name.slice(slash + 1) }
}
