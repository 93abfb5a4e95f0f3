import { parseJson } from '../../../kubernetes/serialization/json.ts'
import { CodedError } from '../../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import type { GroupKind } from '../../../model/object.ts'
import type { ServerLimits } from '../../options.ts'
import type { ServerClient } from '../client.ts'
import { RefusedError } from '../failures.ts'
import type { ServerRequest } from '../send-request.ts'
import { OBJECT_MEMORY } from './large-answers.ts'
import type { ItemType } from './object-head.ts'
import { findEvent, requireObject, type SentObject, wholeObject } from './sent-object.ts'
import { EndlessListError } from './streamed-lists.ts'
import { apiVersionOf, collectionPath, mayBeAggregated, metadataOf, subjectOf, type Target } from './target.ts'

export type WatchEvent =
  | { readonly type: 'Changed'; readonly object: SentObject; readonly resourceVersion: string }
  | { readonly type: 'Deleted'; readonly object: SentObject; readonly resourceVersion: string }
  /** The server accepted the watch. */
  | { readonly type: 'Opened' }
  /** No other event up to this version that anybody asks for. */
  | { readonly type: 'Bookmark'; readonly resourceVersion: string }
  /** The same, and what came before was the whole list at this version. */
  | { readonly type: 'Listed'; readonly resourceVersion: string }

/** Whether nobody asks for the object, so that its events need not be told. */
export type PassesOver = (object: SentObject) => boolean

/** Those that come together, read as they are asked for: once, and before the next ones. */
export type WatchEvents = Iterable<WatchEvent>

const OPENED: WatchEvents = [{ type: 'Opened' }]

/**
 * What happens after `resourceVersion`, until the server ends the watch after the time it was given.
 * @throws RefusedError 410 when it is too old to watch from
 */
export async function* watchEvents(
  client: ServerClient,
  target: Target,
  resourceVersion: string,
  limits: ServerLimits,
  passesOver: PassesOver,
  signal: AbortSignal,
): AsyncGenerator<WatchEvents> {
  const { request, seconds } = watchRequest(target, limits, { resourceVersion })
  const batches = await client.lines(request, withinTime(seconds, signal))
  yield OPENED
  for await (const lines of batches) yield eventsIn(lines, request.subject, target, passesOver)
}

/**
 * A list as a stream, in no order, up to `Listed`, and then what happens after it; no more of it is held than comes at once. It is as
 * new as a list that is read from a quorum (https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists). Counts as a
 * list among the simultaneous ones until it is listed.
 * @throws EndlessListError when nothing comes for `listSilence`, though the list has not ended
 * @throws RefusedError when the server cannot
 */
export async function* streamedListEvents(
  client: ServerClient,
  target: Target,
  limits: ServerLimits,
  passesOver: PassesOver,
  signal: AbortSignal,
): AsyncGenerator<WatchEvents> {
  const { request, seconds } = watchRequest(target, limits, {
    sendInitialEvents: 'true',
    resourceVersionMatch: 'NotOlderThan',
  })
  const leave = await client.enterList(signal)
  const silent = new AbortController()
  let batches: AsyncGenerator<readonly Buffer[]> | undefined
  let isListed = false
  const noteListed = (): void => {
    isListed = true
    leave()
  }
  try {
    batches = await client.lines(
      { ...request, countedAs: 'list' },
      withinTime(seconds, AbortSignal.any([signal, silent.signal])),
    )
    yield OPENED
    for (;;) {
      // Only while the server is waited for: whoever reads the events may take his time.
      const timer = isListed ? undefined : setTimeout(() => silent.abort(endless(request.subject)), limits.listSilence)
      const next = await batches.next().finally(() => clearTimeout(timer))
      if (next.done === true) break
      const events = eventsIn(next.value, request.subject, target, passesOver)
      yield isListed ? events : noting(events, noteListed)
    }
  } finally {
    leave()
    await batches?.return(undefined)
  }
  if (!isListed)
    throw new CodedError('GDE_CLUSTER_UNREACHABLE', `${request.subject}: the server ended a list before it was whole`)
}

function* noting(events: WatchEvents, onListed: () => void): Generator<WatchEvent> {
  for (const event of events) {
    if (event.type === 'Listed') onListed()
    yield event
  }
}

