import { parseJson } from '../../../kubernetes/serialization/json.ts'
import { CodedError } from '../../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import type { GroupKind, KubernetesObject } from '../../../model/object.ts'
import type { ServerLimits } from '../../options.ts'
import type { ServerClient } from '../client.ts'
import { RefusedError } from '../failures.ts'
import { OBJECT_MEMORY } from './large-answers.ts'
import { requireKubernetesObject } from './list.ts'
import { collectionPath, mayBeAggregated, subjectOf, type Target } from './target.ts'

export type WatchEvent =
  | { readonly type: 'Changed'; readonly object: KubernetesObject; readonly resourceVersion: string }
  | { readonly type: 'Deleted'; readonly object: KubernetesObject; readonly resourceVersion: string }
  /** The server accepted the watch. */
  | { readonly type: 'Opened' }
  /** No other event up to this version. */
  | { readonly type: 'Bookmark'; readonly resourceVersion: string }

/**
 * What happens after `resourceVersion`, until the server ends the watch after the time it was given.
 * @throws RefusedError 410 when it is too old to watch from
 */
export async function* watchEvents(
  client: ServerClient,
  target: Target,
  resourceVersion: string,
  limits: ServerLimits,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const { served, namespace, selectors } = target
  const subject = subjectOf(served, namespace)
  // Random, so that the watches of a cluster do not all end in one instant.
  const seconds = Math.ceil((limits.watchDuration * (1 + Math.random())) / 1000)
  const lines = await client.lines(
    {
      verb: 'watch',
      path: collectionPath(served, namespace),
      query: {
        ...selectors,
        watch: '1',
        resourceVersion,
        allowWatchBookmarks: 'true',
        timeoutSeconds: String(seconds),
      },
      subject,
      kind: served,
      aggregated: mayBeAggregated(served),
    },
    // For servers that ignore timeoutSeconds.
    AbortSignal.any([signal, AbortSignal.timeout((seconds + 60) * 1000)]),
  )
  yield { type: 'Opened' }
  for await (const line of lines) yield readEvent(line, subject, served)
}

function readEvent(line: string, subject: string, kind: GroupKind): WatchEvent {
  const event = parse(line)
  const object = isJsonObject(event) ? event.object : undefined
  if (!isJsonObject(event) || !isJsonObject(object)) throw malformed(subject)
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
      return {
        type: 'Changed',
        object: requireKubernetesObject(object, subject),
        resourceVersion: versionIn(object, subject),
      }
    case 'DELETED':
      return {
        type: 'Deleted',
        object: requireKubernetesObject(object, subject),
        resourceVersion: versionIn(object, subject),
      }
    case 'BOOKMARK':
      return { type: 'Bookmark', resourceVersion: versionIn(object, subject) }
    case 'ERROR':
      throw new RefusedError({ status: Number(object.code ?? 500), body: object, subject, kind })
    default:
      throw malformed(subject)
  }
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

function versionIn(object: JsonObject, subject: string): string {
  const version = isJsonObject(object.metadata) ? object.metadata.resourceVersion : undefined
  if (typeof version !== 'string' || version === '') throw malformed(subject)
  return version
}

function malformed(subject: string): CodedError {
  return new CodedError('GDE_CLUSTER_PROTOCOL', `${subject}: the watch sends what is no event`)
}
