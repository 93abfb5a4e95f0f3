import { createBackoff } from '../../concurrency/backoff.ts'
import { pause } from '../../concurrency/pause.ts'
import type { ClusterEvent, ObserveOptions, ServedKind } from '../../model/clusters/cluster.ts'
import { CodedError } from '../../model/failure.ts'
import { type GroupKind, groupKindText } from '../../model/object.ts'
import type { ConnectionStatus } from '../connection-status.ts'
import type { ServerLimits } from '../options.ts'
import { listPages } from './api/list.ts'
import { type CaughtUp, resumedEvents } from './api/resumed-watch.ts'
import { EndlessListError, type StreamedLists } from './api/streamed-lists.ts'
import type { Target } from './api/target.ts'
import { type PassesOver, streamedListEvents, type WatchEvent, watchEvents } from './api/watch.ts'
import type { ServerClient } from './client.ts'
import { DeliveredObjects } from './delivered-objects.ts'
import { connectionError, namingCluster, RefusedError } from './failures.ts'
import { type ResumePoint, Resumption } from './resumption.ts'
import { UnreadableError } from './unreadable-objects.ts'

export interface ObserveScope {
  /** Of the cluster. */
  readonly name: string
  readonly client: ServerClient
  readonly connection: ConnectionStatus
  readonly limits: ServerLimits
  readonly streamed: StreamedLists
  readonly kind: GroupKind
  readonly namespace: string | undefined
  readonly selectors: Readonly<Record<string, string>>
  readonly interest: ObserveOptions['interest']
  readonly metadataOnly: boolean
  /** An event as it leaves: what is redacted of its object, and which cluster a failure is of. */
  readonly outgoing: (event: ClusterEvent) => ClusterEvent
  /** The kind as it is served now; `fresh` does not trust the cache. @throws CodedError when it is not served */
  readonly resolve: (fresh: boolean, signal: AbortSignal) => Promise<ServedKind>
  readonly resume: ResumePoint | undefined
  /** All is told up to this version; undefined: a list comes. */
  readonly onVersion: (resourceVersion: string | undefined) => void
}

/** After a watch that ended sooner than this the next one waits: reconnecting at once would be a busy loop. */
const SHORT_WATCH_MS = 1000

/**
 * Lists, then watches, until the signal aborts. A watch that ends is resumed at its last resourceVersion. When that
 * one is expired, a new list is compared with what was delivered, and only differences are sent. `Lost` is sent when
 * the first list fails, and later only when resuming failed for `lostAfter`; after it every object is sent again.
 *
 * A list is streamed where the server may do that, by the watch that goes on after it; when that comes to no end, the
 * next one comes in pages. While it is streamed, in no order, there is no version to go on from. Where there is a point to
 * resume from, the first list is spared if the server takes it. An event goes through no other generator on its way to the
 * consumer: each costs as much as finding it in its bytes.
 * @throws CodedError where retries cannot help: `GDE_CLUSTER_FORBIDDEN`, `GDE_CLUSTER_KIND`
 */