/** Of what is passed over only the version is told, once for all that came last. */
function* eventsIn(
  lines: readonly Buffer[],
  subject: string,
  { served, metadataOnly }: Target,
  passesOver: PassesOver,
): Generator<WatchEvent> {
  const type = metadataOnly ? { apiVersion: apiVersionOf(served), kind: served.kind } : undefined
  let passed: string | undefined
  for (const line of lines) {
    const event = readEvent(line, subject, served, type)
    passed = undefined
    if ((event.type === 'Changed' || event.type === 'Deleted') && passesOver(event.object))
      passed = event.resourceVersion
    else yield event
  }
  if (passed !== undefined) yield { type: 'Bookmark', resourceVersion: passed }
}

function watchRequest(
  { served, namespace, selectors, metadataOnly }: Target,
  limits: ServerLimits,
  start: Readonly<Record<string, string>>,
): { readonly request: ServerRequest; readonly seconds: number } {
  // Random, so that the watches of a cluster do not all end in one instant.
  const seconds = Math.ceil((limits.watchDuration * (1 + Math.random())) / 1000)
  const request = {
    verb: 'watch',
    path: collectionPath(served, namespace),
    ...(metadataOnly && { accept: metadataOf('PartialObjectMetadata') }),
    query: { ...selectors, watch: '1', ...start, allowWatchBookmarks: 'true', timeoutSeconds: String(seconds) },
    subject: subjectOf(served, namespace),
    kind: served,
    aggregated: mayBeAggregated(served),
  } as const
  return { request, seconds }
}

/** For servers that ignore timeoutSeconds. */
function withinTime(seconds: number, signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout((seconds + 60) * 1000)])
}

function endless(subject: string): EndlessListError {
  return new EndlessListError('GDE_CLUSTER_PROTOCOL', `${subject}: the server does not say where the list ends`)
}

function readEvent(line: Buffer, subject: string, kind: GroupKind, type: ItemType | undefined): WatchEvent {
  const found = findEvent(line, subject, type)
  const event = found === undefined ? undefined : objectEvent(found.type, found.object, subject)
  return event ?? parsedEvent(parse(line.toString()), subject, kind, type)
}

/** Undefined for an event that tells of no object. */
function objectEvent(type: Json | undefined, object: SentObject, subject: string): WatchEvent | undefined {
  if (type === 'ADDED' || type === 'MODIFIED')
    return { type: 'Changed', object, resourceVersion: versionIn(object.head, subject) }
  if (type === 'DELETED') return { type: 'Deleted', object, resourceVersion: versionIn(object.head, subject) }
  return undefined
}

function parsedEvent(event: Json, subject: string, kind: GroupKind, type: ItemType | undefined): WatchEvent {
  const object = isJsonObject(event) ? event.object : undefined
  if (!isJsonObject(event) || !isJsonObject(object)) throw malformed(subject)
  if (event.type === 'BOOKMARK')
    return { type: isEndOfList(object) ? 'Listed' : 'Bookmark', resourceVersion: versionIn(object, subject) }
  if (event.type === 'ERROR')
    throw new RefusedError({ status: Number(object.code ?? 500), body: object, subject, kind })
  const found = objectEvent(event.type, wholeObject(requireObject(object, subject, type)), subject)
  if (found === undefined) throw malformed(subject)
  return found
}

function parse(line: string): Json {
  try {
    return parseJson(line, {}, OBJECT_MEMORY)
  } catch (error) {
    if (error instanceof CodedError && error.failure.code === 'GDE_TOO_LARGE') throw error
    // The parser would point into the line; that it is no JSON is all there is to say.
    return null
  }
}

function isEndOfList({ metadata }: JsonObject): boolean {
  const annotations = isJsonObject(metadata) ? metadata.annotations : undefined
  return isJsonObject(annotations) && annotations['k8s.io/initial-events-end'] === 'true'
}

function versionIn(object: JsonObject, subject: string): string {
  const version = isJsonObject(object.metadata) ? object.metadata.resourceVersion : undefined
  if (typeof version !== 'string' || version === '') throw malformed(subject)
  return version
}

function malformed(subject: string): CodedError {
  return new CodedError('GDE_CLUSTER_PROTOCOL', `${subject}: the watch sends what is no event`)
}