export async function* observeScope(scope: ObserveScope, signal: AbortSignal): AsyncGenerator<ClusterEvent> {
  const { limits, connection, streamed, outgoing } = scope
  const backoff = createBackoff({ firstMs: limits.firstPause, longestMs: limits.longestPause })
  const delivered = new DeliveredObjects(scope)
  const resumption = new Resumption(scope.resume)
  let resourceVersion: string | undefined
  let synced = false
  let lostCode: string | undefined
  let failingSince: number | undefined
  let fresh = false
  /** The last list was streamed and failed. */
  let inPages = false
  while (!signal.aborted) {
    let opened: number | undefined
    let heard = false
    let streaming: ServedKind | undefined
    try {
      const target = await targetOf(scope, fresh, signal)
      fresh = false
      resourceVersion ??= await resumption.begin(target.served, delivered, signal)
      if (resourceVersion === undefined) delivered.beginList()
      if (resourceVersion === undefined && !inPages && streamed.mayStream(target.served)) streaming = target.served
      if (resourceVersion === undefined && streaming === undefined) {
        resourceVersion = yield* listInPages(scope, target, delivered, signal)
        if (!synced) yield { type: 'Synced' }
        synced = true
        inPages = false
        lostCode = undefined
        failingSince = undefined
        if (!target.served.verbs.includes('watch')) {
          backoff.reset()
          await pause(limits.pollInterval, signal)
          resourceVersion = undefined
          continue
        }
      }
      scope.onVersion(delivered.unreadable.unlessFound(resourceVersion))
      for await (const events of openEvents(scope, target, resourceVersion, { resumption, delivered }, signal))
        for (const event of events) {
          if (event.type === 'Opened') opened = performance.now()
          if (event.type === 'CaughtUp') {
            resumption.caughtUp(delivered)
            yield { type: 'Synced', resumed: true }
            synced = true
          }
          if (event.type === 'Opened' || event.type === 'CaughtUp') continue
          heard = true
          failingSince = undefined
          backoff.reset()
          if (event.type === 'Changed' || event.type === 'Deleted') {
            const news = event.type === 'Changed' ? delivered.present(event.object) : delivered.gone(event.object)
            if (news !== undefined) yield outgoing(news)
          } else if (event.type === 'Listed' && streaming !== undefined) {
            streaming = undefined
            yield* delivered.endList()
            if (!synced) yield { type: 'Synced' }
            synced = true
            lostCode = undefined
          }
          if (streaming !== undefined) continue
          resourceVersion = delivered.unreadable.unlessFound(event.resourceVersion)
          scope.onVersion(resourceVersion)
        }
      failingSince = undefined
      if (!heard && isMute(opened, limits)) resourceVersion = undefined
      if (elapsedMs(opened) >= SHORT_WATCH_MS) backoff.reset()
      else await pause(backoff.next(), signal)
    } catch (error) {
      if (signal.aborted) return
      const coded = connectionError(delivered.unreadable.insteadOf(error))
      if (streaming !== undefined) {
        streamed.noteFailure(streaming, coded)
        inPages = opened !== undefined || isOfStreaming(coded)
      }
      const wasResuming = resumption.failed(coded)
      if (wasResuming) resourceVersion = undefined
      if ((wasResuming || streaming !== undefined) && isOfStreaming(coded)) continue
      if (resourceVersion !== undefined) connection.countWatchRestart()
      if (!heard && isMute(opened, limits)) resourceVersion = undefined
      if (isFinal(coded)) throw namingCluster(scope.name, coded)
      if (isGone(coded)) resourceVersion = undefined
      else {
        fresh = coded.failure.code === 'GDE_CLUSTER_KIND'
        // The watch worked for long enough: earlier failures do not count any more.
        const worked = elapsedMs(opened) >= limits.lostAfter
        if (worked) backoff.reset()
        if (worked || failingSince === undefined) failingSince = performance.now()
        const lost = !synced || performance.now() - failingSince >= limits.lostAfter
        if (lost) resourceVersion = undefined
        if (lost && lostCode !== coded.failure.code) {
          yield outgoing({ type: 'Lost', failure: coded.failure })
          lostCode = coded.failure.code
          synced = false
          delivered.forget()
        }
      }
      await pause(backoff.next(), signal)
    }
  }
}

function openEvents(
  { client, limits }: ObserveScope,
  target: Target,
  from: string | undefined,
  { resumption, delivered }: { readonly resumption: Resumption; readonly delivered: DeliveredObjects },
  signal: AbortSignal,
): AsyncGenerator<Iterable<WatchEvent | CaughtUp>> {
  const passesOver: PassesOver = (object) => delivered.passesOver(object)
  const until = delivered.unreadable.signal(signal)
  if (from === undefined) return streamedListEvents(client, target, limits, passesOver, until)
  return (resumption.isUnderWay ? resumedEvents : watchEvents)(client, target, from, limits, passesOver, until)
}

/**
 * A watch on which nothing came for so long, not even a bookmark, may be one of a version that the server has never had: a server whose
 * etcd was made anew takes it, and says nothing until it is as far again. So it is not taken up where it was.
 */
function isMute(opened: number | undefined, limits: ServerLimits): boolean {
  return elapsedMs(opened) >= limits.watchSilence / 2
}

function elapsedMs(opened: number | undefined): number {
  return opened === undefined ? 0 : performance.now() - opened
}

async function targetOf(scope: ObserveScope, fresh: boolean, signal: AbortSignal): Promise<Target> {
  const served = await scope.resolve(fresh, signal)
  const { namespace, selectors, metadataOnly } = scope
  return { served, namespace, selectors, metadataOnly }
}

/**
 * The server is there, and it may be the stream alone that it does not give: it is asked for pages at once. Too many requests or refused
 * credentials are no less so then.
 */
function isOfStreaming(error: CodedError): boolean {
  return error instanceof EndlessListError || (error instanceof RefusedError && ![401, 429].includes(error.status))
}

/**
 * The resourceVersion of a watch or page is expired (410), or the server has not reached it yet (504 with this
 * cause). Or not all is known that was told before it.
 */
function isGone(error: CodedError): boolean {
  if (error instanceof UnreadableError) return true
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
async function* listInPages(
  scope: ObserveScope,
  target: Target,
  delivered: DeliveredObjects,
  signal: AbortSignal,
): AsyncGenerator<ClusterEvent, string> {
  let resourceVersion = ''
  for await (const page of listPages(scope.client, target, scope.limits, signal)) {
    resourceVersion = page.resourceVersion
    for (const object of page.objects) {
      if (delivered.passesOver(object)) continue
      const news = delivered.present(object)
      if (news !== undefined) yield scope.outgoing(news)
    }
  }
  yield* delivered.endList()
  if (resourceVersion === '')
    throw new CodedError('GDE_CLUSTER_PROTOCOL', `the list of ${groupKindText(scope.kind)} has no resourceVersion`)
  return resourceVersion
}
